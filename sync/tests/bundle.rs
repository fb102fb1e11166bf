//! Bundles: cut, lost, doubled, bent and cut short; what is whole comes in, the rest is named, nothing else comes in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Cursor, Write};

use doorstep_sync::bundle::*;
use doorstep_sync::payload::{Change, FileName};
use doorstep_sync::replica::Outgoing;
use doorstep_sync::wire::{Cursor as Position, Offset};
use doorstep_sync::{
    BundleId, DeviceId, Document, DocumentId, Envelope, FileHash, Item, ItemId, Kind, SigningKey, VerifyingKey,
};

const NOW: u64 = 1_767_000_000_000;
const NAME: BundleId = BundleId([9; 16]);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn item(number: u32, len: usize) -> Item {
    let payload = Change::of([&number.to_le_bytes()[..], &vec![7; len]].concat());
    let envelope = Envelope {
        version: 1,
        kind: Kind::Change,
        scope: "500199101201/2026".parse().unwrap(),
        document: Some(Document {
            kind: "application".into(),
            id: DocumentId([1; 16]),
        }),
        device: key(2).verifying_key().device(),
        staff: "s1".into(),
        time: NOW,
        payload: payload.to_bytes(),
    };
    Item::sign(&envelope, &key(2))
}

/// A pseudo-random sequence: the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// The sender's store.
struct Held {
    items: Vec<Item>,
    files: BTreeMap<FileHash, Vec<u8>>,
    /// Told to the receiver.
    offsets: Vec<Offset>,
    /// As the receiver told it.
    begun: HashMap<FileHash, u64>,
}

impl Held {
    fn new(items: u32, files: &[usize]) -> Self {
        let mut chance = Chance(1);
        let files = files.iter().map(|len| {
            let content: Vec<u8> = (0..*len).map(|_| chance.below(256) as u8).collect();
            (FileHash::of(&content), content)
        });
        Self {
            items: (0..items).map(|number| item(number, 300)).collect(),
            files: files.collect(),
            offsets: Vec::new(),
            begun: HashMap::new(),
        }
    }

    fn plan(&self, part_bytes: u64) -> Plan {
        let sizes = (1..).zip(self.items.iter().map(|item| item.to_bytes().len() as u64));
        let contents = Contents {
            cursor: Some(Position { epoch: 5, position: 6 }),
            wants: vec![FileHash([3; 32])],
            batches: Batch::gather(0, sizes),
            files: self
                .files
                .iter()
                .map(|(hash, content)| outgoing(*hash, content.len() as u64))
                .collect(),
            offsets: self.offsets.clone(),
            begun: self.begun.clone(),
        };
        Plan::cut(NAME, NOW, contents, part_bytes)
    }

    /// Every part, sealed by key 2 for key 1.
    fn parts(&mut self, part_bytes: u64) -> Vec<Vec<u8>> {
        let plan = self.plan(part_bytes);
        let (sender, receiver) = (key(2), key(1).verifying_key());
        let ends = Ends {
            sender: &sender,
            receiver: &receiver,
        };
        let write = |number| {
            let mut out = Vec::new();
            write_part(&plan, number, &ends, self, &mut out).unwrap();
            out
        };
        (1..=plan.parts()).map(write).collect()
    }
}

fn outgoing(hash: FileHash, len: u64) -> Outgoing {
    Outgoing {
        file: FileName {
            hash,
            len,
            media_type: "image/jpeg".into(),
        },
        scope: "500199101201/2026".parse().unwrap(),
    }
}

