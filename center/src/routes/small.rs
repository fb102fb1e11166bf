//! What somebody sends who has not proved who they are.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use super::{Peer, Shared, body};
use crate::error::ApiError;

/// Bytes of it: a name and a password, a code and a key.
const MOST: usize = 16 << 10;

/// JSON of at most 16 KB, that comes in time and takes its place among all bodies.
pub struct Small<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Small<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, center: &Shared) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        // No other page's form can send this type without asking first.
        let kind = parts.headers.get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
            let words = "the body must be application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_request", words));
        }
        let Ok(Peer(address)) = Peer::from_request_parts(&mut parts, center).await;
        let (bytes, _room) = body::read(body, MOST, center.admission.room.begin(address)).await?;
        match Json::from_bytes(&bytes) {
            Ok(Json(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::bad_request("the body is not what is asked for")),
        }
    }
}
