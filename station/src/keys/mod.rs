//! Who can open the database, with which PIN.
//!
//! The database's key is random. For every staff member it lies in `keys.json` once, sealed under a key that comes from
//! their PIN by two passes of Argon2id: the first one the center made, so that a grant can bring new staff while everyone
//! is offline from each other; the second, dear one is made here over the first, with a salt of the slot's own. Neither the
//! PIN nor what a pass gives is kept in the clear: the grants lie in the database.

mod slot;
mod weak;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use doorstep_records::{Staff, StationDetails};
use doorstep_sync::{ItemId, Millis, Random};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use slot::PinCost;
use slot::{Slot, open_nothing};
pub(crate) use weak::is_weak;

use crate::contract::{PersonAtDoor, StaffView, StationView};
use crate::files::replace;
use crate::store::{StoreError, Stored};

/// The key of the database.
pub(crate) type DatabaseKey = Zeroizing<[u8; 32]>;

/// How `keys.json` is written now. Version 1 had no second pass, and kept wrong tries in a file of their own.
const VERSION: u8 = 2;

/// The wait after so many wrong tries in a row, in seconds; the last one stays.
const WAITS: [u64; 9] = [0, 0, 0, 5, 15, 60, 300, 900, 3600];

/// So many wrong tries in a row lock a slot, until a colleague lets its person try again or the district gives a new PIN.
const MOST_TRIES: usize = 10;

/// Why the keyring did not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not this PIN, or nobody of this number.
    #[error("wrong PIN")]
    Wrong,
    /// Wrong PINs: milliseconds until the next try.
    #[error("wait")]
    Wait(Millis),
    /// Too many wrong PINs: a colleague lets them try again.
    #[error("locked")]
    Locked,
    /// The disk failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// `keys.json`.
#[derive(Serialize, Deserialize)]
struct Document {
    version: u8,
    station: StationView,
    slots: Vec<Slot>,
}

/// What is known before anyone unlocks: the station, and who works there.
pub(crate) struct Keyring {
    path: PathBuf,
    station: StationView,
    slots: Vec<Slot>,
    /// When the next try is allowed, by staff number and the steady clock: nobody shortens a wait by setting the time, and
    /// a restart begins it anew.
    allowed: HashMap<String, Millis>,
    /// The grant that said last who works here.
    of: Option<ItemId>,
}

