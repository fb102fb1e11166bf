//! Parcels: bundles that one device carries for another. The carrier cannot read them and need not be trusted; what is in
//! them is taken in as from a stick.

use std::io::Cursor;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use doorstep_sync::DeviceId;
use doorstep_sync::bundle::Stopped;

use super::extract::{FromDevice, Shared};
use crate::error::ApiError;

/// Bytes of what goes back: what did not fit comes with the next.
const PART: u64 = 3 << 20;

/// The routes of parcels.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/parcels", post(take))
        .route("/parcels/{device}", get(give))
}

/// Takes in what a device carried: 204, or why it cannot be read at all.
async fn take(State(center): State<Shared>, from: FromDevice) -> Result<StatusCode, ApiError> {
    let taken = center
        .run(move |center| Ok(center.import(Cursor::new(&from.body))))
        .await?;
    let unread = |code, words: String| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, words);
    let report = taken.map_err(|error| unread(error.code(), error.to_string()))?;
    match report.stopped {
        None | Some(Stopped::Unreadable(_)) if report.bundle.is_some() => Ok(StatusCode::NO_CONTENT),
        None | Some(Stopped::Unreadable(_)) => Err(unread("damaged", "not one frame is whole".to_owned())),
        Some(stopped) => {
            tracing::error!(%stopped, "a parcel was not taken in");
            let words = "the parcel was not taken in to its end";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store", words))
        }
    }
}

/// What is new for a device that another one carries for, sealed: 204 when there is nothing.
async fn give(
    State(center): State<Shared>,
    Path(device): Path<String>,
    _from: FromDevice,
) -> Result<Response, ApiError> {
    let device: DeviceId = device.parse().map_err(|_| ApiError::not_found("device"))?;
    let sealed = center
        .run(move |center| {
            let ready = center.prepare_bundle(&device, PART)?;
            if ready.plan.is_empty() {
                return Ok(None);
            }
            let mut bytes = Vec::new();
            center.write_part(&ready, 1, &mut bytes).map_err(|error| {
                tracing::error!(%error, "a parcel was not made");
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store", "the parcel was not made")
            })?;
            Ok(Some(bytes))
        })
        .await?;
    Ok(match sealed {
        Some(bytes) => bytes.into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
