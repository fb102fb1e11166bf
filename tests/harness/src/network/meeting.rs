//! Two devices near each other: they exchange what both may read, or the one carries what it cannot read.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use doorstep_sync::bundle::{self, Head, Kept, Piece, Receiver, Sink, SinkError, Step as Moves, Unread};
use doorstep_sync::protocol::{NetworkError, Outcome, Run, Step};
use doorstep_sync::{BundleId, DeviceId, FileHash, Item, ItemId, Scope};
use http::{Method, Request, Response, StatusCode};

use super::coverage::{Fault, Way};
use super::world::{Post, World};
use crate::model::{Held, State, Station, Toward, Trip};

/// Bytes of a part that is given to a neighbour.
const PART: u64 = 3 << 20;
/// Requests of one meeting at most.
const MOST_REQUESTS: u32 = 500;

impl World {
    /// Two devices come near each other.
    pub fn meet(&mut self, who: usize, whom: usize) -> Result<()> {
        let away = self.is_away(who) || self.chance.percent(50);
        let trip = match () {
            () if self.befalls(Fault::StationFull, 6) => Some(Trip::Full),
            () if self.befalls(Fault::StationTorn, 6) => Some(Trip::Crash),
            () => None,
        };
        let one = if self.chance.percent(50) { who } else { whom };
        let (here, there) = (self.at(who)?.station.device(), self.at(whom)?.station.device());
        let older = self.at(who)?.older || self.at(whom)?.older;
        if here == there || older || self.at(who)?.revoked || self.at(whom)?.revoked {
            return Ok(());
        }
        if trip.is_some() {
            self.at(one)?.station.armed = trip;
        }
        let known = self.at(who)?.station.may_meet(&there);
        match known.and(self.at(whom)?.station.may_meet(&here)) {
            Ok(()) => self.exchange_near(who, whom, away),
            Err("unknown_device") if away => self.let_carry(who, whom),
            Err(_) => Ok(()),
        }
    }

    /// Whether the district is out of a device's reach.
    pub fn is_away(&self, who: usize) -> bool {
        let now = self.time.now();
        let away = |post: &Post| post.remote || post.apart_until > now;
        self.posts.get(who).is_none_or(away)
    }

    fn both(&mut self, who: usize, whom: usize) -> Result<[&mut Post; 2]> {
        Ok(self.posts.get_disjoint_mut([who, whom])?)
    }

    fn exchange_near(&mut self, who: usize, whom: usize, away: bool) -> Result<()> {
        self.coverage.note_way(Way::Meeting, 1);
        let waited = self.both(who, whom)?.map(|post| post.station.disk.waiting());
        let outcome = self.drive_near(who, whom, away)?;
        let accepted = |post: &Post, before: usize| before.saturating_sub(post.station.disk.waiting()) as u64;
        let [here, there] = self.both(who, whom)?;
        let receipts = accepted(here, waited[0]) + accepted(there, waited[1]);
        self.coverage.note_way(Way::MeetingReceipt, receipts);
        match outcome {
            Some(outcome) if outcome.trouble.is_none() => self.is_level(who, whom, &outcome),
            _ => {
                self.coverage.note(Fault::MeetingBroken);
                Ok(())
            }
        }
    }

    /// The exchange of one meeting, with what befalls its line; `None` when a machine stopped in the middle of it.
    fn drive_near(&mut self, who: usize, whom: usize, away: bool) -> Result<Option<Outcome>> {
        let mut run = Run::new(self.at(who)?.station.signer());
        for _ in 0..MOST_REQUESTS {
            let fault = self.line_fault();
            let cut = self.chance.draw();
            self.time.pass(5);
            self.at(who)?;
            self.at(whom)?;
            let [here, there] = self.both(who, whom)?;
            let (own, peer) = (here.station.device(), there.station.device());
            let clock = here.station.clock;
            let mut toward = Toward::new(&mut here.station, peer, away);
            let mut request = match run.next(&mut toward, clock) {
                Ok(Step::Send(request)) => request,
                Ok(Step::Done(outcome)) => return Ok(Some(outcome)),
                Err(_) => return self.stumbled(who).map(|()| None),
            };
            let carries = request.uri().path() == "/sync" && !request.body().is_empty();
            let len = request.body().len() as u64;
            let before = there.station.disk.items.len() + there.station.disk.files.len();
            let heard = match fault {
                Some(Fault::RequestLost | Fault::Overtaken) => None,
                // Of an exchange nothing is taken that is cut; bytes of a file count as they come.
                Some(Fault::RequestCut) if carries => None,
                Some(Fault::RequestCut) => {
                    let at = usize::try_from(cut % (len + 1)).unwrap_or(0);
                    request.body_mut().truncate(at);
                    there.station.host(&own, &request).map(drop).err().map(Err)
                }
                Some(Fault::Doubled) => match there.station.host(&own, &request) {
                    Ok(_) => Some(there.station.host(&own, &request)),
                    tripped => Some(tripped),
                },
                Some(Fault::AnswerLost | Fault::AnswerCut) => {
                    there.station.host(&own, &request).map(drop).err().map(Err)
                }
                _ => Some(there.station.host(&own, &request)),
            };
            let after = there.station.disk.items.len() + there.station.disk.files.len();
            let answer = match heard {
                None => Err(NetworkError("the other is gone".into())),
                Some(Ok(answer)) => Ok(answer),
                Some(Err(_)) => {
                    self.stumbled(whom)?;
                    Err(NetworkError("the other is gone".into()))
                }
            };
            self.coverage.note_way(Way::Handed, after.saturating_sub(before) as u64);
            let [here, there] = self.both(who, whom)?;
            let clock = here.station.clock;
            let mut toward = Toward::new(&mut here.station, there.station.device(), away);
            if run.answered(&mut toward, answer, clock).is_err() {
                return self.stumbled(who).map(|()| None);
            }
        }
        anyhow::bail!("a meeting of {who} and {whom} does not end")
    }

