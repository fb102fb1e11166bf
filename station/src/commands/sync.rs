//! The exchange with the district.

use crate::contract::{Nothing, SyncReport};
use crate::{Failure, Station};

pub(crate) async fn sync_now(station: &Station, _: Nothing) -> Result<SyncReport, Failure> {
    station.sync_now().await
}