impl Source for Held {
    fn items(&mut self, batch: &Batch) -> Result<Vec<Item>, SourceError> {
        Ok(self.items[batch.after as usize..batch.last as usize].to_vec())
    }
    fn read(&mut self, hash: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError> {
        let content = self.files.get(hash).ok_or(SourceError("gone".into()))?;
        Ok(content[offset as usize..(offset + len) as usize].to_vec())
    }
}

/// The receiver's store: appends pieces as the real ones do.
#[derive(Default)]
struct Store {
    heads: Vec<Head>,
    items: BTreeSet<ItemId>,
    partial: BTreeMap<FileHash, Vec<u8>>,
    whole: BTreeMap<FileHash, Vec<u8>>,
    /// Fails once so many pieces have come.
    full_after: Option<usize>,
}

impl Sink for Store {
    fn head(&mut self, sender: &DeviceId, head: &Head) -> Result<(), SinkError> {
        assert_eq!(*sender, key(2).verifying_key().device());
        self.heads.push(head.clone());
        Ok(())
    }
    fn items(&mut self, _: &DeviceId, items: &[Item], _: Option<&Step>) -> Result<u64, SinkError> {
        self.items.extend(items.iter().map(Item::id));
        Ok(0)
    }
    fn held(&mut self, file: &FileHash) -> Result<Kept, SinkError> {
        Ok(match self.whole.contains_key(file) {
            true => Kept::Whole,
            false => Kept::Partial(self.partial.get(file).map_or(0, |kept| kept.len() as u64)),
        })
    }
    fn piece(&mut self, _: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        match &mut self.full_after {
            Some(0) => return Err(SinkError::Full),
            Some(left) => *left -= 1,
            None => {}
        }
        let hash = piece.file.hash;
        if self.whole.contains_key(&hash) {
            return Ok(Kept::Whole);
        }
        let kept = self.partial.entry(hash).or_default();
        let have = kept.len() as u64;
        if piece.offset <= have {
            let new = usize::try_from(have - piece.offset).unwrap().min(piece.bytes.len());
            kept.extend_from_slice(&piece.bytes[new..]);
        }
        let have = kept.len() as u64;
        if have < piece.file.len {
            return Ok(Kept::Partial(have));
        }
        let content = self.partial.remove(&hash).unwrap();
        if FileHash::of(&content) != hash {
            return Ok(Kept::Refused("checksum".into()));
        }
        self.whole.insert(hash, content);
        Ok(Kept::Whole)
    }
}

fn read_as(bytes: &[u8], receiver: &SigningKey, store: &mut Store) -> Result<Report, Unread> {
    let known = key(2).verifying_key();
    let sender = |device: &DeviceId| (*device == known.device()).then(|| known.clone());
    let receiver = Receiver {
        key: receiver,
        sender: &sender,
    };
    read_part(Cursor::new(bytes), &receiver, store)
}

fn read(bytes: &[u8], store: &mut Store) -> Report {
    read_as(bytes, &key(1), store).unwrap()
}

fn read_all<'a>(parts: impl IntoIterator<Item = &'a Vec<u8>>, store: &mut Store) -> Report {
    let mut report = Report::default();
    for part in parts {
        report.merge(read(part, store));
    }
    report
}

/// Nothing came in that was not sent.
fn sound(held: &Held, store: &Store) {
    let sent: BTreeSet<ItemId> = held.items.iter().map(Item::id).collect();
    assert!(store.items.is_subset(&sent));
    for (hash, content) in &store.whole {
        assert_eq!(held.files.get(hash), Some(content));
    }
    for (hash, content) in &store.partial {
        assert!(
            held.files[hash].starts_with(content),
            "what is kept is a beginning of the file"
        );
    }
}

fn all_here(held: &Held, store: &Store) -> bool {
    store.items.len() == held.items.len() && store.whole == held.files
}

#[test]
fn everything_comes_back_whatever_the_size_of_the_parts() {
    let mut held = Held::new(700, &[0, 1, 5_000, 262_144, 262_145, 900_000]);
    let mut counts = Vec::new();
    for part_bytes in [0, MIN_PART, 100_001, 300_000, 1 << 20, DEFAULT_PART] {
        let parts = held.parts(part_bytes);
        counts.push(parts.len());
        for part in &parts {
            assert!(
                part.len() as u64 <= part_bytes.max(MIN_PART),
                "{} > {part_bytes}",
                part.len()
            );
        }
        let mut store = Store::default();
        let report = read_all(&parts, &mut store);
        assert!(report.complete() && all_here(&held, &store), "{part_bytes}: {report:?}");
        assert_eq!((report.items, report.items_expected, report.whole()), (700, 700, 6));
        assert_eq!((report.bundle, report.made), (Some(NAME), NOW));
        assert_eq!(store.heads[0].cursor, Some(Position { epoch: 5, position: 6 }));
        assert_eq!(store.heads[0].wants, [FileHash([3; 32])]);
    }
    assert!(
        counts.windows(2).all(|two| two[0] >= two[1]) && counts[0] > 12 && counts[5] == 1,
        "{counts:?}"
    );
}

#[test]
fn a_part_costs_little_more_than_what_it_holds() {
    let mut held = Held::new(0, &[3_000_000, 200_000, 200_000]);
    let part = &held.parts(DEFAULT_PART)[0];
    let content = held.plan(DEFAULT_PART).bytes();
    assert!(
        part.len() as u64 <= content + content / 100,
        "{} for {content}",
        part.len()
    );
}

