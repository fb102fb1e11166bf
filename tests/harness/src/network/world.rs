//! The state of a simulated district, and its events in order of time.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::path::Path;

use anyhow::Result;
use doorstep_sync::protocol::{Known, NetworkError, Run, Step};
use doorstep_sync::{Millis, Scope, SigningKey};
use http::{Request, Response};

use super::books::Books;
use super::coverage::{ALL, Coverage, Fault};
use super::district::{Backup, District};
use super::stick::Stick;
use crate::chance::Chance;
use crate::model::{Disk, Station};
use crate::simulation::BEGINNING;
use crate::simulation::world::Time;

/// Villages first; the town's device may see all of them.
pub const DIVISIONS: [&str; 4] = ["500199101201", "500199101202", "500199101203", "500199101000"];
/// Things that people do in one seed, all devices together.
const DEEDS: u64 = 60;
/// How long a seed lives before everything is mended.
const LIFE: Millis = 8 * 3_600_000;

/// A device and its surroundings.
pub struct Post {
    /// The device.
    pub station: Station,
    /// Its station's division.
    pub division: &'static str,
    /// Milliseconds its clock is ahead.
    pub ahead: i64,
    /// The exchange that goes on, and the number of its last request.
    pub run: Option<Run>,
    /// The number of the request that is waited for.
    pub ticket: u64,
    /// Nothing passes before this.
    pub apart_until: Millis,
    /// Older copies of its disk.
    pub copies: Vec<Disk>,
    /// It was sent away.
    pub revoked: bool,
    /// Its program speaks version 1.
    pub older: bool,
    /// It is out of the district's reach all the time.
    pub remote: bool,
    /// What its last exchange could not settle.
    pub known: Known,
}

impl Post {
    /// A device that stands at its station's desk.
    pub fn new(station: Station, division: &'static str, ahead: i64) -> Self {
        Self {
            station,
            division,
            ahead,
            run: None,
            ticket: 0,
            apart_until: 0,
            copies: Vec::new(),
            revoked: false,
            older: false,
            remote: false,
            known: Known::default(),
        }
    }
}

/// What happens next.
pub enum Event {
    /// Somebody does something at a device.
    Deed(usize),
    /// A device begins an exchange.
    Contact(usize),
    /// A request reaches the center.
    Request(Box<Letter>),
    /// An answer, or the end of waiting for it, reaches a device.
    Answer(usize, u64, Result<Response<Vec<u8>>, NetworkError>),
    /// Two devices come near each other.
    Meeting(usize, usize),
    /// Somebody fills a stick.
    Fill(usize),
    /// A stick reaches the center.
    Stick(Box<Stick>),
    /// A stick comes back from there.
    StickBack(Box<Stick>),
    /// Something befalls a machine.
    Mishap,
}

/// A request on its way.
pub struct Letter {
    /// Who sent it.
    pub from: usize,
    /// Its number.
    pub ticket: u64,
    /// As it arrives.
    pub request: Request<Vec<u8>>,
    /// Whether it breaks off at its end.
    pub broken: bool,
    /// Whether its answer finds somebody; and after how many bytes it breaks off.
    pub answered: Option<Option<u64>>,
}

struct Entry {
    at: Millis,
    number: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A simulated district.
pub struct World {
    /// The one right time.
    pub time: Time,
    /// Decides everything.
    pub chance: Chance,
    /// The center.
    pub district: District,
    /// The devices.
    pub posts: Vec<Post>,
    /// What is known to be true.
    pub books: Books,
    /// What goes wrong in this seed.
    pub climate: BTreeSet<Fault>,
    /// Of a hundred messages, so many go wrong.
    pub trouble: u64,
    /// Until when the center's program is one of version 1.
    pub older_until: Millis,
    /// Backups of the center.
    pub backups: Vec<Backup>,
    /// What has happened.
    pub coverage: Coverage,
    queue: BinaryHeap<Reverse<Entry>>,
    numbers: u64,
    end: Millis,
}

impl World {
    /// The district of `seed`: its devices have joined, and hold nothing yet.
    pub fn open(seed: u64, template: &Path, folder: &Path) -> Result<Self> {
        let mut chance = Chance::new(seed);
        let time = Time::new(BEGINNING);
        let district = District::open(template, folder, &time, seed)?;
        let climate = climate(&mut chance);
        let mut world = Self {
            end: BEGINNING + LIFE,
            trouble: chance.below(40),
            time,
            district,
            posts: Vec::new(),
            books: Books::default(),
            climate,
            older_until: 0,
            backups: Vec::new(),
            coverage: Coverage::default(),
            queue: BinaryHeap::new(),
            numbers: 0,
            chance,
        };
        let devices = match world.chance.below(100) {
            0 => 30 + world.chance.below(21),
            1..=6 => 8 + world.chance.below(8),
            _ => 2 + world.chance.below(5),
        };
        if world.befalls(Fault::OlderCenter, 50) {
            world.older_until = BEGINNING + world.chance.below(LIFE);
        }
        for _ in 0..devices {
            world.join()?;
        }
        Ok(world)
    }

