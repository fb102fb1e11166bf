#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use doorstep_records::Purpose;
use doorstep_records::application::Beginning;
use doorstep_records::{CaseDocument, CaseEvent, CaseStep};
use doorstep_sync::looks::{Log, follow};
use doorstep_sync::payload::Looks;
use doorstep_sync::{Fingerprint, ScopePattern};

use super::*;
use crate::store::tests as store_tests;
use crate::world::{SystemClock, SystemRandom};

const VILLAGE: &str = "500199101201";

/// A ledger of a device whose center is of this program's own making.
fn ledger(folder: &Path) -> Ledger {
    let center = SigningKey::from_seed(&[7; 32]);
    let own = SigningKey::from_seed(&[8; 32]);
    let grant = Grant {
        public_key: own.verifying_key().to_bytes().to_vec(),
        kinds: vec![doorstep_records::kind::APPLICATION.into()],
        scopes: vec![ScopePattern {
            division: VILLAGE.into(),
            period: None,
        }],
        from: 0,
        until: u64::MAX,
        code: "A1".into(),
        label: "桃花村 A1".into(),
        details: Vec::new(),
    };
    let envelope = Envelope {
        version: doorstep_sync::envelope::VERSION,
        kind: Kind::Grant,
        scope: Scope::new(VILLAGE, "0").unwrap(),
        document: None,
        device: center.verifying_key().device(),
        staff: String::new(),
        time: 1,
        payload: grant.to_bytes(),
    };
    let enrolment = Enrolment {
        seed: zeroize::Zeroizing::new([8; 32]),
        center: "https://center.example".into(),
        center_key: center.verifying_key(),
        grant: Item::sign(&envelope, &center),
        offset: 0,
    };
    let key = zeroize::Zeroizing::new([1; 32]);
    Ledger::create(folder, &key, &enrolment).unwrap();
    let text = String::new;
    let station = StationView {
        division: VILLAGE.into(),
        name: text(),
        town: text(),
        district: text(),
        address: text(),
        telephone: text(),
        device_code: "A1".into(),
        device_label: text(),
    };
    let world = World {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    Ledger::open(folder, key, station, world).unwrap()
}

fn begin(ledger: &mut Ledger) -> DocumentId {
    let beginning = Beginning {
        matter: "YX-MZ-001".into(),
        catalogue: 1,
        station: VILLAGE.into(),
    };
    ledger.begin("T0101", &beginning, "").unwrap()
}

#[test]
fn what_a_panic_cut_off_is_seen_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    let id = begin(&mut ledger);
    let before = ledger.take(id).unwrap().heads();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let cut_off = catch_unwind(AssertUnwindSafe(|| {
        ledger.transact(|ledger| -> Stored<()> {
            let mut opened = ledger.take(id)?;
            let author = doorstep_records::Author {
                actor: ledger.actor.clone(),
                staff: "T0101".into(),
                time: 2,
            };
            let edit = doorstep_records::Edit::Answer {
                name: "name".into(),
                value: "陶桃花".into(),
                note: String::new(),
            };
            let edits = [edit];
            let saved = opened.application().edit(&author, &edits).unwrap();
            ledger
                .store_change(id, "T0101", &mut opened, saved.bytes, &edits)
                .unwrap();
            ledger.give(id, opened);
            panic!("in the middle")
        })
    }));
    std::panic::set_hook(hook);
    assert!(cut_off.is_err());
    // Whoever comes next only looks.
    assert_eq!(ledger.take(id).unwrap().heads(), before);
    assert_eq!(items::count_waiting(&ledger.db).unwrap(), 1);
}

#[test]
fn on_a_full_disk_what_waits_still_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    begin(&mut ledger);
    let before = ledger.fingerprints().unwrap();
    let scope = Scope::new(VILLAGE, "2025").unwrap();
    for time in 0..400 {
        let envelope = Envelope {
            time,
            ..ledger.envelope(Kind::Change, scope.clone(), None, "T0101", Vec::new())
        };
        let item = Item::sign(&envelope, &ledger.key);
        items::insert(&ledger.db, &item, &envelope, items::State::Waiting, None).unwrap();
    }
    store_tests::fill(&ledger.db);
    assert_eq!(ledger.fingerprints().unwrap(), before, "as they were last");
    assert_eq!(ledger.outgoing(usize::MAX).unwrap().len(), 401);
    // Of what a neighbour holds, nothing is said from an older set.
    let peer = DeviceId([3; 16]);
    assert!(matches!(ledger.shared_fingerprints(&peer), Err(StoreError::Full)));
    store_tests::empty(&ledger.db);
    assert_eq!(ledger.fingerprints().unwrap().len(), before.len() + 1);
}

