//! What becomes of items that arrive: is it new, is it allowed, does it fit its document. Each is taken or refused by
//! itself, and nothing refused stands in the way of anything else.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use axum::http::StatusCode;
use doorstep_matters::Language;
use doorstep_records::{CaseStep, Status, kind};
use doorstep_sync::item::MAX_ENVELOPE;
use doorstep_sync::payload::{Catalogue, Change, FileName, Forget, Looks, Receipt, Refusal};
use doorstep_sync::serve;
use doorstep_sync::trust::{Code, Grants};
use doorstep_sync::wire::LARGEST_BATCH;
use doorstep_sync::{DeviceId, DocumentId, Envelope, Item, ItemId, Kind, Millis, Scope};

use crate::ahead::Ahead;
use crate::apply::{Effect, change_application, change_case, other_scope};
use crate::center::Center;
use crate::check;
use crate::dossier::Dossier;
use crate::error::ApiError;
use crate::store::{self, Connection};
use crate::tidings::Tidings;

/// The largest file taken.
pub const MAX_FILE: u64 = 64 << 20;
/// Items taken at once. A batch of the smallest saves there are has fewer.
const MOST_ITEMS: usize = 4_096;
/// Their envelopes and signatures: a batch, and one item that would not wait. Others write only after it.
const MOST_BYTES: usize = LARGEST_BATCH + MAX_ENVELOPE + 64 * MOST_ITEMS;
/// Items of one device that may wait, and their bytes.
const MAX_ORPHANS: u32 = 5_000;
const ORPHAN_BYTES: u64 = 16 << 20;
/// How long an item may wait for a receipt that says it was taken once: after a backup was restored here, the devices that
/// have such receipts come back within a day.
const PATIENCE: Millis = 24 * 3_600_000;
/// How often what has waited too long is looked for.
const LOOK: Millis = 3_600_000;
/// Of what has waited too long, so much is looked at with one batch.
const LOOKED_AT: u32 = 200;
/// The fact up to what time it was looked for.
const LOOKED: &str = "waited";
/// Problems found by the check that are written into the case, and characters of each; the page shows all of them.
const MOST_PROBLEMS: usize = 50;
const PROBLEM_LENGTH: usize = 200;

/// What a batch did: it counts once it is on the disk, see [`Center::took`].
#[derive(Debug, Default)]
pub struct Taken {
    /// Grants or revocations are among it.
    pub grants_changed: bool,
    /// Items accepted.
    pub accepted: u64,
    /// The codes of items refused.
    pub refused: Vec<String>,
}

/// Whether so many items, and so large ones, are taken at once.
pub fn fits(items: &[Item]) -> Result<(), ApiError> {
    let bytes: usize = items
        .iter()
        .map(|item| item.envelope.len() + item.signature.len())
        .sum();
    if items.len() <= 1 || (items.len() <= MOST_ITEMS && bytes <= MOST_BYTES) {
        return Ok(());
    }
    let words = format!("at once {MOST_ITEMS} items are taken, with {MOST_BYTES} bytes");
    Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", words))
}

/// Takes a batch of items within one transaction.
pub struct Intake<'a> {
    center: &'a Center,
    sql: &'a Connection,
    grants: Arc<Grants>,
    device: DeviceId,
    /// Position up to which the device has been told everything.
    told: u64,
    /// Where the device is told about items of scopes it may not read.
    home: Scope,
    now: Millis,
    ahead: Ahead,
    open: BTreeMap<DocumentId, Dossier>,
    receipts: BTreeMap<Scope, Tidings>,
    /// What was accepted: a broken copy of it, earlier in the same batch, is forgotten.
    taken: HashSet<ItemId>,
    /// Documents of which something came that others may wait for.
    grown: BTreeSet<DocumentId>,
    grants_changed: bool,
}

impl<'a> Intake<'a> {
    /// Begins a batch that `device` brings.
    pub fn begin(center: &'a Center, sql: &'a Connection, device: DeviceId, home: Scope, now: Millis) -> Self {
        Self {
            center,
            sql,
            grants: center.grants(),
            device,
            told: 0,
            home,
            now,
            ahead: Ahead::default(),
            open: BTreeMap::new(),
            receipts: BTreeMap::new(),
            taken: HashSet::new(),
            grown: BTreeSet::new(),
            grants_changed: false,
        }
    }

