//! `GET /events`: a device hears when something new lies in its scopes.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::unfold;

use super::extract::{FromDevice, Shared};
use crate::error::ApiError;

/// A stream in which nothing happens says so this often.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// The route.
pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/events", get(events))
}

/// Server-sent events, each with a place in the log as its id. `Last-Event-ID` holds the place that the device has
/// reached: what is newer is told at once.
async fn events(State(center): State<Shared>, from: FromDevice) -> Result<Response, ApiError> {
    // The stream itself is no work.
    drop(from.turn);
    let known = from
        .headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let listener = center.listen(from.device, known).await?;
    let events = unfold(listener, |mut listener| async {
        let place = listener.next().await?;
        let event = Event::default().data(place.to_string());
        Some((Ok::<_, Infallible>(event), listener))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}
