//! Bundles at the console: for a stick that goes to a station, and from one that came.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_sync::bundle::{DEFAULT_PART, FileState, MIN_PART, Report, Stopped, Unread, WriteError, part_name};
use doorstep_sync::{BundleId, DeviceId};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufReader, Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use http_body::Body as _;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::health::LEAST_FREE;
use super::{Shared, Signed};
use crate::bundles::Ready;
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// The largest part taken, bytes: as large as a file on a stick can be (FAT32), and as stations cut them at most.
const LARGEST_PART: u64 = u32::MAX as u64;
/// Bytes gathered before they are written.
const PIECE: usize = 1 << 20;
/// How often it is looked whether the disk still has room for others, in bytes.
const LOOK: u64 = 64 << 20;
/// Time without a byte after which the browser is taken for gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Files and places named in one report.
const MOST_NAMED: usize = 100;

/// Asks for a bundle for a device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundleRequest {
    /// Device id, hex.
    pub device: String,
    /// Bytes of a part, 128 KiB to 16 MiB; without it 16 MiB.
    #[serde(default)]
    pub part_bytes: Option<u64>,
}

/// A bundle that is ready to be fetched part by part, until sixteen newer ones are.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundlePlan {
    /// Id, hex.
    pub bundle: String,
    /// Names of its parts, in order; part 1 is the first.
    pub names: Vec<String>,
    /// Items in it.
    pub items: u64,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file of a bundle that is not here whole.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundleFile {
    /// BLAKE3, hex.
    pub hash: String,
    /// Its length.
    pub len: u64,
    /// Bytes that are here.
    pub kept: u64,
    /// Why it was not taken, as a code; empty when only bytes are missing.
    pub code: String,
}

/// A place in a part where something could not be taken.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundleDamage {
    /// The part, when it is known.
    pub part: Option<u32>,
    /// First byte.
    pub at: u64,
    /// `damaged`, `short`, `other_receiver`, `unknown_sender`, `signature`, `malformed`.
    pub code: String,
}

/// What a part of a bundle brought, and what it did not.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundleReport {
    /// Bundle id, hex; empty when nothing could be opened.
    pub bundle: String,
    /// The device that made it, hex.
    pub sender: String,
    /// When, by that device's clock, milliseconds.
    pub made: u64,
    /// Parts in all; 0 when that is not known.
    pub parts: u32,
    /// Parts of which something was read.
    pub seen: Vec<u32>,
    /// Parts that were not read.
    pub missing: Vec<u32>,
    /// Items read, known ones included.
    pub items: u64,
    /// Items that the parts read should hold.
    pub items_expected: u64,
    /// Items that were refused; the device is told why.
    pub refused: u64,
    /// Files that are here whole and verified.
    pub files_whole: u64,
    /// Files that are not: the first hundred.
    pub files_rest: Vec<BundleFile>,
    /// How many they are.
    pub files_rest_count: u64,
    /// Damage: the first hundred places.
    pub damaged: Vec<BundleDamage>,
    /// Why it stopped before the end: `disk_full`, `store`, `unreadable`; empty when it did not.
    pub stopped: String,
    /// Everything the bundle holds is here.
    pub complete: bool,
}

impl From<&Report> for BundleReport {
    fn from(report: &Report) -> Self {
        let rest = report.rest().take(MOST_NAMED).map(|(hash, len, state)| BundleFile {
            hash: hash.to_string(),
            len,
            kept: match state {
                FileState::Partial(kept) => *kept,
                _ => 0,
            },
            code: match state {
                FileState::Refused(code) => code.clone(),
                _ => String::new(),
            },
        });
        let damaged = report.damage.iter().take(MOST_NAMED).map(|damage| BundleDamage {
            part: damage.part,
            at: damage.at,
            code: damage.harm.as_str().to_owned(),
        });
        Self {
            bundle: report.bundle.map(|id| id.to_string()).unwrap_or_default(),
            sender: report.sender.map(|id| id.to_string()).unwrap_or_default(),
            made: report.made,
            parts: report.parts,
            seen: report.seen.iter().copied().collect(),
            missing: report.missing_parts(),
            items: report.items,
            items_expected: report.items_expected,
            refused: report.refused,
            files_whole: report.whole() as u64,
            files_rest: rest.collect(),
            files_rest_count: report.rest().count() as u64,
            damaged: damaged.collect(),
            stopped: match &report.stopped {
                None => String::new(),
                Some(Stopped::Full) => "disk_full".to_owned(),
                Some(Stopped::Store(_)) => "store".to_owned(),
                Some(Stopped::Unreadable(_)) => "unreadable".to_owned(),
            },
            complete: report.complete(),
        }
    }
}

/// Gathers what is new for a device since the last bundle that came from it.
#[utoipa::path(post, path = "/api/bundles", tag = "bundles", request_body = BundleRequest,
    responses((status = 200, body = BundlePlan), (status = "4XX", body = ErrorBody)))]
pub(super) async fn prepare_bundle(
    State(center): State<Shared>,
    signed: Signed,
    Json(body): Json<BundleRequest>,
) -> Answer<BundlePlan> {
    let Signed { account, .. } = signed.may(Right::ManageStations)?;
    let device: DeviceId = body.device.parse().map_err(|_| ApiError::not_found("device"))?;
    let part_bytes = body.part_bytes.unwrap_or(DEFAULT_PART).clamp(MIN_PART, DEFAULT_PART);
    let ready = center
        .run(move |center| {
            let ready = Arc::new(center.prepare_bundle(&device, part_bytes)?);
            center.bundles.put(ready.clone());
            Ok(ready)
        })
        .await?;
    tracing::info!(role = account.role.word(), %device, bundle = %ready.plan.bundle, items = ready.plan.items(),
        files = ready.plan.files(), "a bundle was made");
    Ok(Json(plan(&ready)))
}

