//! What must hold when all is level.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use doorstep_records::{ApplicationDocument, CaseDocument};
use doorstep_sync::payload::FileName;
use doorstep_sync::{Code, DocumentId, FileHash, Item, ItemId, Scope};

use super::life::shown;
use super::world::{Post, World};
use crate::model::{Held, Opened, State, fold};

/// Why the center may refuse what a person wrote: each is right in some seed. (What builds on what is not taken of a
/// revoked device a real station writes anew. A device whose clock is days ahead, and that hears of it on a stick alone,
/// cannot date it better, and shows it.)
const RIGHT: [&str; 2] = ["revoked", "builds on revoked"];

impl World {
    /// Checks every promise.
    pub async fn judge(&mut self) -> Result<()> {
        let log = self.district.log()?;
        self.coverage.items = log.len() as u64;
        self.sets_are_level(&log)?;
        let said = self.said(&log)?;
        let baseless = self.baseless(&log);
        self.nothing_is_gone(&said, &baseless)?;
        self.nothing_unauthorised_is_there(&log, &baseless)?;
        let documents = self.documents_are_folds(&log)?;
        self.what_was_typed_is_shown(&documents, &said)?;
        self.files_are_whole(&log).await?;
        let count = self.district.center()?.rebuild()?;
        ensure!(
            count == log.len() as u64,
            "a rebuild reads {count} items of {}",
            log.len()
        );
        let last = self.posts.len() - 1;
        let outcome = self.exchange(last).await?;
        ensure!(
            outcome.fingerprints_equal.iter().all(|(_, equal)| *equal == Some(true)),
            "the center counts otherwise after a rebuild"
        );
        Ok(())
    }

    /// Who may see a scope holds what the center holds of it, and nobody else holds anything of it.
    pub fn sets_are_level(&self, log: &[Item]) -> Result<()> {
        let mut scopes: BTreeMap<Scope, BTreeSet<ItemId>> = BTreeMap::new();
        for item in log {
            scopes.entry(item.open()?.scope).or_default().insert(item.id());
        }
        for (who, post) in self.posts.iter().enumerate().filter(|(_, post)| !post.revoked) {
            let mut held: BTreeMap<Scope, BTreeSet<ItemId>> = BTreeMap::new();
            for (id, item) in post
                .station
                .disk
                .items
                .iter()
                .filter(|(_, held)| post.station.disk.counts(held))
            {
                held.entry(item.envelope.scope.clone()).or_default().insert(*id);
            }
            for (scope, there) in &scopes {
                let here = held.remove(scope).unwrap_or_default();
                if post.station.may_hold(scope) {
                    let (lacking, more) = (there.difference(&here).count(), here.difference(there).count());
                    ensure!(
                        lacking + more == 0,
                        "device {who} lacks {lacking} items of {scope} and has {more} of its own"
                    );
                } else {
                    // The district's own scope, where the catalogue is, is everybody's.
                    ensure!(here.is_subset(there), "device {who} holds what is not there of {scope}");
                    ensure!(
                        here.is_empty() || scope.division().ends_with("000000"),
                        "device {who} of {} holds items of {scope}",
                        post.division
                    );
                }
            }
            ensure!(held.is_empty(), "device {who} holds items of {:?}", held.keys());
        }
        Ok(())
    }

    /// What the center holds, by the names under which people wrote it. What was dated in the future is said again with
    /// the right time: the same words, in another item.
    fn said(&self, log: &[Item]) -> Result<BTreeSet<ItemId>> {
        let mut said: BTreeSet<ItemId> = log.iter().map(Item::id).collect();
        let mut words = BTreeSet::new();
        for item in log {
            words.insert(FileHash::of(&item.open()?.payload));
        }
        let again = self.books.words.iter().filter(|(_, says)| words.contains(says));
        said.extend(again.map(|(id, _)| *id));
        Ok(said)
    }

