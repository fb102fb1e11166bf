//! What handlers need to know of a request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use doorstep_matters::Language;
use utoipa::IntoParams;

use crate::center::Center;
use crate::error::ApiError;

/// The center, as every handler gets it.
pub type Shared = Arc<Center>;

/// The language of words in the answer, from the header `x-language` (`zh-CN` or `en`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Words(pub Language);

impl IntoParams for Words {
    fn into_params(_: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>) -> Vec<utoipa::openapi::path::Parameter> {
        use utoipa::openapi::{Required, path::{ParameterBuilder, ParameterIn}, schema::{ObjectBuilder, Type}};
        let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["zh-CN", "en"])).build();
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
        let english = parts.headers.get("x-language").is_some_and(|v| v.as_bytes().starts_with(b"en"));
        Ok(Self(if english { Language::English } else { Language::Chinese }))
    }
}

/// The address a request came from; the loopback address when the router is called in process.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(known.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))))
    }
}

/// The address at which the browser reaches the center: what a device will be told.
#[derive(Clone, Debug)]
pub struct Origin(pub String);

impl FromRequestParts<Shared> for Origin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, center: &Shared) -> Result<Self, ApiError> {
        todo!()
    }
}

/// A person who is signed in. For calls that change something, the header `x-csrf` has been checked too.
#[derive(Clone, Debug)]
pub struct Signed {}

impl FromRequestParts<Shared> for Signed {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, center: &Shared) -> Result<Self, ApiError> {
        todo!()
    }
}