    /// The device has been told everything up to this position.
    pub fn told(mut self, position: u64) -> Self {
        self.told = position;
        self
    }

    /// What was opened ahead.
    pub fn knowing(mut self, ahead: Ahead) -> Self {
        self.ahead = ahead;
        self
    }

    /// Takes or refuses one item. An error is the store's, never the item's.
    pub fn take(&mut self, item: &Item) -> Result<(), ApiError> {
        let id = item.id();
        if let Some(position) = store::items::position(self.sql, &id)? {
            // Its author still waits for a receipt that lies behind it: two backups were put back here in turn.
            if position < self.told
                && let Ok(envelope) = item.open()
                && envelope.device == self.device
            {
                self.tell(&envelope.scope).accepted(id);
            }
            return Ok(());
        }
        if self.is_forgotten(item, &id)? {
            return Ok(());
        }
        let refusal = match self.decide(item, self.now)? {
            Ok(envelope) => return self.admit(item, &envelope, self.now),
            Err(refusal) => refusal,
        };
        let envelope = item.open().ok();
        let own = envelope.as_ref().is_some_and(|envelope| envelope.device == self.device);
        let is = |code: Code| refusal.code == code.as_str();
        if !own && (is(Code::Signature) || is(Code::UnknownDevice)) {
            // The id names what was written, not who signed it: a copy with a bad signature must not make its real author
            // set the good one aside. And who is not known here may have been before a backup was restored.
            return Ok(());
        }
        if let Some(envelope) = envelope.as_ref()
            && (is(Code::NotGranted) || is(Code::Revoked))
            && self.grants.verify(item).is_ok()
        {
            // Its author was free to write it at some time. A receipt may come back that says it was taken: it waits for
            // that, and may be taken even after whoever brought it has heard that it is refused.
            let since = store::items::keep_orphan(self.sql, item, envelope, self.now, MAX_ORPHANS, ORPHAN_BYTES)?;
            let waits = since.is_some_and(|since| self.now < since.saturating_add(PATIENCE));
            if !own && waits && self.was_free(item, envelope) {
                return Ok(());
            }
        }
        if let Some(envelope) = envelope.as_ref().filter(|_| own) {
            self.doubt(envelope)?;
        }
        self.refuse(envelope.map(|envelope| envelope.scope), refusal);
        Ok(())
    }

    /// Whether an item is of an application that the center has forgotten, and the item that says so names it: this is its
    /// receipt.
    fn is_forgotten(&self, item: &Item, id: &ItemId) -> Result<bool, ApiError> {
        if !store::forgotten::names(self.sql, id)? {
            return Ok(false);
        }
        match item.open().ok().and_then(|envelope| envelope.document) {
            Some(document) => Ok(store::keys::is_destroyed(self.sql, &document.id.0)?),
            None => Ok(false),
        }
    }

    /// No receipt came in time for what waited for one: whoever carries it hears that it is refused.
    pub fn give_up_waiting(&mut self) -> Result<(), ApiError> {
        let until = self.now.saturating_sub(PATIENCE);
        let looked = store::meta::number(self.sql, LOOKED)?;
        if until < looked.saturating_add(LOOK) {
            return Ok(());
        }
        let (waiting, until) = store::items::orphans_since(self.sql, looked, until, LOOKED_AT)?;
        for id in waiting {
            // What only waits for earlier changes may be taken.
            if let Some((item, arrived)) = store::items::orphan(self.sql, &id)?
                && let Err(refusal) = self.decide(&item, arrived)?
                && let Ok(envelope) = item.open()
                && self.was_free(&item, &envelope)
            {
                self.tell(&envelope.scope).refused(refusal);
            }
        }
        Ok(store::meta::set(self.sql, LOOKED, &until.to_le_bytes())?)
    }

    /// Whether its author was free to write an item when it is dated: whoever carries such a one hears that it is refused
    /// only when no receipt came in time, and of any other at once.
    fn was_free(&self, item: &Item, envelope: &Envelope) -> bool {
        serve::decide(item, &self.grants, envelope.time).is_ok()
    }

