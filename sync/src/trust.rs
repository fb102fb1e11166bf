//! Who may write what: a table made of the center's grants and revocations, the same at both ends.

use std::collections::HashMap;

use crate::envelope::{Envelope, Kind};
use crate::id::DeviceId;
use crate::item::{Item, ItemError};
use crate::key::VerifyingKey;
use crate::payload::{Catalogue, Change, FileName, Grant, Receipt, Revoke, Succession};
use crate::scope::Scope;
use crate::world::Millis;

/// Why an item is not taken. The names go over the wire in receipts and are shown in words by the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Code {
    /// Not an item in its one form, or its payload is not what its kind says.
    #[error("not a well-formed item")]
    Malformed,
    /// Larger than a peer takes.
    #[error("the item is too large")]
    TooLarge,
    /// Written by a newer program.
    #[error("written by a newer version")]
    Version,
    /// The center has granted this device nothing.
    #[error("the device is not known")]
    UnknownDevice,
    /// Altered, or signed by another.
    #[error("the signature is not the author's")]
    Signature,
    /// No grant of this kind of document in this scope at this time.
    #[error("the device was not granted this kind of document here at this time")]
    NotGranted,
    /// The device was revoked.
    #[error("the device was revoked")]
    Revoked,
    /// Only the center writes items of this kind.
    #[error("only the center writes this")]
    CenterOnly,
    /// Dated more than [`crate::serve::FUTURE`] ahead.
    #[error("dated in the future")]
    Future,
    /// Signed by a key of the center that another had followed by then.
    #[error("signed by a key that the center had given up by then")]
    FormerKey,
}

impl Code {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Version => "version",
            Self::UnknownDevice => "unknown_device",
            Self::Signature => "signature",
            Self::NotGranted => "not_granted",
            Self::Revoked => "revoked",
            Self::CenterOnly => "center_only",
            Self::Future => "future",
            Self::FormerKey => "former_key",
        }
    }
}

impl From<ItemError> for Code {
    fn from(error: ItemError) -> Self {
        match error {
            ItemError::Malformed => Self::Malformed,
            ItemError::TooLarge => Self::TooLarge,
            ItemError::Version(_) => Self::Version,
            ItemError::Signature => Self::Signature,
        }
    }
}

#[derive(Clone, Debug)]
struct Holder {
    key: VerifyingKey,
    grants: Vec<Grant>,
}

/// A key of the center, and until when it signed.
#[derive(Clone, Debug)]
struct Tenure {
    key: VerifyingKey,
    device: DeviceId,
    until: Option<Millis>,
}

impl Tenure {
    fn new(key: VerifyingKey, until: Option<Millis>) -> Self {
        let device = key.device();
        Self { key, device, until }
    }
}

/// Every device the center has vouched for. It is a set: the order in which items are taken makes no difference, and
/// taking one twice makes none either.
#[derive(Clone, Debug)]
pub struct Grants {
    /// The center's keys, each followed by the next; the last one signs now.
    center: Vec<Tenure>,
    holders: HashMap<DeviceId, Holder>,
    revoked: HashMap<DeviceId, Millis>,
}

impl Grants {
    /// Trusts the center and nobody else yet.
    pub fn new(center: VerifyingKey) -> Self {
        Self {
            center: vec![Tenure::new(center, None)],
            holders: HashMap::new(),
            revoked: HashMap::new(),
        }
    }

    /// The center's key: the one that signs now.
    pub fn center(&self) -> &VerifyingKey {
        // There is one from the beginning, and none is ever taken away.
        let last = self.center.len() - 1;
        &self.center[last].key
    }

    /// Takes a grant, a revocation or a succession signed by the center; `Ok(false)` for items of other kinds.
    pub fn take(&mut self, item: &Item) -> Result<bool, Code> {
        let envelope = item.open()?;
        match envelope.kind {
            Kind::Succession => return self.succeed(item, &envelope).map(|()| true),
            Kind::Grant | Kind::Revoke => {}
            _ => return Ok(false),
        }
        self.from_center(item)?;
        if envelope.kind == Kind::Grant {
            let grant = Grant::from_bytes(&envelope.payload)?;
            let key = VerifyingKey::from_bytes(&grant.public_key).ok_or(Code::Malformed)?;
            let holder = self.holders.entry(key.device()).or_insert_with(|| Holder {
                key,
                grants: Vec::new(),
            });
            if !holder.grants.contains(&grant) {
                holder.grants.push(grant);
            }
        } else {
            let revoke = Revoke::from_bytes(&envelope.payload)?;
            let at = self.revoked.entry(revoke.device).or_insert(revoke.at);
            *at = revoke.at.min(*at);
        }
        Ok(true)
    }

    /// The center's key is followed by another, or follows one that was not known here: a device that joined later learns
    /// who signed before. A key is followed once, so a stolen one that was followed can name nobody any more.
    fn succeed(&mut self, item: &Item, envelope: &Envelope) -> Result<(), Code> {
        let succession = Succession::from_bytes(&envelope.payload)?;
        let (before, after) = succession.keys().ok_or(Code::Signature)?;
        item.verify(&before)?;
        let follows = |pair: &[Tenure]| matches!(pair, [one, next] if one.key == before && next.key == after);
        if self.center.windows(2).any(follows) {
            return Ok(());
        }
        if before == after || self.is_center(&before.device()) && self.is_center(&after.device()) {
            return Err(Code::Malformed);
        }
        if *self.center() == before {
            if let Some(last) = self.center.last_mut() {
                last.until = Some(succession.at);
            }
            self.center.push(Tenure::new(after, None));
        } else if self.center.first().is_some_and(|first| first.key == after) {
            self.center.insert(0, Tenure::new(before, Some(succession.at)));
        } else {
            return Err(Code::UnknownDevice);
        }
        Ok(())
    }