    /// Whoever says that both hold the same of a scope is right, and what is not the same was not taken for a reason.
    fn is_level(&mut self, who: usize, whom: usize, outcome: &Outcome) -> Result<()> {
        let [here, there] = self.both(who, whom)?;
        let (own, peer) = (here.station.device(), there.station.device());
        let mut lacking = Vec::new();
        for (scope, equal) in &outcome.fingerprints_equal {
            ensure!(
                here.station.shares(&peer, scope) && there.station.shares(&own, scope),
                "{who} and {whom} speak of {scope}, which they do not share"
            );
            let different = lacks(&here.station, &there.station, scope);
            let different = [different, lacks(&there.station, &here.station, scope)].concat();
            ensure!(
                *equal != Some(true) || different.is_empty(),
                "{who} and {whom} take {scope} for equal, and {different:?} are not"
            );
            lacking.extend(different);
        }
        let forbidden = |held: &Held| self.books.forbids(&held.envelope);
        let held = [who, whom].into_iter().filter_map(|one| self.posts.get(one));
        let held: Vec<_> = held.map(|post| &post.station.disk.items).collect();
        lacking.retain(|id| !held.iter().any(|items| items.get(id).is_some_and(forbidden)));
        let [here, there] = self.both(who, whom)?;
        // What the one was told of the center to leave out, the other need not have heard of yet.
        let left_out = |station: &Station, id: &ItemId| {
            let held = station.disk.items.get(id);
            held.is_some_and(|held| !station.disk.counts(held) || held.state == State::Aside)
        };
        lacking.retain(|id| !left_out(&here.station, id) && !left_out(&there.station, id));
        let told = |station: &Station, id: &ItemId| match station.disk.items.get(id) {
            Some(held) => format!("{:?}, {:?} at {}", held.state, held.envelope.kind, held.envelope.time),
            None => format!("not there, now {}", station.now()),
        };
        let lacking: Vec<String> = lacking
            .iter()
            .map(|id| format!("{id:?} ({}; {})", told(&here.station, id), told(&there.station, id)))
            .collect();
        ensure!(
            lacking.is_empty(),
            "{who} and {whom} have met, and one of them lacks {}",
            lacking.join(", ")
        );
        Ok(())
    }

    /// A device of another station carries, sealed, what waits; and gives what the center sealed in return.
    fn let_carry(&mut self, who: usize, whom: usize) -> Result<()> {
        let name = self.bundle_name();
        let lost = self.line_fault().is_some();
        let [here, there] = self.both(who, whom)?;
        let (own, peer) = (here.station.device(), there.station.device());
        let (Some(mine), Some(theirs)) = (here.station.passport(), there.station.passport()) else {
            return Ok(());
        };
        if !here.station.vouched(&peer, &theirs) || !there.station.vouched(&own, &mine) {
            return Ok(());
        }
        let waited = here.station.disk.waiting();
        if waited == 0 && here.station.disk.uploads.values().all(|upload| upload.verified) {
            return Ok(());
        }
        if let Some(back) = there.station.disk.returned.get(&own).cloned() {
            let taken = here.station.import(&back);
            let accepted = waited.saturating_sub(here.station.disk.waiting()) as u64;
            let report = taken.context("what the center sealed cannot be read")?;
            ensure!(report.damage.is_empty(), "{who}: {:?}", report.damage);
            let stopped = report.stopped.is_some();
            self.coverage.note_way(Way::ParcelReceipt, accepted);
            if stopped {
                return self.stumbled(who);
            }
        }
        let [here, there] = self.both(who, whom)?;
        let ready = here.station.gather(name, PART)?;
        let (through, files) = (ready.through(), ready.plan.files());
        if through <= here.station.disk.sealed && files == 0 {
            return Ok(());
        }
        for number in 1..=ready.plan.parts() {
            let part = here.station.part(&ready, number)?;
            cannot_read(&there.station, &part)?;
            let given = there
                .station
                .keep_parcel(own, part)
                .map(|()| there.station.disk.parcels.len());
            if given.is_err() || lost {
                // It is kept, perhaps, and its sender does not know.
                self.coverage.note(Fault::MeetingBroken);
                return self.stumbled(whom);
            }
        }
        here.station.disk.sealed = through;
        self.coverage.note_way(Way::Parcel, 1);
        Ok(())
    }

