//! What people do at their devices.

use anyhow::Result;
use doorstep_records::application::{ApplicationStep, Beginning, Field};
use doorstep_records::{Application, Edit, Page, kind};
use doorstep_sync::payload::{Change, Receipt};
use doorstep_sync::{DocumentId, FileHash, ItemId, Kind, Scope};

use super::books::Typed;
use super::coverage::Fault;
use super::world::World;
use crate::model::{Photo, Trip};

/// A matter of the demo catalogue.
const MATTER: &str = "YX-MZ-001";
/// A material of it.
const MATERIAL: &str = "id_card";
/// A place that belongs to no station here.
const ELSEWHERE: &str = "500199102201";
/// The longest photograph, bytes: several chunks.
const LONGEST: u64 = 180_000;

impl World {
    /// Somebody does something at a device.
    pub fn deed(&mut self, who: usize) -> Result<()> {
        if self.posts.get(who).is_none_or(|post| post.revoked) {
            return Ok(());
        }
        if self.befalls(Fault::StationFull, 6) {
            self.at(who)?.station.armed = Some(Trip::Full);
        } else if self.befalls(Fault::StationTorn, 6) {
            self.at(who)?.station.armed = Some(Trip::Crash);
        }
        let (own, other) = (self.own_scope(who), self.chance.below(100));
        let Some(own) = own else { return Ok(()) };
        let tripped = match (self.pick_document(who)?, other) {
            (_, 0..=3) if self.befalls(Fault::Hostile, 100) => {
                self.misdeed(who, &own)?;
                false
            }
            (None, _) | (_, 0..=11) => self.begin(who, &own)?,
            (Some((id, scope)), 12..=27) => self.photograph(who, id, &scope)?,
            (Some((id, scope)), 28..=35) => self.hand_in(who, id, &scope)?,
            (Some((id, scope)), 36..=45) => self.choose(who, id, &scope)?,
            (Some((id, _)), 46..=49) => {
                self.look_at_page(who, id)?;
                false
            }
            (Some((id, scope)), _) => self.type_something(who, id, &scope)?,
        };
        if tripped { self.stumbled(who) } else { Ok(()) }
    }

    fn pick_document(&mut self, who: usize) -> Result<Option<(DocumentId, Scope)>> {
        let held = self.at(who)?.station.documents();
        let mut known: Vec<(DocumentId, Scope)> = held
            .into_iter()
            .filter(|(id, _)| self.books.documents.contains_key(id))
            .collect();
        // Of some only the center's part has come yet, and a screen shows nothing of them.
        let station = &mut self.at(who)?.station;
        known.retain(|(id, _)| !station.view(*id).matter.is_empty());
        Ok(self.chance.pick(&known).cloned())
    }

    fn begin(&mut self, who: usize, scope: &Scope) -> Result<bool> {
        let id = self.new_id();
        let beginning = Beginning {
            matter: MATTER.into(),
            catalogue: 1,
            station: scope.division().into(),
        };
        let begun = self.at(who)?.station.begin(id, scope, &beginning);
        if let Ok(item) = begun {
            self.books.documents.insert(id, scope.clone());
            self.wrote(who, scope, item)?;
        }
        Ok(begun.is_err())
    }

    fn type_something(&mut self, who: usize, id: DocumentId, scope: &Scope) -> Result<bool> {
        let mut edits = Vec::new();
        for _ in 0..1 + self.chance.below(3) {
            let names = ["name", "phone", "household_address", "bank_account"];
            let name = self.chance.pick(&names).copied().unwrap_or("name").to_owned();
            let value = format!("试{:x}", self.chance.draw());
            edits.push(Edit::Answer {
                name,
                value,
                note: String::new(),
            });
        }
        edits.sort_by_key(path);
        edits.dedup_by_key(|edit| path(edit));
        self.save(who, id, scope, &edits, None)
    }

