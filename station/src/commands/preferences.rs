//! How the screen looks.

use crate::contract::{Nothing, Preferences};
use crate::station::{blocking, lock};
use crate::{Failure, Station};

pub(crate) async fn preferences(station: &Station, _: Nothing) -> Result<Preferences, Failure> {
    Ok(lock(&station.inner.preferences).clone())
}

pub(crate) async fn preferences_set(station: &Station, wished: Preferences) -> Result<Preferences, Failure> {
    let inner = station.inner.clone();
    blocking(move || {
        crate::preferences::keep(&inner.config.data, &wished)?;
        *lock(&inner.preferences) = wished.clone();
        Ok(wished)
    })
    .await
}
