//! What befalls machines.

use std::collections::BTreeSet;

use anyhow::Result;
use doorstep_sync::{Item, ItemId};

use super::coverage::Fault;
use super::world::{Post, World};
use crate::model::Station;

/// Second copies of a device in one seed.
const MOST_COPIES: usize = 2;
/// How far a clock jumps, days: most jumps, and those of a clock without a battery.
const JUMP: u64 = 200;
const FAR_JUMP: u64 = 40 * 365;
const DAY: i64 = 24 * 3_600_000;

impl World {
    /// Something befalls a machine: one of the faults of this seed.
    pub fn mishap(&mut self) -> Result<()> {
        if !self.lives() {
            return Ok(());
        }
        let who = self.anyone();
        if self.chance.percent(60) {
            let post = self.at(who)?;
            let copy = post.station.disk.clone();
            post.copies.push(copy);
        }
        let restores = [Fault::CenterRestored, Fault::CenterRestoredUnsaid];
        if restores.iter().any(|fault| self.climate.contains(fault)) && self.chance.percent(50) {
            let backup = self.district.back_up()?;
            self.backups.push(backup);
        }
        let machines: Vec<Fault> = self
            .climate
            .iter()
            .copied()
            .filter(|fault| befalls_by_itself(*fault))
            .collect();
        match self.chance.pick(&machines) {
            Some(Fault::Partition) => {
                let until = self.time.now() + self.chance.below(3 * 3_600_000);
                self.at(who)?.apart_until = until;
            }
            Some(Fault::ClockStep) => {
                let span = if self.chance.percent(25) { FAR_JUMP } else { JUMP };
                let days = i64::try_from(self.chance.below(span))? - i64::try_from(span / 2)?;
                self.at(who)?.ahead = days * DAY + 17;
                self.coverage.note(Fault::ClockStep);
            }
            Some(Fault::StationCrash) => {
                self.at(who)?.station.crashed = true;
                self.stumbled(who)?;
                self.coverage.note(Fault::StationCrash);
            }
            Some(Fault::CursorLost) => {
                self.at(who)?.station.disk.cursor = Default::default();
                self.stumbled(who)?;
                self.coverage.note(Fault::CursorLost);
            }
            Some(Fault::StationRestored) => self.restore_station(who)?,
            Some(Fault::SecondCopy) => self.copy_station(who)?,
            Some(Fault::Revoked) => self.revoke(who)?,
            Some(fault) => self.restore_center(*fault)?,
            None => {}
        }
        Ok(())
    }

    fn restore_station(&mut self, who: usize) -> Result<()> {
        let copies = self.at(who)?.copies.clone();
        let Some(copy) = self.chance.pick(&copies).cloned() else {
            return Ok(());
        };
        if self.at(who)?.revoked {
            return Ok(());
        }
        let post = self.at(who)?;
        let lost: Vec<ItemId> = post
            .station
            .disk
            .items
            .keys()
            .filter(|id| !copy.items.contains_key(*id))
            .copied()
            .collect();
        post.station.restore(copy);
        self.stumbled(who)?;
        self.coverage.note(Fault::StationRestored);
        self.write_off(lost)
    }

    fn copy_station(&mut self, who: usize) -> Result<()> {
        let seed = self.chance.draw();
        let post = self.at(who)?;
        if post.revoked {
            return Ok(());
        }
        let device = post.station.device();
        let disk = post.station.disk.clone();
        let (division, ahead) = (post.division, post.ahead);
        let copies = self.posts.iter().filter(|post| post.station.device() == device).count();
        if copies > MOST_COPIES {
            return Ok(());
        }
        let staff = format!("T{}02", division.get(8..12).unwrap_or_default());
        self.posts
            .push(Post::new(Station::open(disk, &staff, seed), division, ahead));
        self.coverage.note(Fault::SecondCopy);
        Ok(())
    }

    fn revoke(&mut self, who: usize) -> Result<()> {
        let device = self.at(who)?.station.device();
        let others = self
            .posts
            .iter()
            .filter(|post| !post.revoked && post.station.device() != device);
        if others.count() == 0 || self.at(who)?.revoked {
            return Ok(());
        }
        self.district.revoke(&device)?;
        let mut lost = Vec::new();
        for post in self.posts.iter_mut().filter(|post| post.station.device() == device) {
            post.revoked = true;
            post.run = None;
            lost.extend(post.station.disk.items.keys().copied());
        }
        self.coverage.note(Fault::Revoked);
        self.write_off(lost)
    }

    fn restore_center(&mut self, fault: Fault) -> Result<()> {
        let Some(backup) = self.chance.pick(&self.backups).cloned() else {
            return Ok(());
        };
        let kept: BTreeSet<ItemId> = backup.holds.iter().copied().collect();
        let lost = self
            .district
            .log()?
            .iter()
            .map(Item::id)
            .filter(|id| !kept.contains(id))
            .collect();
        let files_stay = self.chance.percent(50);
        self.district
            .restore(&backup, files_stay, fault == Fault::CenterRestored)?;
        // It was stopped for that: every exchange that went on has broken off.
        for post in &mut self.posts {
            post.run = None;
            post.ticket += 1;
        }
        self.coverage.note(fault);
        // Whoever puts a center back sends away again whom it has forgotten to have sent away.
        let revoked = self
            .posts
            .iter()
            .filter(|post| post.revoked)
            .map(|post| post.station.device());
        for device in revoked.collect::<BTreeSet<_>>() {
            self.district.revoke(&device)?;
        }
        self.write_off(lost)
    }

    /// Items that a store has lost and no other has are gone: nobody can bring them back.
    fn write_off(&mut self, lost: Vec<ItemId>) -> Result<()> {
        let mut held: BTreeSet<ItemId> = self.district.log()?.iter().map(Item::id).collect();
        for post in self.posts.iter().filter(|post| !post.revoked) {
            held.extend(post.station.disk.items.keys());
        }
        let gone = lost
            .into_iter()
            .filter(|id| !held.contains(id) && self.books.written.contains_key(id));
        self.books.gone.extend(gone.collect::<Vec<_>>());
        Ok(())
    }
}

/// Faults that come of themselves; the others come with a message or a save.
fn befalls_by_itself(fault: Fault) -> bool {
    use Fault::*;
    matches!(
        fault,
        Partition
            | ClockStep
            | StationCrash
            | CursorLost
            | StationRestored
            | SecondCopy
            | Revoked
            | CenterRestored
            | CenterRestoredUnsaid
    )
}