    /// Whether an item may be taken that arrived at `arrived`. What was taken once, before a backup was restored, may
    /// always: a receipt that came back says so.
    fn decide(&self, item: &Item, arrived: Millis) -> Result<Result<Envelope, Refusal>, ApiError> {
        if self.ahead.allows(&item.id(), &self.grants)
            && let Ok(envelope) = item.open()
        {
            return Ok(Ok(envelope));
        }
        let decided = serve::decide(item, &self.grants, arrived);
        if decided.is_err() && store::items::is_acknowledged(self.sql, &item.id())? {
            return Ok(serve::taken_once(item, &self.grants));
        }
        Ok(decided)
    }

    fn admit(&mut self, item: &Item, envelope: &Envelope, arrived: Millis) -> Result<(), ApiError> {
        let changed = match self.effect(item, envelope)? {
            Effect::Taken(changed) => changed,
            Effect::Waits => {
                if store::items::keep_orphan(self.sql, item, envelope, arrived, MAX_ORPHANS, ORPHAN_BYTES)?.is_none() {
                    self.refuse_for(
                        item,
                        envelope,
                        "too_many_waiting",
                        "too many changes wait for earlier ones".into(),
                    )?;
                }
                return Ok(());
            }
            Effect::Refused(code, reason) => {
                self.refuse_for(item, envelope, code, reason)?;
                return Ok(());
            }
        };
        self.accept(item, envelope, arrived, &changed)?;
        if envelope.kind == Kind::Change {
            self.grown
                .extend(envelope.document.as_ref().map(|document| document.id));
        }
        Ok(())
    }

    /// Changes came: perhaps others waited for them. What comes of this may let further ones go, and so on.
    fn retry_orphans(&mut self, document: DocumentId) -> Result<(), ApiError> {
        loop {
            let mut is_done = true;
            // One in memory at a time.
            for id in store::items::orphans(self.sql, &document)? {
                let Some((item, arrived)) = store::items::orphan(self.sql, &id)? else {
                    continue;
                };
                let Ok(envelope) = self.decide(&item, arrived)? else {
                    continue;
                };
                match self.effect(&item, &envelope)? {
                    Effect::Waits => continue,
                    Effect::Taken(changed) => self.accept(&item, &envelope, arrived, &changed)?,
                    Effect::Refused(code, reason) => self.refuse_for(&item, &envelope, code, reason)?,
                }
                store::items::forget_orphan(self.sql, &id)?;
                is_done = false;
            }
            if is_done {
                return Ok(());
            }
        }
    }

    fn effect(&mut self, item: &Item, envelope: &Envelope) -> Result<Effect, ApiError> {
        let malformed = || Effect::Refused("malformed", "the payload does not read".into());
        let files = envelope.files();
        if files.iter().any(|file| file.len > MAX_FILE) {
            return Ok(Effect::Refused(
                "too_large",
                format!("a file may have {MAX_FILE} bytes"),
            ));
        }
        match (envelope.kind, &envelope.document) {
            (Kind::Change | Kind::File, Some(document)) if store::keys::is_destroyed(self.sql, &document.id.0)? => Ok(
                Effect::Refused("forgotten", "the district has forgotten this application".into()),
            ),
            (Kind::Change, Some(document)) => {
                let Ok(change) = Change::from_bytes(&envelope.payload) else {
                    return Ok(malformed());
                };
                let from_center = self.grants.is_center(&envelope.device);
                let (kind, id) = (document.kind.as_str(), document.id);
                if kind == kind::CASE && !from_center {
                    return Ok(Effect::Refused(Code::CenterOnly.as_str(), Code::CenterOnly.to_string()));
                }
                let effect = match self.opened_ahead(&item.id(), id)? {
                    Some(changed) => Effect::Taken(changed),
                    None => {
                        let dossier = match self.dossier(id, &envelope.scope)? {
                            Ok(dossier) => dossier,
                            Err(refused) => return Ok(refused),
                        };
                        match kind {
                            kind::APPLICATION => change_application(dossier, &envelope.device, &change),
                            kind::CASE => change_case(dossier, &envelope.device, &change),
                            _ => Effect::Refused(
                                Code::NotGranted.as_str(),
                                "this kind of document is not known here".into(),
                            ),
                        }
                    }
                };
                if !matches!(effect, Effect::Refused(..)) {
                    self.name_files(envelope, &files)?;
                }
                Ok(effect)
            }
            (Kind::File, Some(document)) => {
                if files.is_empty() {
                    return Ok(malformed());
                }
                if let Some((scope, _)) = store::documents::load(self.sql, &document.kind, &document.id)?
                    && scope != envelope.scope
                {
                    return Ok(other_scope());
                }
                self.name_files(envelope, &files)?;
                Ok(Effect::Taken(vec!["file".into()]))
            }
            // The center's own, coming back after it was restored from a backup.
            (Kind::Catalogue, _) => {
                let Ok(catalogue) = Catalogue::from_bytes(&envelope.payload) else {
                    return Ok(malformed());
                };
                store::catalogues::put(self.sql, &catalogue, envelope.time)?;
                Ok(Effect::Taken(Vec::new()))
            }
            (Kind::Grant | Kind::Revoke | Kind::Succession, _) => {
                self.grants_changed = true;
                // What lies behind it in the same batch may rest on it.
                if let Err(code) = Arc::make_mut(&mut self.grants).take(item) {
                    tracing::error!(code = code.as_str(), "a grant of the center is not taken");
                }
                Ok(Effect::Taken(Vec::new()))
            }
            (Kind::Receipt, _) => {
                let receipt = Receipt::from_bytes(&envelope.payload).unwrap_or_default();
                for hash in &receipt.verified {
                    store::files::miss(self.sql, hash, self.now)?;
                }
                for id in &receipt.accepted {
                    self.grown.extend(store::items::acknowledge(self.sql, id)?);
                }
                Ok(Effect::Taken(Vec::new()))
            }
            (Kind::Forget, _) => {
                let Ok(forget) = Forget::from_bytes(&envelope.payload) else {
                    return Ok(malformed());
                };
                store::forgotten::note(self.sql, &envelope.scope, &forget)?;
                Ok(Effect::Taken(Vec::new()))
            }
            (Kind::Look, _) => {
                let Ok(looks) = Looks::from_bytes(&envelope.payload) else {
                    return Ok(malformed());
                };
                store::looks::note(self.sql, &envelope.device, &looks)?;
                Ok(Effect::Taken(Vec::new()))
            }
            (Kind::Change | Kind::File, None) => {
                tracing::warn!(item = %item.id(), "an item without a document");
                Ok(malformed())
            }
        }
    }

