//! What a screen is told when a command does not succeed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A command that did not succeed. The screen has words for every code in both languages; `message` is for a log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code:?}: {message}")]
pub struct Failure {
    /// Stable code.
    pub code: FailureCode,
    /// For a log, in English, never personal data.
    pub message: String,
    /// `wrong_pin`, `wait`: milliseconds until the next try is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub wait: Option<u64>,
    /// `incomplete`: what stands in the way, as in [`crate::contract::ApplicationView::missing`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fields: Option<Vec<String>>,
}

/// Why a command did not succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// This device belongs to no station yet.
    NotEnrolled,
    /// This device belongs to a station already.
    AlreadyEnrolled,
    /// Nobody has unlocked the device.
    LockedDevice,
    /// Who has unlocked the device may not do that.
    NotAllowed,
    /// Who stands in for somebody (AB角) does so on other days.
    NotToday,
    /// The PIN does not open the device.
    WrongPin,
    /// Too many wrong PINs: wait.
    Wait,
    /// Too many wrong PINs: a colleague lets them try again, or the district gives a new PIN.
    PinLocked,
    /// The new PIN is too easy to guess.
    WeakPin,
    /// The enrolment code is wrong, used or too old.
    EnrolmentCode,
    /// No such application, page, matter or file.
    NotFound,
    /// A file that exists and is on its way here.
    FileElsewhere,
    /// Handed in: only what a correction names can be changed.
    Locked,
    /// An edit of something that this device does not hold any more, or a handing in of what the screen has not shown:
    /// look again.
    Unseen,
    /// Arguments that make no sense.
    BadRequest,
    /// No picture can be read from these bytes.
    PictureBroken,
    /// Too many pixels or bytes.
    PictureTooLarge,
    /// HEIC: to be saved as JPEG first.
    PictureHeic,
    /// A PDF, where pages are photographed.
    PicturePdf,
    /// Not a picture.
    PictureUnknown,
    /// No space left; nothing before is harmed.
    DiskFull,
    /// Something stands in the way of 收件.
    Incomplete,
    /// The district cannot be reached.
    Offline,
    /// The district does not take it.
    Refused,
    /// This device was revoked: it only hands over what was written before.
    Revoked,
    /// What lies on the disk is damaged beyond what can be read.
    Damaged,
    /// The store on the disk failed.
    Store,
}

impl Failure {
    /// A failure with `code`.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            wait: None,
            fields: None,
        }
    }

    /// Arguments that make no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(FailureCode::BadRequest, message)
    }

    /// No such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(FailureCode::NotFound, format!("no such {what}"))
    }

    /// The store failed. The words never hold personal data: errors of the store speak of tables and files.
    pub fn store(error: impl std::fmt::Display) -> Self {
        Self::new(FailureCode::Store, error.to_string())
    }
}