    /// Brings to the center what a device carries sealed for others, and takes along what the center gives for them.
    pub async fn forward(&mut self, who: usize) -> Result<()> {
        let mut held_up = BTreeSet::new();
        for (device, part) in self.at(who)?.station.disk.parcels.clone() {
            let brought = self
                .ask(who, Method::POST, "/parcels".to_owned(), part.to_vec())
                .await?;
            let Some(brought) = brought else { return Ok(()) };
            let read = match brought.status() {
                StatusCode::UNPROCESSABLE_ENTITY => false,
                StatusCode::CONFLICT if !held_up.contains(&device) => true,
                status if status.is_success() => true,
                _ => {
                    held_up.insert(device);
                    continue;
                }
            };
            ensure!(
                read || self.is_revoked(&device),
                "the center cannot read a parcel: {}",
                String::from_utf8_lossy(brought.body())
            );
            let disk = &mut self.at(who)?.station.disk;
            disk.parcels.retain(|(_, there)| !std::sync::Arc::ptr_eq(there, &part));
            self.coverage.note_way(Way::ParcelBrought, 1);
            let back = self
                .ask(who, Method::GET, format!("/parcels/{device}"), Vec::new())
                .await?;
            if let Some(back) = back.filter(|back| back.status() == StatusCode::OK) {
                let back = std::sync::Arc::new(back.into_body());
                cannot_read(&self.at(who)?.station, &back)?;
                self.at(who)?.station.disk.returned.insert(device, back);
            }
        }
        Ok(())
    }

    /// Whether a device was sent away.
    fn is_revoked(&self, device: &DeviceId) -> bool {
        let mut posts = self.posts.iter();
        posts.any(|post| post.revoked && post.station.device() == *device)
    }

    /// A request about parcels and its answer, unless the line loses one of them.
    async fn ask(
        &mut self,
        who: usize,
        method: Method,
        path: String,
        body: Vec<u8>,
    ) -> Result<Option<Response<Vec<u8>>>> {
        let fault = self.line_fault();
        let post = self.at(who)?;
        let mut request = Request::builder().method(method).uri(path).body(body)?;
        post.station.signer().sign(&mut request, post.station.clock);
        if self.is_older_center() || fault == Some(Fault::RequestLost) {
            return Ok(None);
        }
        self.coverage.requests += 1;
        let answer = self.district.pass(request.map(Body::from)).await?;
        ensure!(
            !answer.status().is_server_error(),
            "the center answers {} about a parcel",
            answer.status()
        );
        Ok((fault != Some(Fault::AnswerLost)).then_some(answer))
    }

    /// A name for a bundle.
    pub fn bundle_name(&mut self) -> BundleId {
        let mut name = [0; 16];
        for part in name.chunks_mut(8) {
            part.copy_from_slice(&self.chance.draw().to_le_bytes());
        }
        BundleId(name)
    }
}

/// What `one` holds of a scope and counts, and `other` does not.
fn lacks(one: &Station, other: &Station, scope: &Scope) -> Vec<ItemId> {
    let held = one.disk.items.iter();
    let counted = held.filter(|(_, held)| held.envelope.scope == *scope && one.disk.counts(held));
    let lacking = counted.filter(|(id, _)| !other.disk.items.get(id).is_some_and(|held| other.disk.counts(held)));
    lacking.map(|(id, _)| *id).collect()
}

/// Nothing of a parcel can be read by whoever carries it.
fn cannot_read(carrier: &Station, part: &[u8]) -> Result<()> {
    struct Nothing;
    impl Sink for Nothing {
        fn head(&mut self, _: &DeviceId, _: &Head) -> Result<(), SinkError> {
            Err(SinkError::Full)
        }
        fn items(&mut self, _: &DeviceId, _: &[Item], _: Option<&Moves>) -> Result<u64, SinkError> {
            Err(SinkError::Full)
        }
        fn piece(&mut self, _: &DeviceId, _: &Piece) -> Result<Kept, SinkError> {
            Err(SinkError::Full)
        }
        fn held(&mut self, _: &FileHash) -> Result<Kept, SinkError> {
            Err(SinkError::Full)
        }
    }
    let anyone = |_: &DeviceId| Some(carrier.disk.center.clone());
    let receiver = Receiver {
        key: &carrier.disk.key,
        sender: &anyone,
    };
    let read = bundle::read_part(std::io::Cursor::new(part), &receiver, &mut Nothing);
    ensure!(
        matches!(read, Err(Unread::OtherReceiver)),
        "a carrier reads a parcel: {read:?}"
    );
    Ok(())
}
