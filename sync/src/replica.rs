//! What the protocol needs of the store at the station's end. The station implements it over SQLite.

use crate::fingerprint::Fingerprint;
use crate::id::FileHash;
use crate::item::Item;
use crate::payload::FileName;
use crate::scope::Scope;
use crate::wire::Cursor;
use crate::world::Millis;

/// A store failed; the words are for a log, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("store: {0}")]
pub struct ReplicaError(pub String);

/// A file that waits to go up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// The file.
    pub file: FileName,
    /// The scope its receipt will be written in.
    pub scope: Scope,
}

/// A device's items and files, as the protocol sees them.
pub trait Replica: Send {
    /// Where it stands at the center.
    fn cursor(&self) -> Result<Cursor, ReplicaError>;
    /// One fingerprint for each scope held.
    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError>;
    /// Own items without a receipt, oldest first, up to `bytes` of envelopes (at least one when any waits).
    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError>;
    /// Takes items and the new cursor in one transaction. Items that do not verify are set aside, never an error.
    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, center_now: Millis) -> Result<(), ReplicaError>;
    /// Own files the center has not verified, smallest first.
    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError>;
    /// Up to `len` bytes of a held file from `offset`.
    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError>;
    /// Files named by items (catalogue, results) that this device wants and lacks, with the bytes it has of each.
    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError>;
    /// Appends bytes at `offset` of a wanted file; when it is whole, hashes and keeps it, or drops it when wrong.
    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError>;
}
