//! Signing in by the identity provider of the district (OpenID Connect Core 1.0, code flow with PKCE, RFC 7636), for accounts
//! that are here already: it says who somebody is, and never makes an account or a role.

mod document;
mod token;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorstep_sync::{Millis, Random};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use document::{Discovery, Fetch, Keys};

/// How long somebody may take at the provider: 10 minutes.
pub(crate) const PATIENCE: Millis = 10 * 60_000;
/// A request to the provider takes no longer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why nobody is signed in. The words are for a log and name no person.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The settings cannot work.
    #[error("{0}")]
    Settings(&'static str),
    /// The provider was not reached, or did not answer as the standard says.
    #[error("the identity provider: {0}")]
    Provider(String),
    /// What the browser brought back does not belong to what it was sent with, or came too late.
    #[error("the answer does not belong to a sign-in that was begun in this browser")]
    NotBegun,
    /// The provider itself refused.
    #[error("the identity provider refused")]
    Refused,
    /// What the provider signed is not for us, not now, or not signed by it.
    #[error("the identity token does not hold: {0}")]
    Token(&'static str),
}

/// How the center is known to the provider.
#[derive(Clone)]
pub struct ProviderConfig {
    /// The issuer, an address; `https` unless it is this machine.
    pub issuer: String,
    /// The client id.
    pub client: String,
    /// The client secret, if it was given one.
    pub secret: Option<String>,
    /// Which claim is the name of an account here. `sub` alone is certain never to become somebody else's (OpenID Connect
    /// Core 1.0, section 5.7); another is for a district that gives out these names itself.
    pub claim: String,
}

/// Who signed in there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The account they mean.
    pub name: String,
    /// Whether they showed more than a password there (`amr`, RFC 8176).
    pub proved: bool,
}

/// The district's identity provider.
pub struct Provider {
    config: ProviderConfig,
    fetch: Fetch,
    /// Everything that belongs to one sign-in follows from this and what its browser keeps: nothing is stored here.
    key: [u8; 32],
    known: Mutex<Option<Arc<(Discovery, Keys)>>>,
}

/// The secrets of one sign-in.
struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
}

impl Provider {
    /// A provider by its settings. `key` is the center's own. Nothing is asked before somebody signs in.
    pub fn new(config: ProviderConfig, key: [u8; 32]) -> Result<Self, ProviderError> {
        let issuer = &config.issuer;
        let here = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
        let is_here = here.iter().any(|start| {
            issuer
                .strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
        if !issuer.starts_with("https://") && !is_here {
            return Err(ProviderError::Settings("the issuer must be reached by https"));
        }
        // Fails only when a provider of ciphers is there already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            fetch: Fetch::new(TIMEOUT)?,
            config,
            key,
            known: Mutex::new(None),
        })
    }

    /// Begins a sign-in: where the browser goes, and what it keeps as a cookie until it comes back.
    pub(crate) async fn begin(
        &self,
        random: &dyn Random,
        now: Millis,
        back: &str,
    ) -> Result<(String, String), ProviderError> {
        let mut seed = [0; 16];
        random.fill(&mut seed);
        let kept = format!("{}.{now}", hex::encode(seed));
        let attempt = self.attempt(&kept);
        let known = self.known(false).await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.verifier.as_bytes()));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.config.client),
            ("redirect_uri", back),
            ("scope", "openid profile"),
            ("state", &attempt.state),
            ("nonce", &attempt.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let start = &known.0.authorization_endpoint;
        let joint = if start.contains('?') { '&' } else { '?' };
        Ok((format!("{start}{joint}{query}"), kept))
    }

    /// Ends it: who the person is, by the code that the browser brought back.
    pub(crate) async fn finish(
        &self,
        kept: &str,
        state: &str,
        code: &str,
        now: Millis,
        back: &str,
    ) -> Result<Person, ProviderError> {
        let begun = kept.split_once('.').and_then(|(_, begun)| begun.parse::<Millis>().ok());
        let attempt = self.attempt(kept);
        let is_ours = blake3::hash(attempt.state.as_bytes()) == blake3::hash(state.as_bytes());
        if !is_ours || begun.is_none_or(|begun| begun > now || begun + PATIENCE < now) {
            return Err(ProviderError::NotBegun);
        }
        let known = self.known(false).await?;
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("client_id", &self.config.client),
            ("code_verifier", &attempt.verifier),
        ]);
        let signed = self.fetch.token(&known.0, &self.config, body).await?;
        let token = token::Token::parse(&signed)?;
        // A key that is not known may be a new one: they are asked for once more.
        let known = if known.1.has(&token) {
            known
        } else {
            self.known(true).await?
        };
        token.verify(&known.1)?;
        token.person(&self.config, &attempt.nonce, now / 1_000)
    }

    fn attempt(&self, kept: &str) -> Attempt {
        let secret = |what: &str| {
            let key = blake3::keyed_hash(&self.key, what.as_bytes());
            URL_SAFE_NO_PAD.encode(blake3::keyed_hash(key.as_bytes(), kept.as_bytes()).as_bytes())
        };
        Attempt {
            state: secret("state"),
            nonce: secret("nonce"),
            verifier: secret("verifier"),
        }
    }

    /// What the provider says of itself.
    async fn known(&self, anew: bool) -> Result<Arc<(Discovery, Keys)>, ProviderError> {
        let mut known = self.known.lock().await;
        if let (Some(known), false) = (&*known, anew) {
            return Ok(known.clone());
        }
        let discovery = self.fetch.discovery(&self.config.issuer).await?;
        let keys = self.fetch.keys(&discovery).await?;
        Ok(known.insert(Arc::new((discovery, keys))).clone())
    }
}

/// As forms and queries are written.
fn form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}
