//! This device was revoked: what the center says of it, and what it has to do before it wipes itself.

use doorstep_sync::Item;

use super::{Ledger, Stored};
use crate::{Failure, FailureCode};

impl Ledger {
    /// Takes a revocation that came with an answer. One that the center's key did not sign, or of another device, says
    /// nothing to this one.
    pub(crate) fn hear(&mut self, item: &Item) {
        if let Err(code) = self.grants.take(item) {
            tracing::warn!(
                code = code.as_str(),
                "a revocation that the center did not sign wipes nothing"
            );
        }
    }

    /// Whether this device was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        self.grants.revoked_at(&self.device).is_some()
    }

    /// Whether this device was revoked and has nothing that it may still hand over.
    pub(crate) fn must_wipe(&self) -> Stored<bool> {
        let hands_over = self.grants.hands_over(&self.device);
        Ok(self.is_revoked() && !(hands_over && (self.has_waiting()? || self.count_carried()? > 0)))
    }

    /// What is typed after the revocation would be taken by nobody.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        match self.is_revoked() {
            true => Err(Failure::new(FailureCode::Revoked, "the device was revoked")),
            false => Ok(()),
        }
    }
}
