//! Who saw what. What is read at the console goes into the center's own access log, which is kept as the devices keep theirs:
//! a chain of entries in signed items. Here all of them are checked, and a resident is told who saw their record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use doorstep_records::Purpose;
use doorstep_sync::looks::{Head, follow};
use doorstep_sync::payload::{Look, Looks, MOST_LOOKS, Receipt};
use doorstep_sync::{DeviceId, DocumentId, FileHash, ItemId, Kind, Millis, Scope};
use minicbor::bytes::ByteVec;

use crate::center::Center;
use crate::desk::station_name;
use crate::error::ApiError;
use crate::routes::{AccessFault, AccessLog, AccessView, SeenBy};
use crate::store::{self, Connection, StoreError};

/// Who sees the same record for the same reason once more within this time is not written down again.
const SAME: Millis = 10 * 60_000;
/// Records that one entry names: of a search that found more, only how many is written down.
const NAMED: usize = 20;
/// A device cannot write without being unlocked, which its log tells: one that wrote so long after its last entry has
/// stopped keeping it.
const SILENT: Millis = 24 * 3_600_000;
/// The division of a center that belongs to no district yet.
const NOWHERE: &str = "000000000000";
/// The fact where the center's own log ends.
const END: &str = "looks_end";
/// Set before what is signed of that end.
const SIGNED_AS: &[u8] = b"doorstep access log 1\n";

/// Who saw what for which reason, and when that was written down last.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<Seeing, Millis>>);

/// Who saw what for which reason.
type Seeing = (String, Purpose, Option<DocumentId>);

