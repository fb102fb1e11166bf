//! Bundles of a station: what goes to the center on a stick or sealed in another's hands, and what comes back.

use std::io::Cursor;

use doorstep_sync::bundle::{
    self, Batch, Contents, Ends, Head, Kept, Piece, Plan, Receiver, Report, Sink, SinkError, Source, SourceError, Step,
    Unread, WriteError,
};
use doorstep_sync::replica::{Replica, ReplicaError};
use doorstep_sync::{BundleId, DeviceId, FileHash, Item, ItemId, Millis};

use super::disk::State;
use super::station::{Station, Trip};

/// A bundle, planned and ready to be written.
pub struct Ready {
    /// What it holds.
    pub plan: Plan,
    /// Its items by their places.
    places: Vec<(u64, ItemId)>,
}

impl Ready {
    /// The last place of its items.
    pub fn through(&self) -> u64 {
        self.places.last().map_or(0, |(place, _)| *place)
    }
}

impl Station {
    /// Gathers everything that the center has given no receipt for; after a center's backup was heard of, everything.
    pub fn gather(&self, name: BundleId, part_bytes: u64) -> Result<Ready, ReplicaError> {
        let all = self.disk.bundle_all;
        let waits = |id: &ItemId, state: State| match state {
            State::Waiting => true,
            State::Accepted => all,
            State::Received => all || self.disk.carried.contains(id),
            _ => false,
        };
        let mut held: Vec<_> = self.disk.items.iter().collect();
        held.retain(|(id, held)| waits(id, held.state));
        held.sort_by_key(|(_, held)| held.place);
        let sizes = held
            .iter()
            .map(|(_, held)| (held.place, held.item.to_bytes().len() as u64));
        let contents = Contents {
            cursor: Some(self.disk.cursor),
            wants: self.wanted_files()?.into_iter().map(|(file, _)| file.hash).collect(),
            batches: Batch::gather(0, sizes),
            files: self.outgoing_files()?,
            ..Contents::default()
        };
        Ok(Ready {
            plan: Plan::cut(name, self.now(), contents, part_bytes),
            places: held.into_iter().map(|(id, held)| (held.place, *id)).collect(),
        })
    }

    /// Writes part `number` (from 1), sealed for the center.
    pub fn part(&self, ready: &Ready, number: u32) -> Result<Vec<u8>, WriteError> {
        let ends = Ends {
            sender: &self.disk.key,
            receiver: &self.disk.center,
        };
        let mut giving = Giving { station: self, ready };
        let mut out = Vec::new();
        bundle::write_part(&ready.plan, number, &ends, &mut giving, &mut out)?;
        Ok(out)
    }

    /// Takes in a part that the center made.
    pub fn import(&mut self, part: &[u8]) -> Result<Report, Unread> {
        let (key, center) = (self.disk.key.clone(), self.disk.center.clone());
        let sender = |device: &DeviceId| (*device == center.device()).then(|| center.clone());
        let receiver = Receiver {
            key: &key,
            sender: &sender,
        };
        let mut taking = Taking { station: self, made: 0 };
        bundle::read_part(Cursor::new(part), &receiver, &mut taking)
    }

    /// Takes items of a bundle that the center made at `made`; how many were not taken.
    fn receive_bundle(&mut self, items: &[Item], step: Option<&Step>, made: Millis) -> Result<u64, Trip> {
        let newer = self.disk.contact.saturating_add_signed(self.disk.offset) < made;
        self.transact(|station| {
            let own = station.disk.cursor;
            let cursor = step.map_or(own, |step| step.taken_by(own, newer));
            if own.epoch != 0 && own.epoch != cursor.epoch {
                station.disk.bundle_all = true;
            }
            station.take_all(items, cursor);
            let aside = |item: &&Item| {
                let held = station.disk.items.get(&item.id());
                held.is_some_and(|held| held.state == State::Aside)
            };
            items.iter().filter(aside).count() as u64
        })
    }

    fn take_piece(&mut self, piece: &Piece) -> Result<Kept, Trip> {
        self.want(piece.file.clone());
        let kept = self
            .disk
            .wanted
            .get(&piece.file.hash)
            .map(|(_, kept)| kept.len() as u64);
        let Some(kept) = kept else { return Ok(Kept::Whole) };
        let Some(known) = kept.checked_sub(piece.offset) else {
            return Ok(Kept::Partial(kept));
        };
        let new = usize::try_from(known).ok().and_then(|known| piece.bytes.get(known..));
        self.keep_bytes(&piece.file.hash, kept, new.unwrap_or_default())?;
        Ok(self.kept(&piece.file.hash))
    }

    fn kept(&self, hash: &FileHash) -> Kept {
        match self.disk.wanted.get(hash) {
            _ if self.disk.files.contains_key(hash) => Kept::Whole,
            wanted => Kept::Partial(wanted.map_or(0, |(_, bytes)| bytes.len() as u64)),
        }
    }
}

struct Giving<'a> {
    station: &'a Station,
    ready: &'a Ready,
}

impl Source for Giving<'_> {
    fn items(&mut self, batch: &Batch) -> Result<Vec<Item>, SourceError> {
        let range = batch.after + 1..=batch.last;
        let places = self.ready.places.iter().filter(|(place, _)| range.contains(place));
        let held = places.filter_map(|(_, id)| self.station.disk.items.get(id));
        Ok(held.map(|held| (*held.item).clone()).collect())
    }

    fn read(&mut self, hash: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError> {
        let len = usize::try_from(len).map_err(|_| SourceError("length".into()))?;
        let read = self.station.read_file(hash, offset, len);
        read.map_err(|error| SourceError(error.to_string()))
    }
}

struct Taking<'a> {
    station: &'a mut Station,
    made: Millis,
}

impl Sink for Taking<'_> {
    fn head(&mut self, _: &DeviceId, head: &Head) -> Result<(), SinkError> {
        self.made = head.made;
        Ok(())
    }

    fn items(&mut self, _: &DeviceId, items: &[Item], step: Option<&Step>) -> Result<u64, SinkError> {
        self.station.receive_bundle(items, step, self.made).map_err(stopped)
    }

    fn held(&mut self, file: &FileHash) -> Result<Kept, SinkError> {
        Ok(self.station.kept(file))
    }

    fn piece(&mut self, _: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        self.station.take_piece(piece).map_err(stopped)
    }
}

fn stopped(trip: Trip) -> SinkError {
    match trip {
        Trip::Full => SinkError::Full,
        Trip::Crash => SinkError::Store("crashed".into()),
    }
}
