//! Documents, lists and search made from the items again.

use std::collections::BTreeMap;

use doorstep_sync::{DocumentId, Kind};

use super::{Ledger, documents};
use crate::contract::{ApplicationRow, Mended};
use crate::store::{Stored, documents as snapshots, facts, files, items, rows, uploads};

/// Everything that is made from items, for comparing: the lines with their words, and the heads of each application.
#[derive(PartialEq, Debug)]
pub(crate) struct Made {
    lines: Vec<(String, String)>,
    heads: BTreeMap<String, Vec<String>>,
}

impl Ledger {
    /// Throws away what is made from items and makes it again; gives the number of applications.
    pub(crate) fn rebuild(&mut self) -> Stored<usize> {
        self.transact(|ledger| {
            snapshots::forget_all(&ledger.db)?;
            ledger.opened.clear();
            let mut names = Vec::new();
            for kind in [Kind::Change, Kind::File] {
                items::each(&ledger.db, kind, |item, _| {
                    if let Ok(envelope) = item.open()
                        && let Some(document) = &envelope.document
                    {
                        names.extend(envelope.files().into_iter().map(|file| (document.id, file.hash)));
                    }
                    Ok(())
                })?;
            }
            for (id, hash) in names {
                files::name(&ledger.db, &hash, &id)?;
            }
            let ids = items::documents(&ledger.db)?;
            for id in &ids {
                let mut opened = ledger.load(*id)?;
                let counting = items::changes(&ledger.db, &documents(*id).0, 0, &super::open::COUNTING)?;
                if let (Some(last), false) = (counting.last(), opened.aside || opened.unfit) {
                    snapshots::keep(&ledger.db, &documents(*id).0, last.seq, &opened.application().save())?;
                }
                ledger.project(*id, &opened)?;
            }
            Ok(ids.len())
        })
    }

    /// The database was made anew from what could be read: everything made from items is made again, and at next contact
    /// the district is met as one that may have other things, so that both ends compare and give each other what is lacking.
    pub(crate) fn mended(&mut self, mended: &Mended) -> Stored<()> {
        self.transact(|ledger| {
            let mut cursor = facts::cursor(&ledger.db)?;
            if cursor.epoch != 0 {
                cursor.epoch = cursor.epoch.wrapping_add(1).max(1);
                facts::set_cursor(&ledger.db, &cursor)?;
            }
            facts::set(
                &ledger.db,
                facts::name::MENDED,
                &serde_json::to_vec(mended).unwrap_or_default(),
            )?;
            // Which catalogues there are, and their workbooks, may be among what was lost.
            let mut published = Vec::new();
            items::each(&ledger.db, Kind::Catalogue, |item, _| {
                published.extend(item.open().ok());
                Ok(())
            })?;
            published
                .iter()
                .try_for_each(|envelope| ledger.take_catalogue(envelope))
        })?;
        self.rebuild().map(drop)
    }

    /// When that was last.
    pub(crate) fn last_mended(&self) -> Stored<Option<Mended>> {
        let stored = facts::get(&self.db, facts::name::MENDED)?;
        Ok(stored.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// Damaged files that the district has come from there again. How many there are.
    pub(crate) fn fetch_damaged(&mut self) -> Stored<u32> {
        let mut again = 0;
        for hash in files::all(&self.db)? {
            if !matches!(self.file(&hash), Ok(Some(_))) && !uploads::waits(&self.db, &hash)? {
                self.transact(|ledger| files::fetch_again(&ledger.db, &hash))?;
                again += 1;
            }
        }
        Ok(again)
    }

    /// Reads every file held here: how many there are, and how many are damaged.
    pub(crate) fn examine_files(&self) -> Stored<(u32, u32)> {
        let (mut held, mut damaged) = (0, 0);
        for hash in files::all(&self.db)? {
            held += 1;
            damaged += u32::from(!matches!(self.file(&hash), Ok(Some(_))));
        }
        Ok((held, damaged))
    }

    /// What is made from items, as it is now.
    pub(crate) fn made(&mut self) -> Stored<Made> {
        let text = |row: &ApplicationRow| serde_json::to_string(row).unwrap_or_default();
        let lines = rows::all(&self.db)?
            .iter()
            .map(|(row, words)| (text(row), words.clone()))
            .collect();
        let mut heads = BTreeMap::new();
        for id in items::documents(&self.db)? {
            let opened = self.take(id)?;
            heads.insert(DocumentId::to_string(&id), opened.heads());
            self.give(id, opened);
        }
        Ok(Made { lines, heads })
    }
}