impl Seen {
    /// Which of these are to be written down now; `None` when nothing is.
    fn not_yet(&self, staff: &str, purpose: Purpose, documents: &[DocumentId], now: Millis) -> Option<Vec<DocumentId>> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back must not keep the log silent.
        seen.retain(|_, at| *at <= now && now - *at < SAME);
        let named = if documents.len() <= NAMED { documents } else { &[] };
        let mut is_new = |document| seen.insert((staff.to_owned(), purpose, document), now).is_none();
        if named.is_empty() {
            return is_new(None).then(Vec::new);
        }
        let new: Vec<DocumentId> = named.iter().filter(|id| is_new(Some(**id))).copied().collect();
        (!new.is_empty()).then_some(new)
    }

    /// It could not be written down: the next look is tried anew.
    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Center {
    /// Somebody saw these records at the console, or took them out; `staff` is empty for a command on this machine. When it
    /// returns it is on the disk.
    pub fn look(&self, staff: &str, purpose: Purpose, documents: &[DocumentId]) -> Result<(), ApiError> {
        let now = self.clock.now();
        let Some(named) = self.seen.not_yet(staff, purpose, documents, now) else {
            return Ok(());
        };
        let count = if named.is_empty() { documents.len() } else { named.len() };
        let look = Look {
            time: now,
            staff: staff.to_owned(),
            purpose: purpose.number(),
            documents: named,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        };
        let written = self.store.write(|sql| self.write_looks(sql, vec![look]));
        if written.is_err() {
            self.seen.forget();
        }
        Ok(written?)
    }

    fn write_looks(&self, sql: &Connection, entries: Vec<Look>) -> Result<(), StoreError> {
        let before = signed_end(sql)?.map_or_else(Head::default, |(end, ..)| end);
        let after = entries.iter().fold(before, |end, look| end.then(look));
        let looks = Looks {
            first: before.number + 1,
            before: before.hash,
            entries,
        };
        let (scope, now) = (self.console_scope(sql)?, self.clock.now());
        self.write_item(sql, Kind::Look, scope, None, "", looks.to_bytes(), now, &[])?;
        store::looks::note(sql, &self.key.verifying_key().device(), &looks)?;
        store::meta::set(sql, END, &self.sign_end(&after))
    }

    /// What the console wrote down before it kept a log that can be checked goes into it, once.
    pub(crate) fn adopt_looks(&self) -> Result<(), StoreError> {
        self.store.write(|sql| {
            let known = store::looks::take_unchained(sql)?;
            let looks: Vec<Look> = known
                .into_iter()
                .map(|(staff, document, time)| Look {
                    time,
                    staff,
                    purpose: Purpose::Opened.number(),
                    documents: vec![document],
                    count: 1,
                })
                .collect();
            looks
                .chunks(MOST_LOOKS)
                .try_for_each(|run| self.write_looks(sql, run.to_vec()))
        })
    }

    /// Somebody saw a file at the console: the records that name it are written down.
    pub(crate) fn look_at_file(&self, staff: &str, hash: &FileHash) -> Result<(), ApiError> {
        let cases = self.store.read(|sql| store::cases::naming(sql, hash))?;
        self.look(staff, Purpose::Scan, &cases)
    }

    /// Where the console's log lies: no device may read there.
    fn console_scope(&self, sql: &Connection) -> Result<Scope, StoreError> {
        let division = store::meta::text(sql, "district_division")?;
        let division = if division.is_empty() { NOWHERE } else { &division };
        Scope::new(division, "1").map_err(|_| StoreError::Damaged("a division"))
    }

    fn sign_end(&self, end: &Head) -> Vec<u8> {
        let signature = ByteVec::from(self.key.sign(&signed_as(end)));
        minicbor::to_vec((end, self.key.verifying_key().device(), signature)).unwrap_or_default()
    }

    /// Who saw a record, the newest first: for the resident, who may ask.
    pub fn seen_by(&self, id: &DocumentId) -> Result<Vec<SeenBy>, ApiError> {
        let grants = self.grants();
        self.store.read(|sql| {
            let mut seen = Vec::new();
            for look in store::looks::of(sql, id)? {
                let at_console = grants.is_center(&look.device);
                let device = store::devices::get(sql, &look.device)?;
                let name = match at_console {
                    true => store::accounts::get(sql, &look.staff)?.map(|(account, _)| account.name),
                    false => store::stations::staff_name(sql, &look.staff)?,
                };
                let station = device.as_ref().map(|device| station_name(sql, &device.station));
                seen.push(SeenBy {
                    time: look.time,
                    staff_name: name.unwrap_or_else(|| look.staff.clone()),
                    staff: look.staff,
                    device: device.map(|device| device.label).unwrap_or_default(),
                    station: station.transpose()?,
                    purpose: Purpose::from(look.purpose),
                });
            }
            Ok(seen)
        })
    }

    /// Checks every access log anew: each signature, each chain, and whether what was acknowledged is here.
    pub fn check_access(&self) -> Result<AccessView, ApiError> {
        let (own, grants) = (self.key.verifying_key().device(), self.grants());
        self.store.read(|sql| {
            let mut runs: BTreeMap<DeviceId, Vec<(ItemId, Looks)>> = BTreeMap::new();
            let mut faults: BTreeMap<DeviceId, Vec<AccessFault>> = BTreeMap::new();
            store::looks::each(sql, |row, item| {
                // The console keeps one log, whichever key the center had.
                let device = if grants.is_center(&row) { own } else { row };
                let mut find = |code: &str, about: String| {
                    faults.entry(device).or_default().push(AccessFault::of(code, about));
                };
                let Some(item) = item else {
                    return find("malformed", String::new());
                };
                match grants.verify(&item) {
                    Err(code) => find(code.as_str(), item.id().to_string()),
                    Ok(envelope) if envelope.device != row => find("altered_row", item.id().to_string()),
                    Ok(envelope) => {
                        let looks = Looks::from_bytes(&envelope.payload).ok();
                        let run = looks.map(|looks| (item.id(), looks));
                        runs.entry(device).or_default().extend(run);
                    }
                }
            })?;
            let changed: HashMap<DeviceId, Millis> = store::looks::last_changes(sql)?.into_iter().collect();
            let mut devices = store::devices::all(sql)?;
            devices.sort_by(|a, b| (&a.station, &a.code).cmp(&(&b.station, &b.code)));
            let mut ids: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
            ids.insert(0, own);
            ids.extend(
                runs.keys()
                    .chain(faults.keys())
                    .filter(|id| !ids.contains(id))
                    .copied()
                    .collect::<BTreeSet<_>>(),
            );
            let mut logs = Vec::new();
            for id in ids {
                let device = devices.iter().find(|device| device.id == id);
                let log = follow(runs.remove(&id).unwrap_or_default());
                let mut found = faults.remove(&id).unwrap_or_default();
                found.extend(
                    log.gaps
                        .iter()
                        .map(|gap| AccessFault::of("gap", gap.before.to_string())),
                );
                let last = log.last.unwrap_or_default();
                if id == own {
                    found.extend(self.check_end(sql, &log.ends)?);
                } else if changed.get(&id).is_some_and(|at| *at > last.saturating_add(SILENT)) {
                    found.push(AccessFault::of("stopped", String::new()));
                }
                logs.push(AccessLog {
                    device: device.map(|device| device.label.clone()).unwrap_or_default(),
                    id: id.to_string(),
                    center: id == own,
                    station: device.map(|device| station_name(sql, &device.station)).transpose()?,
                    entries: log.entries,
                    branches: u32::try_from(log.ends.len()).unwrap_or(u32::MAX),
                    forks: log.forks.iter().map(|fork| fork.after).collect(),
                    last: log.last,
                    end: log.ends.iter().map(|end| hex::encode(end.hash)).collect(),
                    faults: found,
                });
            }
            Ok(AccessView {
                checked: self.clock.now(),
                gone: gone(sql)?,
                logs,
            })
        })
    }

    /// Whether the console's log ends where it was signed to end: what was cut off there is noticed.
    fn check_end(&self, sql: &Connection, ends: &[Head]) -> Result<Option<AccessFault>, StoreError> {
        let holds = match signed_end(sql)? {
            None => ends.is_empty(),
            Some((end, by, signature)) => {
                let grants = self.grants();
                let key = grants.key(&by).filter(|_| grants.is_center(&by));
                key.is_some_and(|key| key.verify(&signed_as(&end), &signature)) && ends == [end]
            }
        };
        Ok((!holds).then(|| AccessFault::of("end", String::new())))
    }
}

