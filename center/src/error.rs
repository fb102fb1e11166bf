//! What a route answers when it does not do what was asked: a status, a stable code the screen has words for, and
//! words for a developer. Never personal data.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_sync::repair::RepairError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::StoreError;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Stable code: `not_signed_in`, `wrong_password`, `wait`, `csrf`, `not_allowed`, `not_found`, `changed`, `status`,
    /// `bad_request`, `too_large`, `store`, `clock`, `unknown_device`, `revoked`, `wrong_code`, `account_disabled`, `yourself`,
    /// `last_administrator`.
    pub code: String,
    /// Words for a log; the screen has its own words for the code.
    pub message: String,
    /// What is wrong with each field of the request, as a code: `required`, `unknown`, `date`, `past`, `too_long`,
    /// `taken`, `characters`.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// Why a request is not done.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code.
    pub code: &'static str,
    /// Words, without personal data.
    pub message: String,
    /// Codes by field.
    pub fields: BTreeMap<String, String>,
    /// When to try again, seconds.
    pub retry_after: Option<u64>,
}

/// What a JSON route gives back.
pub type Answer<T> = Result<Json<T>, ApiError>;

impl ApiError {
    /// An error with its code.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: BTreeMap::new(),
            retry_after: None,
        }
    }

    /// Nothing of that name, or nothing this account may see.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("no such {what}"))
    }

    /// The request does not make sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// Some fields of the request are not right.
    pub fn fields(fields: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        Self {
            fields: fields.into_iter().map(|(name, code)| (name, code.to_owned())).collect(),
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_request",
                "some fields are not right",
            )
        }
    }

    /// Asks to try again later.
    pub fn wait(seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "wait",
                format!("try again in {seconds} s"),
            )
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.code;
        let body = ErrorBody {
            code: self.code.to_owned(),
            message: self.message,
            fields: self.fields,
        };
        let mut response = (self.status, Json(body)).into_response();
        response
            .headers_mut()
            .insert(doorstep_sync::auth::CODE, HeaderValue::from_static(code));
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        Self {
            retry_after: Some(5),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", "the store failed")
        }
    }
}

impl From<RepairError> for ApiError {
    fn from(error: RepairError) -> Self {
        match error {
            RepairError::Malformed => Self::new(StatusCode::BAD_REQUEST, "malformed", error.to_string()),
            RepairError::Store(error) => {
                tracing::error!(%error, "store");
                Self {
                    retry_after: Some(5),
                    ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", "the store failed")
                }
            }
        }
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(kind = ?error.kind(), "disk");
        if matches!(
            error.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        ) {
            return Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "disk_full",
                "the center's disk is full",
            );
        }
        Self {
            retry_after: Some(5),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", "the disk failed")
        }
    }
}
