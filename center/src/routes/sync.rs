//! What devices exchange: items by `POST /sync`, files by tus.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::post;
use doorstep_sync::auth;
use doorstep_sync::wire::SyncRequest;

use super::extract::{FromDevice, Shared};
use super::{parcels, transfer};
use crate::error::ApiError;

/// The routes of devices.
pub(super) fn routes(center: &Shared) -> Router<Shared> {
    Router::new()
        .route("/sync", post(sync))
        .merge(transfer::routes())
        .merge(parcels::routes())
        .layer(DefaultBodyLimit::disable())
        .layer(map_response_with_state(center.clone(), tell_time))
}

/// A device whose clock is off hears the time.
async fn tell_time(State(center): State<Shared>, mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(auth::NOW, HeaderValue::from(center.clock.now()));
    }
    response
}

async fn sync(State(center): State<Shared>, from: FromDevice) -> Result<Response, ApiError> {
    let request = SyncRequest::from_bytes(&from.body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()))?;
    let answer = center
        .run(move |center| {
            let answer = center.exchange(&from.device, &request)?;
            Ok(answer.to_bytes(&request.brought()))
        })
        .await?;
    // No header that a device does not need: each is sent with every contact.
    Ok(Response::new(Body::from(answer)))
}
