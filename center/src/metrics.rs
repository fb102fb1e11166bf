//! What the center counts, in Prometheus' text form. No label names a person, a device or a document.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use doorstep_sync::{Millis, auth};
use http_body::Body as _;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::admission::Admission;
use crate::center::Center;
use crate::error::ApiError;
use crate::intake::Taken;
use crate::routes::Shared;
use crate::store::{self, Commits};

const MINUTE: Millis = 60_000;
/// How long ago a device was last heard of at most, and its label.
const FRESHNESS: [(Millis, &str); 5] = [
    (5 * MINUTE, "5m"),
    (60 * MINUTE, "1h"),
    (24 * 60 * MINUTE, "1d"),
    (7 * 24 * 60 * MINUTE, "7d"),
    (Millis::MAX, "longer"),
];
/// The label of a device that was never heard of.
const NEVER: &str = "never";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Way {
    way: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Heard {
    within: &'static str,
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Asked, Counter>,
    refusals: Family<Code, Counter>,
    bytes: Family<Way, Counter>,
    items_accepted: Counter,
    items_refused: Family<Code, Counter>,
    /// Files that became whole and verified.
    pub files_verified: Counter,
    /// Streams of events that are open.
    pub streams: Gauge,
    devices: Family<Heard, Gauge>,
    /// BLAKE3 of the token that opens the figures to other machines.
    token: Option<blake3::Hash>,
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new(admission: &Admission, commits: &Commits) -> Self {
        let mut registry = Registry::with_prefix("doorstep_center");
        let r = &mut registry;
        let requests = register(r, "requests", "Requests answered", Family::default());
        let refusals = register(r, "refusals", "Requests refused, by code", Family::default());
        let bytes = register(r, "body_bytes", "Bytes of request and answer bodies", Family::default());
        let items_accepted = register(r, "items_accepted", "Items accepted", Counter::default());
        let items_refused = register(r, "items_refused", "Items refused, by code", Family::default());
        let files_verified = register(r, "files_verified", "Files whole and verified", Counter::default());
        let streams = register(r, "event_streams", "Streams of events that are open", Gauge::default());
        let devices = register(r, "devices", "Devices not revoked, by last contact", Family::default());
        for (line, gate) in [("items", &admission.items), ("files", &admission.files)] {
            let r = r.sub_registry_with_label(("line".into(), line.into()));
            r.register("waiting", "Requests that wait for their turn", gate.waiting.clone());
            r.register(
                "wait_seconds",
                "Seconds that requests waited for their turn",
                gate.waited.clone(),
            );
        }
        r.register("commit_seconds", "Seconds that commits took", commits.seconds.clone());
        r.register("commit_writes", "Writes in one commit", commits.writes.clone());
        Self {
            registry,
            requests,
            refusals,
            bytes,
            items_accepted,
            items_refused,
            files_verified,
            streams,
            devices,
            token: None,
        }
    }

    /// Opens the figures to whoever has this token, from any machine, and to nobody else.
    pub fn set_token(&mut self, token: &str) {
        self.token = Some(blake3::hash(token.as_bytes()));
    }

    /// Whether somebody on this machine (`near`) or elsewhere, the bearer of a token or not, may see the figures; hashes
    /// compare in constant time.
    pub fn opens(&self, near: bool, bearer: Option<&str>) -> bool {
        match (self.token, bearer) {
            (None, _) => near,
            (Some(own), Some(token)) => own == blake3::hash(token.as_bytes()),
            (Some(_), None) => false,
        }
    }

    /// Counts what became of items, once it is on the disk.
    pub fn count(&self, taken: &Taken) {
        self.items_accepted.inc_by(taken.accepted);
        for code in &taken.refused {
            let code = Code { code: code.clone() };
            self.items_refused.get_or_create(&code).inc();
        }
    }

    fn answered(&self, asked: Asked, up: u64, response: &Response) {
        self.requests.get_or_create(&asked).inc();
        self.bytes.get_or_create(&Way { way: "up" }).inc_by(up);
        let down = response.body().size_hint().exact().unwrap_or(0);
        self.bytes.get_or_create(&Way { way: "down" }).inc_by(down);
        if let Some(code) = response.headers().get(auth::CODE).and_then(|code| code.to_str().ok()) {
            let code = Code { code: code.to_owned() };
            self.refusals.get_or_create(&code).inc();
        }
    }
}

fn register<M: prometheus_client::registry::Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl Center {
    /// All figures as text.
    pub fn figures(&self) -> Result<String, ApiError> {
        let now = self.clock.now();
        let devices = self.store.read(store::devices::all)?;
        for within in FRESHNESS.iter().map(|(_, label)| *label).chain([NEVER]) {
            let heard = |contact: Option<Millis>| match contact {
                None => NEVER,
                Some(last) => FRESHNESS
                    .iter()
                    .find(|(age, _)| now.saturating_sub(last) <= *age)
                    .map_or(NEVER, |(_, label)| label),
            };
            let count = devices
                .iter()
                .filter(|device| device.revoked.is_none() && heard(device.last_contact) == within)
                .count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.metrics.devices.get_or_create(&Heard { within }).set(count);
        }
        let mut text = String::new();
        encode(&mut text, &self.metrics.registry)
            .map_err(|_| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "metrics", "not written"))?;
        Ok(text)
    }
}

/// Counts every request and what was answered.
pub async fn observe(State(center): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "other".to_owned(), |route| route.as_str().to_owned());
    // A stranger may invent methods, and each would be a line for ever.
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let length = request.headers().get(header::CONTENT_LENGTH);
    let up = length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    let response = next.run(request).await;
    let status = response.status().as_u16();
    center.metrics.answered(Asked { method, route, status }, up, &response);
    response
}