    fn photograph(&mut self, who: usize, id: DocumentId, scope: &Scope) -> Result<bool> {
        let most = if self.chance.percent(30) { LONGEST } else { 5_000 };
        let len = usize::try_from(self.chance.below(most))?;
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.chance.draw().to_le_bytes());
        }
        bytes.truncate(len);
        let photo = Photo::of(bytes);
        let page = Page {
            id: format!("p{:x}", self.chance.draw()),
            file: photo.file.hash.to_string(),
            media_type: photo.file.media_type.clone(),
            len: photo.file.len,
            rotation: 0,
            position: self.chance.below(100) as f64,
            staff: String::new(),
            time: self.at(who)?.station.now(),
        };
        let edit = Edit::PageAdded {
            material: MATERIAL.into(),
            page,
        };
        self.books
            .photos
            .insert(photo.file.hash, std::sync::Arc::new(photo.bytes.clone()));
        self.save(who, id, scope, &[edit], Some(photo))
    }

    fn hand_in(&mut self, who: usize, id: DocumentId, scope: &Scope) -> Result<bool> {
        if self.at(who)?.station.view(id).received().is_some() {
            return self.type_something(who, id, scope);
        }
        let edits = [
            Edit::Numbered {
                number: format!("{}-20260302-A1-{:04}", scope.division(), self.chance.below(10_000)),
            },
            Edit::Step {
                step: ApplicationStep::Received,
                note: String::new(),
            },
        ];
        self.save(who, id, scope, &edits, None)
    }

    fn choose(&mut self, who: usize, id: DocumentId, scope: &Scope) -> Result<bool> {
        let view = self.at(who)?.station.view(id);
        let Some(path) = self.chance.pick(&view.conflicts()).cloned() else {
            return self.type_something(who, id, scope);
        };
        let Some(value) = self.chance.pick(&shown(&view, &path)).cloned() else {
            return Ok(false);
        };
        self.save(who, id, scope, &[Edit::Chosen { path, value }], None)
    }

    /// Somebody opens a page that another device photographed.
    fn look_at_page(&mut self, who: usize, id: DocumentId) -> Result<()> {
        let files = self.at(who)?.station.view(id).files();
        if let Some((hash, len)) = self.chance.pick(&files).cloned()
            && let Ok(hash) = hash.parse()
        {
            let file = doorstep_sync::payload::FileName {
                hash,
                len,
                media_type: "image/jpeg".into(),
            };
            self.at(who)?.station.want(file);
        }
        Ok(())
    }

    /// Saves and writes into the books; whether the transaction was tripped.
    fn save(
        &mut self,
        who: usize,
        id: DocumentId,
        scope: &Scope,
        edits: &[Edit],
        photo: Option<Photo>,
    ) -> Result<bool> {
        let station = &mut self.at(who)?.station;
        let before = station.view(id);
        let saved = station.save(id, scope, edits, photo);
        let Ok(Some(item)) = saved else {
            return Ok(saved.is_err());
        };
        for edit in edits {
            let (path, value) = match edit {
                Edit::Answer { name, value, .. } => (format!("answers.{name}"), value),
                Edit::Chosen { path, value } => (path.clone(), value),
                _ => continue,
            };
            let seen = shown(&before, &path);
            for typed in &mut self.books.typed {
                if typed.document == id && typed.path == path && seen.contains(&typed.value) {
                    typed.overwritten_by.push(item);
                }
            }
            self.books.typed.push(Typed {
                document: id,
                path,
                value: value.clone(),
                item,
                overwritten_by: Vec::new(),
            });
        }
        self.wrote(who, scope, item)?;
        Ok(false)
    }

    fn wrote(&mut self, who: usize, scope: &Scope, item: ItemId) -> Result<()> {
        let held = self.at(who)?.station.disk.items.get(&item);
        let words = held.map(|held| FileHash::of(&held.envelope.payload));
        self.books.words.extend(words.map(|words| (item, words)));
        self.books.written.insert(item, scope.clone());
        self.coverage.saves += 1;
        Ok(())
    }

    /// An enrolled device whose program lies.
    fn misdeed(&mut self, who: usize, own: &Scope) -> Result<()> {
        let id = self.new_id();
        let kind = self.chance.below(5);
        let victim = self.books.written.keys().next().copied();
        let elsewhere = Scope::new(ELSEWHERE, "2026")?;
        let station = &mut self.at(who)?.station;
        let change = Change::of(vec![0x85, 0x6f, 0x4a, 0x83, 1, 2, 3]);
        match kind {
            // In a place that is not its own.
            0 => station.write(&elsewhere, kind::APPLICATION, Kind::Change, id, change.to_bytes()),
            // What only the center says.
            1 => station.write(own, kind::CASE, Kind::Change, id, change.to_bytes()),
            2 => {
                let receipt = Receipt {
                    accepted: victim.into_iter().collect(),
                    ..Receipt::default()
                };
                station.write(own, kind::APPLICATION, Kind::Receipt, id, receipt.to_bytes())
            }
            // Bytes that are no changes.
            3 => station.write(own, kind::APPLICATION, Kind::Change, id, change.to_bytes()),
            // No payload at all.
            _ => station.write(own, kind::APPLICATION, Kind::File, id, vec![0xff]),
        };
        self.books.forbidden.insert(id);
        Ok(())
    }

    fn new_id(&mut self) -> DocumentId {
        let mut id = [0; 16];
        for part in id.chunks_mut(8) {
            part.copy_from_slice(&self.chance.draw().to_le_bytes());
        }
        DocumentId(id)
    }
}

/// Every value that a screen shows in a field.
pub fn shown(view: &Application, path: &str) -> Vec<String> {
    let values = |field: &Field| {
        let rivals = field.versions.iter().map(|version| version.value.clone());
        rivals.chain([field.value.clone()]).collect::<Vec<_>>()
    };
    let field = view.fields().find(|(there, _)| there == path);
    field.map(|(_, field)| values(field)).unwrap_or_default()
}

fn path(edit: &Edit) -> String {
    match edit {
        Edit::Answer { name, .. } => name.clone(),
        _ => String::new(),
    }
}