#[test]
fn an_item_larger_than_a_part_stands_alone() {
    let mut held = Held::new(3, &[]);
    held.items.insert(1, item(9, 500_000));
    let parts = held.parts(MIN_PART);
    let mut store = Store::default();
    assert!(read_all(&parts, &mut store).complete() && all_here(&held, &store));
    assert_eq!(parts.len(), 3);
}

#[test]
fn an_empty_bundle_still_says_where_its_sender_stands() {
    let mut held = Held::new(0, &[]);
    let parts = held.parts(DEFAULT_PART);
    let mut store = Store::default();
    assert!(read_all(&parts, &mut store).complete());
    assert_eq!((parts.len(), store.heads.len()), (1, 1));
}

#[test]
fn parts_may_come_in_any_order_twice_and_not_at_all() {
    let mut held = Held::new(400, &[10_000, 60_000, 90_000, 400_000]);
    let parts = held.parts(150_000);
    assert!(parts.len() > 5);
    let mut chance = Chance(3);
    for _ in 0..8 {
        let mut store = Store::default();
        let mut report = Report::default();
        let mut left: BTreeSet<u32> = (1..=parts.len() as u32).collect();
        for _ in 0..parts.len() / 2 {
            let place = chance.below(parts.len());
            left.remove(&(place as u32 + 1));
            report.merge(read(&parts[place], &mut store));
        }
        sound(&held, &store);
        assert!(!report.complete());
        assert_eq!(report.missing_parts(), left.into_iter().collect::<Vec<_>>());
        // In order, everything is whole, whatever came before.
        report.merge(read_all(&parts, &mut store));
        assert!(report.missing_parts().is_empty() && all_here(&held, &store));
    }
}

#[test]
fn cut_anywhere_it_yields_what_is_whole() {
    let mut held = Held::new(200, &[3_000, 70_000, 300_000]);
    let part = held.parts(DEFAULT_PART).remove(0);
    let mut items = 0;
    // Every byte of the title and the first frame's header, every 37th of the head, every 5003rd after it.
    let near = (0..80).chain((80..2_000).step_by(37));
    for end in near.chain((2_000..part.len()).step_by(5_003)) {
        let mut store = Store::default();
        match read_as(&part[..end], &key(1), &mut store) {
            Err(Unread::NotABundle | Unread::Newer) => assert!(end < 18, "cut at {end}"),
            Err(error) => panic!("cut at {end}: {error}"),
            Ok(report) => {
                assert!(!report.complete(), "cut at {end}");
                assert!(
                    end == 18 || report.damage.last().unwrap().harm == Harm::Short,
                    "cut at {end}: {report:?}"
                );
                assert!(store.items.len() >= items, "a longer part yields no less");
                items = store.items.len();
                // What the listing named and did not come is told.
                let known = report.files.len();
                assert!(known == 0 || known == 3 && report.rest().count() == 3 - store.whole.len());
            }
        }
        sound(&held, &store);
        // Read whole afterwards, everything is there.
        if end % 17 == 0 {
            read(&part, &mut store);
            assert!(all_here(&held, &store), "cut at {end}");
        }
    }
    assert_eq!(items, 200);
}

#[test]
fn what_is_here_already_is_not_missed_in_a_part_cut_short() {
    let mut held = Held::new(1, &[3_000, 70_000, 300_000]);
    let part = held.parts(DEFAULT_PART).remove(0);
    let mut store = Store::default();
    assert_eq!(read(&part[..90_000], &mut store).rest().count(), 1);
    assert!(read(&part, &mut store).complete());
    let report = read(&part[..5_000], &mut store);
    assert_eq!((report.whole(), report.rest().count()), (3, 0));
    assert_eq!(report.damage[0].harm, Harm::Short);
}

#[test]
fn bent_bytes_cost_only_the_frames_they_are_in() {
    let mut held = Held::new(300, &[2_000, 3_000, 4_000, 5_000, 300_000]);
    let part = held.parts(DEFAULT_PART).remove(0);
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let mut bent = part.clone();
        for _ in 0..=chance.below(3) {
            let place = chance.below(bent.len());
            match chance.below(3) {
                0 => bent[place] ^= 1 << chance.below(8),
                1 => drop(bent.drain(place..(place + chance.below(40)).min(part.len() - 60))),
                _ => bent.insert(place, chance.below(256) as u8),
            }
        }
        let mut store = Store::default();
        let report = read(&bent, &mut store);
        sound(&held, &store);
        if bent != part {
            assert!(!report.damage.is_empty(), "seed {seed}");
        }
        assert!(
            !store.items.is_empty() || !store.whole.is_empty(),
            "seed {seed}: three damaged places take not everything"
        );
        read(&part, &mut store);
        assert!(all_here(&held, &store), "seed {seed}");
    }
}

