//! Files that go up and come down: which go now, in which order, and what is told of them.

use std::collections::HashMap;

use doorstep_matters::Language;
use doorstep_records::Application;
use doorstep_sync::payload::FileName;
use doorstep_sync::replica::{Moved, Outgoing};
use doorstep_sync::{FileHash, preview};

use super::{Ledger, NewFile, StoreError, Stored};
use crate::contract::{Contact, FileOnWay, FileState, SyncMode};
use crate::store::{contacts, facts, files, uploads};
use crate::view::say;

/// Files shown one by one.
const SHOWN: u32 = 50;

/// Which files go now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Going {
    /// Small pictures ahead of their originals.
    pub previews: bool,
    /// Files themselves, in both directions.
    pub originals: bool,
    /// Files from the center that somebody waits for.
    pub urgent: bool,
}

impl Ledger {
    /// Which files go by themselves.
    pub(crate) fn sync_mode(&self) -> Stored<SyncMode> {
        let kept = facts::get(&self.db, facts::name::SYNC_MODE)?;
        let mode = kept.and_then(|name| serde_json::from_slice(&name).ok());
        Ok(mode.unwrap_or_default())
    }

    /// Chooses which files go by themselves.
    pub(crate) fn set_sync_mode(&self, mode: SyncMode) -> Stored<()> {
        let name = serde_json::to_vec(&mode).unwrap_or_default();
        facts::set(&self.db, facts::name::SYNC_MODE, &name)
    }

    pub(crate) fn outgoing_files(&self, going: Going) -> Stored<Vec<Outgoing>> {
        let looked_at = self.looked_at.as_ref();
        let mut outgoing = Vec::new();
        if going.previews {
            outgoing = uploads::previews(&self.db, looked_at)?;
        }
        if going.originals {
            outgoing.extend(uploads::originals(&self.db, looked_at)?);
        }
        Ok(outgoing)
    }

    pub(crate) fn wanted_files(&self, going: Going) -> Stored<Vec<(FileName, u64)>> {
        match going.originals || going.urgent {
            true => files::wanted(&self.db, !going.originals),
            false => Ok(Vec::new()),
        }
    }

    pub(crate) fn is_begun(&self, hash: &FileHash) -> Stored<bool> {
        uploads::is_begun(&self.db, hash)
    }

    /// Keeps what has to be known of a file at the next start too.
    pub(crate) fn moved(&self, file: &FileName, news: Moved<'_>) -> Stored<()> {
        match (news, preview::of(file)) {
            (Moved::Whole, Some(_)) => uploads::set_previewed(&self.db, &file.hash),
            (Moved::Failed("not_needed"), Some(of)) => uploads::drop_preview(&self.db, &of),
            (_, Some(_)) => Ok(()),
            (Moved::Begins, None) => uploads::set_begun(&self.db, &file.hash),
            (Moved::Failed(code), None) => uploads::set_trouble(&self.db, &file.hash, code),
            (Moved::At(_) | Moved::Whole, None) => uploads::set_trouble(&self.db, &file.hash, ""),
        }
    }

    pub(crate) fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Stored<Vec<u8>> {
        if let Some(held) = files::get(&self.db, hash)? {
            return self.files.read(hash, &held.key, held.name.len, offset, len);
        }
        let small = uploads::preview_bytes(&self.db, hash)?.ok_or(StoreError::Damaged("file"))?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(small.len());
        let to = from.saturating_add(len).min(small.len());
        Ok(small.get(from..to).unwrap_or_default().to_vec())
    }

    /// Somebody waits for a file that an item named; true when one did.
    pub(crate) fn want(&mut self, hash: &FileHash) -> Stored<bool> {
        if files::ask(&self.db, hash)? {
            return Ok(true);
        }
        let Some(id) = files::named_by(&self.db, hash)?.into_iter().next() else {
            return Ok(false);
        };
        let opened = self.take(id)?;
        let named = opened.record().files();
        self.give(id, opened);
        let Some((_, len)) = named.into_iter().find(|(file, _)| *file == hash.to_string()) else {
            return Ok(false);
        };
        let file = FileName {
            hash: *hash,
            len,
            media_type: "application/octet-stream".into(),
        };
        files::want(&self.db, &file, true)?;
        Ok(true)
    }

