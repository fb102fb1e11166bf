//! Enrolment, unlocking, the strip.

use crate::contract::*;
use crate::station::{Desk, blocking, lock as guard};
use crate::wipe::is_wiped;
use crate::{Failure, FailureCode, Station, keys, link};

/// Differences of the clock up to this many seconds are not worth a word.
const CLOCK_TOLERANCE: i64 = 120;

pub(crate) async fn strip(station: &Station, _: Nothing) -> Result<Strip, Failure> {
    // The day on which a stand-in ends comes without a command.
    station.admit(None).await?;
    let inner = station.inner.clone();
    blocking(move || {
        let view = guard(&inner.keyring).as_ref().map(|keyring| keyring.station().clone());
        let (way, last_error) = inner.link.state();
        let mut strip = Strip {
            enrolled: view.is_some(),
            wiped: is_wiped(&inner.config.data),
            leaving: false,
            staff: None,
            rights: Vec::new(),
            station: view,
            link: way,
            waiting_items: 0,
            waiting_files: 0,
            handed: None,
            carried_items: 0,
            waiting_bytes: 0,
            failed_files: 0,
            mode: SyncMode::default(),
            conflicts: 0,
            corrections: 0,
            refused: 0,
            last_contact: None,
            last_error,
            disk_free: fs4::available_space(&inner.config.data).unwrap_or(0),
            clock_off: None,
        };
        if let Some(desk) = guard(&inner.desk).as_ref().filter(|desk| desk.left.is_none()) {
            let tally = desk.ledger.tally()?;
            let seconds = tally.clock_offset / 1000;
            strip = Strip {
                staff: Some(desk.staff.clone()),
                leaving: desk.ledger.is_revoked(),
                rights: desk.staff.rights(),
                waiting_items: tally.waiting_items,
                waiting_files: tally.waiting_files,
                handed: tally.handed,
                carried_items: tally.carried_items,
                waiting_bytes: tally.waiting_bytes,
                failed_files: tally.failed_files,
                mode: tally.mode,
                conflicts: tally.conflicts,
                corrections: tally.corrections,
                refused: tally.refused,
                last_contact: tally.last_contact,
                clock_off: Some(-seconds).filter(|off| off.abs() > CLOCK_TOLERANCE),
                ..strip
            };
        }
        Ok(strip)
    })
    .await
}

pub(crate) async fn enrol(station: &Station, request: EnrolRequest) -> Result<StaffList, Failure> {
    link::enrol(station, request).await?;
    staff_list(station, Nothing {}).await
}

pub(crate) async fn staff_list(station: &Station, _: Nothing) -> Result<StaffList, Failure> {
    let steady = station.inner.config.clock.steady();
    let staff = guard(&station.inner.keyring)
        .as_ref()
        .map(|keyring| keyring.staff(steady));
    Ok(StaffList {
        staff: staff.unwrap_or_default(),
    })
}

pub(crate) async fn unlock(station: &Station, request: UnlockRequest) -> Result<Strip, Failure> {
    station.unlock(request.staff, request.pin).await?;
    if !station.admit(None).await? {
        return Err(Failure::new(FailureCode::NotToday, "a stand-in on another day"));
    }
    strip(station, Nothing {}).await
}

pub(crate) async fn lock(station: &Station, request: LockRequest) -> Result<Nothing, Failure> {
    match request.sending {
        true => station.leave().await?,
        false => station.lock().await?,
    }
    Ok(Nothing {})
}

pub(crate) async fn pin_change(station: &Station, request: PinChange) -> Result<Nothing, Failure> {
    station.change_pin(request.pin, request.new).await?;
    Ok(Nothing {})
}

pub(crate) async fn try_again(station: &Station, request: TryAgainRequest) -> Result<StaffList, Failure> {
    station.let_try_again(request.staff).await?;
    staff_list(station, Nothing {}).await
}

pub(crate) async fn typed_key(station: &Station, _: Nothing) -> Result<TypedKey, Failure> {
    let derived = |desk: &mut Desk| keys::typed_key(desk.ledger.database_key(), &desk.staff.number);
    let key = station.work(move |desk| Ok(derived(desk))).await?;
    Ok(TypedKey {
        key: hex::encode(&key[..]),
    })
}