    /// Checks that the center wrote an item, with the key that it had then.
    pub fn from_center(&self, item: &Item) -> Result<Envelope, Code> {
        let envelope = item.open()?;
        let tenure = self.tenure(&envelope.device).ok_or(Code::CenterOnly)?;
        item.verify(&tenure.key)?;
        match tenure.until {
            Some(until) if envelope.time > until => Err(Code::FormerKey),
            _ => Ok(envelope),
        }
    }

    fn tenure(&self, device: &DeviceId) -> Option<&Tenure> {
        self.center.iter().find(|tenure| tenure.device == *device)
    }

    /// The public key of a granted device, or of the center.
    pub fn key(&self, device: &DeviceId) -> Option<&VerifyingKey> {
        match self.tenure(device) {
            Some(tenure) => Some(&tenure.key),
            None => self.holders.get(device).map(|h| &h.key),
        }
    }

    /// Everything granted to `device`, revoked or not.
    pub fn of(&self, device: &DeviceId) -> &[Grant] {
        self.holders
            .get(device)
            .map(|h| h.grants.as_slice())
            .unwrap_or_default()
    }

    /// Every granted device, revoked or not, in no order.
    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, &[Grant])> {
        self.holders
            .iter()
            .map(|(device, holder)| (device, holder.grants.as_slice()))
    }

    /// When `device` was revoked, by the center's clock. Final for that key: a device that comes back enrols again.
    pub fn revoked_at(&self, device: &DeviceId) -> Option<Millis> {
        self.revoked.get(device).copied()
    }

    /// Whether `device` may read items of `scope` at `at`.
    pub fn may_read(&self, device: &DeviceId, scope: &Scope, at: Millis) -> bool {
        let revoked = self.revoked_at(device).is_some_and(|t| t <= at);
        !revoked
            && self
                .of(device)
                .iter()
                .any(|g| holds(g, at) && g.scopes.iter().any(|s| s.covers(scope)))
    }

    /// Whether `device` may write documents of `kind` in `scope` at `at`, the center's time of arrival.
    pub fn may_write(&self, device: &DeviceId, kind: &str, scope: &Scope, at: Millis) -> Result<(), Code> {
        if self.revoked_at(device).is_some_and(|t| t <= at) {
            return Err(Code::Revoked);
        }
        let granted = self.of(device).iter().any(|g| holds(g, at) && names(g, kind, scope));
        if granted { Ok(()) } else { Err(Code::NotGranted) }
    }

    /// Checks an item that comes from the center or another peer: well-formed, signed by the center, or by a device
    /// that the center ever granted this kind of document in this scope. When it was granted and when it was revoked
    /// is not asked: only the center knows when an item arrived, and it passes on only what it took.
    pub fn verify(&self, item: &Item) -> Result<Envelope, Code> {
        let envelope = self.authentic(item)?;
        if !self.is_center(&envelope.device) {
            let kind = device_may_sign(&envelope)?;
            if !self
                .of(&envelope.device)
                .iter()
                .any(|g| names(g, kind, &envelope.scope))
            {
                return Err(Code::NotGranted);
            }
        }
        Ok(envelope)
    }

    /// Checks form, author and signature, and nothing of what the author may do.
    pub(crate) fn authentic(&self, item: &Item) -> Result<Envelope, Code> {
        let envelope = item.open()?;
        if self.is_center(&envelope.device) {
            self.from_center(item)?;
        } else {
            let key = self.key(&envelope.device).ok_or(Code::UnknownDevice)?;
            item.verify(key)?;
        }
        if payload_reads(&envelope) {
            Ok(envelope)
        } else {
            Err(Code::Malformed)
        }
    }

    /// Whether `device` is the center, under the key that signs now or one before.
    pub fn is_center(&self, device: &DeviceId) -> bool {
        self.tenure(device).is_some()
    }
}

/// The kind of document that a device's item belongs to; an error when devices write no such items.
pub(crate) fn device_may_sign(envelope: &Envelope) -> Result<&str, Code> {
    match (envelope.kind, &envelope.document) {
        (Kind::Change | Kind::File, Some(document)) => Ok(&document.kind),
        (Kind::Change | Kind::File, None) => Err(Code::Malformed),
        _ => Err(Code::CenterOnly),
    }
}

fn holds(grant: &Grant, at: Millis) -> bool {
    grant.from <= at && at < grant.until
}

fn names(grant: &Grant, kind: &str, scope: &Scope) -> bool {
    grant.kinds.iter().any(|k| k == kind) && grant.scopes.iter().any(|s| s.covers(scope))
}

fn payload_reads(envelope: &Envelope) -> bool {
    let bytes = &envelope.payload;
    match envelope.kind {
        Kind::Change => Change::from_bytes(bytes).is_ok_and(|change| change.is_bounded()),
        Kind::File => FileName::from_bytes(bytes).is_ok_and(|file| file.is_bounded()),
        Kind::Grant => Grant::from_bytes(bytes).is_ok(),
        Kind::Revoke => Revoke::from_bytes(bytes).is_ok(),
        Kind::Succession => Succession::from_bytes(bytes).is_ok(),
        Kind::Receipt => Receipt::from_bytes(bytes).is_ok(),
        Kind::Catalogue => Catalogue::from_bytes(bytes).is_ok(),
        // No payload is defined yet.
        Kind::Forget => true,
    }
}
