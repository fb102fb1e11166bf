//! Drives a [`Run`] over a network.

use std::future::Future;

use http::{Request, Response, StatusCode};

use crate::protocol::{NetworkError, Outcome, Run, Step};
use crate::replica::{Replica, ReplicaError};
use crate::world::Clock;

/// The largest answer that is read: no message and no piece of a file comes near it.
const LARGEST_ANSWER: usize = 64 << 20;

/// Brings one request to the center and its answer back.
pub trait Network: Sync {
    /// Sends `request`, whose address is a path under the center's address. An error means that no whole answer came;
    /// the request may have been carried out.
    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Result<Response<Vec<u8>>, NetworkError>> + Send;
}

/// The center over HTTP.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    /// `base` is the center's address, for example `https://doorstep.example.cn`. Give the client timeouts that a
    /// chunk of 64 KB survives on the slowest link; redirects are best not followed.
    pub fn new(client: reqwest::Client, base: &str) -> Self {
        Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
        }
    }
}

impl Network for Http {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NetworkError> {
        // The address is left out of the words: they go to a log.
        let failed = |error: reqwest::Error| NetworkError(error.without_url().to_string());
        let (parts, body) = request.into_parts();
        let address = format!("{}{}", self.base, parts.uri);
        let sent = self
            .client
            .request(parts.method, address)
            .headers(parts.headers)
            .body(body)
            .send();
        let mut answer = sent.await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(part)) if body.len() + part.len() > LARGEST_ANSWER => {
                    return Err(NetworkError("the answer is too large".to_owned()));
                }
                Ok(Some(part)) => body.extend_from_slice(&part),
                Ok(None) => break,
                // What came of a piece of a file before the cut is kept: the next request goes on behind it.
                Err(_) if status == StatusCode::PARTIAL_CONTENT && !body.is_empty() => break,
                Err(error) => return Err(failed(error)),
            }
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Runs to the end. Dropping the future is the same as a cut of the network: nothing is lost.
///
/// The replica's methods are called from the caller's task and may touch the disk.
pub async fn drive(
    network: &impl Network,
    mut run: Run,
    replica: &mut dyn Replica,
    clock: &dyn Clock,
) -> Result<Outcome, ReplicaError> {
    loop {
        match run.next(replica, clock.now())? {
            Step::Send(request) => {
                let answer = network.send(request).await;
                run.answered(replica, answer, clock.now())?;
            }
            Step::Done(outcome) => return Ok(outcome),
        }
    }
}
