//! What the protocol needs of the store at the station's end. The station implements it over SQLite.

use crate::fingerprint::Fingerprint;
use crate::id::{FileHash, ItemId};
use crate::item::Item;
use crate::payload::FileName;
use crate::repair::Held;
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

/// What a run tells of a file while it moves, in either direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moved<'a> {
    /// Its first bytes are about to go up: from now on the center may hold a part of it.
    Begins,
    /// The other end has this many of its bytes, or this device has; more are to come.
    At(u64),
    /// All of it has gone; the receipt is on its way.
    Whole,
    /// It could not be moved in this run, for this reason: a stable code. Others go on.
    Failed(&'a str),
}

/// A device's items and files, as the protocol sees them. Every method may be called at any time during a run, and
/// what it tells may change between two calls: people go on working.
pub trait Replica: Held + Send {
    /// Where it stands at the center.
    fn cursor(&self) -> Result<Cursor, ReplicaError>;
    /// One fingerprint for each scope held, of the whole set: see [`Held`]. Scopes that the center told of are among them
    /// ([`Replica::compare_too`]).
    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError>;
    /// Own items without a receipt, oldest first, up to `bytes` of envelopes (at least one when any waits).
    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError>;
    /// Takes items and the new cursor in one transaction. Items that do not verify are set aside, never an error; an
    /// item already held is taken once more without effect. It is called after every exchange, with no items too:
    /// `center_now` is the center's clock at this contact.
    ///
    /// **A new epoch** (`cursor.epoch` differs from the stored one, and the stored one is not 0): the center was
    /// restored from a backup and may have lost files that it acknowledged. In the same transaction, before taking
    /// `items`, forget the receipts for own files, so that [`Replica::outgoing_files`] asks about each once more; a
    /// receipt that is held already says nothing new when it comes again. What became of items is found out by repair
    /// ([`Replica::lacks`]); a center of version 1 gets back what it lost when it has been brought up to date.
    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, center_now: Millis) -> Result<(), ReplicaError>;
    /// The center holds something in these scopes and this device nothing: from now on [`Replica::fingerprints`] names them
    /// too, empty as they are, after a restart too. It is called before the cursor moves past the only answer that tells it.
    fn compare_too(&mut self, _scopes: &[Scope]) -> Result<(), ReplicaError> {
        Ok(())
    }
    /// Those of `ids` that are held, in this order, up to `bytes` of envelopes (at least one).
    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError>;
    /// The center holds none of these: own ones among them that it acknowledged wait again.
    fn lacks(&mut self, _ids: &[ItemId]) -> Result<(), ReplicaError> {
        Ok(())
    }
    /// The center has lost these files, which it once had whole: those held here wait to go up again.
    fn lost(&mut self, _files: &[FileHash]) -> Result<(), ReplicaError> {
        Ok(())
    }
    /// Files to bring to the center, in the order in which they are to go: what somebody waits for before the rest, and
    /// smallest first. Asked again after every exchange and every few seconds, so the order may change at any time.
    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError>;
    /// Up to `len` bytes of a held file from `offset`. An error concerns this file alone.
    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError>;
    /// Whether the center may hold a part of this file already: it is then asked how far it has it. When nothing was ever
    /// sent of it, the question is spared.
    fn is_begun(&self, _hash: &FileHash) -> Result<bool, ReplicaError> {
        Ok(true)
    }
    /// Hears how a file moves, for those who wait for it.
    fn moved(&mut self, _file: &FileName, _news: Moved<'_>) -> Result<(), ReplicaError> {
        Ok(())
    }
    /// Files named by items (catalogue, results) that this device wants and lacks, with the bytes it has of each, in the
    /// order in which they are wanted.
    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError>;
    /// Appends bytes at `offset` of a wanted file; when it is whole, hashes and keeps it, or drops it when wrong (it is
    /// then wanted again, from 0). An error concerns this file alone.
    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError>;
}