    /// Appends to a wanted file; a whole one is checked and kept, or dropped when it is wrong.
    pub(crate) fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Stored<()> {
        self.transact(|ledger| {
            let kept = files::append(&ledger.db, &file.hash, offset, bytes)?;
            if kept < file.len {
                return Ok(());
            }
            let mut sealing = ledger.files.begin(&*ledger.world.random)?;
            files::each_part(&ledger.db, &file.hash, |piece| sealing.push(piece))?;
            let written = sealing.finish()?;
            if kept > file.len || written.hash != file.hash {
                tracing::warn!(file = ?file.hash, "a file came with other content than its name says");
                return files::drop_parts(&ledger.db, &file.hash);
            }
            let mut new = NewFile {
                written,
                media_type: file.media_type.clone(),
                thumbnail: None,
            };
            ledger.keep_file(file.clone(), &mut new)?;
            ledger.shelf.changed();
            Ok(())
        })?;
        self.name_lines(file)
    }

    /// Notes a contact, or a try.
    pub(crate) fn note_contact(&mut self, contact: &Contact) -> Stored<()> {
        self.transact(|ledger| contacts::add(&ledger.db, contact))
    }

    /// The last contacts, newest first.
    pub(crate) fn contacts(&self) -> Stored<Vec<Contact>> {
        contacts::last(&self.db)
    }

    /// All files that wait.
    pub(crate) fn uploads_total(&self) -> Stored<uploads::Total> {
        uploads::total(&self.db)
    }

    /// Bytes of files held here.
    pub(crate) fn held_bytes(&self) -> Stored<u64> {
        files::held_bytes(&self.db)
    }

    /// The first files that wait. `sent` is what is known of how far they are; `now` is the one that moves.
    pub(crate) fn files_on_way(
        &mut self,
        sent: &HashMap<FileHash, u64>,
        now: Option<FileHash>,
        held_back: bool,
        language: Language,
    ) -> Stored<Vec<FileOnWay>> {
        let waiting = uploads::waiting(&self.db, self.looked_at.as_ref(), SHOWN)?;
        let mut files = Vec::new();
        for file in waiting {
            let (application, label) = self.name_of(&file.hash, language)?;
            let state = match (now == Some(file.hash), held_back, file.trouble.is_empty()) {
                (true, _, _) => FileState::Sending,
                (false, true, _) => FileState::Paused,
                (false, false, false) => FileState::Failed,
                (false, false, true) => FileState::Waiting,
            };
            files.push(FileOnWay {
                hash: file.hash.to_string(),
                application,
                label,
                len: file.len,
                sent: sent.get(&file.hash).copied().unwrap_or(0).min(file.len),
                previewed: file.previewed,
                state,
                reason: file.trouble,
            });
        }
        Ok(files)
    }

    /// The application that names a file, and what the file is there.
    fn name_of(&mut self, hash: &FileHash, language: Language) -> Stored<(String, String)> {
        let Some(id) = files::named_by(&self.db, hash)?.into_iter().next() else {
            return Ok((String::new(), say(language, "文件", "File")));
        };
        let opened = self.take(id)?;
        let application = opened.record();
        self.give(id, opened);
        let label = match place(&application, &hash.to_string()) {
            Some((material, number)) => {
                let matter = self.matter(application.edition, &application.matter)?;
                let materials = matter.iter().flat_map(|matter| &matter.materials);
                let named = materials
                    .filter(|known| known.code == material)
                    .map(|known| &known.name);
                let name = named.map(|name| name.get(language)).next().unwrap_or(material);
                say(
                    language,
                    &format!("{name} 第 {number} 页"),
                    &format!("{name}, page {number}"),
                )
            }
            None => say(language, "签名或已取下的页", "Signature or a page taken out"),
        };
        Ok((id.to_string(), label))
    }
}

/// The material a standing page belongs to, and its number there.
fn place<'a>(application: &'a Application, hash: &str) -> Option<(&'a str, usize)> {
    application.materials.iter().find_map(|(code, material)| {
        let at = material.pages.iter().position(|page| page.file == hash)?;
        Some((code.as_str(), at + 1))
    })
}
