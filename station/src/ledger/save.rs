//! A save: edits become one signed item, with its files and its line in the list, in one transaction.

use std::collections::HashSet;

use doorstep_records::application::{Beginning, row_word};
use doorstep_records::permit::permit;
use doorstep_records::{Application, ApplicationDocument, Author, Case, CaseDocument, Edit, RecordError};
use doorstep_sync::payload::{Change, FileName};
use doorstep_sync::{DocumentId, FileHash, Item, Kind, Millis, Scope, preview};
use items::State;

use super::open::COUNTING;
use super::{Ledger, Opened, documents};
use crate::files::Written;
use crate::store::files::HeldFile;
use crate::store::{StoreError, Stored, facts, files, items, rows, uploads};
use crate::world::{bytes, day_in_china};
use crate::{Failure, FailureCode};

/// A file goes without a small picture ahead of it unless it is this many times as large.
const PREVIEW_SHARE: u64 = 10;

/// A file that was written and goes with a save.
pub(crate) struct NewFile {
    /// Encrypted, on the disk, without a name.
    pub written: Written,
    /// Media type.
    pub media_type: String,
    /// A small JPEG.
    pub thumbnail: Option<Vec<u8>>,
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Locked => Self::new(FailureCode::Locked, "handed in"),
            RecordError::NotFound => Self::not_found("page, material or value"),
            RecordError::Unseen => Self::new(FailureCode::Unseen, "made on something unknown"),
            // The words of a schema error may name a key that was typed.
            RecordError::Schema(_) => Self::bad_request("too long, or not a name"),
            other => Self::store(other),
        }
    }
}

impl Ledger {
    /// Begins an application, or gives back one that the same person began here alike and left empty: who looks into a
    /// matter and turns back leaves no heap of drafts. What another window has open is not given: two residents would be
    /// typed into one application.
    pub(crate) fn begin(&mut self, staff: &str, beginning: &Beginning, window: &str) -> Result<DocumentId, Failure> {
        let id = match self.untouched(staff, beginning, window)? {
            Some(id) => id,
            None => self.begin_new(staff, beginning)?,
        };
        self.show(id, window);
        Ok(id)
    }

    /// A window shows an application.
    pub(crate) fn show(&mut self, id: DocumentId, window: &str) {
        self.given.insert((id, window.to_owned()));
    }

    fn begin_new(&mut self, staff: &str, beginning: &Beginning) -> Result<DocumentId, Failure> {
        self.may_write()?;
        let id = DocumentId(bytes(&*self.world.random));
        let author = self.author(staff);
        let (application, save) = ApplicationDocument::create(&author, beginning);
        let mut opened = Opened::new(application, CaseDocument::empty(), 0, false);
        self.transact(|ledger| -> Result<(), Failure> {
            ledger.store_change(id, staff, &mut opened, save.bytes, &[])?;
            Ok(ledger.project(id, &opened)?)
        })?;
        self.give(id, opened);
        Ok(id)
    }