fn signed_as(end: &Head) -> Vec<u8> {
    [SIGNED_AS, &end.number.to_be_bytes(), &end.hash].concat()
}

/// Where the console's log ends, which key of the center says so, and the signature over that.
fn signed_end(sql: &Connection) -> Result<Option<(Head, DeviceId, Vec<u8>)>, StoreError> {
    let Some(bytes) = store::meta::get(sql, END)? else {
        return Ok(None);
    };
    let (end, by, signature): (Head, DeviceId, ByteVec) =
        minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("the end of the access log"))?;
    Ok(Some((end, by, signature.into())))
}

/// Items of access logs, by their ids, for which the center gave a receipt and which it does not have: only they are given
/// receipts in the scopes where the grants of a station lie.
fn gone(sql: &Connection) -> Result<Vec<String>, StoreError> {
    let mut gone = Vec::new();
    for station in store::stations::all(sql)? {
        let Ok(scope) = Scope::new(&station.division, "0") else {
            continue;
        };
        for item in store::custody::receipts(sql, &scope)? {
            let envelope = item.open().ok();
            let receipt = envelope.and_then(|envelope| Receipt::from_bytes(&envelope.payload).ok());
            for id in receipt.unwrap_or_default().accepted {
                if !store::items::has(sql, &id)? {
                    gone.push(id.to_string());
                }
            }
        }
    }
    Ok(gone)
}