    /// An item names files, and may: they can come, and what of them is here is told.
    fn name_files(&mut self, envelope: &Envelope, files: &[FileName]) -> Result<(), ApiError> {
        for file in files {
            store::files::name_in_scope(self.sql, file, &envelope.scope, &envelope.device)?;
            if store::files::verified(self.sql, &file.hash)?.is_some() {
                self.tell(&envelope.scope).verified(file.hash);
            }
        }
        Ok(())
    }

    /// Takes the application that an item begins as it was opened ahead; what it changed. `None` when it was not opened, or
    /// is here already.
    fn opened_ahead(&mut self, item: &ItemId, id: DocumentId) -> Result<Option<Vec<String>>, ApiError> {
        let Some((dossier, changed)) = self.ahead.take(item) else {
            return Ok(None);
        };
        if self.open.contains_key(&id) || Dossier::load(self.sql, &id)?.is_some() {
            return Ok(None);
        }
        self.open.insert(id, dossier);
        Ok(Some(changed))
    }

    /// The application an item belongs to. A document never leaves the scope of its first item: whoever may write in one
    /// scope gets no hand on the documents of another.
    fn dossier(&mut self, id: DocumentId, scope: &Scope) -> Result<Result<&mut Dossier, Effect>, ApiError> {
        if !self.open.contains_key(&id) {
            let dossier = Dossier::load(self.sql, &id)?.unwrap_or_else(|| Dossier::empty(id, scope.clone()));
            self.open.insert(id, dossier);
        }
        match self.open.get_mut(&id) {
            Some(dossier) if dossier.scope == *scope => Ok(Ok(dossier)),
            _ => Ok(Err(other_scope())),
        }
    }

    fn accept(
        &mut self,
        item: &Item,
        envelope: &Envelope,
        arrived: Millis,
        changed: &[String],
    ) -> Result<(), ApiError> {
        let id = item.id();
        store::items::append(self.sql, item, envelope, arrived, changed)?;
        self.taken.insert(id);
        self.tell(&envelope.scope).accepted(id);
        Ok(())
    }

    fn tell(&mut self, scope: &Scope) -> &mut Tidings {
        self.receipts.entry(scope.clone()).or_default()
    }

