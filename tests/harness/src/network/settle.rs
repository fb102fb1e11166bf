//! When everything is mended, all of it becomes level: in few rounds, and an idle exchange costs next to nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use axum::body::Body;
use doorstep_sync::protocol::{Known, NetworkError, Outcome, Run, Step};
use doorstep_sync::replica::Replica;
use doorstep_sync::{FileHash, Millis};

use super::world::{DIVISIONS, Post, World};

/// Rounds in which every device exchanges once.
const MOST_ROUNDS: u64 = 12;
/// After so many of them all is level, but for what waits at the center.
const SOON: u64 = 4;
/// How long the center waits for a receipt that says that it once took what a revoked device wrote, and some hours.
const PATIENCE: Millis = 26 * 3_600_000;
/// Requests of one exchange, at most: batches, files and receipts of one seed.
const MOST_REQUESTS: u32 = 2_000;
/// What an idle exchange may cost, up and down, heads apart; and for each scope held.
const IDLE: (u64, u64) = (200, 150);
const IDLE_SCOPE: u64 = 40;
/// Bytes in which a file is asked for.
const ASKED_FOR: u64 = 48;

impl World {
    /// Mends everything, lets a new device of the town join, and exchanges until all is level.
    pub async fn settle(&mut self) -> Result<()> {
        self.climate.clear();
        self.trouble = 0;
        for post in &mut self.posts {
            post.apart_until = 0;
            post.station.armed = None;
            (post.older, post.remote) = (false, false);
            post.known = Known::default();
        }
        self.older_until = 0;
        // It hears of everything for the first time, from the center alone.
        let division = DIVISIONS[3];
        let station = self.enrol(division)?;
        self.posts.push(Post::new(station, division, 0));
        for who in 0..self.posts.len() {
            if !self.at(who)?.revoked {
                self.forward(who).await?;
            }
        }
        let mut open = Vec::new();
        for round in 1..=MOST_ROUNDS {
            open.clear();
            let lost = self.lost_files()?;
            for who in 0..self.posts.len() {
                if self.at(who)?.revoked {
                    continue;
                }
                let outcome = self.exchange(who).await?;
                if !self.is_settled(who, &outcome, &lost)? {
                    open.push((who, outcome));
                }
            }
            if round == SOON && !open.is_empty() {
                self.time.pass(PATIENCE);
            }
            if open.is_empty() {
                self.coverage.most_rounds = round - 1;
                return self.idle().await;
            }
        }
        let mut words = format!("not level after {MOST_ROUNDS} rounds");
        for (who, outcome) in open {
            words += &format!("\ndevice {who}: {outcome:?}{}", self.different(who)?);
        }
        bail!(words)
    }

    /// A whole exchange without a fault.
    pub async fn exchange(&mut self, who: usize) -> Result<Outcome> {
        let post = self.at(who)?;
        let mut run = Run::new(post.station.signer()).knowing(post.known.clone());
        for _ in 0..MOST_REQUESTS {
            let post = self.at(who)?;
            let clock = post.station.clock;
            match run.next(&mut post.station, clock)? {
                Step::Done(outcome) => {
                    post.known = outcome.known.clone();
                    return Ok(outcome);
                }
                Step::Send(request) => {
                    self.coverage.requests += 1;
                    self.time.pass(100);
                    let name = format!("{} {}", request.method(), request.uri().path());
                    let answer = self
                        .district
                        .pass(request.map(Body::from))
                        .await
                        .with_context(|| name.clone())?;
                    ensure!(
                        !answer.status().is_server_error(),
                        "the center answers {} to {name}",
                        answer.status()
                    );
                    self.time.pass(100);
                    let post = self.at(who)?;
                    let clock = post.station.clock;
                    run.answered(&mut post.station, Ok::<_, NetworkError>(answer), clock)?;
                }
            }
        }
        bail!("device {who}: an exchange does not end")
    }

