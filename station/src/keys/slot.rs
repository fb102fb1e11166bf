//! The database's key, sealed for one person under their PIN.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use doorstep_records::{Role, Staff};
use doorstep_sync::Random;
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::DatabaseKey;
use crate::store::{StoreError, Stored};
use crate::world::bytes;

/// What comes out of Argon2id.
type Hash = Zeroizing<[u8; 32]>;

/// What the first pass over a PIN costs, wherever it is made, as [`Staff::pin_hash`] says.
const FIRST: PinCost = PinCost {
    memory: 19 * 1024,
    passes: 2,
};

/// A slot that asks for more memory than this (KiB) was not written by us.
const MOST_MEMORY: u32 = 1 << 20;
/// The same for passes over so much memory: a minute of one core, and not a day.
const MOST_WORK: u64 = 32 * PinCost::FULL.work();

/// What one guess at a PIN costs whoever has the disk: Argon2id (RFC 9106) in one lane, so on one core.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PinCost {
    /// Memory, KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl PinCost {
    /// What every program uses: 128 MiB, which a small tablet has, and as many passes as take a second and a half of one
    /// core of 2020. A PIN of six digits then costs a week of such a core on average, and each person's its own week.
    pub const FULL: Self = Self {
        memory: 128 * 1024,
        passes: 16,
    };

    /// Memory that is written in all, KiB.
    const fn work(self) -> u64 {
        self.memory as u64 * self.passes as u64
    }

    /// Whether a guess costs at least as much as with `other`.
    fn covers(self, other: Self) -> bool {
        self.memory >= other.memory && self.passes >= other.passes
    }

    fn hash(self, secret: &[u8], salt: &[u8]) -> Stored<Hash> {
        let wrong = StoreError::Damaged("key slot");
        if self.memory > MOST_MEMORY || self.work() > MOST_WORK {
            return Err(wrong);
        }
        let Ok(parameters) = Params::new(self.memory, self.passes, 1, Some(32)) else {
            return Err(wrong);
        };
        let mut memory: Vec<Block> = Vec::new();
        let blocks = parameters.block_count();
        if memory.try_reserve_exact(blocks).is_err() {
            return Err(StoreError::Io(std::io::ErrorKind::OutOfMemory.into()));
        }
        memory.resize(blocks, Block::default());
        let mut hash = Zeroizing::new([0; 32]);
        let made = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters).hash_password_into_with_memory(
            secret,
            salt,
            &mut hash[..],
            &mut memory,
        );
        memory.zeroize();
        made.map_err(|_| wrong).map(|()| hash)
    }
}

/// The pass that only this device makes, over the hash that a grant carries.
#[derive(Clone, Serialize, Deserialize)]
struct Second {
    /// Of this slot alone, hex.
    salt: String,
    #[serde(flatten)]
    cost: PinCost,
}

/// The database's key for one staff member.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Slot {
    pub number: String,
    pub name: String,
    pub role: Role,
    /// Salt of the first pass, hex.
    salt: String,
    /// The second pass; lacking in slots of version 1, which are read and made anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<Second>,
    /// Nonce and sealed key, hex.
    sealed: String,
    /// The PIN was changed at this device: salt of the district's PIN that it took the place of, hex. Grants go on
    /// carrying that one, and none of them brings it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead_of: Option<String>,
    /// Wrong tries in a row. They stand here because whoever deletes them deletes the slot.
    #[serde(default)]
    pub failures: usize,
}

impl Slot {
    /// The slot of somebody whom a grant names. As slow as a guess.
    pub(super) fn of(staff: &Staff, key: &DatabaseKey, cost: PinCost, random: &dyn Random) -> Stored<Self> {
        let mut slot = Self {
            number: staff.number.clone(),
            name: staff.name.clone(),
            role: staff.role,
            salt: hex::encode(&staff.pin_salt),
            second: None,
            sealed: String::new(),
            instead_of: None,
            failures: 0,
        };
        slot.seal(&staff.pin_hash, key, cost, random)?;
        Ok(slot)
    }

