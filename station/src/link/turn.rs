//! One exchange with the center, from beginning to end.

use std::sync::Arc;
use std::time::Duration;

use doorstep_sync::Millis;
use doorstep_sync::client::{Network, drive};
use doorstep_sync::protocol::{NetworkError, Outcome, Run, Trouble};
use doorstep_sync::replica::ReplicaError;
use http::{Request, Response};

use super::network::Center;
use super::peer::Peer;
use crate::contract::{Contact, Link, SyncReport};
use crate::station::{Station, lock};
use crate::{Failure, FailureCode};

/// How an exchange ended.
pub(crate) enum Turn {
    /// Nobody has unlocked the device, so nothing can be read.
    Locked,
    /// All is level.
    Done(Outcome),
    /// It broke off: a code as in [`crate::contract::Strip::last_error`], what was done, and how long the center asks
    /// to be left alone.
    Failed((&'static str, Outcome), Option<Duration>),
}

struct At {
    network: Arc<dyn Center>,
    base: String,
}

impl Network for At {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NetworkError> {
        self.network.send(&self.base, request).await
    }
}

impl Station {
    /// Exchanges until both ends are level or the way breaks off. Whoever a grant named meanwhile has a way in after it.
    pub(crate) async fn exchange(&self) -> Turn {
        let turn = self.exchange_once().await;
        if let Err(failure) = self.renew_keyring().await {
            tracing::error!(%failure, "not everyone who works here could be given a way in");
        }
        turn
    }

    async fn exchange_once(&self) -> Turn {
        let link = &self.inner.link;
        let _turn = link.turn.lock().await;
        let Ok((signer, base)) = self
            .work(|desk| {
                desk.ledger.gather_looks(false)?;
                Ok((desk.ledger.signer(), desk.ledger.center().to_owned()))
            })
            .await
        else {
            return Turn::Locked;
        };
        link.set(Link::Syncing, None);
        let (network, inner) = (self.inner.config.network.clone(), self.inner.clone());
        let runtime = tokio::runtime::Handle::current();
        // The store waits for the disk, so the whole run goes where that is allowed.
        let driven = tokio::task::spawn_blocking(move || {
            let (at, clock) = (At { network, base }, inner.config.clock.clone());
            let run = Run::new(signer).knowing(lock(&inner.link.known).clone());
            runtime.block_on(drive(&at, run, &mut Peer(inner), &*clock))
        });
        let driven = driven
            .await
            .unwrap_or_else(|_| Err(ReplicaError("stopped in the middle of an exchange".into())));
        let said = driven.as_ref().ok().and_then(|outcome| outcome.revocation.clone());
        let turn = self.judge(driven).await;
        match self.obey(said).await {
            Ok(true) => {
                link.set(Link::Unknown, None);
                return Turn::Locked;
            }
            Ok(false) => {}
            Err(failure) => tracing::error!(%failure, "this device was revoked and could not wipe itself"),
        }
        if matches!(turn, Turn::Done(_)) && self.inner.config.vicinity.is_some() {
            self.forward_parcels().await;
        }
        match &turn {
            Turn::Locked => link.set(Link::Unknown, None),
            Turn::Done(_) => link.set(Link::Online, None),
            Turn::Failed((code, outcome), _) if outcome.contact && *code != "offline" => {
                link.set(Link::Online, Some(code))
            }
            Turn::Failed((code @ ("refused" | "busy"), _), _) => link.set(Link::Online, Some(code)),
            Turn::Failed((code, _), _) => link.set(Link::Offline, Some(code)),
        }
        turn
    }

    async fn judge(&self, driven: Result<Outcome, ReplicaError>) -> Turn {
        let outcome = match driven {
            Ok(outcome) => outcome,
            Err(error) if error.0 == "locked" => return Turn::Locked,
            Err(error) => {
                tracing::error!(%error, "an exchange stopped at the store");
                return Turn::Failed(("store", Outcome::default()), None);
            }
        };
        lock(&self.inner.link.known).clone_from(&outcome.known);
        for (file, code) in &outcome.failed {
            tracing::warn!(?file, code, "a file could not be moved; it is tried again");
        }
        if outcome
            .fingerprints_equal
            .iter()
            .any(|(_, equal)| *equal == Some(false))
        {
            tracing::warn!("the center and this device hold different items");
        }
        let (contact, offset) = (outcome.contact, outcome.clock_offset);
        let entry = entry(&outcome, self.inner.config.clock.now());
        let noted = self.work(move |desk| {
            if contact {
                desk.ledger.contacted(offset)?;
            }
            desk.ledger.note_contact(&entry)?;
            Ok(desk.ledger.uploads_total()?.files == 0)
        });
        match noted.await {
            Ok(level) => self.inner.link.progress.ended(level),
            Err(failure) => tracing::warn!(%failure, "the contact could not be noted"),
        }
        if let Err(failure) = self.tidy().await {
            tracing::warn!(%failure, "the store could not be tidied");
        }
        let after = match &outcome.trouble {
            Some(Trouble::Busy(after)) => *after,
            _ => None,
        };
        let code = match code(&outcome) {
            DONE => return Turn::Done(outcome),
            code => code,
        };
        tracing::info!(code, trouble = ?outcome.trouble, "an exchange broke off");
        Turn::Failed((code, outcome), after)
    }

    /// Exchanges now and tells what was done.
    pub(crate) async fn sync_now(&self) -> Result<SyncReport, Failure> {
        let (result, outcome) = match self.exchange().await {
            Turn::Locked => return Err(Failure::new(FailureCode::LockedDevice, "locked")),
            Turn::Done(outcome) => (DONE, outcome),
            Turn::Failed(failed, _) => failed,
        };
        let entry = entry(&outcome, self.inner.config.clock.now());
        Ok(SyncReport {
            result: result.to_owned(),
            sent_items: entry.sent_items,
            received_items: entry.received_items,
            sent_files: entry.sent_files,
            received_files: entry.received_files,
        })
    }
}

/// The result of an exchange after which all is level.
const DONE: &str = "done";

/// How an exchange ended, as [`crate::contract::Strip::last_error`] has it.
fn code(outcome: &Outcome) -> &'static str {
    match &outcome.trouble {
        None => DONE,
        Some(Trouble::Offline) => "offline",
        Some(Trouble::Refused(_)) => "refused",
        Some(Trouble::Busy(_)) => "busy",
        Some(Trouble::Protocol(_)) => "protocol",
    }
}

/// An exchange that ended at `time`, for the list of contacts.
fn entry(outcome: &Outcome, time: Millis) -> Contact {
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Contact {
        time,
        result: code(outcome).to_owned(),
        sent_items: count(outcome.sent_items),
        received_items: count(outcome.received_items),
        sent_files: count(outcome.sent_files),
        received_files: count(outcome.received_files),
        bytes_up: outcome.bytes_up,
        bytes_down: outcome.bytes_down,
    }
}
