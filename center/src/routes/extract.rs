//! What handlers need to know of a request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use doorstep_matters::Language;
use doorstep_sync::{DeviceId, auth, origin};
use utoipa::IntoParams;

use super::body;
use crate::admission::{Gate, Held, Turn};
use crate::center::Center;
use crate::error::ApiError;
use crate::known_browser;
use crate::rights::{Actor, Right};
use crate::signing::{Session, Todo, Token, Whence};

/// The center, as every handler gets it.
pub type Shared = Arc<Center>;

/// Name of the session cookie.
pub const COOKIE: &str = "doorstep_session";
/// Header of the token that every change needs.
pub const CSRF: &str = "x-csrf";
/// Header of what a page asks by itself, again and again: nobody may be there, so it keeps no session alive.
pub const UNATTENDED: &str = "x-unattended";
/// The largest body a device sends: a parcel, or a chunk of a file.
const DEVICE_BODY: usize = 8 << 20;
/// The largest exchange: a batch of at most 512 KB, and what is said of some thousand scopes.
const EXCHANGE: usize = 2 << 20;

/// The language of words in the answer, from the header `x-language` (`zh-CN` or `en`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Words(pub Language);

impl IntoParams for Words {
    fn into_params(
        _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        use utoipa::openapi::Required;
        use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["zh-CN", "en"]))
            .build();
        vec![
            ParameterBuilder::new()
                .name("x-language")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some("Language of words in the answer; zh-CN when absent"))
                .schema(Some(schema))
                .build(),
        ]
    }
}

impl<S: Sync> FromRequestParts<S> for Words {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let english = parts
            .headers
            .get("x-language")
            .is_some_and(|v| v.as_bytes().starts_with(b"en"));
        Ok(Self(if english { Language::English } else { Language::Chinese }))
    }
}

/// The address under which whoever asks is counted ([`origin::counted`]); the loopback address when the router is called in
/// process.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| origin::counted(info.0.ip()));
        Ok(Self(known.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))))
    }
}

/// The address at which the browser reaches the center: what a device will be told.
#[derive(Clone, Debug)]
pub struct Origin(pub String);

impl FromRequestParts<Shared> for Origin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, center: &Shared) -> Result<Self, ApiError> {
        // HTTP/2 names it in the address, HTTP/1 in a header.
        let host = parts.uri.authority().map(|authority| authority.as_str());
        let host = host.or(text(&parts.headers, "host")).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '[' | ']');
        if host.is_empty() || !host.chars().all(plain) {
            return Err(ApiError::bad_request("the request names no host"));
        }
        Ok(Self(format!("{}://{host}", if center.tls { "https" } else { "http" })))
    }
}

/// The browser that asks: from where, what it says of itself, and which cookies it brings.
#[derive(Clone)]
pub struct Browser {
    address: IpAddr,
    agent: String,
    cookies: Vec<String>,
}

impl Browser {
    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find_map(|line| cookie(line, name))
    }

    /// What counts of it for somebody who tries this account.
    pub fn whence(&self, center: &Center, account: &str) -> Whence {
        let value = self.cookie(&known_browser::cookie(account));
        Whence {
            address: self.address,
            browser: self.agent.clone(),
            known: value.and_then(|value| center.known_browser(account, value)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Peer(address) = Peer::from_request_parts(parts, state).await?;
        Ok(Self {
            address,
            agent: text(&parts.headers, "user-agent").unwrap_or_default().to_owned(),
            cookies: cookies(&parts.headers).map(str::to_owned).collect(),
        })
    }
}

/// A person who has signed in and may have something left to do first. For calls that change something, the header `x-csrf`
/// has been checked too.
#[derive(Clone)]
pub struct Entered {
    /// Their session.
    pub session: Session,
    /// Its secret.
    pub token: Token,
}

impl Entered {
    /// Goes on only when what comes before `this` is done.
    pub fn ready_for(self, this: Todo) -> Result<Self, ApiError> {
        match self.session.todo().first() {
            Some(first) if *first != this => Err(unfinished()),
            _ => Ok(self),
        }
    }
}

fn unfinished() -> ApiError {
    let words = "signing in is not finished: see `todo` of the session";
    ApiError::new(StatusCode::FORBIDDEN, "unfinished", words)
}

impl FromRequestParts<Shared> for Entered {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, center: &Shared) -> Result<Self, ApiError> {
        let stranger = || ApiError::new(StatusCode::UNAUTHORIZED, "not_signed_in", "nobody is signed in");
        let token = cookies(&parts.headers)
            .find_map(|line| cookie(line, COOKIE))
            .and_then(Token::parse)
            .ok_or_else(stranger)?;
        let (wanted, used) = (token.clone(), !parts.headers.contains_key(UNATTENDED));
        let session = center
            .run(move |center| center.signed_in(&wanted, used))
            .await?
            .ok_or_else(stranger)?;
        if !parts.method.is_safe() && !text(&parts.headers, CSRF).is_some_and(|csrf| token.fits(csrf)) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "csrf",
                "the header x-csrf is missing or wrong",
            ));
        }
        Ok(Self { session, token })
    }
}

/// A person who is signed in, with nothing left to do before that.
#[derive(Clone)]
pub struct Signed {
    /// Who, with what they may do.
    pub account: Actor,
    /// Their session.
    pub token: Token,
}

impl Signed {
    /// Goes on only for an account with this right.
    pub fn may(self, right: Right) -> Result<Self, ApiError> {
        if self.account.may(right) {
            Ok(self)
        } else {
            Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                "this account may not do that",
            ))
        }
    }
}