#[test]
fn only_the_receiver_opens_it_and_only_a_known_sender_is_believed() {
    let mut held = Held::new(5, &[100]);
    let part = held.parts(DEFAULT_PART).remove(0);
    let mut store = Store::default();
    assert!(matches!(
        read_as(&part, &key(3), &mut store),
        Err(Unread::OtherReceiver)
    ));
    // Somebody else seals for the same receiver.
    let (stranger, receiver) = (key(4), key(1).verifying_key());
    let ends = Ends {
        sender: &stranger,
        receiver: &receiver,
    };
    let forged = parcel(NAME, NOW, &ends, &held.items).unwrap();
    assert!(matches!(
        read_as(&forged, &key(1), &mut store),
        Err(Unread::UnknownSender)
    ));
    assert!(store.items.is_empty() && store.heads.is_empty());
    // And hangs their frames onto a good part.
    let both = [part, forged].concat();
    let report = read(&both, &mut store);
    assert_eq!(store.items.len(), 5);
    assert!(report.damage.iter().any(|damage| damage.harm == Harm::UnknownSender));
    assert!(matches!(
        read_as(b"a letter", &key(1), &mut store),
        Err(Unread::NotABundle)
    ));
    assert!(matches!(
        read_as(b"doorstep bundle 7\n..", &key(1), &mut store),
        Err(Unread::Newer)
    ));
}

#[test]
fn a_signature_counts_for_its_sender_alone() {
    let held = Held::new(5, &[]);
    let (sender, receiver) = (key(2), key(1).verifying_key());
    let ends = Ends {
        sender: &sender,
        receiver: &receiver,
    };
    let part = parcel(NAME, NOW, &ends, &held.items).unwrap();
    let wrong = |_: &DeviceId| -> Option<VerifyingKey> { Some(key(4).verifying_key()) };
    let own = key(1);
    let receiver = Receiver {
        key: &own,
        sender: &wrong,
    };
    let mut store = Store::default();
    let report = read_part(Cursor::new(&part), &receiver, &mut store).unwrap();
    assert!(report.damage.iter().all(|damage| damage.harm == Harm::Signature) && report.damage.len() == 2);
    assert!(store.items.is_empty());
}

#[test]
fn a_parcel_is_a_bundle() {
    let held = Held::new(2_000, &[]);
    let (sender, receiver) = (key(2), key(1).verifying_key());
    let ends = Ends {
        sender: &sender,
        receiver: &receiver,
    };
    let bytes = parcel(NAME, NOW, &ends, &held.items).unwrap();
    let mut store = Store::default();
    assert!(read(&bytes, &mut store).complete() && all_here(&held, &store));
}

#[test]
fn a_file_that_cannot_be_read_holds_up_no_other() {
    let mut held = Held::new(1, &[10, 20, 30]);
    let plan = held.plan(DEFAULT_PART);
    let lost = *held.files.iter().find(|(_, content)| content.len() == 20).unwrap().0;
    held.files.remove(&lost);
    let (sender, receiver) = (key(2), key(1).verifying_key());
    let ends = Ends {
        sender: &sender,
        receiver: &receiver,
    };
    let mut out = Vec::new();
    write_part(&plan, 1, &ends, &mut held, &mut out).unwrap();
    let mut store = Store::default();
    let report = read(&out, &mut store);
    let rest: Vec<_> = report.rest().map(|(hash, len, _)| (*hash, len)).collect();
    assert_eq!((report.whole(), rest), (2, vec![(lost, 20)]));
    assert!(!report.complete() && report.damage.is_empty());
}

/// A stick with little room.
struct Stick(Vec<u8>, usize);

