//! Bundles: what goes to the center on a stick, and what the center sends back on one. See [`doorstep_sync::bundle`].

use std::collections::HashMap;

use doorstep_sync::bundle::{Batch, Contents, Kept, Piece, Step};
use doorstep_sync::wire::Offset;
use doorstep_sync::{FileHash, Item, Millis, SigningKey, VerifyingKey};

use super::Ledger;
use crate::store::{Stored, bundles, facts, files, uploads};

/// The center keeps an unfinished file that nobody goes on with for 30 days; a little less is sure.
const KEPT_FOR: Millis = 28 * 24 * 3_600_000;

impl Ledger {
    /// Everything the center has given no receipt for, files of all kinds of haste; and the positions of its items. Of a
    /// center that was restored from a backup nobody knows what it lost, where there is no network to compare by: it gets
    /// everything once more.
    pub(crate) fn bundle_contents(&self) -> Stored<(Contents, Vec<u64>)> {
        let all = facts::number(&self.db, facts::name::BUNDLE_ALL)?.unwrap_or(0) != 0;
        let waiting = bundles::waiting(&self.db, all)?;
        let wants = files::wanted(&self.db, false)?;
        let contents = Contents {
            cursor: Some(facts::cursor(&self.db)?),
            wants: wants.into_iter().map(|(file, _)| file.hash).collect(),
            batches: Batch::gather(0, waiting.iter().copied()),
            files: uploads::originals(&self.db, None)?,
            begun: self.begun_at_center()?,
            ..Contents::default()
        };
        Ok((contents, waiting.into_iter().map(|(position, _)| position).collect()))
    }

    /// How far the center has files, as the newest bundle from it said: so that a file larger than a stick goes on where
    /// the last stick ended. Were it no longer so, the next bundle from there says it.
    fn begun_at_center(&self) -> Stored<HashMap<FileHash, u64>> {
        let (made, offsets) = self.told_by_bundle()?;
        let fresh = self.now() < made.saturating_add(KEPT_FOR);
        let offsets = offsets.into_iter().filter(|_| fresh);
        Ok(offsets.map(|offset| (offset.hash, offset.stored)).collect())
    }

    /// The center said in a bundle made at `made` how far it has files.
    pub(crate) fn told_offsets(&self, made: Millis, offsets: &[Offset]) -> Stored<()> {
        let (known, held) = self.told_by_bundle()?;
        if made < known || (known, &held[..]) == (made, offsets) {
            return Ok(());
        }
        let told = minicbor::to_vec((made, offsets)).unwrap_or_default();
        facts::set(&self.db, facts::name::BUNDLE_HELD, &told)
    }

    fn told_by_bundle(&self) -> Stored<(Millis, Vec<Offset>)> {
        let told = facts::get(&self.db, facts::name::BUNDLE_HELD)?;
        Ok(told.and_then(|told| minicbor::decode(&told).ok()).unwrap_or_default())
    }

    /// The item at a position.
    pub(crate) fn bundle_item(&self, position: u64) -> Stored<Item> {
        bundles::item(&self.db, position)
    }

    /// This device's key and the center's.
    pub(crate) fn bundle_keys(&self) -> (SigningKey, VerifyingKey) {
        (self.key.clone(), self.grants.center().clone())
    }

    /// Takes items of a bundle the center made at `made`, as from the network, in one transaction; how many were not
    /// taken. It is no contact: what the center's clock shows now is not known by it.
    pub(crate) fn receive_bundle(&mut self, items: &[Item], step: Option<&Step>, made: Millis) -> Stored<u64> {
        let contact = facts::number(&self.db, facts::name::LAST_CONTACT)?.map_or(0, i64::unsigned_abs);
        let newer = contact.saturating_add_signed(self.offset) < made;
        self.transact(|ledger| {
            let own = facts::cursor(&ledger.db)?;
            let cursor = step.map_or(own, |step| step.taken_by(own, newer));
            if own.epoch != 0 && own.epoch != cursor.epoch {
                facts::set_number(&ledger.db, facts::name::BUNDLE_ALL, 1)?;
            }
            ledger.take_all(items, cursor, made)?;
            let mut refused = 0;
            for item in items {
                refused += u64::from(bundles::is_aside(&ledger.db, &item.id())?);
            }
            Ok(refused)
        })
    }

    /// Takes bytes of a file that the center gave along. Without the item that names it they are kept too: that may lie
    /// in a part still to come.
    pub(crate) fn take_piece(&mut self, piece: &Piece) -> Stored<Kept> {
        let hash = &piece.file.hash;
        if files::holds(&self.db, hash)? {
            return Ok(Kept::Whole);
        }
        files::want(&self.db, &piece.file, false)?;
        let (file, kept) = self.wanted_file(hash)?.unwrap_or((piece.file.clone(), 0));
        if file.len != piece.file.len {
            return Ok(Kept::Refused("length".to_owned()));
        }
        let Some(known) = kept.checked_sub(piece.offset) else {
            return Ok(Kept::Partial(kept));
        };
        let new = usize::try_from(known).ok().and_then(|known| piece.bytes.get(known..));
        let new = new.unwrap_or_default();
        if !new.is_empty() || kept == file.len {
            self.write_file(&file, kept, new)?;
        }
        if files::holds(&self.db, hash)? {
            return Ok(Kept::Whole);
        }
        Ok(match self.wanted_file(hash)?.map_or(0, |(_, kept)| kept) {
            0 if kept + new.len() as u64 >= file.len => Kept::Refused("checksum".to_owned()),
            kept => Kept::Partial(kept),
        })
    }

    /// How much of a file is here.
    pub(crate) fn held_file(&self, hash: &FileHash) -> Stored<Kept> {
        if files::holds(&self.db, hash)? {
            return Ok(Kept::Whole);
        }
        Ok(Kept::Partial(self.wanted_file(hash)?.map_or(0, |(_, kept)| kept)))
    }

    fn wanted_file(&self, hash: &FileHash) -> Stored<Option<(doorstep_sync::payload::FileName, u64)>> {
        Ok(files::wanted(&self.db, false)?
            .into_iter()
            .find(|(file, _)| file.hash == *hash))
    }
}
