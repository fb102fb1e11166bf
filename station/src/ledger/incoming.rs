//! Files that come in from a neighbour, on their way to the district; and those that a neighbour may have.

use doorstep_sync::payload::FileName;
use doorstep_sync::tus::Creation;
use doorstep_sync::{DeviceId, FileHash, Millis};

use super::Ledger;
use super::near::Refused;
use crate::store::near::{self, Incoming};
use crate::store::{Stored, catalogues, files, uploads};

/// Bytes that one neighbour may have announced and not finished: 2 GiB, as at the center.
const QUOTA: u64 = 2 << 30;
/// The largest file taken: 64 MiB, as at the center.
const MAX_FILE: u64 = 64 << 20;
/// Longest media type taken.
const MAX_TYPE: usize = 100;

impl Ledger {
    /// Whether a neighbour may have this file: it belongs to a catalogue, or is named in a scope that the two share.
    pub(crate) fn lends(&self, peer: &DeviceId, hash: &FileHash) -> Stored<Option<FileName>> {
        let Some(held) = files::get(&self.db, hash)? else {
            return Ok(None);
        };
        let named = near::scopes_of_file(&self.db, hash)?;
        let lent = named.iter().any(|scope| self.shares(peer, scope)) || catalogues::names_file(&self.db, hash)?;
        Ok(lent.then_some(held.name))
    }

    /// How many bytes of a file are here, its length, and whether it is whole; `None` when nothing was announced.
    pub(crate) fn incoming(&self, hash: &FileHash) -> Stored<Option<(u64, u64, bool)>> {
        if let Some(held) = files::get(&self.db, hash)? {
            return Ok(Some((held.name.len, held.name.len, true)));
        }
        let Some(coming) = near::incoming(&self.db, hash)? else {
            return Ok(None);
        };
        Ok(Some((near::kept(&self.db, &coming.file.hash)?, coming.file.len, false)))
    }

    /// A neighbour announces a file: bytes that are here, or why it is not taken.
    pub(crate) fn announce(&mut self, peer: &DeviceId, creation: &Creation) -> Stored<Result<u64, Refused>> {
        let Creation { file, scope } = creation;
        if let Some((stored, len, whole)) = self.incoming(&file.hash)?
            && len == file.len
        {
            let named = near::scopes_of_file(&self.db, &file.hash)?;
            if whole && named.contains(scope) && self.shares(peer, scope) {
                // It may have come by another way: who hears that it is here counts on its being brought to the district.
                uploads::add(&self.db, file, scope)?;
            }
            return Ok(Ok(stored));
        }
        let named = near::scopes_of_file(&self.db, &file.hash)?;
        if !named.contains(scope) || !self.shares(peer, scope) {
            // Its items go first, so a file that nothing names belongs to nobody here.
            return Ok(Err("not_granted"));
        }
        if file.len > MAX_FILE || file.media_type.len() > MAX_TYPE {
            return Ok(Err("too_large"));
        }
        if near::announced_bytes(&self.db, peer)?.saturating_add(file.len) > QUOTA {
            return Ok(Err("quota"));
        }
        let coming = Incoming {
            file: file.clone(),
            scope: scope.clone(),
        };
        near::announce(&self.db, &coming, peer, self.world.clock.now())?;
        Ok(Ok(0))
    }

    /// A neighbour appends to a file that it announced. The bytes stored then; a whole file is checked, and waits here for
    /// the district from then on.
    pub(crate) fn append(&mut self, hash: &FileHash, offset: u64, bytes: &[u8]) -> Stored<Result<u64, Refused>> {
        let Some((stored, len, whole)) = self.incoming(hash)? else {
            return Ok(Err("missing"));
        };
        if offset != stored {
            return Ok(Err("offset"));
        }
        if stored.saturating_add(bytes.len() as u64) > len {
            return Ok(Err("too_large"));
        }
        let Some(coming) = near::incoming(&self.db, hash)?.filter(|_| !whole) else {
            return Ok(Ok(stored));
        };
        self.write_file(&coming.file, offset, bytes)?;
        if files::holds(&self.db, hash)? {
            self.transact(|ledger| {
                near::arrived(&ledger.db, hash)?;
                uploads::add(&ledger.db, &coming.file, &coming.scope)
            })?;
            return Ok(Ok(len));
        }
        let kept = near::kept(&self.db, &coming.file.hash)?;
        if stored + bytes.len() as u64 == len && kept < len {
            // Whole, and not what it was announced as.
            near::arrived(&self.db, hash)?;
            return Ok(Err("checksum"));
        }
        Ok(Ok(kept))
    }

    /// Gives up files that were announced before `before` and never came whole.
    pub(crate) fn give_up_incoming(&mut self, before: Millis) -> Stored<()> {
        for hash in near::abandoned(&self.db, before)? {
            files::drop_parts(&self.db, &hash)?;
            near::arrived(&self.db, &hash)?;
        }
        Ok(())
    }
}