    fn refuse_for(&mut self, item: &Item, envelope: &Envelope, code: &str, reason: String) -> Result<(), ApiError> {
        self.doubt(envelope)?;
        let refusal = Refusal {
            item: item.id(),
            code: code.to_owned(),
            reason,
        };
        self.refuse(Some(envelope.scope.clone()), refusal);
        Ok(())
    }

    /// Something written for an application is refused: from now on a person judges it, and no rule.
    fn doubt(&self, envelope: &Envelope) -> Result<(), ApiError> {
        let Some(document) = &envelope.document else {
            return Ok(());
        };
        let scope = match self.open.get(&document.id) {
            Some(dossier) => Some(dossier.scope.clone()),
            None => store::documents::scope(self.sql, kind::APPLICATION, &document.id)?,
        };
        if scope.is_some_and(|scope| scope == envelope.scope) {
            store::cases::doubt(self.sql, &document.id)?;
        }
        Ok(())
    }

    fn refuse(&mut self, scope: Option<Scope>, refusal: Refusal) {
        tracing::info!(item = %refusal.item, code = refusal.code, "refused");
        let judged = self.grants.judged_at(&self.device, self.now);
        let readable = scope.filter(|scope| self.grants.may_read(&self.device, scope, judged));
        let scope = readable.unwrap_or_else(|| self.home.clone());
        self.tell(&scope).refused(refusal);
    }

    /// Ends the batch: applications that were handed in arrive, documents and queue are saved, receipts are written.
    pub fn finish(mut self) -> Result<Taken, ApiError> {
        while let Some(document) = self.grown.pop_first() {
            self.retry_orphans(document)?;
        }
        let Self {
            center,
            sql,
            now,
            open,
            receipts,
            taken: known,
            grants_changed,
            ..
        } = self;
        for mut dossier in open
            .into_values()
            .filter(|dossier| !dossier.application.matter.is_empty())
        {
            settle(center, sql, &mut dossier, now)?;
            center.accept_by_rule(sql, &mut dossier, now)?;
            dossier.save(sql)?;
            center.project(sql, &dossier)?;
        }
        let mut taken = Taken {
            grants_changed,
            ..Taken::default()
        };
        for (scope, told) in receipts {
            for receipt in told.receipts(&known) {
                taken.accepted += receipt.accepted.len() as u64;
                let codes = receipt.refused.iter().map(|refusal| refusal.code.clone());
                taken.refused.extend(codes);
                let (scope, payload) = (scope.clone(), receipt.to_bytes());
                center.write_item(sql, Kind::Receipt, scope, None, "", payload, now, &[])?;
            }
        }
        Ok(taken)
    }
}

impl Center {
    /// A batch is on the disk: it is counted, and whoever is granted something by it may use it.
    pub(crate) fn took(&self, taken: &Taken) -> Result<(), ApiError> {
        self.metrics.count(taken);
        if taken.grants_changed {
            self.reload_grants()?;
        }
        Ok(())
    }
}

/// What was handed in, or handed in again, has arrived now and is checked at once.
fn settle(center: &Center, sql: &Connection, dossier: &mut Dossier, now: Millis) -> Result<(), ApiError> {
    if !matches!(dossier.status(), Status::Received | Status::Resubmitted) {
        return Ok(());
    }
    let application = &dossier.application;
    let matter = center.matter(sql, application.edition, &application.matter)?;
    // What is applied for as one is decided part by part: each of them arrives by itself.
    if matter.as_ref().is_some_and(|matter| !matter.parts.is_empty()) {
        return Ok(());
    }
    let evaluated = matter.map(|matter| check::evaluate(&matter, application, &dossier.case, now, Language::Chinese));
    let problems = check::problems(evaluated.as_ref(), application, Language::Chinese);
    // An event has a limit, and nothing an application holds may stop the batch it comes in.
    let cut = |words: String| words.chars().take(PROBLEM_LENGTH).collect::<String>();
    let problems = problems
        .into_iter()
        .take(MOST_PROBLEMS)
        .map(|problem| cut(problem.words));
    let problems = problems.collect();
    let rules = evaluated.into_iter().flat_map(|evaluated| evaluated.rules);
    let rules = rules.take(MOST_PROBLEMS).map(|mut rule| {
        rule.message = cut(rule.message);
        rule
    });
    let rules = rules.collect();
    dossier.append(
        center,
        sql,
        vec![CaseStep::Arrived, CaseStep::Prechecked { problems, rules }],
        "",
        None,
        now,
    )
}
