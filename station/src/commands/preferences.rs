//! How the screen looks.

use crate::contract::{Nothing, Preferences};
use crate::station::{blocking, lock};
use crate::{Failure, FailureCode, Station};

pub(crate) async fn preferences(station: &Station, _: Nothing) -> Result<Preferences, Failure> {
    Ok(lock(&station.inner.preferences).clone())
}

pub(crate) async fn preferences_set(station: &Station, wished: Preferences) -> Result<Preferences, Failure> {
    let inner = station.inner.clone();
    blocking(move || {
        // Who is not at the device may make its letters larger, and not keep it open for longer.
        let open = lock(&inner.desk).as_ref().is_some_and(|desk| desk.left.is_none());
        if !open && wished.idle_minutes != lock(&inner.preferences).idle_minutes {
            return Err(Failure::new(FailureCode::LockedDevice, "locked"));
        }
        crate::preferences::keep(&inner.config.data, &wished)?;
        *lock(&inner.preferences) = wished.clone();
        Ok(wished)
    })
    .await
}
