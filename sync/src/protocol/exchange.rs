//! `POST /sync` until nothing is left either way.

use std::collections::HashSet;

use http::{Method, Request, Response, StatusCode, Uri};

use super::repair::{Known, Said};
use super::{Asked as Any, Planned, Run, Trouble, outcome};
use crate::fingerprint::{Fingerprint, Print};
use crate::id::{FileHash, ItemId};
use crate::item::{Item, MAX_ENVELOPE};
use crate::replica::{Replica, ReplicaError};
use crate::scope::Scope;
use crate::wire::{Cursor, FIRST, SyncRequest, SyncResponse, WireError};
use crate::world::Millis;

/// While files move, items are exchanged at least this often, so that receipts and decisions do not wait for a long
/// upload.
const AT_LEAST_EVERY: Millis = 30_000;
/// Offsets asked for in one exchange; further files are asked about one by one.
const MOST_OFFSETS: usize = 64;

/// What an exchange asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    items: Vec<ItemId>,
    /// Of their envelopes.
    bytes: u64,
    cursor: Cursor,
    fingerprints: Vec<(Scope, Fingerprint)>,
    offsets: Vec<FileHash>,
}

#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// When the last answer came.
    last: Option<Millis>,
    /// The center has more items for us.
    pub(super) more: bool,
    /// The center's epoch changed in this run.
    restored: bool,
    /// Items that went up in this run: they are not sent twice, their receipts are on the way.
    pub(super) sent: HashSet<ItemId>,
    /// A file was finished since the last exchange: its receipt waits to be fetched.
    pub(super) receipt_waits: bool,
}

impl Run {
    /// An exchange, when one comes before everything else.
    pub(super) fn plan_exchange(
        &mut self,
        replica: &dyn Replica,
        now: Millis,
    ) -> Result<Option<Planned>, ReplicaError> {
        let fresh = self.fresh(replica)?;
        let overdue = self
            .exchange
            .last
            .is_none_or(|last| now.saturating_sub(last) >= AT_LEAST_EVERY);
        let files_move = self.exchange.receipt_waits;
        let begins = self.exchange.last.is_none();
        if begins || self.exchange.more || self.repair.goes_on() || !fresh.is_empty() || (overdue && files_move) {
            return Ok(Some(self.exchange(replica, fresh)?));
        }
        Ok(None)
    }

    /// The exchange at the end, when something was finished since the last one.
    pub(super) fn plan_last_exchange(&mut self, replica: &dyn Replica) -> Result<Option<Planned>, ReplicaError> {
        if self.exchange.receipt_waits {
            return Ok(Some(self.exchange(replica, Vec::new())?));
        }
        Ok(None)
    }

    /// A batch of waiting items that have not gone up. Those that have, in this run or an earlier one, may still wait for
    /// their receipt (the center keeps one aside until the items it rests on have come), and must not hold up what lies
    /// behind them.
    pub(super) fn fresh(&mut self, replica: &dyn Replica) -> Result<Vec<Item>, ReplicaError> {
        let most = usize::try_from(self.batch.size()).unwrap_or(usize::MAX);
        let (mut room, mut seen) = (most, 0);
        loop {
            let waiting = replica.outgoing(room)?;
            let all = waiting.len();
            // So much room that any further item would come too.
            room = waiting.iter().map(|item| item.envelope.len()).sum::<usize>() + MAX_ENVELOPE;
            let mut batch = Vec::new();
            let mut unanswered = HashSet::new();
            let mut bytes = 0;
            for item in waiting {
                let id = item.id();
                if self.exchange.sent.contains(&id) || self.repair.knows_unanswered(&item, &id) {
                    unanswered.insert(id);
                    continue;
                }
                bytes += item.envelope.len();
                if bytes > most && !batch.is_empty() {
                    break;
                }
                batch.push(item);
            }
            if !batch.is_empty() || all == seen {
                self.outcome.unanswered = if batch.is_empty() { all as u64 } else { 0 };
                self.outcome.known.unanswered = unanswered;
                return Ok(batch);
            }
            seen = all;
        }
    }

