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

/// Takes in what a device carried: 204; 409 when some of it builds on a part that has not come, and is to be brought again
/// after that one; or why it cannot be read at all.
async fn take(State(center): State<Shared>, from: FromDevice) -> Result<StatusCode, ApiError> {
    let taken = center
        .run(move |center| Ok(center.take_part(Cursor::new(&from.body))))
        .await?;
    let unread = |code, words: String| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, words);
    let (report, early) = taken.map_err(|error| unread(error.code(), error.to_string()))?;
    match report.stopped {
        None | Some(Stopped::Unreadable(_)) if early => {
            let words = "some of it follows a part that has not come";
            Err(ApiError::new(StatusCode::CONFLICT, "early", words))
        }
        None | Some(Stopped::Unreadable(_)) if report.bundle.is_some() => Ok(StatusCode::NO_CONTENT),
        None | Some(Stopped::Unreadable(_)) => Err(unread("damaged", "not one frame is whole".to_owned())),
        Some(stopped) => {
            tracing::error!(%stopped, "a parcel was not taken in");
            let words = "the parcel was not taken in to its end";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store", words))
        }
    }
}

/// What is new for a device that another one carries for, sealed. Where nothing is, that is said too: the device may still
/// count on a part of a file that is here no more.
async fn give(
    State(center): State<Shared>,
    Path(device): Path<String>,
    _from: FromDevice,
) -> Result<Response, ApiError> {
    let device: DeviceId = device.parse().map_err(|_| ApiError::not_found("device"))?;
    let sealed = center
        .run(move |center| {
            let ready = center.prepare_bundle(&device, PART)?;
            let mut bytes = Vec::new();
            center.write_part(&ready, 1, &mut bytes).map_err(|error| {
                tracing::error!(%error, "a parcel was not made");
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store", "the parcel was not made")
            })?;
            Ok(bytes)
        })
        .await?;
    Ok(sealed.into_response())
}