    fn untouched(&mut self, staff: &str, beginning: &Beginning, window: &str) -> Stored<Option<DocumentId>> {
        for id in rows::untouched(&self.db)? {
            if self.given.iter().any(|(given, to)| *given == id && to != window) {
                continue;
            }
            // What came from elsewhere may be open on another screen.
            let saves = items::changes(&self.db, &documents(id).0, 0, &COUNTING)?;
            let own = |held: &items::Held| held.item.open().is_ok_and(|envelope| envelope.device == self.device);
            if !saves.iter().all(own) {
                continue;
            }
            let opened = self.take(id)?;
            let (record, aside) = (opened.record(), opened.aside);
            self.give(id, opened);
            let alike = record.matter == beginning.matter
                && record.edition == beginning.catalogue
                && record.station == beginning.station
                && record.first_responder == staff;
            let empty = record.answers.is_empty()
                && record.presence.is_empty()
                && record.materials.is_empty()
                && record.signatures.is_empty();
            if alike && empty && !aside {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Saves the edits that `decide` makes of what is there, by somebody whose screen shows the heads `seen`: they stand
    /// beside whatever has come since. When it returns they are on the disk. Gives heads of what that screen knows then.
    pub(crate) fn save(
        &mut self,
        id: DocumentId,
        seen: &[String],
        staff: &str,
        new_files: Vec<NewFile>,
        decide: impl FnOnce(&Application, &Case) -> Result<Vec<Edit>, Failure>,
    ) -> Result<Vec<String>, Failure> {
        self.save_numbered(id, seen, staff, new_files, |application, case, _| {
            decide(application, case)
        })
    }

    /// As [`Self::save`]; `decide` may draw the next application number of today, which is used up only when the save
    /// succeeds.
    pub(crate) fn save_numbered(
        &mut self,
        id: DocumentId,
        seen: &[String],
        staff: &str,
        mut new_files: Vec<NewFile>,
        decide: impl FnOnce(&Application, &Case, &dyn Fn() -> Stored<String>) -> Result<Vec<Edit>, Failure>,
    ) -> Result<Vec<String>, Failure> {
        self.may_write()?;
        let mut opened = self.take_existing(id)?;
        if opened.aside {
            self.give(id, opened);
            return Err(Failure::new(
                FailureCode::Refused,
                "the center refused this application",
            ));
        }
        let author = self.author(staff);
        let known = self.transact(|ledger| -> Result<Vec<String>, Failure> {
            let (application, case) = (opened.record(), opened.authority());
            let number = || ledger.next_number();
            let edits = decide(&application, &case, &number)?;
            for edit in &edits {
                permit(&application, &case, edit)?;
            }
            let saved = opened.application().edit_seen(&author, seen, &edits)?;
            if saved.is_empty() {
                return Ok(saved.heads);
            }
            for file in &mut new_files {
                ledger.store_file(id, &application, file)?;
            }
            let time = ledger.store_change(id, staff, &mut opened, saved.bytes, &edits)?;
            ledger.project_saved(id, &opened, time)?;
            Ok(saved.heads)
        })?;
        self.give(id, opened);
        Ok(known)
    }

    /// As [`Self::take`], for an application that must exist.
    pub(super) fn take_existing(&mut self, id: DocumentId) -> Result<Opened, Failure> {
        let opened = self.take(id)?;
        if opened.record().matter.is_empty() {
            return Err(Failure::not_found("application"));
        }
        Ok(opened)
    }

    /// What names a row that is added now.
    pub(crate) fn row_word(&self) -> String {
        row_word(self.now(), bytes(&*self.world.random))
    }

    /// Who writes here, as documents name it.
    pub(crate) fn actor(&self) -> &[u8] {
        &self.actor
    }

    pub(super) fn author(&self, staff: &str) -> Author {
        Author {
            actor: self.actor.clone(),
            staff: staff.to_owned(),
            time: self.now(),
        }
    }

    pub(super) fn next_number(&self) -> Stored<String> {
        let day = self.today();
        let sequence = facts::next_number(&self.db, &day)?;
        Ok(doorstep_records::number::application_number(
            &self.station.division,
            &day,
            &self.station.device_code,
            sequence,
        ))
    }

    /// The item of a save: its changes, and the files that `edits` name. Gives its time.
    pub(super) fn store_change(
        &mut self,
        id: DocumentId,
        staff: &str,
        opened: &mut Opened,
        automerge: Vec<u8>,
        edits: &[Edit],
    ) -> Result<Millis, Failure> {
        let scope = scope_of(&opened.record())?;
        let mut once = HashSet::new();
        let files = edits
            .iter()
            .filter_map(named)
            .filter(|file| once.insert(file.hash))
            .collect();
        let payload = Change { automerge, files }.to_bytes();
        let envelope = self.envelope(Kind::Change, scope, Some(documents(id).0), staff, payload);
        if envelope.payload.len() >= doorstep_sync::item::MAX_ENVELOPE {
            return Err(Failure::bad_request("too much in one save"));
        }
        let last = items::insert(
            &self.db,
            &Item::sign(&envelope, &self.key),
            &envelope,
            State::Waiting,
            None,
        )?;
        opened.since_snapshot += 1;
        opened.last = last;
        Ok(envelope.time)
    }

    /// A file's key, and that it waits to go. It gets its name on the disk here, before the commit: after a power cut either
    /// it and the item that names it are both there, or the file is a leftover nobody can read.
    fn store_file(&mut self, id: DocumentId, application: &Application, file: &mut NewFile) -> Result<(), Failure> {
        let name = FileName {
            hash: file.written.hash,
            len: file.written.len,
            media_type: file.media_type.clone(),
        };
        files::name(&self.db, &name.hash, &id)?;
        uploads::add(&self.db, &name, &scope_of(application)?)?;
        if let Some(small) = &file.thumbnail {
            let preview = preview::name(small, &name.hash);
            if preview.len <= preview::LARGEST && preview.len * PREVIEW_SHARE <= name.len {
                uploads::set_preview(&self.db, &name.hash, &preview)?;
            }
        }
        self.keep_file(name, file)?;
        Ok(())
    }

    /// Gives a written file its name and stores its key, unless the same content is held already.
    pub(super) fn keep_file(&mut self, name: FileName, file: &mut NewFile) -> Stored<()> {
        if files::holds(&self.db, &name.hash)? && self.files.has(&name.hash) {
            return Ok(());
        }
        self.files.name(&mut file.written)?;
        let held = HeldFile {
            name,
            key: file.written.key.clone(),
            thumbnail: file.thumbnail.take(),
        };
        files::insert(&self.db, &held)
    }

    /// The thumbnail of a file held here, when one was made.
    pub(crate) fn thumbnail(&self, hash: &FileHash) -> Stored<Option<Vec<u8>>> {
        Ok(files::get(&self.db, hash)?.and_then(|held| held.thumbnail))
    }

    /// The applications that name a file.
    pub(crate) fn named_by(&self, hash: &FileHash) -> Stored<Vec<DocumentId>> {
        files::named_by(&self.db, hash)
    }

    /// A file held here, in clear.
    pub(crate) fn file(&self, hash: &FileHash) -> Stored<Option<(HeldFile, Vec<u8>)>> {
        let Some(held) = files::get(&self.db, hash)? else {
            return Ok(None);
        };
        let len = usize::try_from(held.name.len).map_err(|_| StoreError::Damaged("file length"))?;
        let bytes = self.files.read(hash, &held.key, held.name.len, 0, len)?;
        if FileHash::of(&bytes) != *hash {
            return Err(StoreError::Damaged("file"));
        }
        Ok(Some((held, bytes)))
    }
}

/// The file that an edit brings into an application.
fn named(edit: &Edit) -> Option<FileName> {
    let (hash, len, media_type) = match edit {
        Edit::PageAdded { page, .. } => (&page.file, page.len, page.media_type.as_str()),
        Edit::Signed { signature } => (&signature.file, signature.len, "image/png"),
        _ => return None,
    };
    Some(FileName {
        hash: hash.parse().ok()?,
        len,
        media_type: media_type.to_owned(),
    })
}

/// The scope of an application: the station that took it, and the year in which it was begun.
pub(super) fn scope_of(application: &Application) -> Result<Scope, StoreError> {
    let day = day_in_china(application.created);
    Scope::new(&application.station, day.get(..4).unwrap_or_default()).map_err(|_| StoreError::Damaged("scope"))
}
