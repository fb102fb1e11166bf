//! What is asked of the provider: its description (OpenID Connect Discovery 1.0), its keys (RFC 7517), a token for a code.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::RequestBuilder;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::token::Token;
use super::{ProviderConfig, ProviderError};

/// Bytes of an answer at most.
const MOST: usize = 1 << 20;

/// Where the provider does what.
#[derive(Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// The keys it signs with.
#[derive(Deserialize)]
pub(super) struct Keys {
    pub keys: Vec<Key>,
}

/// One of them. Numbers in base64url.
#[derive(Deserialize)]
pub(super) struct Key {
    pub kty: String,
    #[serde(default)]
    pub kid: Option<String>,
    #[serde(default, rename = "use")]
    pub purpose: Option<String>,
    #[serde(default)]
    pub crv: Option<String>,
    #[serde(default)]
    pub n: Option<String>,
    #[serde(default)]
    pub e: Option<String>,
    #[serde(default)]
    pub x: Option<String>,
    #[serde(default)]
    pub y: Option<String>,
}

impl Keys {
    /// Whether there is a key that this token may be signed with.
    pub fn has(&self, token: &Token<'_>) -> bool {
        self.keys.iter().any(|key| token.names(key))
    }
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// Asks the provider.
pub(super) struct Fetch(reqwest::Client);

impl Fetch {
    pub fn new(timeout: Duration) -> Result<Self, ProviderError> {
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(Policy::none())
            .build();
        client.map(Self).map_err(|error| wrong(&error))
    }

    pub async fn discovery(&self, issuer: &str) -> Result<Discovery, ProviderError> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let discovery: Discovery = ask(self.0.get(address)).await?;
        if discovery.issuer != issuer {
            return Err(ProviderError::Provider("it calls itself by another name".into()));
        }
        Ok(discovery)
    }

    pub async fn keys(&self, discovery: &Discovery) -> Result<Keys, ProviderError> {
        ask(self.0.get(&discovery.jwks_uri)).await
    }

    /// The identity token for a code.
    pub async fn token(
        &self,
        discovery: &Discovery,
        config: &ProviderConfig,
        body: String,
    ) -> Result<String, ProviderError> {
        let mut request = self
            .0
            .post(&discovery.token_endpoint)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        if let Some(secret) = &config.secret {
            // RFC 6749, 2.3.1: both are written as in a form before they are joined.
            let plain = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let joined = format!("{}:{}", plain(&config.client), plain(secret));
            request = request.header("authorization", format!("Basic {}", STANDARD.encode(joined)));
        }
        Ok(ask::<Tokens>(request).await?.id_token)
    }
}

async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, ProviderError> {
    let mut answer = request
        .header("accept", "application/json")
        .send()
        .await
        .map_err(|error| wrong(&error))?;
    if !answer.status().is_success() {
        return Err(ProviderError::Provider(format!("it answered {}", answer.status())));
    }
    let mut body = Vec::new();
    while let Some(more) = answer.chunk().await.map_err(|error| wrong(&error))? {
        if body.len() + more.len() > MOST {
            return Err(ProviderError::Provider("its answer is too long".into()));
        }
        body.extend_from_slice(&more);
    }
    serde_json::from_slice(&body).map_err(|_| ProviderError::Provider("its answer is not what was asked for".into()))
}

/// Without the address: a code may stand in it.
fn wrong(error: &reqwest::Error) -> ProviderError {
    let words = match () {
        () if error.is_timeout() => "it did not answer in time",
        () if error.is_connect() => "it cannot be reached",
        () => "asking it failed",
    };
    ProviderError::Provider(words.into())
}
