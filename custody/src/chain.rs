//! The check: each item by itself, then what it does to its document, in the order in which the center took them.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use doorstep_records::application::differences;
use doorstep_records::{Application, ApplicationDocument, CaseDocument, RecordError, changes, kind};
use doorstep_sync::payload::{Change, FileName, Receipt};
use doorstep_sync::{
    Code, DeviceId, DocumentId, Envelope, FileHash, Grants, Item, ItemId, Kind, Millis, Scope, VerifyingKey,
};

use crate::evidence::{Evidence, Kept};
use crate::flaw::Flaw;

/// Under which grant a device wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Granted {
    /// Code of the device in application numbers.
    pub code: String,
    /// Its name for people.
    pub label: String,
    /// First instant at which the grant held.
    pub from: Millis,
    /// First instant at which it no longer held.
    pub until: Millis,
}

/// One item, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Which item.
    pub item: ItemId,
    /// What it is; `None` when it does not read.
    pub kind: Option<Kind>,
    /// The kind of document it belongs to: `application` or `case`.
    pub document: String,
    /// The device that signed it.
    pub device: Option<DeviceId>,
    /// Whether that is the center.
    pub by_center: bool,
    /// Who wrote it: staff number or account name; empty for the center by itself.
    pub staff: String,
    /// By its author's clock.
    pub time: Millis,
    /// By the center's clock.
    pub arrived: Millis,
    /// The grant that let the device write it; `None` for the center.
    pub granted: Option<Granted>,
    /// The time of the first receipt that names it.
    pub receipt: Option<Millis>,
    /// What it changed, as paths (`answers.NAME`, `materials.CODE.pages`, `step.received`, `case.accepted` …), with the value
    /// where there is one to show.
    pub wrote: Vec<(String, String)>,
    /// Files that it is the first to name.
    pub files: Vec<FileName>,
    /// Why it does not hold.
    pub flaw: Option<Flaw>,
}

/// Something that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Why.
    pub flaw: Flaw,
    /// What: the id of an item or a file, hex.
    pub about: String,
}

/// The chain of custody of an application.
pub struct Chain {
    /// Which application.
    pub id: DocumentId,
    /// Its items, in the order in which the center took them.
    pub links: Vec<Link>,
    /// What does not hold, the first first; empty when everything does.
    pub faults: Vec<Fault>,
    /// The application that follows from the items that hold.
    pub application: ApplicationDocument,
    /// Its case.
    pub case: CaseDocument,
    /// When the center had verified files, by its receipts.
    pub verified: HashMap<FileHash, Millis>,
}

impl Chain {
    /// Every file that the items name, each once.
    pub fn files(&self) -> Vec<FileName> {
        let mut files: BTreeMap<FileHash, FileName> = BTreeMap::new();
        for file in self.links.iter().flat_map(|link| &link.files) {
            files.entry(file.hash).or_insert_with(|| file.clone());
        }
        files.into_values().collect()
    }

    /// Something more does not hold, found where the bytes lie.
    pub fn find(&mut self, flaw: Flaw, about: impl ToString) {
        let about = about.to_string();
        self.faults.push(Fault { flaw, about });
    }
}

/// Checks everything anew: every signature, every grant at the time of arrival, and what each item builds on. `center` is the
/// district's public key, the only thing that is believed.
pub fn check(center: &VerifyingKey, evidence: &Evidence) -> Chain {
    let mut checking = Checking {
        id: evidence.document,
        grants: Grants::new(center.clone()),
        receipts: HashMap::new(),
        scope: None,
        shown: Application::default(),
        chain: Chain {
            id: evidence.document,
            links: Vec::new(),
            faults: Vec::new(),
            application: ApplicationDocument::empty(),
            case: CaseDocument::empty(),
            verified: HashMap::new(),
        },
    };
    // A key of the center vouches for the one before it: from the newest back to the first.
    let is_succession = |item: &&Item| item.open().is_ok_and(|envelope| envelope.kind == Kind::Succession);
    let successions = evidence.grants.iter().rev().filter(is_succession);
    let grants = evidence.grants.iter().filter(|item| !is_succession(item));
    for item in successions.chain(grants) {
        match checking.grants.take(item) {
            Ok(true) => {}
            Ok(false) => checking.chain.find(Flaw::Item(Code::Malformed), item.id()),
            Err(code) => checking.chain.find(Flaw::Item(code), item.id()),
        }
    }
    for item in &evidence.receipts {
        if let Err(code) = checking.receipt(item) {
            checking.chain.find(Flaw::Item(code), item.id());
        }
    }
    for kept in &evidence.items {
        checking.link(kept);
    }
    checking.chain
}

struct Checking {
    id: DocumentId,
    grants: Grants,
    /// When the center said that it took an item.
    receipts: HashMap<ItemId, Vec<Millis>>,
    /// Where the application belongs: the scope of its first item.
    scope: Option<Scope>,
    shown: Application,
    chain: Chain,
}

impl Checking {
    fn receipt(&mut self, item: &Item) -> Result<(), Code> {
        let envelope = self.grants.verify(item)?;
        if envelope.kind != Kind::Receipt {
            return Err(Code::Malformed);
        }
        let receipt = Receipt::from_bytes(&envelope.payload)?;
        for id in receipt.accepted {
            self.receipts.entry(id).or_default().push(envelope.time);
        }
        for hash in receipt.verified {
            let known = self.chain.verified.entry(hash).or_insert(envelope.time);
            *known = envelope.time.min(*known);
        }
        Ok(())
    }

