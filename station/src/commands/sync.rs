//! The exchange with the district, and how far each piece has got.

use doorstep_sync::Millis;

use crate::contract::{Nothing, Storage, SupportReport, SyncMode, SyncModeRequest, SyncReport, SyncStatus};
use crate::ledger::Around;
use crate::station::Desk;
use crate::world::day_in_china;
use crate::{Failure, Station, store};

pub(crate) async fn sync_now(station: &Station, _: Nothing) -> Result<SyncReport, Failure> {
    station.sync_now().await
}

pub(crate) async fn sync_status(station: &Station, _: Nothing) -> Result<SyncStatus, Failure> {
    let (inner, language) = (station.inner.clone(), station.language());
    station
        .work(move |desk| {
            let seen = inner.link.progress.seen(inner.config.clock.now());
            let (link, last_error) = inner.link.state();
            let ledger = &mut desk.ledger;
            let mode = ledger.sync_mode()?;
            let held_back = mode == SyncMode::Paused || mode == SyncMode::Saver && !seen.pressed;
            let total = ledger.uploads_total()?;
            let files = ledger.files_on_way(&seen.done, seen.current, held_back, language)?;
            let bytes_sent = files.iter().map(|file| file.sent).sum();
            let left = total.bytes.saturating_sub(bytes_sent);
            let rate = seen.rate.filter(|_| !held_back);
            Ok(SyncStatus {
                link,
                last_error,
                mode,
                pressed: seen.pressed,
                items_waiting: ledger.tally()?.waiting_items,
                files,
                files_waiting: total.files,
                bytes_waiting: total.bytes,
                bytes_sent,
                files_failed: total.failed,
                rate_bytes_per_second: rate,
                eta_seconds: rate.filter(|_| left > 0).map(|rate| left.div_ceil(rate.max(1))),
                contacts: ledger.contacts()?,
                mended: desk.ledger.last_mended()?,
                storage: storage(desk, &inner.config.data)?,
            })
        })
        .await
}

pub(crate) async fn sync_mode(station: &Station, request: SyncModeRequest) -> Result<SyncStatus, Failure> {
    station
        .work(move |desk| Ok(desk.ledger.set_sync_mode(request.mode)?))
        .await?;
    station.inner.link.wake();
    sync_status(station, Nothing {}).await
}

pub(crate) async fn sync_send_now(station: &Station, _: Nothing) -> Result<SyncStatus, Failure> {
    station.inner.link.progress.press();
    station.inner.link.wake();
    sync_status(station, Nothing {}).await
}

pub(crate) async fn sync_report(station: &Station, _: Nothing) -> Result<SupportReport, Failure> {
    let inner = station.inner.clone();
    station
        .work(move |desk| {
            let now: Millis = inner.config.clock.now();
            let (link, last_error) = inner.link.state();
            let around = Around {
                link,
                last_error,
                rate: inner.link.progress.last_rate(),
                storage: storage(desk, &inner.config.data)?,
            };
            Ok(SupportReport {
                name: format!("doorstep-{}.txt", day_in_china(now)),
                text: desk.ledger.support_report(&around)?,
            })
        })
        .await
}

fn storage(desk: &Desk, data: &std::path::Path) -> Result<Storage, Failure> {
    Ok(Storage {
        free: fs4::available_space(data).unwrap_or(0),
        used_by_scans: desk.ledger.held_bytes()?,
        used_by_database: store::size(data),
    })
}