/// The item with which an application begins, and a second one that builds on it and lies nowhere yet.
fn saved_twice(ledger: &mut Ledger, id: DocumentId) -> (Item, Item) {
    let begun = items::changes(&ledger.db, &documents(id).0, 0, &[items::State::Waiting]).unwrap();
    let first = begun[0].item.clone();
    let mut opened = ledger.take(id).unwrap();
    let author = doorstep_records::Author {
        actor: ledger.actor.clone(),
        staff: "T0101".into(),
        time: 2,
    };
    let edit = doorstep_records::Edit::Answer {
        name: "name".into(),
        value: "陶桃花".into(),
        note: String::new(),
    };
    let saved = opened.application().edit(&author, &[edit]).unwrap();
    let next = Envelope {
        time: 2,
        payload: doorstep_sync::payload::Change::of(saved.bytes).to_bytes(),
        ..first.open().unwrap()
    };
    (first, Item::sign(&next, &ledger.key))
}

#[test]
fn what_builds_on_something_that_the_disk_lost_counts_again_once_that_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    let id = begin(&mut ledger);
    let (first, next) = saved_twice(&mut ledger, id);
    let mut touched = BTreeSet::new();
    ledger.take_item(&next, 3, &mut touched).unwrap();
    store_tests::lose_waiting(&ledger.db);
    let mended = crate::contract::Mended { at: 4, complete: false };
    ledger.mended(&mended).unwrap();
    assert!(ledger.take(id).unwrap().record().matter.is_empty());
    ledger.take_item(&first, 5, &mut touched).unwrap();
    let record = ledger.take(id).unwrap().record();
    assert_eq!(record.applicant_name(), "陶桃花");
}

#[test]
fn what_came_before_what_it_builds_on_is_not_in_the_set_yet() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    let id = begin(&mut ledger);
    let (first, next) = saved_twice(&mut ledger, id);
    let scope = first.open().unwrap().scope;
    let print = |ledger: &Ledger| {
        let prints = ledger.fingerprints().unwrap();
        let print = prints.into_iter().find(|(held, _)| *held == scope);
        print.map(|(_, print)| print).unwrap_or_default()
    };
    // Then the first is not there.
    ledger.opened.clear();
    store_tests::lose_waiting(&ledger.db);
    crate::store::documents::forget(&ledger.db, &id).unwrap();

    let mut touched = BTreeSet::new();
    ledger.take_item(&next, 3, &mut touched).unwrap();
    assert_eq!(
        print(&ledger),
        Fingerprint::default(),
        "nobody may have the first any more"
    );
    ledger.take_item(&first, 3, &mut touched).unwrap();
    let mut both = Fingerprint::default();
    both.add(&first.id());
    both.add(&next.id());
    assert_eq!(print(&ledger), both);
}

