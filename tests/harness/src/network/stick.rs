//! Bundles on sticks, from a device to the center and back: by hand, hours later, in parts that are lost, cut and altered.

use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use doorstep_sync::bundle::{DEFAULT_PART, MIN_PART, Report};

use super::coverage::{Fault, Way};
use super::world::{Event, World};

/// How long a stick is on its way at most.
const WAY: u64 = 3 * 3_600_000;

/// Parts on a stick.
pub struct Stick {
    /// The device that made it, or that it is for.
    pub who: usize,
    /// The parts, as they arrive.
    pub parts: Vec<Vec<u8>>,
    /// Nothing has happened to any of them.
    pub whole: bool,
}

impl World {
    /// Somebody fills a stick at a device.
    pub fn fill_stick(&mut self, who: usize) -> Result<()> {
        if self.at(who)?.revoked || self.at(who)?.older {
            return Ok(());
        }
        let name = self.bundle_name();
        let size = self.part_size();
        let station = &self.at(who)?.station;
        let ready = station.gather(name, size)?;
        let numbers = 1..=ready.plan.parts();
        let parts = numbers
            .map(|number| station.part(&ready, number))
            .collect::<Result<Vec<_>, _>>()?;
        fits(&parts, size)?;
        self.coverage.note_way(Way::Stick, 1);
        self.carry_stick(who, parts, Event::Stick)
    }

    fn part_size(&mut self) -> u64 {
        if self.chance.percent(80) {
            MIN_PART
        } else {
            DEFAULT_PART
        }
    }

    /// A stick is carried away, and what befalls it befalls it.
    fn carry_stick(&mut self, who: usize, mut parts: Vec<Vec<u8>>, event: fn(Box<Stick>) -> Event) -> Result<()> {
        let mut whole = true;
        let any = usize::try_from(self.chance.below(parts.len() as u64))?;
        if parts.len() > 1 && self.befalls(Fault::StickPartLost, 60) {
            parts.remove(any);
            whole = false;
        } else if self.befalls(Fault::StickCut, 25)
            && let Some(part) = parts.get_mut(any)
        {
            part.truncate(usize::try_from(self.chance.below(part.len() as u64))?);
            whole = false;
        } else if self.befalls(Fault::StickBent, 25)
            && let Some(part) = parts.get_mut(any)
        {
            for _ in 0..1 + self.chance.below(4) {
                let at = usize::try_from(self.chance.below(part.len() as u64))?;
                let bit = 1 << self.chance.below(8);
                part.get_mut(at).into_iter().for_each(|byte| *byte ^= bit);
            }
            whole = false;
        }
        if self.befalls(Fault::StickReadTwice, 25) {
            let again = Stick {
                who,
                parts: parts.clone(),
                whole: false,
            };
            let after = self.chance.below(WAY);
            self.later(after, event(Box::new(again)));
        }
        let after = self.chance.below(WAY);
        self.later(after, event(Box::new(Stick { who, parts, whole })));
        Ok(())
    }

    /// A stick is read at the center, which puts its answer on it.
    pub fn stick_at_center(&mut self, stick: Stick) -> Result<()> {
        let Stick { who, parts, whole } = stick;
        if self.is_older_center() {
            return Ok(());
        }
        for part in &parts {
            match self.district.center()?.import(Cursor::new(part)) {
                Ok(report) => is_taken(&report, whole)?,
                Err(error) => ensure!(!whole, "the center cannot read a part: {error}"),
            }
        }
        self.coverage.note_way(Way::StickBrought, 1);
        let post = self.at(who)?;
        let (device, revoked) = (post.station.device(), post.revoked);
        let size = self.part_size();
        let center = self.district.center()?;
        let ready = match center.prepare_bundle(&device, size) {
            Ok(ready) => ready,
            Err(error) if revoked => {
                ensure!(error.code == "revoked", "a stick for a revoked device: {error}");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        ensure!(!revoked, "a stick was made for a revoked device");
        let mut back = Vec::new();
        for number in 1..=ready.plan.parts() {
            let mut part = Vec::new();
            center.write_part(&ready, number, &mut part)?;
            back.push(part);
        }
        fits(&back, size)?;
        self.carry_stick(who, back, Event::StickBack)
    }

    /// What the center put on a stick is read at the device.
    pub fn stick_at_station(&mut self, stick: Stick) -> Result<()> {
        let Stick { who, parts, whole } = stick;
        if self.at(who)?.revoked {
            return Ok(());
        }
        let full = self.befalls(Fault::StationFull, 10);
        let post = self.at(who)?;
        if full {
            post.station.armed = Some(crate::model::Trip::Full);
        }
        let waited = post.station.disk.waiting();
        for part in &parts {
            match post.station.import(part) {
                Ok(report) if report.stopped.is_some() => break,
                Ok(report) => is_taken(&report, whole)?,
                Err(error) => ensure!(!whole, "device {who} cannot read a part: {error}"),
            }
        }
        let accepted = waited.saturating_sub(post.station.disk.waiting()) as u64;
        let crashed = post.station.crashed;
        self.coverage.note_way(Way::StickReceipt, accepted);
        if crashed { self.stumbled(who) } else { Ok(()) }
    }
}

/// Parts are no larger than they were asked to be.
fn fits(parts: &[Vec<u8>], size: u64) -> Result<()> {
    let largest = parts.iter().map(Vec::len).max().context("no part")?;
    ensure!(largest as u64 <= size, "a part of {largest} bytes, of {size} asked for");
    Ok(())
}

/// What is whole is taken to its end; damage is told and stops nothing.
fn is_taken(report: &Report, whole: bool) -> Result<()> {
    ensure!(report.stopped.is_none(), "a stick was not read to its end: {report:?}");
    ensure!(
        !whole || report.damage.is_empty(),
        "a whole part has damage: {:?}",
        report.damage
    );
    Ok(())
}
