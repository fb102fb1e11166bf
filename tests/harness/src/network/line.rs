//! The way between a device and the center.

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use doorstep_sync::auth;
use doorstep_sync::protocol::NetworkError;
use futures_util::stream;
use http::{HeaderValue, Request, Response, StatusCode};

use super::coverage::Fault;
use super::world::{Event, Letter, World};

/// How long a device waits for an answer.
const PATIENCE: u64 = 60_000;

impl World {
    /// Sends a request on its way.
    pub fn post(&mut self, from: usize, ticket: u64, request: Request<Vec<u8>>) {
        let way = 20 + self.chance.below(800);
        let now = self.time.now();
        let post = self.posts.get(from);
        if post.is_some_and(|post| post.older) && is_second(&request) {
            // Its program would not have asked so: what it makes of this answer is what it would have said.
            return self.later(1, Event::Answer(from, ticket, Ok(unsigned())));
        }
        if post.is_some_and(|post| post.apart_until > now) {
            self.coverage.note(Fault::Partition);
            return self.unheard(from, ticket, way);
        }
        let fault = self.line_fault();
        if let Some(fault) = fault {
            self.coverage.note(fault);
        }
        let mut letter = Letter {
            from,
            ticket,
            request,
            broken: false,
            answered: Some(None),
        };
        let len = letter.request.body().len();
        match fault {
            None => {}
            Some(Fault::RequestLost) => return self.unheard(from, ticket, PATIENCE),
            Some(Fault::AnswerLost) => {
                letter.answered = None;
                self.unheard(from, ticket, PATIENCE);
            }
            Some(Fault::Doubled) => self.again(&letter, way + self.chance.clone().below(50)),
            Some(Fault::Replayed) => {
                let after = self.chance.below(3 * 3_600_000);
                self.again(&letter, after);
            }
            Some(Fault::Overtaken) => {
                letter.answered = None;
                self.unheard(from, ticket, PATIENCE);
                let after = PATIENCE + self.chance.below(600_000);
                return self.later(after, Event::Request(Box::new(letter)));
            }
            Some(Fault::RequestCut) => {
                let at = usize::try_from(self.chance.below(len as u64 + 1)).unwrap_or(0);
                letter.request.body_mut().truncate(at);
                // Sometimes a proxy on the way takes the part for the whole.
                letter.broken = self.chance.percent(70);
            }
            Some(Fault::AnswerCut) => letter.answered = Some(Some(self.chance.draw())),
            Some(_) => {
                let at = usize::try_from(self.chance.below(len.max(1) as u64)).unwrap_or(0);
                let bit = 1 << self.chance.below(8);
                if let Some(byte) = letter.request.body_mut().get_mut(at) {
                    *byte ^= bit;
                }
            }
        }
        self.later(way, Event::Request(Box::new(letter)));
    }

    /// What befalls the next message.
    pub fn line_fault(&mut self) -> Option<Fault> {
        let faults: Vec<Fault> = self
            .climate
            .iter()
            .copied()
            .filter(|fault| fault.is_of_the_line())
            .collect();
        let trouble = self.trouble;
        if self.chance.percent(trouble) {
            self.chance.pick(&faults).copied()
        } else {
            None
        }
    }

    fn unheard(&mut self, from: usize, ticket: u64, after: u64) {
        self.later(after, Event::Answer(from, ticket, Err(NetworkError("lost".into()))));
    }

    /// A copy whose answer is nobody's.
    fn again(&mut self, letter: &Letter, after: u64) {
        let copy = Letter {
            from: letter.from,
            ticket: letter.ticket,
            request: letter.request.clone(),
            broken: false,
            answered: None,
        };
        self.later(after, Event::Request(Box::new(copy)));
    }

    /// A request reaches the center.
    pub async fn arrive(&mut self, letter: Letter) -> Result<()> {
        let Letter {
            from,
            ticket,
            request,
            broken,
            answered,
        } = letter;
        self.coverage.requests += 1;
        let name = format!("{} {}", request.method(), request.uri().path());
        let is_file = request.uri().path().starts_with("/files") && request.method() != http::Method::GET;
        let torn = is_file && self.befalls(Fault::CenterTorn, 10);
        let full = is_file && self.befalls(Fault::CenterFull, 10);
        let before = if torn { Some(self.district.remember()?) } else { None };
        if full {
            self.district.fill_disk(true)?;
        }
        let older = self.is_older_center() && is_second(&request);
        let answer = match older {
            true => Ok(unsigned()),
            false => {
                let request = if broken { cut(request) } else { request.map(Body::from) };
                self.district.pass(request).await
            }
        };
        if full {
            self.district.fill_disk(false)?;
        }
        let answer = answer.with_context(|| name.clone())?;
        ensure!(
            !answer.status().is_server_error() || full,
            "the center answers {} to {name}: {}",
            answer.status(),
            String::from_utf8_lossy(answer.body())
        );
        let died = match before {
            Some(before) => {
                self.district.forget_since(&before)?;
                true
            }
            None if self.befalls(Fault::CenterCrash, 3) => {
                self.district.start_again()?;
                true
            }
            None => false,
        };
        let way = 20 + self.chance.below(800);
        match answered {
            _ if died || broken => self.unheard(from, ticket, way),
            None => {}
            Some(None) => self.later(way, Event::Answer(from, ticket, Ok(answer))),
            Some(Some(draw)) => {
                let answer = shortened(answer, draw);
                self.later(way, Event::Answer(from, ticket, answer));
            }
        }
        Ok(())
    }

    /// Whether a fault of this seed's climate happens now.
    pub fn befalls(&mut self, fault: Fault, percent: u64) -> bool {
        let happens = self.climate.contains(&fault) && self.chance.percent(percent);
        if happens {
            self.coverage.note(fault);
        }
        happens
    }
}

/// Whether a request is one that version 1 did not know.
fn is_second<T>(request: &Request<T>) -> bool {
    request.headers().contains_key(http::header::AUTHORIZATION)
}

/// What a program of version 1 makes of it: it looks for the signature in other headers.
fn unsigned() -> Response<Vec<u8>> {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    let code = HeaderValue::from_static("unsigned");
    answer.headers_mut().insert(auth::CODE, code);
    answer
}

/// An answer that breaks off: nothing is heard of it, or its part is taken for the whole.
fn shortened(mut answer: Response<Vec<u8>>, draw: u64) -> Result<Response<Vec<u8>>, NetworkError> {
    let len = answer.body().len() as u64;
    let at = usize::try_from(draw.checked_rem(len).unwrap_or(0)).unwrap_or(0);
    answer.body_mut().truncate(at);
    if draw >> 63 == 0 {
        Ok(answer)
    } else {
        Err(NetworkError("cut".into()))
    }
}

/// A request that ends with an error instead of its end.
fn cut(request: Request<Vec<u8>>) -> Request<Body> {
    request.map(|body| {
        let parts = vec![Ok(body), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
        Body::from_stream(stream::iter(parts))
    })
}