    /// Whether a device is level with the center.
    fn is_settled(&mut self, who: usize, outcome: &Outcome, lost: &BTreeSet<FileHash>) -> Result<bool> {
        ensure!(
            outcome.trouble.is_none(),
            "device {who}: {:?} on a line without fault",
            outcome.trouble
        );
        let station = &self.at(who)?.station;
        let level = outcome.sent_items == 0
            && outcome.received_items == 0
            && outcome
                .failed
                .iter()
                .all(|(file, code)| code == "missing" && lost.contains(file))
            && station.outgoing(1)?.is_empty()
            && station.outgoing_files()?.is_empty()
            && outcome.fingerprints_equal.iter().all(|(_, equal)| *equal == Some(true));
        Ok(level)
    }

    /// Files that are named and that no machine in use has: they were lost with the machine that had them.
    fn lost_files(&self) -> Result<BTreeSet<FileHash>> {
        let mut named = BTreeSet::new();
        for item in self.district.log()? {
            named.extend(item.open()?.files().into_iter().map(|file| file.hash));
        }
        for post in self.posts.iter().filter(|post| !post.revoked) {
            named.retain(|file| !post.station.disk.files.contains_key(file));
        }
        Ok(named)
    }

    /// What a device and the center do not both have.
    fn different(&self, who: usize) -> Result<String> {
        let Some(post) = self.posts.get(who) else {
            return Ok(String::new());
        };
        let mut there = BTreeMap::new();
        for item in self.district.log()? {
            let envelope = item.open()?;
            if post.station.may_hold(&envelope.scope) {
                there.insert(item.id(), envelope);
            }
        }
        let here = &post.station.disk.items;
        let (device, cursor) = (post.station.device(), post.station.disk.cursor);
        let mut words = format!(
            "\n  it is {device:?} of {} at {cursor:?} of {}",
            post.division,
            self.district.log()?.len()
        );
        for (id, held) in here
            .iter()
            .filter(|(id, held)| post.station.disk.counts(held) && !there.contains_key(*id))
        {
            let by = held.envelope.device;
            words += &format!(
                "\n  the center lacks {id:?} by {by:?}, {:?} {:?}",
                held.envelope.kind, held.state
            );
        }
        let order: BTreeMap<_, _> = self
            .district
            .log()?
            .iter()
            .enumerate()
            .map(|(place, item)| (item.id(), place))
            .collect();
        for (id, held) in here.iter().filter(|(_, held)| !post.station.disk.counts(held)) {
            let why = post.station.disk.refusals.get(id);
            words += &format!(
                "\n  it does not count {id:?} by {:?}, {:?} {:?} {why:?}, which the center holds at {:?}",
                held.envelope.device,
                held.envelope.kind,
                held.state,
                order.get(id)
            );
        }
        for (id, envelope) in there.iter().filter(|(id, _)| !here.contains_key(*id)) {
            words += &format!(
                "\n  it lacks {id:?} by {:?}, {:?} at {:?}",
                envelope.device,
                envelope.kind,
                order.get(id)
            );
        }
        Ok(words)
    }

    /// Nothing is left to say: one round trip, and few bytes.
    async fn idle(&mut self) -> Result<()> {
        // What a restored center lost it asks for, for some days, though nobody may have it.
        let asked_for = self.lost_files()?.len() as u64 * ASKED_FOR;
        for who in 0..self.posts.len() {
            if self.at(who)?.revoked {
                continue;
            }
            let outcome = self.exchange(who).await?;
            let scopes = outcome.fingerprints_equal.len() as u64;
            let most = (IDLE.0 + scopes * IDLE_SCOPE, IDLE.1 + asked_for);
            // A file that nobody has any more is looked for once in each contact.
            let sought = outcome.failed.iter().filter(|(_, code)| code == "missing").count() as u64;
            ensure!(
                outcome.requests == 1 + sought && outcome.bytes_up <= most.0 && outcome.bytes_down <= most.1,
                "device {who}: idle with {scopes} scopes costs {} requests, {} bytes up, {} down",
                outcome.requests,
                outcome.bytes_up,
                outcome.bytes_down
            );
        }
        Ok(())
    }
}
