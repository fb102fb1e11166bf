//! Open documents: loaded when somebody looks, kept for a while, never all.

use std::cell::OnceCell;
use std::sync::Arc;

use doorstep_records::{Application, ApplicationDocument, Case, CaseDocument, RecordError};
use doorstep_sync::payload::Change;
use doorstep_sync::{Document, DocumentId, Item};

use super::{Ledger, documents};
use crate::store::{Stored, documents as snapshots, items};
use items::State;

/// How many documents are kept open: about 100 KB each.
const KEPT: usize = 32;
/// A snapshot is written when so many items have come since the last.
pub(super) const SNAPSHOT_EVERY: u32 = 32;
/// Items that make up a document.
pub(super) const COUNTING: [State; 3] = [State::Waiting, State::Accepted, State::Received];

/// Items that somebody typed here or elsewhere, refused or not.
const TYPED: [State; 4] = [State::Waiting, State::Accepted, State::Received, State::Refused];

/// An application and its case.
pub(crate) struct Opened {
    application: ApplicationDocument,
    case: CaseDocument,
    /// Both as they were read last; empty after a change.
    views: (OnceCell<Arc<Application>>, OnceCell<Arc<Case>>),
    /// Items since the last snapshot.
    pub since_snapshot: u32,
    /// Place of the last item written here; 0 when none was since it was read.
    pub last: i64,
    /// The center refused its beginning: it can be read as it was typed, and no longer changed.
    pub aside: bool,
    /// Items that are held and do not fit: a damaged disk took what they build on. Once that has come again the documents are
    /// read anew; until then no snapshot may reach past them.
    pub unfit: bool,
}

impl Opened {
    pub(super) fn new(application: ApplicationDocument, case: CaseDocument, since_snapshot: u32, aside: bool) -> Self {
        Self {
            application,
            case,
            views: Default::default(),
            since_snapshot,
            last: 0,
            aside,
            unfit: false,
        }
    }

    /// What the station wrote.
    pub(crate) fn record(&self) -> Arc<Application> {
        self.views.0.get_or_init(|| Arc::new(self.application.view())).clone()
    }

    /// What the station wrote, as it stood at 收件.
    pub(super) fn as_received(&self) -> Option<Application> {
        self.application.as_received()
    }

    /// The same of each 收件, oldest first: two devices may have received it while apart.
    pub(super) fn receptions(&self) -> Vec<Application> {
        self.application.receptions()
    }

    /// What the authority wrote.
    pub(crate) fn authority(&self) -> Arc<Case> {
        self.views.1.get_or_init(|| Arc::new(self.case.view())).clone()
    }

    /// The station's document, to be changed.
    pub(super) fn application(&mut self) -> &mut ApplicationDocument {
        self.views.0.take();
        &mut self.application
    }

    /// The authority's document, to be changed.
    pub(super) fn case(&mut self) -> &mut CaseDocument {
        self.views.1.take();
        &mut self.case
    }

    /// The station's document apart.
    pub(super) fn fork(&self) -> ApplicationDocument {
        self.application.clone()
    }

    /// Heads of the station's document.
    pub(super) fn heads(&self) -> Vec<String> {
        self.application.heads()
    }
}

/// The documents used last.
#[derive(Default)]
pub(super) struct Cache(Vec<(DocumentId, Opened)>);

impl Cache {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn forget(&mut self, id: &DocumentId) {
        self.0.retain(|(held, _)| held != id);
    }
}

impl Ledger {
    /// Takes the documents out of the cache, or loads them. Give them back with [`Self::give`]; what is not given back is
    /// read from the disk next time.
    pub(super) fn take(&mut self, id: DocumentId) -> Stored<Opened> {
        if let Some(place) = self.opened.0.iter().position(|(held, _)| *held == id) {
            return Ok(self.opened.0.remove(place).1);
        }
        self.load(id)
    }

    pub(super) fn give(&mut self, id: DocumentId, opened: Opened) {
        self.opened.0.insert(0, (id, opened));
        self.opened.0.truncate(KEPT);
    }

    /// Reads both documents from snapshot and items.
    pub(super) fn load(&self, id: DocumentId) -> Stored<Opened> {
        let (application, case) = documents(id);
        let (mut record, after) = match snapshots::snapshot(&self.db, &application)? {
            Some((through, bytes)) => ApplicationDocument::load(&bytes).map_or_else(
                |_| {
                    tracing::error!("a snapshot does not read; the document is made from its items");
                    (ApplicationDocument::empty(), 0)
                },
                |document| (document, through),
            ),
            None => (ApplicationDocument::empty(), 0),
        };
        let (applied, mut unfit) = self.replay(&application, after, &COUNTING, |device, changes| {
            record.apply(device, changes)
        })?;
        let begun = |record: &ApplicationDocument| !record.view().matter.is_empty();
        let mut aside = false;
        if !begun(&record) {
            self.replay(&application, 0, &TYPED, |device, changes| record.apply(device, changes))?;
            aside = begun(&record);
        }
        let mut authority = CaseDocument::empty();
        let (_, left) = self.replay(&case, 0, &COUNTING, |device, changes| authority.apply(device, changes))?;
        unfit |= left;
        Ok(Opened {
            unfit,
            ..Opened::new(record, authority, applied, aside)
        })
    }

    /// Applies the items of a document in an order that works; gives how many, and whether some do not fit. An item that
    /// came before what it builds on is tried again after the others.
    pub(super) fn replay(
        &self,
        document: &Document,
        after: i64,
        states: &[State],
        mut apply: impl FnMut(&[u8; 16], &[u8]) -> Result<(), RecordError>,
    ) -> Stored<(u32, bool)> {
        let mut left: Vec<Item> = items::changes(&self.db, document, after, states)?
            .into_iter()
            .map(|held| held.item)
            .collect();
        let mut applied = 0;
        loop {
            let mut early = Vec::new();
            let before = applied;
            for item in left {
                match changes_of(&item).map(|(device, changes)| apply(&device, &changes)) {
                    Some(Ok(())) => applied += 1,
                    Some(Err(RecordError::MissingDependencies)) => early.push(item),
                    _ => tracing::error!(item = ?item.id(), "a stored item no longer applies"),
                }
            }
            left = early;
            if left.is_empty() || applied == before {
                return Ok((applied, !left.is_empty()));
            }
        }
    }

    /// Writes snapshots of open documents that many items have come for since the last. Not part of a save: a person
    /// waits for that.
    pub(crate) fn snapshots(&mut self) -> Stored<()> {
        self.transact(|ledger| {
            for (id, opened) in &mut ledger.opened.0 {
                if opened.since_snapshot >= SNAPSHOT_EVERY && opened.last > 0 && !opened.unfit {
                    snapshots::keep(&ledger.db, &documents(*id).0, opened.last, &opened.application.save())?;
                    opened.since_snapshot = 0;
                }
            }
            Ok(())
        })
    }
}

/// Author and Automerge changes of an item.
pub(super) fn changes_of(item: &Item) -> Option<([u8; 16], Vec<u8>)> {
    let envelope = item.open().ok()?;
    Some((envelope.device.0, Change::from_bytes(&envelope.payload).ok()?.automerge))
}