    /// What builds on a change that went with the last machine that had it: it fits nowhere, whoever has it.
    fn baseless(&self, log: &[Item]) -> BTreeSet<ItemId> {
        let used = self.posts.iter().filter(|post| !post.revoked);
        let held = used.flat_map(|post| post.station.disk.items.values().map(|held| &*held.item));
        let mut all: BTreeMap<ItemId, &Item> = log.iter().map(|item| (item.id(), item)).collect();
        all.extend(held.map(|item| (item.id(), item)));
        fold(all.into_values()).1.into_iter().collect()
    }

    /// Everything that was ever written is at the center, unless the last machine that had it lost it, or it was refused
    /// for a reason that is right.
    fn nothing_is_gone(&self, said: &BTreeSet<ItemId>, baseless: &BTreeSet<ItemId>) -> Result<()> {
        for id in self.books.written.keys() {
            if said.contains(id) || self.books.gone.contains(id) || baseless.contains(id) {
                continue;
            }
            // Said again with another date it may have been refused for another reason.
            let says = self.books.words.get(id);
            let same = |held: &Held| held.item.id() == *id || says == Some(&FileHash::of(&held.envelope.payload));
            let codes = self.posts.iter().flat_map(|post| {
                let disk = &post.station.disk;
                let again = disk.items.iter().filter(move |(_, held)| same(held));
                again.filter_map(|(id, _)| disk.refusals.get(id))
            });
            let codes: Vec<&String> = codes.collect();
            let right = codes
                .iter()
                .any(|code| RIGHT.iter().any(|right| code.starts_with(right)));
            // A neighbour brought it when its date was still to come, and its author, who would date it anew, is out.
            let out = |post: &Post| {
                let held = post.station.disk.items.get(id);
                post.revoked && held.is_some_and(|held| held.state == State::Waiting)
            };
            let early = codes.iter().any(|code| code.starts_with(Code::Future.as_str()));
            let right = right || early && self.posts.iter().any(out);
            ensure!(right, "{id:?} is gone: {codes:?}, held by {:?}", self.traces(&[*id]));
        }
        Ok(())
    }

    /// What no device may write was taken by nobody.
    fn nothing_unauthorised_is_there(&self, log: &[Item], baseless: &BTreeSet<ItemId>) -> Result<()> {
        for item in log {
            ensure!(
                !self.books.forbids(&item.open()?),
                "{:?} was taken, and may not be",
                item.id()
            );
        }
        for (who, post) in self.posts.iter().enumerate() {
            for (id, held) in &post.station.disk.items {
                let own = held.envelope.device == post.station.device();
                // What the center refused is kept as refused, and shown as that, wherever a neighbour or a stick had brought it.
                // A revoked device hears of no refusal any more: what it set aside it shows to nobody.
                let aside = post.revoked && held.state == State::Aside;
                let hidden = aside || held.state == State::Refused || baseless.contains(id);
                ensure!(
                    own || hidden || !self.books.forbids(&held.envelope),
                    "device {who} holds {id:?} {:?}, which may not be: {:?} at {}, {:?}",
                    held.state,
                    held.envelope.kind,
                    held.envelope.time,
                    post.station.disk.refusals.get(id)
                );
                ensure!(
                    post.revoked || held.state != State::Aside,
                    "device {who} does not take {id:?}: {:?}",
                    post.station.disk.refusals.get(id)
                );
                ensure!(
                    post.revoked || held.state != State::Early || baseless.contains(id),
                    "device {who}: {id:?} never found its place"
                );
            }
        }
        Ok(())
    }

