//! Looking after the store: making documents and lists again, and looking whether all is well.

use crate::{Failure, Station};

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// Files held here, and of these the ones whose content is not what their name says.
    pub files: (u32, u32),
    /// Whether documents and lists are what the items say.
    pub same_as_items: bool,
    /// Received items that were not taken, by code.
    pub set_aside: Vec<(String, u32)>,
}

impl Station {
    /// Makes documents, lists and search from the items again; gives the number of documents.
    pub async fn rebuild(&self) -> Result<usize, Failure> {
        self.work(|desk| Ok(desk.ledger.rebuild()?)).await
    }

    /// Fetches what is damaged and lies at the district too, at the next contact. How many files that are.
    pub async fn fetch_damaged(&self) -> Result<u32, Failure> {
        self.work(|desk| Ok(desk.ledger.fetch_damaged()?)).await
    }

    /// Reads every file and compares what is made from items with the items.
    pub async fn examine(&self) -> Result<Health, Failure> {
        self.work(|desk| {
            let before = desk.ledger.made()?;
            desk.ledger.rebuild()?;
            let same_as_items = before == desk.ledger.made()?;
            Ok(Health {
                files: desk.ledger.examine_files()?,
                same_as_items,
                set_aside: desk.ledger.aside()?,
            })
        })
        .await
    }
}
