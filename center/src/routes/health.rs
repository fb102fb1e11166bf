//! Whether the center works, and its figures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use doorstep_sync::Millis;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::{Peer, Shared};
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::store;

/// Free disk below which the center is not ready: a day's scans of a district.
pub(super) const LEAST_FREE: u64 = 1 << 30;

/// The routes for whoever looks after the machine.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
}

/// How long a verdict holds: strangers may ask too, and each would be a wait for the disk.
const HOLDS: Millis = 5_000;

/// What is needed to take in anything.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ready {
    /// The tables are those of this program, and take a write that is on the disk.
    store: bool,
    /// The disk has room: see `free_bytes`.
    disk: bool,
    /// Bytes free for scans and items.
    free_bytes: u64,
}

/// The last verdict, and when it was given.
pub(crate) type Verdict = Arc<Mutex<Option<(Millis, Ready)>>>;

/// Ready when the store can be written and the disk has room; 503 otherwise, and what is missing. Looked after once in five
/// seconds.
async fn ready(State(center): State<Shared>) -> Result<Response, ApiError> {
    let now = center.clock.now();
    let mut verdict = center.ready.clone().lock_owned().await;
    let holds = verdict.as_ref().filter(|(at, _)| now.abs_diff(*at) < HOLDS);
    let ready = match holds.map(|(_, ready)| ready.clone()) {
        Some(ready) => ready,
        // Whoever asked may have gone meanwhile: what was found out is kept for the next.
        None => {
            let look = move |center: &Center| Ok(verdict.insert((now, look(center, now))).1.clone());
            center.run(look).await?
        }
    };
    let status = if ready.store && ready.disk {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Ok((status, Json(ready)).into_response())
}

fn look(center: &Center, now: Millis) -> Ready {
    // The tables were brought up to date before the center opened.
    let written = center
        .store
        .write(|sql| store::meta::set(sql, "ready", &now.to_le_bytes()));
    let free_bytes = center.disk.free().unwrap_or(0);
    Ready {
        store: written.is_ok(),
        disk: free_bytes >= LEAST_FREE,
        free_bytes,
    }
}

/// The figures, for whoever has the token; as long as there is no token, for this machine. (What a proxy hands on does not
/// come from this machine. One that does not say so makes everybody look near: then there has to be a token.)
async fn figures(State(center): State<Shared>, peer: Peer, headers: HeaderMap) -> Result<Response, ApiError> {
    let handed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let near = peer.0.is_loopback() && !handed_on.iter().any(|name| headers.contains_key(*name));
    let bearer = headers.get(header::AUTHORIZATION);
    let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !center.metrics.opens(near, bearer) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "not_allowed", "not from here"));
    }
    let text = center.run(|center| center.figures()).await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// It works.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `doorstep-center`.
    pub name: String,
    /// Program version.
    pub version: String,
    /// The center's clock, milliseconds.
    pub now: u64,
}

/// Answers when the database answers.
#[utoipa::path(get, path = "/health", tag = "devices",
    responses((status = 200, body = Health), (status = "5XX", body = ErrorBody)))]
pub(super) async fn health(State(center): State<Shared>) -> Answer<Health> {
    let now = center.clock.now();
    center
        .run(|center| Ok(center.store.read(store::catalogues::newest)?))
        .await?;
    Ok(Json(Health {
        name: "doorstep-center".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        now,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn what_is_found_out_for_one_who_left_is_kept() {
        let (_folder, center) = crate::center::tests::new();
        let ((held, is_held), (release, released)) = (channel(), channel::<()>());
        let writes = center.clone();
        let writer = std::thread::spawn(move || {
            writes.store.write(|_| {
                held.send(()).unwrap();
                let _ = released.recv();
                Ok::<_, store::StoreError>(())
            })
        });
        is_held.recv().unwrap();
        let left = timeout(Duration::from_millis(100), ready(State(center.clone()))).await;
        assert!(left.is_err(), "it takes longer");
        drop(release);
        writer.join().unwrap().unwrap();
        for _ in 0..100 {
            if center.ready.lock().await.is_some() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("it was looked at in vain");
    }
}