#[test]
fn what_one_program_could_not_read_the_next_version_tries_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    let id = begin(&mut ledger);
    // An item of the center and a catalogue that the program before did not understand.
    let center = SigningKey::from_seed(&[7; 32]);
    let author = doorstep_records::Author {
        actor: [&center.verifying_key().device().0[..], &[0, 0, 0, 1]].concat(),
        staff: String::new(),
        time: 2,
    };
    let arrived = CaseEvent {
        id: "a".into(),
        step: CaseStep::Arrived,
        staff: String::new(),
        stands_for: None,
        time: 2,
    };
    let saved = CaseDocument::empty().append(&author, &[arrived]).unwrap();
    let envelope = Envelope {
        device: center.verifying_key().device(),
        staff: String::new(),
        ..ledger.envelope(
            Kind::Change,
            Scope::new(VILLAGE, "2026").unwrap(),
            Some(documents(id).1),
            "",
            doorstep_sync::payload::Change::of(saved.bytes).to_bytes(),
        )
    };
    let item = Item::sign(&envelope, &center);
    items::insert(&ledger.db, &item, &envelope, items::State::Aside, None).unwrap();
    let refused = items::Refused {
        code: "schema".into(),
        reason: String::new(),
        contents: Vec::new(),
    };
    items::refuse(&ledger.db, &item.id(), Some(&id), false, &refused).unwrap();
    let version = Catalogue {
        version: 4,
        files: Vec::new(),
    };
    catalogues::insert(&ledger.db, &version).unwrap();
    catalogues::set_problem(&ledger.db, 4, "unreadable").unwrap();
    let stands = |ledger: &mut Ledger| {
        let opened = ledger.take(id).unwrap();
        let events = opened.authority().events.len();
        ledger.give(id, opened);
        let usable = catalogues::all(&ledger.db).unwrap()[0].1.is_none();
        (events, usable)
    };

    ledger.opened_by(env!("CARGO_PKG_VERSION")).unwrap();
    assert_eq!(stands(&mut ledger), (0, false), "the same program reads no better");
    ledger.opened_by("next").unwrap();
    assert_eq!(stands(&mut ledger), (1, true));
    catalogues::set_problem(&ledger.db, 4, "unreadable").unwrap();
    ledger.opened_by("next").unwrap();
    assert_eq!(stands(&mut ledger), (1, false));
}

#[test]
fn a_neighbour_does_not_bring_back_what_was_forgotten() {
    use doorstep_sync::payload::{Forget, Forgotten};

    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    let id = begin(&mut ledger);
    let begun = items::changes(&ledger.db, &documents(id).0, 0, &[items::State::Waiting]).unwrap();
    let (item, envelope) = (begun[0].item.clone(), begun[0].item.open().unwrap());
    let center = SigningKey::from_seed(&[7; 32]);
    let unheard = ItemId([9; 32]);
    let named = [item.id(), unheard].map(|item| Forgotten {
        time: envelope.time,
        item,
    });
    let payload = Forget {
        items: named.to_vec(),
        files: Vec::new(),
    };
    let said = Envelope {
        kind: Kind::Forget,
        device: center.verifying_key().device(),
        staff: String::new(),
        payload: payload.to_bytes(),
        ..envelope.clone()
    };
    let said = Item::sign(&said, &center);
    let forged = Item::sign(&said.open().unwrap(), &SigningKey::from_seed(&[8; 32]));
    let mut touched = BTreeSet::new();
    ledger.take_item(&forged, 3, &mut touched).unwrap();
    ledger.forget_due().unwrap();
    assert_eq!(ledger.outgoing(usize::MAX).unwrap().len(), 1, "only the center says so");
    ledger.take_item(&said, 3, &mut touched).unwrap();
    ledger.forget_due().unwrap();
    let mut all = Fingerprint::default();
    [item.id(), unheard, said.id()].iter().for_each(|id| all.add(id));
    let print = |ledger: &Ledger| {
        let prints = ledger.fingerprints().unwrap();
        prints.into_iter().find(|(held, _)| *held == envelope.scope).unwrap().1
    };
    assert_eq!(print(&ledger), all, "both names are in their places");
    assert_eq!(
        ledger.items(&[item.id(), unheard], usize::MAX).unwrap(),
        [],
        "and nothing is given"
    );
    // An older disk nearby, a stick, the center itself.
    assert_eq!(
        ledger
            .take_from(&ledger.device.clone(), std::slice::from_ref(&item))
            .unwrap(),
        0
    );
    ledger
        .receive(std::slice::from_ref(&item), Cursor::default(), 4)
        .unwrap();
    assert_eq!(items::get(&ledger.db, &item.id()).unwrap(), None);
    assert!(ledger.outgoing(usize::MAX).unwrap().is_empty());
    assert_eq!(print(&ledger), all);
    // Where it stays, what was typed on top of it passes through.
    let mut opened = ledger.load(id).unwrap();
    assert!(opened.application().view().matter.is_empty());
}

/// A clock that a test moves.
struct Hand(std::sync::atomic::AtomicU64);