fn plan(ready: &Ready) -> BundlePlan {
    let names = 1..=ready.plan.parts();
    BundlePlan {
        bundle: ready.plan.bundle.to_string(),
        names: names.map(|number| part_name(&ready.stem, number)).collect(),
        items: ready.plan.items(),
        files: ready.plan.files(),
        bytes: ready.plan.bytes(),
    }
}

/// One part of a bundle, sealed for its device, to be saved under its name.
#[utoipa::path(get, path = "/api/bundles/{bundle}/{part}", tag = "bundles",
    params(("bundle" = String, Path, description = "bundle id, hex"), ("part" = u32, Path, description = "from 1")),
    responses((status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub(super) async fn bundle_part(
    State(center): State<Shared>,
    signed: Signed,
    Path((bundle, part)): Path<(String, u32)>,
) -> Result<Response, ApiError> {
    signed.may(Right::ManageStations)?;
    let bundle: BundleId = bundle.parse().map_err(|_| ApiError::not_found("bundle"))?;
    let ready = center
        .bundles
        .get(&bundle)
        .ok_or_else(|| ApiError::not_found("bundle"))?;
    let _turn = center.pictures.acquire().await;
    let disposition = format!("attachment; filename=\"{}\"", part_name(&ready.stem, part));
    let bytes = center
        .run(move |center| {
            let mut bytes = Vec::new();
            match center.write_part(&ready, part, &mut bytes) {
                Ok(()) => Ok(bytes),
                Err(WriteError::NoSuchPart) => Err(ApiError::not_found("part")),
                Err(error) => {
                    tracing::error!(%error, "a part of a bundle was not written");
                    Err(ApiError::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "store",
                        "the part was not written",
                    ))
                }
            }
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Takes in one part of a bundle (up to 4 GiB, as large as sticks are cut). What is whole and verified comes in, the rest is
/// listed. The same part may be sent again.
#[utoipa::path(post, path = "/api/bundles/import", tag = "bundles",
    request_body(content_type = "application/octet-stream"),
    responses((status = 200, body = BundleReport), (status = "4XX", body = ErrorBody)))]
pub(super) async fn import_bundle(State(center): State<Shared>, signed: Signed, body: Body) -> Answer<BundleReport> {
    let Signed { account, .. } = signed.may(Right::ManageStations)?;
    let _turn = center.imports.acquire().await;
    let (part, bytes) = keep(&center, body).await?;
    tracing::info!(role = account.role.word(), bytes, "a part of a bundle is brought");
    let imported = center
        .run(move |center| Ok(center.import(BufReader::new(part))))
        .await?;
    let report = imported.map_err(unread)?;
    Ok(Json(BundleReport::from(&report)))
}

/// Puts a part on the disk as it comes, so that none is held in memory; the file, and its length.
async fn keep(center: &Shared, body: Body) -> Result<(File, u64), ApiError> {
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "a part may have 4 GiB");
    let said = body.size_hint().lower();
    if said > LARGEST_PART {
        return Err(too_large());
    }
    let mut part = center
        .run(move |center| {
            has_room(center, said)?;
            Ok(center.disk.scratch()?)
        })
        .await?;
    let (mut pieces, mut bytes, mut gathered) = (body.into_data_stream(), 0, Vec::new());
    let mut looked = 0;
    loop {
        let slow = |_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow", "the part did not come in time");
        let piece = timeout(SILENCE, pieces.next()).await.map_err(slow)?;
        let ended = piece.is_none();
        if let Some(piece) = piece {
            let cut = |_| ApiError::new(StatusCode::BAD_REQUEST, "cut", "the part is cut short");
            let piece = piece.map_err(cut)?;
            bytes += piece.len() as u64;
            gathered.extend_from_slice(&piece);
        }
        if bytes > LARGEST_PART {
            return Err(too_large());
        }
        if ended || gathered.len() >= PIECE {
            let piece = std::mem::take(&mut gathered);
            let due = bytes - looked >= LOOK;
            if due {
                looked = bytes;
            }
            let left = said.saturating_sub(bytes);
            part = center
                .run(move |center| {
                    if due {
                        has_room(center, left)?;
                    }
                    part.write_all(&piece)?;
                    if ended {
                        part.rewind()?;
                    }
                    Ok(part)
                })
                .await?;
        }
        if ended {
            return Ok((part, bytes));
        }
    }
}

/// A part takes the disk from nobody: devices go on sending.
fn has_room(center: &Center, coming: u64) -> io::Result<()> {
    match leaves_room(center.disk.free()?, coming) {
        true => Ok(()),
        false => Err(io::ErrorKind::StorageFull.into()),
    }
}

fn leaves_room(free: u64, coming: u64) -> bool {
    free >= coming.saturating_add(LEAST_FREE)
}

fn unread(error: Unread) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_leaves_room_for_what_devices_send() {
        assert!(leaves_room(LEAST_FREE + 5, 5));
        assert!(!leaves_room(LEAST_FREE + 5, 6) && !leaves_room(LEAST_FREE - 1, 0));
        assert!(!leaves_room(u64::MAX - 1, u64::MAX));
    }
}
