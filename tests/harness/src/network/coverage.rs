//! What goes wrong, by name, and how often it did: a fault that never happened proves nothing.

use std::collections::BTreeMap;
use std::fmt;

/// Everything that goes wrong in a simulated district.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// A request never arrives.
    RequestLost,
    /// A request is carried out, and its answer never arrives.
    AnswerLost,
    /// A request arrives twice, and the second answer is nobody's.
    Doubled,
    /// A copy of a request arrives again up to hours later, behind many newer ones.
    Replayed,
    /// A request arrives when its sender has given up and sent others.
    Overtaken,
    /// A request breaks off at some byte.
    RequestCut,
    /// An answer breaks off at some byte.
    AnswerCut,
    /// A byte of a request is another one when it arrives.
    RequestBent,
    /// A station does not reach the district for a while.
    Partition,
    /// A station's clock jumps.
    ClockStep,
    /// A station loses its power while nothing is written.
    StationCrash,
    /// A station loses its power in the middle of a transaction.
    StationTorn,
    /// A station's disk is full in the middle of a transaction.
    StationFull,
    /// A station's folder is put back from an older copy.
    StationRestored,
    /// The same folder runs on two machines.
    SecondCopy,
    /// A station forgets where it stood.
    CursorLost,
    /// The center stops between two requests.
    CenterCrash,
    /// The center stops when its files say more than its database.
    CenterTorn,
    /// No file can be written at the center.
    CenterFull,
    /// The center is put back from a backup, and its keeper says so.
    CenterRestored,
    /// The center is put back from a backup, and nobody says so.
    CenterRestoredUnsaid,
    /// A device is revoked.
    Revoked,
    /// An enrolled device writes what it may not, or what is not its own.
    Hostile,
    /// A meeting of two devices breaks off.
    MeetingBroken,
    /// A part of a bundle is lost.
    StickPartLost,
    /// A part of a bundle ends at some byte.
    StickCut,
    /// Some bytes of a bundle are other ones when it is read.
    StickBent,
    /// A bundle is read once more, hours later or before.
    StickReadTwice,
    /// A station's program speaks version 1 of the wire.
    OlderStation,
    /// The center's program speaks version 1, and is brought up to date later.
    OlderCenter,
}

/// All of them.
pub const ALL: [Fault; 30] = [
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::Doubled,
    Fault::Replayed,
    Fault::Overtaken,
    Fault::RequestCut,
    Fault::AnswerCut,
    Fault::RequestBent,
    Fault::Partition,
    Fault::ClockStep,
    Fault::StationCrash,
    Fault::StationTorn,
    Fault::StationFull,
    Fault::StationRestored,
    Fault::SecondCopy,
    Fault::CursorLost,
    Fault::CenterCrash,
    Fault::CenterTorn,
    Fault::CenterFull,
    Fault::CenterRestored,
    Fault::CenterRestoredUnsaid,
    Fault::Revoked,
    Fault::Hostile,
    Fault::MeetingBroken,
    Fault::StickPartLost,
    Fault::StickCut,
    Fault::StickBent,
    Fault::StickReadTwice,
    Fault::OlderStation,
    Fault::OlderCenter,
];

/// The ways beside the line to the center, and what went by each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// Two devices met.
    Meeting,
    /// Items and files that one gave another.
    Handed,
    /// Own items of which a device nearby had the receipt.
    MeetingReceipt,
    /// A device gave a sealed parcel into another's hands.
    Parcel,
    /// A parcel reached the center.
    ParcelBrought,
    /// Own items whose receipt came sealed.
    ParcelReceipt,
    /// A stick was filled at a device.
    Stick,
    /// It was read at the center.
    StickBrought,
    /// Own items whose receipt came on a stick.
    StickReceipt,
}

/// All of them.
pub const WAYS: [Way; 9] = [
    Way::Meeting,
    Way::Handed,
    Way::MeetingReceipt,
    Way::Parcel,
    Way::ParcelBrought,
    Way::ParcelReceipt,
    Way::Stick,
    Way::StickBrought,
    Way::StickReceipt,
];

impl Fault {
    /// Whether it befalls a message on its way; the others befall a machine.
    pub fn is_of_the_line(self) -> bool {
        self <= Self::RequestBent
    }
}

/// How often each fault happened, and how much went on between them.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Seeds run.
    pub seeds: u64,
    /// Devices in them.
    pub devices: u64,
    /// The most devices in one.
    pub most_devices: u64,
    /// Saves.
    pub saves: u64,
    /// Items at the center in the end.
    pub items: u64,
    /// Files at the center in the end.
    pub files: u64,
    /// Requests that reached the center.
    pub requests: u64,
    /// Items that no store held any more after a machine was put back: lost with the machine, before they had left it.
    pub lost_with_a_machine: u64,
    /// Documents that devices were told to forget in the end.
    pub forgotten: u64,
    /// Most rounds until all was level.
    pub most_rounds: u64,
    faults: BTreeMap<Fault, u64>,
    ways: BTreeMap<Way, u64>,
}

impl Coverage {
    /// It happened.
    pub fn note(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// How often it happened.
    pub fn of(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or(0)
    }

    /// So much went that way.
    pub fn note_way(&mut self, way: Way, count: u64) {
        *self.ways.entry(way).or_default() += count;
    }

    /// Faults that never happened, and ways that nothing went.
    pub fn missing(&self) -> Vec<String> {
        let faults = ALL.into_iter().filter(|fault| self.of(*fault) == 0);
        let ways = WAYS
            .into_iter()
            .filter(|way| self.ways.get(way).is_none_or(|count| *count == 0));
        let faults = faults.map(|fault| format!("{fault:?}"));
        let faults = faults.chain((self.forgotten == 0).then(|| "forgotten".to_owned()));
        faults.chain(ways.map(|way| format!("{way:?}"))).collect()
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.devices += other.devices;
        self.most_devices = self.most_devices.max(other.most_devices);
        self.saves += other.saves;
        self.items += other.items;
        self.files += other.files;
        self.requests += other.requests;
        self.lost_with_a_machine += other.lost_with_a_machine;
        self.forgotten += other.forgotten;
        self.most_rounds = self.most_rounds.max(other.most_rounds);
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (way, count) in &other.ways {
            self.note_way(*way, *count);
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} seeds, {} devices (at most {} in one), {} saves, {} requests; in the end {} items and {} files, level \
             after {} rounds at most; {} documents forgotten then; {} items lost with a machine that was put back before \
             they had left it",
            self.seeds,
            self.devices,
            self.most_devices,
            self.saves,
            self.requests,
            self.items,
            self.files,
            self.most_rounds,
            self.forgotten,
            self.lost_with_a_machine,
        )?;
        for fault in ALL {
            writeln!(f, "  {:<22} {:>9}", format!("{fault:?}"), self.of(fault))?;
        }
        for way in WAYS {
            let count = self.ways.get(&way).copied().unwrap_or(0);
            writeln!(f, "  {:<22} {count:>9}", format!("{way:?}"))?;
        }
        Ok(())
    }
}