    fn exchange(&mut self, replica: &dyn Replica, mut items: Vec<Item>) -> Result<Planned, ReplicaError> {
        self.bring_lacking(replica, &mut items)?;
        let asked = Asked {
            items: items.iter().map(Item::id).collect(),
            bytes: items.iter().map(|item| item.envelope.len() as u64).sum(),
            cursor: replica.cursor()?,
            fingerprints: self.worth_comparing(replica.fingerprints()?),
            offsets: self.files_to_ask_about(replica, MOST_OFFSETS)?,
        };
        let prints = asked.fingerprints.iter();
        let message = SyncRequest {
            version: self.version,
            cursor: asked.cursor,
            fingerprints: prints.map(|(scope, own)| (scope.clone(), Print::Whole(*own))).collect(),
            items,
            offsets: asked.offsets.clone(),
            repair: self.repair.says(),
        };
        let mut request = Request::new(message.to_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/sync");
        self.exchange.receipt_waits = false;
        Ok(Planned {
            asked: Any::Exchange(asked),
            request,
        })
    }

    /// Whether this answer comes from a center that knows version 1 alone: the run goes on in that version. Only the
    /// first answer can tell it, so nothing has been sent yet that would be sent twice.
    pub(super) fn must_speak_older(&mut self, response: &Response<Vec<u8>>) -> bool {
        let code = outcome::code(response);
        let unknown = match response.status() {
            // It looks for the signature in other headers.
            StatusCode::UNAUTHORIZED => code == "unsigned",
            StatusCode::BAD_REQUEST => code == "version" || code == "malformed",
            _ => false,
        };
        if !unknown || self.version == FIRST || self.exchange.last.is_some() {
            return false;
        }
        self.version = FIRST;
        self.signer.speak_older();
        true
    }

    pub(super) fn exchanged(
        &mut self,
        replica: &mut dyn Replica,
        asked: Asked,
        response: &Response<Vec<u8>>,
        now: Millis,
    ) -> Result<(), ReplicaError> {
        let answer = match read(response, &asked.items, self.version) {
            Ok(answer) => answer,
            Err(code) => {
                self.stop(Trouble::Protocol(code.to_owned()));
                return Ok(());
            }
        };
        let restored = asked.cursor.epoch != 0 && answer.cursor.epoch != asked.cursor.epoch;
        if (answer.more && answer.cursor == asked.cursor) || (restored && self.exchange.restored) {
            self.stop(Trouble::Protocol("no_progress".to_owned()));
            return Ok(());
        }
        self.signer.learn(answer.now, now);
        self.batch.learn(asked.bytes, now.saturating_sub(self.sent_at));
        self.outcome.contact = true;
        self.outcome.sent_items += asked.items.len() as u64;
        self.outcome.received_items += answer.items.len() as u64;
        self.uploads.told(&asked.offsets, &answer.offsets);
        let unasked = answer
            .offsets
            .iter()
            .filter(|offset| !asked.offsets.contains(&offset.hash));
        // What this run has finished is not brought again in it: whatever is amiss there, the next run finds it as well.
        let lost: Vec<FileHash> = unasked
            .filter(|offset| !offset.verified && (restored || !self.uploads.is_done(&offset.hash)))
            .map(|offset| offset.hash)
            .collect();
        self.uploads.told(&lost, &[]);
        let brought = !asked.items.is_empty();
        self.exchange.sent.extend(asked.items);
        self.exchange.more = answer.more;
        self.exchange.last = Some(now);
        if restored {
            // From a backup: nothing that it once said of this device's items and files is sure.
            self.exchange.restored = true;
            self.exchange.sent.clear();
            self.uploads.forget();
            self.repair.forget();
            self.outcome.known = Known::default();
        }
        let named: HashSet<&Scope> = asked.fingerprints.iter().map(|(scope, _)| scope).collect();
        let told = answer.fingerprints.iter().map(|(scope, _)| scope);
        let strange: Vec<Scope> = told.filter(|scope| !named.contains(scope)).cloned().collect();
        if !strange.is_empty() {
            replica.compare_too(&strange)?;
        }
        replica.receive(answer.items, answer.cursor, answer.now)?;
        replica.lost(&lost)?;
        let said = Said {
            ours: asked.fingerprints.into_iter().collect(),
            theirs: answer.fingerprints.into_iter().collect(),
            messages: answer.repair,
            brought,
        };
        self.compare(replica, &said)
    }
}

fn read(response: &Response<Vec<u8>>, brought: &[ItemId], version: u8) -> Result<SyncResponse, &'static str> {
    let answer = SyncResponse::from_bytes(response.body(), brought).map_err(WireError::code)?;
    if answer.version == version {
        Ok(answer)
    } else {
        Err("version")
    }
}
