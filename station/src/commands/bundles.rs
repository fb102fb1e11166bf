//! Bundles: out to the center, in from it.

use std::path::PathBuf;

use doorstep_records::Purpose;
use doorstep_sync::bundle::{DEFAULT_PART, MIN_PART};

use crate::bundle::Ready;
use crate::contract::{
    BundleExportRequest, BundlePartRequest, BundlePlan, BundleReadRequest, BundleReport, BundleWriteRequest,
    BundleWritten, DriveList, Nothing,
};
use crate::rpc::Reply;
use crate::{Failure, Station};

/// The largest part: 4 GB less a byte is the longest file many sticks can hold.
const MAX_PART: u64 = u32::MAX as u64;
/// The largest part given as bytes.
const MAX_BYTES: u64 = 2 * DEFAULT_PART;

pub(crate) async fn bundle_export(station: &Station, request: BundleExportRequest) -> Result<BundlePlan, Failure> {
    let part_bytes = request.part_bytes.unwrap_or(DEFAULT_PART).clamp(MIN_PART, MAX_PART);
    let ready = station.prepare_bundle(part_bytes).await?;
    Ok(BundlePlan::from(&*ready))
}

pub(crate) async fn bundle_drives(station: &Station, _: Nothing) -> Result<DriveList, Failure> {
    let drives = station.inner.drives.list().await;
    Ok(DriveList { drives })
}

pub(crate) async fn bundle_part(station: &Station, request: BundlePartRequest) -> Result<Reply, Failure> {
    let ready = station.ready_bundle(&request.bundle)?;
    if ready.plan.part_bytes(request.part) > MAX_BYTES {
        return Err(Failure::bad_request("parts of this size go to a folder"));
    }
    let bytes = station.bundle_part(ready.clone(), request.part).await?;
    exported(station, &ready).await?;
    Ok(Reply::Bytes {
        media_type: "application/octet-stream".to_owned(),
        bytes,
    })
}

pub(crate) async fn bundle_write(station: &Station, request: BundleWriteRequest) -> Result<BundleWritten, Failure> {
    let ready = station.ready_bundle(&request.bundle)?;
    let folder = whole(request.folder)?;
    let name = station.write_bundle_part(ready.clone(), request.part, folder).await?;
    exported(station, &ready).await?;
    Ok(BundleWritten { name })
}

pub(crate) async fn bundle_import(station: &Station, _: Nothing, part: Vec<u8>) -> Result<BundleReport, Failure> {
    station.import_bytes(part).await.map(BundleReport::from)
}

pub(crate) async fn bundle_read(station: &Station, request: BundleReadRequest) -> Result<BundleReport, Failure> {
    let path = whole(request.path)?;
    station.import_path(path).await.map(BundleReport::from)
}

/// What is in a bundle has left the device, sealed for the center.
async fn exported(station: &Station, ready: &Ready) -> Result<(), Failure> {
    let items = usize::try_from(ready.plan.items()).unwrap_or(usize::MAX);
    station.work(move |desk| desk.look(Purpose::Exported, &[], items)).await
}

/// A path that does not depend on where the program was started.
fn whole(path: String) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(path);
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(Failure::bad_request("not a whole path"))
    }
}
