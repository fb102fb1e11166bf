//! New applications of a batch, opened before the database is asked to write: by all processors but one, and while others
//! write. Only what its author signed and may write is opened.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use doorstep_records::kind;
use doorstep_sync::payload::Change;
use doorstep_sync::trust::Grants;
use doorstep_sync::{DocumentId, Item, ItemId, Kind, Millis, serve};

use crate::apply::{Effect, change_application};
use crate::dossier::Dossier;
use crate::store::{self, Connection};

/// Fewer than this are opened sooner than a thread begins.
const FEW: usize = 16;
/// More than this are opened when they are taken: all of them lie in memory until then.
const MOST: usize = 500;

/// What single items make of applications that nobody has here, should they be taken.
#[derive(Default)]
pub struct Ahead {
    opened: HashMap<ItemId, (Dossier, Vec<String>)>,
    /// By which they may be written.
    grants: Option<Arc<Grants>>,
}

impl Ahead {
    /// Opens what `items` begin that may be taken at `now`. Nothing is decided by that: an item counts as if it had been
    /// opened when it is taken.
    pub fn of(sql: &Connection, items: &[Item], grants: &Arc<Grants>, now: Millis) -> store::Result<Self> {
        let mut named: HashMap<DocumentId, Vec<&Item>> = HashMap::new();
        for item in items {
            let Ok(envelope) = item.open() else { continue };
            let document = envelope.document.filter(|_| envelope.kind == Kind::Change);
            if let Some(document) = document.filter(|document| document.kind == kind::APPLICATION) {
                named.entry(document.id).or_default().push(item);
            }
        }
        let mut single = Vec::new();
        for (id, items) in named {
            // What one item builds on another of the same batch is left to the order in which they are taken.
            if let [item] = items[..]
                && single.len() < MOST
                && store::documents::load(sql, kind::APPLICATION, &id)?.is_none()
            {
                single.push(item);
            }
        }
        if single.len() < FEW {
            return Ok(Self::default());
        }
        // One is left to those who wait for anything else.
        let threads = thread::available_parallelism().map_or(1, |all| all.get().saturating_sub(1).max(1));
        let mut opened = HashMap::new();
        thread::scope(|scope| {
            let share = single.len().div_ceil(threads);
            let working: Vec<_> = single
                .chunks(share)
                .map(|part| {
                    scope.spawn(|| {
                        part.iter()
                            .filter_map(|item| open(item, grants, now))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            // What a thread could not finish is opened when it is taken.
            opened.extend(working.into_iter().filter_map(|thread| thread.join().ok()).flatten());
        });
        Ok(Self {
            opened,
            grants: Some(grants.clone()),
        })
    }

    /// Whether it is known already that these grants allow an item, and that its author signed it.
    pub fn allows(&self, item: &ItemId, grants: &Arc<Grants>) -> bool {
        self.grants.as_ref().is_some_and(|known| Arc::ptr_eq(known, grants)) && self.opened.contains_key(item)
    }

    /// The application that an item begins, and what it changed.
    pub fn take(&mut self, item: &ItemId) -> Option<(Dossier, Vec<String>)> {
        self.opened.remove(item)
    }
}

fn open(item: &Item, grants: &Grants, now: Millis) -> Option<(ItemId, (Dossier, Vec<String>))> {
    let envelope = serve::decide(item, grants, now).ok()?;
    let change = Change::from_bytes(&envelope.payload).ok()?;
    let mut dossier = Dossier::empty(envelope.document?.id, envelope.scope);
    match change_application(&mut dossier, &envelope.device, &change) {
        Effect::Taken(changed) => Some((item.id(), (dossier, changed))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use doorstep_records::application::Beginning;
    use doorstep_records::{ApplicationDocument, Author};
    use doorstep_sync::payload::Grant;
    use doorstep_sync::scope::ScopePattern;
    use doorstep_sync::{Document, Envelope, Scope, SigningKey};

    use super::*;

    const NOW: Millis = 1_772_676_000_000;

    fn envelope(author: &SigningKey, kind: Kind, document: Option<Document>, payload: Vec<u8>) -> Envelope {
        Envelope {
            version: 1,
            kind,
            scope: Scope::new("500199101201", "2026").unwrap(),
            document,
            device: author.verifying_key().device(),
            staff: "s1".into(),
            time: NOW,
            payload,
        }
    }

    /// The first item of an application, which says that `author` wrote it, signed by `by`.
    fn begun(n: u16, author: &SigningKey, by: &SigningKey) -> Item {
        let mut id = [7; 16];
        id[..2].copy_from_slice(&n.to_le_bytes());
        let beginning = Beginning {
            matter: "YX-MZ-001".into(),
            catalogue: 1,
            station: "500199101201".into(),
        };
        let writes = Author {
            actor: [&author.verifying_key().device().0[..], &[0, 0, 0, 1]].concat(),
            staff: "s1".into(),
            time: NOW,
        };
        let (_, save) = ApplicationDocument::create(&writes, &beginning);
        let document = Document {
            kind: kind::APPLICATION.into(),
            id: DocumentId(id),
        };
        let payload = Change::of(save.bytes).to_bytes();
        Item::sign(&envelope(author, Kind::Change, Some(document), payload), by)
    }

    #[test]
    fn only_what_may_be_taken_is_opened_and_no_more_than_fits() {
        let [center, device, stranger] = [1, 2, 3].map(|seed| SigningKey::from_seed(&[seed; 32]));
        let mut grants = Grants::new(center.verifying_key());
        let grant = Grant {
            public_key: device.verifying_key().to_bytes(),
            kinds: vec![kind::APPLICATION.into()],
            scopes: vec![ScopePattern {
                division: "500199101201".into(),
                period: None,
            }],
            from: 0,
            until: NOW + 1,
            code: "A1".into(),
            label: String::new(),
            details: Vec::new(),
        };
        let grant = envelope(&center, Kind::Grant, None, grant.to_bytes());
        assert_eq!(grants.take(&Item::sign(&grant, &center)), Ok(true));
        let grants = Arc::new(grants);
        let folder = tempfile::tempdir().unwrap();
        let store = store::Store::open(&folder.path().join("center.sqlite")).unwrap();
        let ahead = |items: &[Item], now| store.read(|sql| Ahead::of(sql, items, &grants, now)).unwrap();
        let items = |count, author, by| (0..count).map(|n| begun(n, author, by)).collect::<Vec<_>>();

        let own = items(20, &device, &device);
        let opened = ahead(&own, NOW);
        assert_eq!(opened.opened.len(), 20);
        assert!(opened.allows(&own[0].id(), &grants));
        assert!(
            !opened.allows(&own[0].id(), &Arc::new(Grants::clone(&grants))),
            "by others"
        );
        assert_eq!(ahead(&own, NOW + 1).opened.len(), 0, "the grant has ended");
        for (author, by) in [(&device, &stranger), (&stranger, &stranger)] {
            assert_eq!(ahead(&items(20, author, by), NOW).opened.len(), 0);
        }
        assert_eq!(ahead(&items(600, &device, &device), NOW).opened.len(), MOST);
    }
}
