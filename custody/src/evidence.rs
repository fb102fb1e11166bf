//! What is known of one application: everything that somebody signed.

use std::collections::BTreeMap;

use doorstep_sync::{DocumentId, Item, Millis};
use minicbor::{Decode, Encode};

/// An item and when it reached the center.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Kept {
    /// As it was signed.
    #[n(0)]
    pub item: Item,
    /// By the center's clock. It is the center's word: a receipt that names the item can only be later.
    #[n(1)]
    pub arrived: Millis,
}

/// All that is needed to check who wrote an application and its case.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Evidence {
    /// Which application.
    #[n(0)]
    pub document: DocumentId,
    /// Its items, in the order in which the center took them.
    #[n(1)]
    pub items: Vec<Kept>,
    /// What the center granted to those who wrote them, and took back. In a file without names and PINs.
    #[n(2)]
    pub grants: Vec<Item>,
    /// The center's receipts that name the items or their files.
    #[n(3)]
    pub receipts: Vec<Item>,
    /// Names by staff number: the center's word, for people to read.
    #[n(4)]
    pub people: BTreeMap<String, String>,
}
