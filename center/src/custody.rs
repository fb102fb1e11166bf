//! The chain of custody of an application, checked anew from the stored items: no projection is believed, and what is stored
//! beside them is held against what follows from them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::ErrorKind;

use doorstep_custody::{Chain, Evidence, Fault, Flaw, Kept, Link, file};
use doorstep_matters::Language;
use doorstep_records::{Application, Case, status};
use doorstep_sync::payload::{Grant, Receipt, Revoke};
use doorstep_sync::{Code, DeviceId, DocumentId, FileHash, Item, Kind, VerifyingKey};

use crate::center::Center;
use crate::check;
use crate::dossier::{Dossier, result_files};
use crate::error::ApiError;
use crate::project::word;
use crate::routes::{CustodyFault, CustodyLink, CustodyView};
use crate::store::{self, Connection};
use crate::words;

/// A chain, and what it was made of.
pub struct Checked {
    /// The chain; its faults begin with those of the rows.
    pub chain: Chain,
    /// What it was made of.
    pub evidence: Evidence,
}

impl Center {
    /// The district's public key, by which everything is checked.
    pub fn public_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// The application that a person names: by its id, or by its number (办件编号).
    pub fn find_application(&self, named: &str) -> Result<DocumentId, ApiError> {
        if let Ok(id) = named.parse() {
            return Ok(id);
        }
        let found = self.store.read(|sql| store::cases::numbered(sql, named))?;
        found.ok_or_else(|| ApiError::not_found("application"))
    }

    /// Checks the chain of custody of an application.
    pub fn custody(&self, id: &DocumentId) -> Result<Checked, ApiError> {
        let mut checked = self.store.read(|sql| self.gather(sql, id))?;
        self.check_bytes(&mut checked.chain)?;
        Ok(checked)
    }

    /// [`Center::custody`] as the console shows it.
    pub fn custody_view(&self, id: &DocumentId, language: Language) -> Result<CustodyView, ApiError> {
        let Checked { chain, evidence } = self.custody(id)?;
        let (application, case) = (chain.application.view(), chain.case.view());
        let matter = self
            .store
            .read(|sql| self.matter(sql, application.edition, &application.matter))?;
        let now = self.clock.now();
        let evaluated = matter.map(|matter| check::evaluate(&matter, &application, &case, now, language));
        let link = |link: Link| CustodyLink {
            item: link.item.to_string(),
            device: match &link.granted {
                Some(grant) => grant.label.clone(),
                None if link.by_center => String::new(),
                None => link.device.map_or_else(|| "?".to_owned(), |device| device.to_string()),
            },
            device_code: link
                .granted
                .as_ref()
                .map(|grant| grant.code.clone())
                .unwrap_or_default(),
            staff_name: evidence.people.get(&link.staff).unwrap_or(&link.staff).clone(),
            staff: link.staff,
            time: link.time,
            arrived: link.arrived,
            receipt: link.receipt,
            granted: link.granted.map(|grant| grant.from),
            changed: link
                .wrote
                .iter()
                .map(|(path, _)| words::path(path, evaluated.as_ref(), language))
                .collect(),
            flaw: link.flaw.map(|flaw| flaw.code().to_owned()),
        };
        Ok(CustodyView {
            checked: now,
            key: hex::encode(self.public_key().to_bytes()),
            links: chain.links.into_iter().map(link).collect(),
            faults: chain
                .faults
                .into_iter()
                .map(|fault| CustodyFault {
                    code: fault.flaw.code().to_owned(),
                    words: words::flaw(fault.flaw, language),
                    about: fault.about,
                })
                .collect(),
        })
    }

    /// The chain of custody as a file that a third party checks with the district's public key alone.
    pub fn custody_file(&self, id: &DocumentId) -> Result<Vec<u8>, ApiError> {
        let Checked { mut evidence, .. } = self.store.read(|sql| self.gather(sql, id))?;
        // A passport says the same of a device without names and PINs.
        evidence
            .grants
            .retain(|item| granted(item).is_none_or(|grant| grant.details.is_empty()));
        let made = self.clock.now();
        Ok(file::write(&file::Custody { made, evidence }, &self.key))
    }

