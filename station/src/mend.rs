//! A damaged database or file is mended: from what can still be read, from the items, and from the district.

use std::path::Path;

use doorstep_sync::Millis;

use crate::contract::Mended;
use crate::ledger::{Ledger, World};
use crate::station::{Inner, blocking, lock};
use crate::store::{StoreError, Stored, log, salvage};
use crate::{Failure, Station};

/// Opens a ledger; a damaged one is mended first. The log is looked through before: SQLite takes a bit that has turned in it
/// for its end.
pub(crate) fn open(data: &Path, open: impl Fn() -> Stored<Ledger>, key: &[u8; 32], world: &World) -> Stored<Ledger> {
    salvage::finish(data)?;
    let (log, now) = (log::mend(data, key)?, world.clock.now());
    if !log.is_whole() {
        return mend(data, open, key, now, false);
    }
    match open() {
        Err(error) if error.is_damage() => mend(data, open, key, now, true),
        Ok(mut ledger) if log.bits > 0 => {
            tracing::warn!(
                bits = log.bits,
                "bits had turned in the database's log and were turned back"
            );
            ledger.mended(&Mended {
                at: now,
                complete: true,
            })?;
            Ok(ledger)
        }
        opened => opened,
    }
}

/// Puts what can be read into a new database and opens that. Nobody may have the old one open. When its log was not `whole`,
/// nobody knows whether what can be read is all there was.
fn mend(data: &Path, open: impl Fn() -> Stored<Ledger>, key: &[u8; 32], now: Millis, whole: bool) -> Stored<Ledger> {
    tracing::error!("the database is damaged: what can be read goes into a new one");
    let lost = salvage::salvage(data, key, now)?;
    tracing::warn!(tables = ?lost, "the database was mended; these were not read to the end");
    let mut ledger = open()?;
    ledger.mended(&Mended {
        at: now,
        complete: whole && lost.is_empty(),
    })?;
    Ok(ledger)
}

impl Inner {
    fn mend(&self) -> Result<bool, Failure> {
        let mut desk = lock(&self.desk);
        let Some(open) = desk.take() else { return Ok(false) };
        let (key, station) = (open.ledger.database_key().clone(), open.ledger.station().clone());
        let (staff, left) = (open.staff, open.left);
        // Its connection must be closed before the file gets another name.
        drop(open.ledger);
        let again = || Ledger::open(&self.config.data, key.clone(), station.clone(), self.world());
        let ledger = if salvage::is_damaged(&self.config.data, &key)? {
            mend(&self.config.data, again, &key, self.config.clock.now(), true)
        } else {
            again()
        }?;
        *desk = Some(crate::station::Desk { ledger, staff, left });
        Ok(true)
    }
}

impl Station {
    /// Reads every page of the database. When one cannot be read, the database is mended at once, and whoever is at the
    /// device goes on. Whether it was.
    pub async fn mend(&self) -> Result<bool, Failure> {
        let key = self.work(|desk| Ok(desk.ledger.database_key().clone())).await?;
        let inner = self.inner.clone();
        blocking(move || match salvage::is_damaged(&inner.config.data, &key)? {
            true => inner.mend(),
            false => Ok(false),
        })
        .await
    }
}

impl StoreError {
    /// Whether pages cannot be read. The key is right by then: it came out of a slot that proves it.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Unreadable | Self::Damaged(_) => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::SystemIoFailure)
            ),
            _ => false,
        }
    }
}