impl Keyring {
    /// Reads `data/keys.json`; `None` when this device belongs to no station. `steady` is the steady clock's time.
    pub(crate) fn load(data: &Path, steady: Millis) -> Stored<Option<Self>> {
        let path = data.join("keys.json");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let keyring = Self::read(&text, &path, steady)?;
        // A leftover of a power cut may hold the slot of somebody who is no longer here.
        for leftover in ["keys.part", "attempts.json", "attempts.part"] {
            match std::fs::remove_file(data.join(leftover)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(Some(keyring))
    }

    /// Reads what lies at `path`.
    pub(crate) fn read(text: &[u8], path: &Path, steady: Millis) -> Stored<Self> {
        let stored: Document = serde_json::from_slice(text).map_err(|_| StoreError::Damaged("keys.json"))?;
        if stored.version > VERSION {
            return Err(StoreError::Newer(stored.version.into()));
        }
        let allowed = stored.slots.iter().map(|slot| {
            let until = steady.saturating_add(wait_after(slot.failures));
            (slot.number.clone(), until)
        });
        Ok(Self {
            path: path.to_owned(),
            allowed: allowed.collect(),
            station: stored.station,
            slots: stored.slots,
            of: None,
        })
    }

    /// Seals slots for the staff of a device's first grant, to be written under `data`. As slow as so many guesses.
    pub(crate) fn seal(
        data: &Path,
        station: StationView,
        details: &StationDetails,
        key: &DatabaseKey,
        cost: PinCost,
        random: &dyn Random,
    ) -> Stored<Self> {
        let slots = details.staff.iter().map(|staff| Slot::of(staff, key, cost, random));
        let mut keyring = Self {
            path: data.join("keys.json"),
            station,
            slots: slots.collect::<Stored<_>>()?,
            allowed: HashMap::new(),
            of: None,
        };
        keyring.slots.sort_by(|a, b| a.number.cmp(&b.number));
        Ok(keyring)
    }

    /// The station.
    pub(crate) fn station(&self) -> &StationView {
        &self.station
    }

    /// Who can unlock, in order of number.
    pub(crate) fn staff(&self, steady: Millis) -> Vec<PersonAtDoor> {
        let view = |slot: &Slot| PersonAtDoor {
            person: StaffView {
                number: slot.number.clone(),
                name: slot.name.clone(),
                role: slot.role,
                stands_for: None,
            },
            wait: self.wait(&slot.number, steady),
            locked: self.is_locked(slot),
        };
        self.slots.iter().map(view).collect()
    }

    /// Somebody who can unlock.
    pub(crate) fn person(&self, number: &str) -> Option<StaffView> {
        let slot = self.slots.iter().find(|slot| slot.number == number)?;
        Some(StaffView {
            number: slot.number.clone(),
            name: slot.name.clone(),
            role: slot.role,
            stands_for: None,
        })
    }

    /// Milliseconds until the next try of this person is allowed.
    pub(crate) fn wait(&self, number: &str, steady: Millis) -> Millis {
        self.allowed.get(number).map_or(0, |until| until.saturating_sub(steady))
    }

    /// Nobody is locked out of what was typed for good: where no colleague could help, a person goes on trying with the
    /// longest wait between.
    fn is_locked(&self, slot: &Slot) -> bool {
        let out = |slot: &Slot| slot.failures >= MOST_TRIES;
        out(slot) && self.slots.iter().any(|other| !out(other))
    }

    /// Counts a try, on the disk before it is made: a power cut forgets none. The slow part, [`Try::open`], can then run
    /// without holding the keyring.
    pub(crate) fn begin(&mut self, number: &str, steady: Millis, cost: PinCost) -> Result<Try, KeyError> {
        let wait = self.wait(number, steady);
        let Some(at) = self.slots.iter().position(|slot| slot.number == number) else {
            return Ok(Try { slot: None, cost });
        };
        let slot = self.slots.get(at).cloned();
        if slot.as_ref().is_some_and(|slot| self.is_locked(slot)) {
            return Err(KeyError::Locked);
        }
        if wait > 0 {
            return Err(KeyError::Wait(wait));
        }
        let failures = slot.as_ref().map_or(0, |slot| slot.failures.saturating_add(1));
        self.count(number, failures)?;
        let until = steady.saturating_add(wait_after(failures));
        self.allowed.insert(number.to_owned(), until);
        Ok(Try { slot, cost })
    }

    /// A try was wrong: the wait begins when its person hears of it, however long a slow machine took to find out.
    pub(crate) fn missed(&mut self, number: &str, steady: Millis) -> Millis {
        let slot = self.slots.iter().find(|slot| slot.number == number);
        let wait = wait_after(slot.map_or(0, |slot| slot.failures));
        self.allowed.insert(number.to_owned(), steady.saturating_add(wait));
        wait
    }

    /// A try was right, or a colleague lets this person try again.
    pub(crate) fn forgive(&mut self, number: &str) -> Stored<()> {
        self.allowed.remove(number);
        self.count(number, 0)
    }

    fn count(&mut self, number: &str, failures: usize) -> Stored<()> {
        for slot in self.slots.iter_mut().filter(|slot| slot.number == number) {
            slot.failures = failures;
        }
        self.keep()
    }

    /// Whether this person has to ask a colleague.
    pub(crate) fn needs_help(&self, number: &str) -> bool {
        let slot = self.slots.iter().find(|slot| slot.number == number);
        slot.is_some_and(|slot| self.is_locked(slot))
    }

    /// Takes over what a grant says of the station and who works there. Who does not any more is out at once, unless
    /// nobody else knows a PIN that opens the database: then as soon as one has been sealed.
    pub(crate) fn follow(&mut self, grant: ItemId, station: &StationView, details: &StationDetails) -> Stored<()> {
        let named = |slot: &Slot| details.staff.iter().find(|staff| staff.number == slot.number);
        let mut slots = self.slots.clone();
        slots.retain(|slot| named(slot).is_some());
        for slot in &mut slots {
            if let Some(staff) = named(slot) {
                slot.name.clone_from(&staff.name);
                slot.role = staff.role;
            }
        }
        self.of = Some(grant);
        let current = |slot: &Slot| named(slot).is_some_and(|staff| slot.has_pin(staff));
        if !slots.iter().any(current) {
            return Ok(());
        }
        let told = |slots: &[Slot]| {
            slots
                .iter()
                .map(|slot| (slot.name.clone(), slot.role))
                .collect::<Vec<_>>()
        };
        let same = told(&slots) == told(&self.slots) && *station == self.station;
        if same {
            return Ok(());
        }
        self.slots = slots;
        self.station = station.clone();
        self.keep()
    }

    /// Those of a grant for whom a slot is still to be sealed: new people, new PINs, and slots that are too cheap to open.
    pub(crate) fn unsealed(&self, details: &StationDetails, cost: PinCost) -> Vec<Staff> {
        let serves = |staff: &Staff| {
            let slot = self.slots.iter().find(|slot| slot.number == staff.number);
            slot.is_some_and(|slot| slot.serves(staff, cost))
        };
        details.staff.iter().filter(|staff| !serves(staff)).cloned().collect()
    }

    /// Puts a sealed slot in its place; nothing when a newer grant has spoken since.
    pub(crate) fn put(&mut self, grant: ItemId, details: &StationDetails, sealed: Sealed) -> Stored<()> {
        if self.of != Some(grant) {
            return Ok(());
        }
        let Sealed(mut slot) = sealed;
        let held = self.slots.iter().find(|held| held.number == slot.number);
        match held.filter(|held| held.has_pin_of(&slot)) {
            Some(held) => slot.failures = held.failures,
            None => drop(self.allowed.remove(&slot.number)),
        }
        self.slots.retain(|held| held.number != slot.number);
        self.slots
            .retain(|held| details.staff.iter().any(|staff| staff.number == held.number));
        self.slots.push(slot);
        self.slots.sort_by(|a, b| a.number.cmp(&b.number));
        self.keep()
    }

    /// Puts the slot of a PIN that was changed here in its place; false when its person works here no more, or has been
    /// given another PIN meanwhile.
    pub(crate) fn change(&mut self, before: &Try, sealed: Sealed) -> Stored<bool> {
        let Sealed(slot) = sealed;
        let held = self.slots.iter_mut().find(|held| held.number == slot.number);
        let same = |held: &Slot| before.slot.as_ref().is_some_and(|slot| held.is_same(slot));
        match held.filter(|held| same(held)) {
            Some(held) => *held = slot,
            None => return Ok(false),
        }
        self.keep().map(|()| true)
    }

    /// Writes it durably.
    pub(crate) fn keep(&self) -> Stored<()> {
        let stored = Document {
            version: VERSION,
            station: self.station.clone(),
            slots: self.slots.clone(),
        };
        let text = serde_json::to_vec_pretty(&stored).map_err(|_| StoreError::Damaged("keys.json"))?;
        replace(&self.path, &text)
    }
}

/// The key under which a screen keeps what one person typed and could not save, until that person is back.
pub(crate) fn typed_key(database_key: &DatabaseKey, number: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are never too long for HKDF.
    let _ =
        Hkdf::<Sha256>::new(Some(number.as_bytes()), &database_key[..]).expand(b"doorstep typed text", &mut key[..]);
    key
}

/// A slot that is not in the keyring yet.
pub(crate) struct Sealed(Slot);

impl Sealed {
    /// Seals the database's key for somebody whom a grant names. Slow on purpose.
    pub(crate) fn for_staff(staff: &Staff, key: &DatabaseKey, cost: PinCost, random: &dyn Random) -> Stored<Self> {
        Slot::of(staff, key, cost, random).map(Self)
    }
}

/// A try that has been counted.
pub(crate) struct Try {
    slot: Option<Slot>,
    cost: PinCost,
}

impl Try {
    /// Opens the database's key with a PIN. Slow on purpose ([`PinCost`]): run it off the async threads, holding nothing.
    pub(crate) fn open(&self, pin: &str) -> Result<DatabaseKey, KeyError> {
        match &self.slot {
            Some(slot) => slot.open(pin)?.ok_or(KeyError::Wrong),
            None => {
                open_nothing(pin, self.cost);
                Err(KeyError::Wrong)
            }
        }
    }

    /// Seals the key under another PIN of the same person. Slow on purpose.
    pub(crate) fn seal_anew(&self, pin: &str, key: &DatabaseKey, random: &dyn Random) -> Result<Sealed, KeyError> {
        let slot = self.slot.as_ref().ok_or(KeyError::Wrong)?;
        Ok(Sealed(slot.with_pin(pin, key, self.cost, random)?))
    }
}

fn wait_after(failures: usize) -> Millis {
    let place = failures.saturating_sub(1).min(WAITS.len() - 1);
    if failures == 0 {
        0
    } else {
        WAITS.get(place).copied().unwrap_or_default() * 1000
    }
}

#[cfg(test)]
mod tests;