    /// The same person's slot under a new PIN. As slow as a guess.
    pub(super) fn with_pin(&self, pin: &str, key: &DatabaseKey, cost: PinCost, random: &dyn Random) -> Stored<Self> {
        let salt: [u8; 16] = bytes(random);
        let hash = FIRST.hash(pin.as_bytes(), &salt)?;
        let mut slot = Self {
            salt: hex::encode(salt),
            instead_of: Some(self.grant_salt().to_owned()),
            failures: 0,
            ..self.clone()
        };
        slot.seal(&hash[..], key, cost, random)?;
        Ok(slot)
    }

    /// Opens the slot with a PIN; `None` when it is another one.
    pub(super) fn open(&self, pin: &str) -> Stored<Option<DatabaseKey>> {
        let hex = |text: &str| hex::decode(text).map_err(|_| StoreError::Damaged("key slot"));
        let mut hash = FIRST.hash(pin.as_bytes(), &hex(&self.salt)?)?;
        if let Some(second) = &self.second {
            hash = second.cost.hash(&hash[..], &hex(&second.salt)?)?;
        }
        Ok(unseal(&hash, &self.number, &self.sealed))
    }

    /// Whether this is the slot for what a grant says of this person, and no cheaper to open than `cost`.
    pub(super) fn serves(&self, staff: &Staff, cost: PinCost) -> bool {
        let dear = self.second.as_ref().is_some_and(|second| second.cost.covers(cost));
        // A PIN that was changed here cannot be sealed anew without its person, and was sealed at this cost.
        self.has_pin(staff) && (dear || self.instead_of.is_some())
    }

    /// Whether the district has given no other PIN than this one, or than the one that this one took the place of.
    pub(super) fn has_pin(&self, staff: &Staff) -> bool {
        self.grant_salt() == hex::encode(&staff.pin_salt)
    }

    /// Whether nobody has sealed it anew in between.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.sealed == other.sealed
    }

    /// Whether the district has given no other PIN in between.
    pub(super) fn has_pin_of(&self, other: &Self) -> bool {
        self.grant_salt() == other.grant_salt()
    }

    /// Salt of the PIN that the district gave.
    fn grant_salt(&self) -> &str {
        self.instead_of.as_deref().unwrap_or(&self.salt)
    }

    fn seal(&mut self, pin_hash: &[u8], key: &DatabaseKey, cost: PinCost, random: &dyn Random) -> Stored<()> {
        let salt: [u8; 16] = bytes(random);
        let hash = cost.hash(pin_hash, &salt)?;
        let nonce: [u8; 24] = bytes(random);
        let payload = Payload {
            msg: &key[..],
            aad: self.number.as_bytes(),
        };
        let sealed = cipher(&hash, &nonce).and_then(|c| c.encrypt(XNonce::from_slice(&nonce), payload).ok());
        let sealed = sealed.ok_or(StoreError::Damaged("key slot"))?;
        self.second = Some(Second {
            salt: hex::encode(salt),
            cost,
        });
        self.sealed = hex::encode([&nonce[..], &sealed].concat());
        Ok(())
    }
}

/// Takes as long as a wrong PIN: so that nobody learns from the time who works here.
pub(super) fn open_nothing(pin: &str, cost: PinCost) {
    let _ = FIRST
        .hash(pin.as_bytes(), &[0; 16])
        .and_then(|hash| cost.hash(&hash[..], &[0; 16]));
}

fn cipher(hash: &Hash, nonce: &[u8]) -> Option<XChaCha20Poly1305> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(nonce), &hash[..])
        .expand(b"doorstep database key", &mut key[..])
        .ok()?;
    Some(XChaCha20Poly1305::new((&*key).into()))
}

fn unseal(hash: &Hash, number: &str, sealed: &str) -> Option<DatabaseKey> {
    let bytes = hex::decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(24)?;
    let payload = Payload {
        msg: sealed,
        aad: number.as_bytes(),
    };
    let plain = cipher(hash, nonce)?.decrypt(XNonce::from_slice(nonce), payload).ok()?;
    let plain = Zeroizing::new(plain);
    Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_slot_that_asks_for_a_day_of_work_was_not_written_by_us() {
        for (memory, passes) in [(MOST_MEMORY, 1000), (MOST_MEMORY + 1, 1), (8, u32::MAX), (0, 0)] {
            let asked = PinCost { memory, passes };
            assert!(matches!(asked.hash(b"123456", &[7; 16]), Err(StoreError::Damaged(_))));
        }
        assert!(PinCost::FULL.work() * 8 < MOST_WORK, "room for dearer ones");
    }
}