    fn gather(&self, sql: &Connection, id: &DocumentId) -> Result<Checked, ApiError> {
        let rows = store::custody::rows(sql, id)?;
        if rows.is_empty() || store::keys::is_destroyed(sql, &id.0)? {
            return Err(ApiError::not_found("application"));
        }
        let mut faults = Vec::new();
        let mut find = |flaw, about: String| faults.push(Fault { flaw, about });
        let (mut items, mut devices, mut scopes) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut people = BTreeMap::new();
        for row in rows {
            let Some(item) = row.item else {
                find(Flaw::Item(Code::Malformed), row.id);
                continue;
            };
            if !row.fits {
                find(Flaw::AlteredRow, row.id);
            }
            if let Ok(envelope) = item.open() {
                devices.insert(envelope.device);
                scopes.insert(envelope.scope);
                if let Some(name) = store::stations::staff_name(sql, &envelope.staff)? {
                    people.insert(envelope.staff, name);
                }
            }
            let arrived = row.arrived;
            items.push(Kept { item, arrived });
        }
        let ids: HashSet<_> = items.iter().map(|kept| kept.item.id()).collect();
        let envelopes = items.iter().filter_map(|kept: &Kept| kept.item.open().ok());
        let files = envelopes.flat_map(|envelope| envelope.files());
        let named: HashSet<FileHash> = files.map(|file| file.hash).collect();
        let (mut receipts, mut gone) = (Vec::new(), Vec::new());
        for scope in &scopes {
            for item in store::custody::receipts(sql, scope)? {
                let envelope = item.open().ok();
                let Some(receipt) = envelope.and_then(|envelope| Receipt::from_bytes(&envelope.payload).ok()) else {
                    find(Flaw::Item(Code::Malformed), item.id().to_string());
                    continue;
                };
                for accepted in &receipt.accepted {
                    if !ids.contains(accepted) && !store::items::has(sql, accepted)? {
                        gone.push(*accepted);
                    }
                }
                let is_ours = receipt.accepted.iter().any(|id| ids.contains(id))
                    || receipt.verified.iter().any(|hash| named.contains(hash));
                if is_ours {
                    receipts.push(item);
                }
            }
        }
        let mut grants = store::items::grants(sql)?;
        grants.retain(|item| concerns(item, &devices));
        let evidence = Evidence {
            document: *id,
            items,
            grants,
            receipts,
            people,
        };
        let mut chain = doorstep_custody::check(&self.key.verifying_key(), &evidence);
        faults.append(&mut chain.faults);
        chain.faults = faults;
        gone.into_iter().for_each(|item| chain.find(Flaw::Gone, item));
        check_view(sql, &mut chain)?;
        Ok(Checked { chain, evidence })
    }

    /// Whether the bytes of the files that are here, or were, are those that were named.
    fn check_bytes(&self, chain: &mut Chain) -> Result<(), ApiError> {
        let results = result_files(&chain.case.view()).into_iter().map(|file| file.hash);
        let named: BTreeSet<FileHash> = chain.files().into_iter().map(|file| file.hash).chain(results).collect();
        for hash in named {
            let is_here = self.store.read(|sql| store::files::verified(sql, &hash))?.is_some();
            if !is_here && !chain.verified.contains_key(&hash) {
                continue;
            }
            match self.disk.read(&hash) {
                Ok(bytes) if FileHash::of(&bytes) == hash => {}
                Ok(_) => chain.find(Flaw::FileAltered, hash),
                Err(error) if error.kind() == ErrorKind::NotFound => chain.find(Flaw::FileGone, hash),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Whether what the console shows follows from the items.
fn check_view(sql: &Connection, chain: &mut Chain) -> Result<(), ApiError> {
    let (application, case): (Application, Case) = (chain.application.view(), chain.case.view());
    let shown = Dossier::load(sql, &chain.id)?;
    let mut follows = shown.is_some_and(|shown| shown.application == application && shown.case == case);
    if let Some(line) = store::cases::get(sql, &chain.id)? {
        follows &= line.number == application.number.clone().unwrap_or_default()
            && line.matter == application.matter
            && line.applicant == application.applicant_name()
            && line.id_number == application.applicant_id_number()
            && line.status == word(status(&application, &case));
    }
    if !follows {
        chain.find(Flaw::AlteredView, chain.id);
    }
    Ok(())
}

fn granted(item: &Item) -> Option<Grant> {
    let envelope = item.open().ok().filter(|envelope| envelope.kind == Kind::Grant)?;
    Grant::from_bytes(&envelope.payload).ok()
}

/// Whether a grant or a revocation is about one of these devices. What does not read is looked at.
fn concerns(item: &Item, devices: &BTreeSet<DeviceId>) -> bool {
    let Ok(envelope) = item.open() else { return true };
    let device = match envelope.kind {
        Kind::Grant => Grant::from_bytes(&envelope.payload)
            .ok()
            .and_then(|grant| VerifyingKey::from_bytes(&grant.public_key))
            .map(|key| key.device()),
        Kind::Revoke => Revoke::from_bytes(&envelope.payload).ok().map(|revoke| revoke.device),
        _ => None,
    };
    device.is_none_or(|device| devices.contains(&device))
}