impl Write for Stick {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_stick_says_so_and_what_lies_on_it_is_usable() {
    let mut held = Held::new(100, &[50_000, 60_000, 70_000]);
    let plan = held.plan(DEFAULT_PART);
    let (sender, receiver) = (key(2), key(1).verifying_key());
    let ends = Ends {
        sender: &sender,
        receiver: &receiver,
    };
    let mut stick = Stick(Vec::new(), 120_000);
    let written = write_part(&plan, 1, &ends, &mut held, &mut stick);
    assert!(matches!(written, Err(WriteError::Full)), "{written:?}");
    assert!(matches!(
        write_part(&plan, 2, &ends, &mut held, &mut stick),
        Err(WriteError::NoSuchPart)
    ));
    let mut store = Store::default();
    let report = read(&stick.0, &mut store);
    assert_eq!((store.items.len(), report.whole(), report.rest().count()), (100, 1, 2));
}

#[test]
fn a_file_begins_where_the_receiver_said_it_has_it() {
    let mut held = Held::new(3, &[400_000]);
    let mut store = Store::default();
    // A small stick brings a part, another time.
    let first = held.parts(MIN_PART).swap_remove(0);
    let mut trips = 0;
    read(&first, &mut store);
    while !all_here(&held, &store) {
        trips += 1;
        assert!(trips < 10, "it goes on");
        let kept = store.partial.iter().map(|(hash, bytes)| (*hash, bytes.len() as u64));
        held.begun = kept.collect();
        let left: u64 = 400_000 - held.begun.values().sum::<u64>();
        let items: u64 = held.items.iter().map(|item| item.to_bytes().len() as u64).sum();
        assert_eq!(held.plan(MIN_PART).bytes(), left + items);
        let part = held.parts(MIN_PART).swap_remove(0);
        assert!(part.len() as u64 <= MIN_PART);
        read(&part, &mut store);
    }
    sound(&held, &store);
    // What was said to be there and is not leaves a gap: nothing wrong is taken.
    let mut empty = Store::default();
    held.begun = held.files.keys().map(|hash| (*hash, 300_000)).collect();
    read_all(&held.parts(MIN_PART), &mut empty);
    assert!(empty.whole.is_empty());
    // More than there is says nothing.
    held.begun = held.files.keys().map(|hash| (*hash, 400_000)).collect();
    read_all(&held.parts(MIN_PART), &mut empty);
    assert!(all_here(&held, &empty));
}

#[test]
fn programs_from_before_the_offsets_read_a_head_and_are_read() {
    #[derive(Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
    #[cbor(array)]
    struct Before {
        #[n(0)]
        parts: u32,
        #[n(1)]
        frames: u32,
        #[n(2)]
        items: u64,
        #[n(3)]
        made: u64,
        #[n(4)]
        cursor: Option<Position>,
        #[n(5)]
        wants: Vec<FileHash>,
    }
    let mut held = Held::new(1, &[]);
    let offset = |number: u8| Offset {
        hash: FileHash([number; 32]),
        stored: u64::from(number),
        verified: false,
    };
    held.offsets = (1..=200).map(offset).collect();
    let mut store = Store::default();
    let parts = held.parts(MIN_PART);
    assert!(parts[0].len() as u64 <= MIN_PART);
    read(&parts[0], &mut store);
    let head = store.heads.pop().unwrap();
    assert_eq!(head.offsets, held.offsets);
    let before: Before = minicbor::decode(&minicbor::to_vec(&head).unwrap()).unwrap();
    assert_eq!((before.made, &before.wants), (head.made, &head.wants));
    let read: Head = minicbor::decode(&minicbor::to_vec(&before).unwrap()).unwrap();
    assert!(read.offsets.is_empty() && read.wants == head.wants);
}

#[test]
fn a_full_disk_stops_reading_and_keeps_what_came() {
    let mut held = Held::new(100, &[1_000, 2_000, 3_000]);
    let part = held.parts(DEFAULT_PART).remove(0);
    let mut store = Store {
        full_after: Some(2),
        ..Store::default()
    };
    let report = read(&part, &mut store);
    assert_eq!(report.stopped, Some(Stopped::Full));
    assert_eq!((store.items.len(), store.whole.len()), (100, 2));
    store.full_after = None;
    assert!(read(&part, &mut store).complete() && all_here(&held, &store));
}

#[test]
fn a_step_moves_a_cursor_only_from_where_it_stands() {
    let at = |epoch, position| Position { epoch, position };
    let step = Step {
        from: at(5, 10),
        to: at(5, 20),
    };
    assert_eq!(step.taken_by(at(5, 10), true), at(5, 20));
    assert_eq!(step.taken_by(at(5, 15), false), at(5, 20));
    assert_eq!(step.taken_by(at(5, 9), true), at(5, 9), "something lies between");
    assert_eq!(step.taken_by(at(5, 30), true), at(5, 30), "never back");
    assert_eq!(step.taken_by(at(6, 30), true), at(6, 30));
    let whole = Step {
        from: at(5, 0),
        to: at(5, 20),
    };
    assert_eq!(whole.taken_by(at(0, 0), false), at(5, 20), "the first contact");
    assert_eq!(whole.taken_by(at(6, 30), true), at(5, 20), "the center was restored");
    assert_eq!(whole.taken_by(at(6, 30), false), at(6, 30), "an old bundle");
}