impl FromRequestParts<Shared> for Signed {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, center: &Shared) -> Result<Self, ApiError> {
        let Entered { session, token } = Entered::from_request_parts(parts, center).await?;
        if !session.todo().is_empty() {
            return Err(unfinished());
        }
        Ok(Self {
            account: session.account,
            token,
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|value| value.to_str().ok())
}

/// The value of a cookie in a line of them.
fn cookie<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    line.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then_some(value)
    })
}

/// A request that a device has signed and that was not revoked.
pub struct FromDevice {
    /// Who.
    pub device: DeviceId,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Its turn, for as long as the request is worked on.
    pub turn: Turn,
    /// The place of the body in memory.
    _room: Held,
}

fn unauthorized(error: auth::AuthError) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string())
}

impl FromRequest<Shared> for FromDevice {
    type Rejection = ApiError;
    async fn from_request(request: Request, center: &Shared) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let gate = center.admission.gate(parts.uri.path());
        let body = promising(center, &parts, gate, body).await?;
        let Ok(Peer(address)) = Peer::from_request_parts(&mut parts, center).await;
        let most = largest(&parts.method, parts.uri.path());
        let (body, room) = body::read(body, most, center.admission.room.begin(address)).await?;
        let device = checked(center, &parts, &body)?;
        // Who it is stands only now: a line of strangers' names would be no line.
        let turn = gate.enter(device).await?;
        Ok(Self {
            device,
            headers: parts.headers,
            body,
            turn,
            _room: room,
        })
    }
}

/// The largest body of a device's request.
fn largest(method: &Method, path: &str) -> usize {
    let is_bytes = path == "/parcels" || path.starts_with("/files");
    match *method {
        Method::POST | Method::PATCH if is_bytes => DEVICE_BODY,
        Method::POST => EXCHANGE,
        _ => 0,
    }
}

/// The body, unless it is not needed to refuse the request: nothing is read into memory for a stranger, for who was revoked, or
/// for who would be sent away anyway.
async fn promising(center: &Center, parts: &Parts, gate: &Gate, body: Body) -> Result<Body, ApiError> {
    let refused = match known(center, parts) {
        Ok(device) => gate.is_hopeless(device).err().map(ApiError::from),
        Err(refused) => Some(refused),
    };
    let Some(refused) = refused else { return Ok(body) };
    body::let_go(body).await;
    Err(refused)
}

/// Who a request says it comes from: a device that was granted something and not revoked, and knows what time it is.
fn known(center: &Center, parts: &Parts) -> Result<DeviceId, ApiError> {
    let (grants, now) = (center.grants(), center.clock.now());
    let is_known = |device: &DeviceId| !grants.of(device).is_empty();
    let device = auth::claimed(&parts.headers, is_known, now).map_err(unauthorized)?;
    if grants
        .revoked_at(&device)
        .is_some_and(|at| at <= grants.judged_at(&device, now))
    {
        return Err(center.revoked(&device));
    }
    Ok(device)
}

/// The device that signed a request and was not revoked, not even while its body came.
fn checked(center: &Center, parts: &Parts, body: &[u8]) -> Result<DeviceId, ApiError> {
    known(center, parts)?;
    let grants = center.grants();
    let key = |device: &DeviceId| grants.of(device).first().and_then(|_| grants.key(device).cloned());
    let (method, path) = (&parts.method, parts.uri.path());
    auth::check(&parts.headers, method, path, body, key, center.clock.now()).map_err(unauthorized)
}

/// A request of a device that brings bytes of a file: they are stored as they come, and never all in memory.
pub struct Streamed {
    /// Who.
    pub device: DeviceId,
    /// Its headers.
    pub headers: HeaderMap,
    /// The bytes, still to come.
    pub body: Body,
}

impl FromRequest<Shared> for Streamed {
    type Rejection = ApiError;
    async fn from_request(request: Request, center: &Shared) -> Result<Self, ApiError> {
        if !auth::stands_without_body(request.headers()) {
            let whole = FromDevice::from_request(request, center).await?;
            return Ok(Self {
                device: whole.device,
                headers: whole.headers,
                body: whole.body.into(),
            });
        }
        let (parts, body) = request.into_parts();
        let body = promising(center, &parts, &center.admission.files, body).await?;
        Ok(Self {
            device: checked(center, &parts, &[])?,
            headers: parts.headers,
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn a_request_is_counted_by_its_network_and_as_what_it_is() {
        for (from, expected) in [
            ("[::ffff:127.0.0.1]:7", "127.0.0.1"),
            ("[2001:db8::1:2]:7", "2001:db8::"),
            ("192.0.2.7:7", "192.0.2.7"),
        ] {
            let request = Request::builder().extension(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
            let (mut parts, _) = request.body(Body::empty()).unwrap().into_parts();
            let Ok(Peer(address)) = Peer::from_request_parts(&mut parts, &()).await;
            assert_eq!(address, expected.parse::<IpAddr>().unwrap());
        }
    }

    #[test]
    fn only_what_brings_bytes_may_be_large() {
        for (method, path, expected) in [
            (Method::POST, "/sync", EXCHANGE),
            (Method::POST, "/parcels", DEVICE_BODY),
            (Method::POST, "/files", DEVICE_BODY),
            (Method::PATCH, "/files/00", DEVICE_BODY),
            (Method::PATCH, "/sync", 0),
            (Method::GET, "/files/00", 0),
            (Method::HEAD, "/files/00", 0),
            (Method::DELETE, "/files/00", 0),
            (Method::GET, "/parcels/00", 0),
            (Method::GET, "/events", 0),
        ] {
            assert_eq!(largest(&method, path), expected, "{method} {path}");
        }
    }
}
