//! What does not hold.

use doorstep_records::RecordError;
use doorstep_sync::Code;

/// Why a link of the chain does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Flaw {
    /// What `sync` says of an item by itself: its form, its signature, its author's grant at the time it came.
    #[error("{0}")]
    Item(Code),
    /// It belongs to another application.
    #[error("it belongs to another application")]
    OtherDocument,
    /// It was written in another scope than the first item.
    #[error("it was written in another scope")]
    Scope,
    /// It builds on something that is not here.
    #[error("what it builds on is missing")]
    MissingForerunner,
    /// Its changes are none that such a document takes.
    #[error("its changes do not fit the document")]
    Unfitting,
    /// Its changes were made under another device's name.
    #[error("its changes name another device than the one that signed")]
    OtherDevice,
    /// Its changes name another person than the item does.
    #[error("its changes name another person than the item does")]
    OtherPerson,
    /// The center gave no receipt for it.
    #[error("the center gave no receipt for it")]
    NoReceipt,
    /// It is said to have come after the receipt for it.
    #[error("it is said to have come after the receipt for it")]
    Arrival,
    /// The bytes of a file do not hash to its name.
    #[error("the bytes of the file are not those that were named")]
    FileAltered,
    /// A file that was here whole is not here.
    #[error("the file was here and is gone")]
    FileGone,
    /// A row of the database does not say what its item says.
    #[error("a row of the database does not say what was signed")]
    AlteredRow,
    /// What the center shows does not follow from the items.
    #[error("what the center shows does not follow from what was signed")]
    AlteredView,
    /// The center gave a receipt for an item that it does not have.
    #[error("the center gave a receipt for it and does not have it")]
    Gone,
}

impl Flaw {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Item(code) => code.as_str(),
            Self::OtherDocument => "other_document",
            Self::Scope => "scope",
            Self::MissingForerunner => "missing_forerunner",
            Self::Unfitting => "unfitting",
            Self::OtherDevice => "other_device",
            Self::OtherPerson => "other_person",
            Self::NoReceipt => "no_receipt",
            Self::Arrival => "arrival",
            Self::FileAltered => "file_altered",
            Self::FileGone => "file_gone",
            Self::AlteredRow => "altered_row",
            Self::AlteredView => "altered_view",
            Self::Gone => "gone",
        }
    }
}

impl From<&RecordError> for Flaw {
    fn from(error: &RecordError) -> Self {
        match error {
            RecordError::MissingDependencies => Self::MissingForerunner,
            RecordError::Actor => Self::OtherDevice,
            _ => Self::Unfitting,
        }
    }
}