    fn link(&mut self, kept: &Kept) {
        let id = kept.item.id();
        let mut link = Link {
            item: id,
            kind: None,
            document: String::new(),
            device: None,
            by_center: false,
            staff: String::new(),
            time: 0,
            arrived: kept.arrived,
            granted: None,
            receipt: self.receipts.get(&id).and_then(|times| times.iter().min()).copied(),
            wrote: Vec::new(),
            files: Vec::new(),
            flaw: None,
        };
        // What it says of itself is shown also when it does not hold.
        if let Ok(envelope) = kept.item.open() {
            link.kind = Some(envelope.kind);
            link.document = envelope.document.map(|document| document.kind).unwrap_or_default();
            link.device = Some(envelope.device);
            link.by_center = self.grants.is_center(&envelope.device);
            link.staff = envelope.staff;
            link.time = envelope.time;
        }
        if let Err(flaw) = self.follow(kept, &mut link) {
            link.flaw = Some(flaw);
            self.chain.find(flaw, id);
        }
        self.chain.links.push(link);
    }

    fn follow(&mut self, kept: &Kept, link: &mut Link) -> Result<(), Flaw> {
        let envelope = self.grants.verify(&kept.item).map_err(Flaw::Item)?;
        let document = envelope.document.as_ref().ok_or(Flaw::Item(Code::Malformed))?;
        if document.id != self.id {
            return Err(Flaw::OtherDocument);
        }
        if document.kind == kind::CASE && !link.by_center {
            return Err(Flaw::Item(Code::CenterOnly));
        }
        if *self.scope.get_or_insert_with(|| envelope.scope.clone()) != envelope.scope {
            return Err(Flaw::Scope);
        }
        if !link.by_center {
            self.granted(kept, &envelope, link)?;
        }
        link.files = envelope.files();
        match envelope.kind {
            Kind::Change => self.apply(&envelope, link),
            // What devices were told to forget is all here still; the center's signature is all that it takes.
            Kind::File | Kind::Forget => Ok(()),
            _ => Err(Flaw::Item(Code::Malformed)),
        }
    }

    /// Whether the device might write it when it came, or when the center said that it took it: after a backup was restored
    /// an item comes once more, perhaps of a device that was revoked meanwhile.
    fn granted(&self, kept: &Kept, envelope: &Envelope, link: &mut Link) -> Result<(), Flaw> {
        let document = envelope.document.as_ref().map_or("", |document| &document.kind);
        let hands_over = self.grants.hands_over(&envelope.device);
        // What was handed over when the device was given back counts by its author's clock.
        let judged = |at: Millis| if hands_over { at.min(envelope.time) } else { at };
        let at = |at| {
            self.grants
                .granting(&envelope.device, document, &envelope.scope, judged(at))
        };
        let times = self.receipts.get(&link.item).map(Vec::as_slice).unwrap_or_default();
        let grant = match at(kept.arrived) {
            Ok(grant) => grant,
            Err(code) => times.iter().find_map(|time| at(*time).ok()).ok_or(Flaw::Item(code))?,
        };
        link.granted = Some(Granted {
            code: grant.code.clone(),
            label: grant.label.clone(),
            from: grant.from,
            until: grant.until,
        });
        match times.iter().max() {
            None => Err(Flaw::NoReceipt),
            Some(last) if *last < kept.arrived => Err(Flaw::Arrival),
            Some(_) => Ok(()),
        }
    }

    fn apply(&mut self, envelope: &Envelope, link: &mut Link) -> Result<(), Flaw> {
        let change = Change::from_bytes(&envelope.payload).map_err(|_| Flaw::Item(Code::Malformed))?;
        let people = changes::people(&change.automerge).ok_or(Flaw::Unfitting)?;
        if people.iter().any(|staff| *staff != envelope.staff) {
            return Err(Flaw::OtherPerson);
        }
        let device = &envelope.device.0;
        if link.document == kind::CASE {
            let before = self.chain.case.view();
            contained(|| self.chain.case.apply(device, &change.automerge))?;
            let after = self.chain.case.view();
            let new = after.events.iter().filter(|event| !before.events.contains(event));
            link.wrote = new
                .map(|event| (format!("case.{}", event.step.word()), String::new()))
                .collect();
            return Ok(());
        }
        if link.document != kind::APPLICATION {
            return Err(Flaw::Item(Code::NotGranted));
        }
        contained(|| self.chain.application.apply(device, &change.automerge))?;
        let after = self.chain.application.view();
        let mut wrote: BTreeMap<String, String> =
            ApplicationDocument::contents(&change.automerge).into_iter().collect();
        for path in differences(&self.shown, &after) {
            wrote.entry(path).or_default();
        }
        self.shown = after;
        link.wrote = wrote.into_iter().collect();
        Ok(())
    }
}

/// Automerge may panic on what was made by hand; `apply` works on a fork, so nothing is half done then.
fn contained(work: impl FnOnce() -> Result<(), RecordError>) -> Result<(), Flaw> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or(Err(RecordError::Malformed))
        .map_err(|error| Flaw::from(&error))
}
