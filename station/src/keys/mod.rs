//! Who can open the database, with which PIN.
//!
//! The database's key is random. For every staff member it lies in `keys.json` once, sealed under a key that comes from
//! their PIN: Argon2id (made once by the center, so a grant can bring new staff while everyone is offline from each
//! other) and HKDF. Neither the PIN nor its Argon2id output is kept in the clear.

mod attempts;

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use doorstep_records::{Role, StationDetails};
use doorstep_sync::{Millis, Random};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

pub(crate) use attempts::Attempts;

use crate::contract::{StaffView, StationView};
use crate::files::replace;
use crate::store::{StoreError, Stored};
use crate::world::bytes;

/// The key of the database.
pub(crate) type DatabaseKey = Zeroizing<[u8; 32]>;

/// Why the keyring did not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not this PIN, or nobody of this number.
    #[error("wrong PIN")]
    Wrong,
    /// Too many tries: milliseconds until the next.
    #[error("wait")]
    Wait(Millis),
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

/// The database's key for one staff member.
#[derive(Clone, Serialize, Deserialize)]
struct Slot {
    number: String,
    name: String,
    role: Role,
    /// Argon2id salt, hex.
    salt: String,
    /// Nonce and sealed key, hex.
    sealed: String,
}

/// What is known before anyone unlocks: the station, and who works there.
pub(crate) struct Keyring {
    station: StationView,
    slots: Vec<Slot>,
    /// Wrong tries.
    pub attempts: Attempts,
}

impl Keyring {
    /// Reads `data/keys.json`; `None` when this device belongs to no station.
    pub(crate) fn load(data: &Path) -> Stored<Option<Self>> {
        let path = data.join("keys.json");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let stored: Document = serde_json::from_slice(&text).map_err(|_| StoreError::Damaged("keys.json"))?;
        Ok(Some(Self {
            station: stored.station,
            slots: stored.slots,
            attempts: Attempts::load(data),
        }))
    }

    /// Makes slots for the staff of a grant and writes them durably. Who is not among them can no longer unlock.
    pub(crate) fn write(
        data: &Path,
        station: StationView,
        details: &StationDetails,
        key: &DatabaseKey,
        random: &dyn Random,
    ) -> Stored<Self> {
        let path = data.join("keys.json");
        let mut slots: Vec<Slot> = details
            .staff
            .iter()
            .map(|staff| {
                Ok(Slot {
                    number: staff.number.clone(),
                    name: staff.name.clone(),
                    role: staff.role,
                    salt: hex::encode(&staff.pin_salt),
                    sealed: seal(&staff.pin_hash, &staff.number, key, random)?,
                })
            })
            .collect::<Stored<_>>()?;
        slots.sort_by(|a, b| a.number.cmp(&b.number));
        let stored = Document {
            version: 1,
            station: station.clone(),
            slots: slots.clone(),
        };
        let text = serde_json::to_vec_pretty(&stored).map_err(|_| StoreError::Damaged("keys.json"))?;
        replace(&path, &text)?;
        Ok(Self {
            station,
            slots,
            attempts: Attempts::load(data),
        })
    }

    /// The station.
    pub(crate) fn station(&self) -> &StationView {
        &self.station
    }

    /// Who can unlock, in order of number.
    pub(crate) fn staff(&self) -> Vec<StaffView> {
        let view = |slot: &Slot| StaffView {
            number: slot.number.clone(),
            name: slot.name.clone(),
            role: slot.role,
            stands_for: None,
        };
        self.slots.iter().map(view).collect()
    }

    /// What [`Self::try_pin`] needs of one staff member, so that the slow part can run without holding the keyring.
    pub(crate) fn begin(&mut self, staff: &str, now: Millis) -> Result<Try, KeyError> {
        self.attempts.begin(now)?;
        let slot = self.slots.iter().find(|slot| slot.number == staff).cloned();
        Ok(Try { slot })
    }
}

/// A try that has been counted.
pub(crate) struct Try {
    slot: Option<Slot>,
}

impl Try {
    /// Opens the database's key with a PIN. Slow on purpose (about 50 ms): run it off the async threads.
    pub(crate) fn open(&self, pin: &str) -> Result<DatabaseKey, KeyError> {
        let salt = self.slot.as_ref().and_then(|slot| hex::decode(&slot.salt).ok());
        // Somebody unknown takes as long as a wrong PIN.
        let salt = salt
            .filter(|salt| salt.len() >= argon2::MIN_SALT_LEN)
            .unwrap_or_else(|| vec![0; 16]);
        let hash = pin_hash(pin, &salt).ok_or(KeyError::Wrong)?;
        let slot = self.slot.as_ref().ok_or(KeyError::Wrong)?;
        unseal(&hash[..], &slot.number, &slot.sealed).ok_or(KeyError::Wrong)
    }
}

/// Argon2id as [`doorstep_records::Staff::pin_hash`] says: 19 MiB, 2 passes, 1 lane, 32 bytes.
pub(crate) fn pin_hash(pin: &str, salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let parameters = Params::new(19 * 1024, 2, 1, Some(32)).ok()?;
    let mut hash = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(pin.as_bytes(), salt, &mut hash[..])
        .ok()?;
    Some(hash)
}

fn cipher(pin_hash: &[u8], nonce: &[u8]) -> Option<XChaCha20Poly1305> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(nonce), pin_hash)
        .expand(b"doorstep database key", &mut key[..])
        .ok()?;
    Some(XChaCha20Poly1305::new((&*key).into()))
}

fn seal(pin_hash: &[u8], number: &str, key: &DatabaseKey, random: &dyn Random) -> Stored<String> {
    let nonce: [u8; 24] = bytes(random);
    let payload = Payload {
        msg: &key[..],
        aad: number.as_bytes(),
    };
    let sealed = cipher(pin_hash, &nonce).and_then(|c| c.encrypt(XNonce::from_slice(&nonce), payload).ok());
    let sealed = sealed.ok_or(StoreError::Damaged("key slot"))?;
    Ok(hex::encode([&nonce[..], &sealed].concat()))
}

fn unseal(pin_hash: &[u8], number: &str, sealed: &str) -> Option<DatabaseKey> {
    let bytes = hex::decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(24)?;
    let payload = Payload {
        msg: sealed,
        aad: number.as_bytes(),
    };
    let plain = Zeroizing::new(
        cipher(pin_hash, nonce)?
            .decrypt(XNonce::from_slice(nonce), payload)
            .ok()?,
    );
    Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
}