    /// Every document opens, and is on every device what its items say.
    fn documents_are_folds(&mut self, log: &[Item]) -> Result<BTreeMap<DocumentId, Opened>> {
        let mut by_name: Vec<&Item> = log.iter().collect();
        by_name.sort_by_key(|item| item.id());
        let (mut folded, left) = fold(by_name.into_iter());
        ensure!(left.is_empty(), "{left:?} at the center do not fit their documents");
        let mut views = BTreeMap::new();
        for (id, opened) in &mut folded {
            let view = (opened.application.view(), opened.case.view());
            let saved = (
                ApplicationDocument::load(&opened.application.save())?,
                CaseDocument::load(&opened.case.save())?,
            );
            ensure!(
                (saved.0.view(), saved.1.view()) == view,
                "{id} is another one when it was saved"
            );
            views.insert(*id, view);
        }
        for who in 0..self.posts.len() {
            let post = self.at(who)?;
            if post.revoked {
                continue;
            }
            for id in post.station.documents().into_keys() {
                let opened = post.station.open_document(id);
                let here = (opened.application.view(), opened.case.view());
                let there = views
                    .get(&id)
                    .with_context(|| format!("device {who} holds {id}, the center does not"))?;
                ensure!(here == *there, "device {who} shows {id} otherwise than its items say");
            }
        }
        Ok(folded)
    }

    /// What somebody typed is shown, unless somebody who saw it wrote over it.
    fn what_was_typed_is_shown(&self, documents: &BTreeMap<DocumentId, Opened>, said: &BTreeSet<ItemId>) -> Result<()> {
        for typed in &self.books.typed {
            let overwritten = typed.overwritten_by.iter().any(|item| said.contains(item));
            if !said.contains(&typed.item) || overwritten {
                continue;
            }
            let view = documents.get(&typed.document).context("document")?.application.view();
            ensure!(
                shown(&view, &typed.path).contains(&typed.value),
                "{} of {}: {} in {:?} is gone, {:?} is shown; written over by {:?}, not taken: {:?}",
                typed.path,
                typed.document,
                typed.value,
                typed.item,
                shown(&view, &typed.path),
                typed.overwritten_by,
                self.traces(&typed.overwritten_by)
            );
        }
        Ok(())
    }

    /// Where items are that the center has not.
    fn traces(&self, items: &[ItemId]) -> Vec<String> {
        let of = |(who, post): (usize, &Post)| {
            let disk = &post.station.disk;
            let held = items
                .iter()
                .filter_map(|id| Some((disk.items.get(id)?.state, disk.refusals.get(id))));
            held.map(|(state, why)| format!("{who} {state:?} {why:?}"))
                .collect::<Vec<_>>()
        };
        self.posts.iter().enumerate().flat_map(of).collect()
    }

    /// Every photograph that a device still has, and whose item the center has, is there byte for byte: a new device
    /// fetches them all.
    async fn files_are_whole(&mut self, log: &[Item]) -> Result<()> {
        let mut named: BTreeMap<FileHash, FileName> = BTreeMap::new();
        for envelope in log.iter().filter_map(|item| item.open().ok()) {
            named.extend(envelope.files().into_iter().map(|file| (file.hash, file)));
        }
        let alive = self.posts.iter().filter(|post| !post.revoked);
        let held: BTreeSet<FileHash> = alive.flat_map(|post| post.station.disk.files.keys().copied()).collect();
        let wanted: Vec<FileName> = named.into_values().filter(|file| held.contains(&file.hash)).collect();
        self.coverage.files = wanted.len() as u64;
        let last = self.posts.len() - 1;
        for file in &wanted {
            self.at(last)?.station.want(file.clone());
        }
        let outcome = self.exchange(last).await?;
        ensure!(outcome.failed.is_empty(), "files do not come: {:?}", outcome.failed);
        let disk = &self.at(last)?.station.disk.files.clone();
        for file in &wanted {
            let came = disk
                .get(&file.hash)
                .with_context(|| format!("{:?} did not come", file.hash))?;
            let taken = self.books.photos.get(&file.hash).context("a file nobody made")?;
            ensure!(came == taken, "{:?} has other bytes", file.hash);
        }
        Ok(())
    }
}
