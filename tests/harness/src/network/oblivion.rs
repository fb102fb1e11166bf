//! The time of some documents has passed: what devices held of them is nowhere any more, and comes back from nobody, not from
//! a disk that is put back either. What its author dates anew on such a disk is another item, said anew: the document is
//! there until that one's time has passed, too.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use doorstep_sync::Kind;
use doorstep_sync::protocol::Known;

use super::world::World;
use crate::model::State;

/// Rounds in which every device exchanges once, until all is level again.
const ROUNDS: u32 = 4;

impl World {
    /// The center tells devices to forget some documents. Call it when all is level.
    pub async fn oblivion(&mut self) -> Result<()> {
        let (mut all, mut said) = (BTreeSet::new(), BTreeSet::new());
        for item in self.district.log()? {
            let envelope = item.open()?;
            said.insert(item.id());
            all.extend(
                envelope
                    .document
                    .filter(|_| envelope.kind == Kind::Change)
                    .map(|document| document.id),
            );
        }
        let mut forgotten = BTreeSet::new();
        for id in all {
            // Of what is not all at the center, nothing is forgotten.
            if self.chance.percent(50) && self.district.forget(&id)? {
                forgotten.insert(id);
            }
        }
        // Some devices stand where they once stood.
        for who in 0..self.posts.len() {
            let post = self.at(who)?;
            if let Some(copy) = post.copies.first().cloned().filter(|_| !post.revoked) {
                post.station.restore(copy);
                post.known = Known::default();
            }
        }
        for _ in 0..ROUNDS {
            for who in 0..self.posts.len() {
                if !self.at(who)?.revoked {
                    self.exchange(who).await?;
                }
            }
        }
        self.coverage.forgotten = forgotten.len() as u64;
        let log = self.district.log()?;
        self.sets_are_level(&log)?;
        for item in log.iter().filter(|item| !said.contains(&item.id())) {
            let envelope = item.open()?;
            if let (Kind::Change | Kind::File, Some(document)) = (envelope.kind, envelope.document) {
                forgotten.remove(&document.id);
            }
        }
        for (who, post) in self.posts.iter().enumerate().filter(|(_, post)| !post.revoked) {
            for (item, held) in &post.station.disk.items {
                let written = matches!(held.envelope.kind, Kind::Change | Kind::File);
                let document = held.envelope.document.as_ref().filter(|_| written);
                let hidden = matches!(held.state, State::Forgotten | State::Refused | State::Aside);
                ensure!(
                    hidden || document.is_none_or(|document| !forgotten.contains(&document.id)),
                    "device {who} still holds {item:?} {:?} of a document that is forgotten",
                    held.state
                );
            }
        }
        Ok(())
    }
}