    /// A device joins one of the stations.
    fn join(&mut self) -> Result<()> {
        let division = self.chance.pick(&DIVISIONS).copied().unwrap_or(DIVISIONS[0]);
        let ahead = match self.chance.below(4) {
            0 => self.chance.below(3_600_000).cast_signed() - 1_800_000,
            1 if self.climate.contains(&Fault::ClockStep) => 100 * 24 * 3_600_000,
            _ => self.chance.below(4_000).cast_signed() - 2_000,
        };
        let station = self.enrol(division)?;
        let mut post = Post::new(station, division, ahead);
        post.older = self.befalls(Fault::OlderStation, 25);
        post.remote = self.chance.percent(15);
        self.posts.push(post);
        Ok(())
    }

    /// A device that was just granted.
    pub fn enrol(&mut self, division: &str) -> Result<Station> {
        let mut seed = [0; 32];
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&self.chance.draw().to_le_bytes());
        }
        let key = SigningKey::from_seed(&seed);
        let grant = self.district.enrol(&key, division, "")?;
        let disk = Disk::new(key, self.district.public_key()?);
        let staff = format!("T{}01", division.get(8..12).unwrap_or_default());
        let mut station = Station::open(disk, &staff, self.chance.draw());
        station.enrolled(grant);
        Ok(station)
    }

    /// Puts an event into the future.
    pub fn later(&mut self, after: Millis, event: Event) {
        self.numbers += 1;
        let at = self.time.now() + after;
        self.queue.push(Reverse(Entry {
            at,
            number: self.numbers,
            event,
        }));
    }

    /// Lets the district live until its end, and everything that is on its way arrive.
    pub async fn live(&mut self) -> Result<()> {
        let devices = self.posts.len() as u64;
        for _ in 0..DEEDS.max(devices * 3) {
            let (at, who) = (self.chance.below(LIFE), self.anyone());
            self.later(at, Event::Deed(who));
        }
        for _ in 0..(DEEDS / 2).max(devices * 2) {
            let (at, who) = (self.chance.below(LIFE), self.anyone());
            self.later(at, Event::Contact(who));
        }
        for _ in 0..self.chance.below(14) {
            let at = self.chance.below(LIFE);
            self.later(at, Event::Mishap);
        }
        // In some districts nobody comes near anybody.
        let (meetings, sticks) = (self.chance.percent(60), self.chance.percent(40));
        for _ in 0..if meetings { (DEEDS / 4).max(devices) } else { 0 } {
            let (at, who) = (self.chance.below(LIFE), self.anyone());
            // Most of them meet the same one again and again.
            let whom = if self.chance.percent(70) {
                (who + 1) % self.posts.len()
            } else {
                self.anyone()
            };
            if who != whom {
                self.later(at, Event::Meeting(who, whom));
            }
        }
        for _ in 0..if sticks { 1 + self.chance.below(6) } else { 0 } {
            let (at, who) = (self.chance.below(LIFE), self.anyone());
            self.later(at, Event::Fill(who));
        }
        while let Some(Reverse(entry)) = self.queue.pop() {
            self.time.pass(entry.at.saturating_sub(self.time.now()));
            self.happen(entry.event).await?;
        }
        Ok(())
    }

    async fn happen(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Deed(who) => self.deed(who),
            Event::Contact(who) => self.contact(who).await,
            Event::Request(letter) => self.arrive(*letter).await,
            Event::Answer(who, ticket, answer) => self.answer(who, ticket, answer).await,
            Event::Meeting(who, whom) => self.meet(who, whom),
            Event::Fill(who) => self.fill_stick(who),
            Event::Stick(stick) => self.stick_at_center(*stick),
            Event::StickBack(stick) => self.stick_at_station(*stick),
            Event::Mishap => self.mishap(),
        }
    }

    /// Whether the district still lives; afterwards only what is on its way goes on.
    pub fn lives(&self) -> bool {
        self.time.now() < self.end
    }

    /// A device.
    pub fn anyone(&mut self) -> usize {
        usize::try_from(self.chance.below(self.posts.len() as u64)).unwrap_or(0)
    }

    /// Sets a device's clock and gives it.
    pub fn at(&mut self, who: usize) -> Result<&mut Post> {
        let now = self.time.now();
        let post = self
            .posts
            .get_mut(who)
            .ok_or_else(|| anyhow::anyhow!("no device {who}"))?;
        post.station.clock = now.saturating_add_signed(post.ahead);
        Ok(post)
    }

    async fn contact(&mut self, who: usize) -> Result<()> {
        let post = self.at(who)?;
        if post.run.is_some() || post.remote {
            return Ok(());
        }
        let run = Run::new(post.station.signer()).knowing(post.known.clone());
        post.run = Some(run);
        self.go_on(who).await
    }

    /// The next step of a device's exchange.
    async fn go_on(&mut self, who: usize) -> Result<()> {
        let post = self.at(who)?;
        let Some(run) = post.run.as_mut() else {
            return Ok(());
        };
        let clock = post.station.clock;
        match run.next(&mut post.station, clock) {
            Ok(Step::Send(request)) => {
                post.ticket += 1;
                let ticket = post.ticket;
                self.post(who, ticket, request);
            }
            Ok(Step::Done(outcome)) => {
                post.run = None;
                post.known = outcome.known;
                if outcome.contact {
                    self.forward(who).await?;
                }
            }
            // The store tripped: the exchange is over, and the next one goes on from what was committed.
            Err(_) => self.stumbled(who)?,
        }
        Ok(())
    }

    async fn answer(&mut self, who: usize, ticket: u64, answer: Result<Response<Vec<u8>>, NetworkError>) -> Result<()> {
        let post = self.at(who)?;
        if post.ticket != ticket {
            return Ok(());
        }
        // Only one of answer and timeout is heard.
        post.ticket += 1;
        let Some(run) = post.run.as_mut() else {
            return Ok(());
        };
        let clock = post.station.clock;
        match run.answered(&mut post.station, answer, clock) {
            Ok(()) => self.go_on(who).await,
            Err(_) => self.stumbled(who),
        }
    }

    /// Whether the center's program is still one of version 1.
    pub fn is_older_center(&self) -> bool {
        self.time.now() < self.older_until
    }

    /// A transaction did not commit.
    pub fn stumbled(&mut self, who: usize) -> Result<()> {
        let post = self.at(who)?;
        post.run = None;
        post.ticket += 1;
        if post.station.crashed {
            post.station.open_again();
            post.known = Known::default();
        }
        Ok(())
    }

    /// The scopes of a device's own station.
    pub fn own_scope(&self, who: usize) -> Option<Scope> {
        Scope::new(self.posts.get(who)?.division, "2026").ok()
    }

    /// What has happened.
    pub fn coverage(self) -> Coverage {
        let devices = self.posts.len() as u64;
        let mut coverage = self.coverage;
        coverage.seeds = 1;
        coverage.devices = devices;
        coverage.most_devices = devices;
        coverage.lost_with_a_machine = self.books.gone.len() as u64;
        coverage
    }
}

/// The faults of this seed: most of them alone or few together, seldom all.
fn climate(chance: &mut Chance) -> BTreeSet<Fault> {
    let share = match chance.below(10) {
        0 => 0,
        1 => 100,
        2..=5 => 15,
        _ => 40,
    };
    ALL.into_iter().filter(|_| chance.percent(share)).collect()
}
