//! The line between a station and the center, and all that goes wrong on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use doorstep_station::{Answer, Center};
use doorstep_sync::protocol::NetworkError;
use doorstep_sync::wire::{SyncRequest, SyncResponse};
use doorstep_sync::{Print, Scope};
use futures_util::stream;
use http::{Request, Response};
use tower::ServiceExt;

use crate::chance::Chance;

/// The largest answer a simulated center gives.
const LARGEST: usize = 64 << 20;

/// What went wrong how often: a run in which nothing did proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Requests that never arrived.
    pub lost_requests: u32,
    /// Answers that never arrived.
    pub lost_answers: u32,
    /// Requests that arrived twice, at once or much later.
    pub doubled: u32,
    /// Requests that broke off in the middle of their body.
    pub cut: u32,
}

impl Faults {
    /// All together.
    pub fn total(&self) -> u32 {
        self.lost_requests + self.lost_answers + self.doubled + self.cut
    }
}

/// Where the center is reached; nothing while it is stopped.
#[derive(Clone, Default)]
pub struct Exchange(Arc<Mutex<Option<Router>>>);

impl Exchange {
    /// Connects a center, or disconnects it.
    pub fn connect(&self, router: Option<Router>) {
        *guard(&self.0) = router;
    }

    /// Brings a request to the center and its answer back, without fault.
    pub async fn pass(&self, request: Request<Body>) -> Result<Response<Vec<u8>>, NetworkError> {
        let router = guard(&self.0)
            .clone()
            .ok_or_else(|| NetworkError("the center is stopped".into()))?;
        let answer = router
            .oneshot(request)
            .await
            .map_err(|error| NetworkError(error.to_string()))?;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, LARGEST)
            .await
            .map_err(|error| NetworkError(error.to_string()))?;
        Ok(Response::from_parts(parts, body.to_vec()))
    }
}

/// The last complete exchange of one device, as both ends counted.
#[derive(Clone, Debug, Default)]
pub struct Level {
    /// What the device holds in each scope.
    pub held: Vec<(Scope, Print)>,
    /// Scopes of which the center holds something else.
    pub different: Vec<(Scope, Print)>,
}

struct State {
    chance: Chance,
    /// Of a hundred requests, so many go wrong.
    trouble: u64,
    down: bool,
    /// Copies on a detour, that arrive when they will.
    late: Vec<Request<Vec<u8>>>,
    faults: Faults,
    level: Level,
}

/// One station's line.
pub struct Line {
    exchange: Exchange,
    state: Mutex<State>,
}

enum Fate {
    Down,
    Lost,
    AnswerLost,
    Doubled,
    Detour,
    Cut(u64),
    Arrives,
}

impl Line {
    /// A line without trouble.
    pub fn new(exchange: Exchange, seed: u64) -> Arc<Self> {
        let state = State {
            chance: Chance::new(seed),
            trouble: 0,
            down: false,
            late: Vec::new(),
            faults: Faults::default(),
            level: Level::default(),
        };
        Arc::new(Self {
            exchange,
            state: Mutex::new(state),
        })
    }

    /// Cuts or mends it.
    pub fn cut(&self, down: bool) {
        guard(&self.state).down = down;
    }

    /// How many of a hundred requests go wrong.
    pub fn trouble(&self, percent: u64) {
        guard(&self.state).trouble = percent;
    }

    /// What has gone wrong.
    pub fn faults(&self) -> Faults {
        guard(&self.state).faults
    }

    /// How both ends counted in the last exchange.
    pub fn level(&self) -> Level {
        guard(&self.state).level.clone()
    }

    fn fate(&self, request: &Request<Vec<u8>>) -> (Fate, Option<Request<Vec<u8>>>) {
        let mut state = guard(&self.state);
        if state.down {
            return (Fate::Down, None);
        }
        let late = match state.chance.percent(20) && !state.late.is_empty() {
            true => Some(state.late.remove(0)),
            false => None,
        };
        let trouble = state.trouble;
        if !state.chance.percent(trouble) {
            return (Fate::Arrives, late);
        }
        let fate = match state.chance.below(5) {
            0 => Fate::Lost,
            1 => Fate::AnswerLost,
            2 => Fate::Doubled,
            3 => Fate::Detour,
            _ => Fate::Cut(state.chance.below(request.body().len().max(1) as u64)),
        };
        match fate {
            Fate::Lost => state.faults.lost_requests += 1,
            Fate::AnswerLost => state.faults.lost_answers += 1,
            Fate::Cut(_) => state.faults.cut += 1,
            _ => state.faults.doubled += 1,
        }
        if matches!(fate, Fate::Detour) {
            state.late.push(request.clone());
        }
        (fate, late)
    }

    async fn carry(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NetworkError> {
        let gone = || NetworkError("lost".into());
        let (fate, late) = self.fate(&request);
        if let Some(late) = late {
            // Its answer has nobody waiting for it any more.
            let _ = self.exchange.pass(late.map(Body::from)).await;
        }
        match fate {
            Fate::Down | Fate::Lost => Err(gone()),
            Fate::AnswerLost => {
                self.exchange.pass(request.map(Body::from)).await?;
                Err(gone())
            }
            Fate::Doubled => {
                let first = self.exchange.pass(request.clone().map(Body::from)).await;
                let _ = self.exchange.pass(request.map(Body::from)).await;
                first
            }
            Fate::Cut(after) => {
                let _ = self.exchange.pass(broken(request, after)).await;
                Err(gone())
            }
            Fate::Detour | Fate::Arrives => {
                let asked = (request.uri().path() == "/sync").then(|| SyncRequest::from_bytes(request.body()));
                let answer = self.exchange.pass(request.map(Body::from)).await?;
                if let Some(Ok(asked)) = asked
                    && let Ok(said) = SyncResponse::from_bytes(answer.body(), &asked.brought())
                {
                    guard(&self.state).level = Level {
                        held: asked.fingerprints,
                        different: said.fingerprints,
                    };
                }
                Ok(answer)
            }
        }
    }
}

/// A request whose body ends with an error after some bytes, as when a connection breaks.
fn broken(request: Request<Vec<u8>>, after: u64) -> Request<Body> {
    request.map(|body| {
        let whole = usize::try_from(after).unwrap_or(0).min(body.len());
        let (sent, _) = body.split_at(whole);
        let parts = vec![
            Ok(sent.to_vec()),
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
        ];
        Body::from_stream(stream::iter(parts))
    })
}

impl Center for Line {
    fn send<'a>(&'a self, _base: &'a str, request: Request<Vec<u8>>) -> Answer<'a> {
        Box::pin(self.carry(request))
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