impl Clock for Hand {
    fn now(&self) -> Millis {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// The access log as the district would put it together.
fn sent_log(ledger: &Ledger) -> Log {
    let mut runs = Vec::new();
    items::each(&ledger.db, Kind::Look, |item, _| {
        let envelope = ledger.grants.verify(&item).unwrap();
        runs.push((item.id(), Looks::from_bytes(&envelope.payload).unwrap()));
        Ok(())
    })
    .unwrap();
    follow(runs)
}

#[test]
fn who_sees_a_record_is_on_the_disk_once_in_ten_minutes_and_goes_as_one_item() {
    const MINUTE: u64 = 60_000;
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    let hand = Arc::new(Hand(1_000_000_000.into()));
    ledger.world.clock = hand.clone();
    let pass = |time| {
        hand.0.fetch_add(time, std::sync::atomic::Ordering::Relaxed);
    };
    let ids: Vec<DocumentId> = (0..30).map(|n| DocumentId([n; 16])).collect();
    let waiting = |ledger: &Ledger| crate::store::looks::some(&ledger.db, 99).unwrap();
    ledger.look("T0101", Purpose::Unlocked, &[], 0).unwrap();
    for _ in 0..3 {
        ledger.look("T0101", Purpose::Opened, &ids[..1], 1).unwrap();
    }
    ledger.look("T0102", Purpose::Opened, &ids[..1], 1).unwrap();
    ledger.look("T0101", Purpose::Found, &ids[..3], 3).unwrap();
    ledger.look("T0101", Purpose::Found, &ids[1..5], 4).unwrap();
    ledger.look("T0101", Purpose::Found, &ids, 30).unwrap();
    let looks = waiting(&ledger);
    let named: Vec<(usize, u32)> = looks.iter().map(|look| (look.documents.len(), look.count)).collect();
    assert_eq!(named, [(0, 0), (1, 1), (1, 1), (3, 3), (2, 2), (0, 30)]);
    ledger.gather_looks(false).unwrap();
    assert_eq!(waiting(&ledger).len(), 6, "others may follow");
    pass(10 * MINUTE);
    ledger.look("T0101", Purpose::Opened, &ids[..1], 1).unwrap();
    ledger.gather_looks(false).unwrap();
    assert_eq!(waiting(&ledger), []);
    // What a person is told to wait for has no part in it.
    assert_eq!(items::count_waiting(&ledger.db).unwrap(), 0);
    ledger.look("T0101", Purpose::Scan, &ids[..1], 1).unwrap();
    ledger.gather_looks(true).unwrap();
    let log = sent_log(&ledger);
    assert_eq!((log.entries, log.gaps.len(), log.ends.len()), (8, 0, 1));
    // A clock that is put back keeps nothing silent.
    hand.0.store(5, std::sync::atomic::Ordering::Relaxed);
    ledger.look("T0101", Purpose::Scan, &ids[..1], 1).unwrap();
    assert_eq!(waiting(&ledger).len(), 1);
    // Nor does one that is set right again hold back what it wrote then.
    hand.0.store(2_000_000_000, std::sync::atomic::Ordering::Relaxed);
    ledger.gather_looks(false).unwrap();
    assert_eq!(sent_log(&ledger).entries, 9);
}

#[test]
fn an_access_log_that_was_altered_on_the_disk_shows_it_to_the_district() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path());
    for n in 0..4 {
        ledger
            .look("T0101", Purpose::Opened, &[DocumentId([n; 16])], 1)
            .unwrap();
    }
    store_tests::spoil_look(&ledger.db, "T0101", "T0102");
    ledger.gather_looks(true).unwrap();
    ledger.look("T0101", Purpose::Scan, &[DocumentId([9; 16])], 1).unwrap();
    ledger.gather_looks(true).unwrap();
    let log = sent_log(&ledger);
    assert_eq!(log.gaps.iter().map(|gap| gap.before).collect::<Vec<_>>(), [5]);
    // One that was taken out, too.
    for n in 0..4 {
        ledger
            .look("T0102", Purpose::Opened, &[DocumentId([n; 16])], 1)
            .unwrap();
    }
    store_tests::lose_look(&ledger.db);
    ledger.gather_looks(true).unwrap();
    ledger.look("T0102", Purpose::Scan, &[DocumentId([9; 16])], 1).unwrap();
    ledger.gather_looks(true).unwrap();
    assert_eq!(sent_log(&ledger).gaps.len(), 2);
}
