//! The identity token: a JSON Web Token signed by the provider (RFC 7515, 7518; OpenID Connect Core 1.0, 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

use super::document::{Key, Keys};
use super::{Person, ProviderConfig, ProviderError};

/// Seconds that the provider's clock may be off.
const SKEW: u64 = 60;
/// Ways of showing more than a password (RFC 8176, section 2).
const MORE: [&str; 4] = ["mfa", "otp", "hwk", "sc"];

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    #[serde(flatten)]
    others: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// A token that was read and not checked yet.
pub(super) struct Token<'a> {
    header: Header,
    claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    pub fn parse(text: &'a str) -> Result<Self, ProviderError> {
        let broken = || ProviderError::Token("it cannot be read");
        let (signed, signature) = text.rsplit_once('.').ok_or_else(broken)?;
        let (header, claims) = signed.split_once('.').ok_or_else(broken)?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| broken());
        Ok(Self {
            header: serde_json::from_slice(&bytes(header)?).map_err(|_| broken())?,
            claims: serde_json::from_slice(&bytes(claims)?).map_err(|_| broken())?,
            signed,
            signature: bytes(signature)?,
        })
    }

    /// Whether it may be signed with this key.
    pub fn names(&self, key: &Key) -> bool {
        let kind = match self.header.alg.as_str() {
            "RS256" => "RSA",
            "ES256" => "EC",
            _ => return false,
        };
        let is_for_signing = key.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        key.kty == kind && is_for_signing && (self.header.kid.is_none() || self.header.kid == key.kid)
    }

    /// Whether one of the keys signed it. Only RS256 and ES256 count, whatever the token says.
    pub fn verify(&self, keys: &Keys) -> Result<(), ProviderError> {
        let is_signed = keys
            .keys
            .iter()
            .filter(|key| self.names(key))
            .any(|key| self.is_by(key).is_some());
        is_signed
            .then_some(())
            .ok_or(ProviderError::Token("no key of the provider signed it"))
    }

    fn is_by(&self, key: &Key) -> Option<()> {
        let number = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let message = self.signed.as_bytes();
        if key.kty == "RSA" {
            let (n, e) = (number(&key.n)?, number(&key.e)?);
            let key = RsaPublicKeyComponents { n: &n, e: &e };
            return key
                .verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, &self.signature)
                .ok();
        }
        if key.crv.as_deref() != Some("P-256") {
            return None;
        }
        let point = [&[4][..], &number(&key.x)?, &number(&key.y)?].concat();
        UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
            .verify(message, &self.signature)
            .ok()
    }

    /// Who it speaks of, if it is for us, of this sign-in, and of now (seconds since 1970).
    pub fn person(self, config: &ProviderConfig, nonce: &str, now: u64) -> Result<Person, ProviderError> {
        let Claims {
            iss,
            sub,
            aud,
            azp,
            exp,
            iat,
            nonce: said,
            amr,
            others,
        } = self.claims;
        let is_for_us = match &aud {
            Audience::One(one) => *one == config.client,
            // For several: then it says for whom it was made.
            Audience::Several(all) => all.contains(&config.client) && (all.len() == 1 || azp.is_some()),
        };
        if iss != config.issuer {
            return Err(ProviderError::Token("another issuer"));
        }
        if !is_for_us || azp.is_some_and(|party| party != config.client) {
            return Err(ProviderError::Token("for somebody else"));
        }
        if said.as_deref() != Some(nonce) {
            return Err(ProviderError::Token("of another sign-in"));
        }
        let (now, skew) = (now as f64, SKEW as f64);
        if exp + skew < now || iat - skew > now {
            return Err(ProviderError::Token("not of now"));
        }
        let name = match config.claim.as_str() {
            "sub" => Some(sub),
            claim => others.get(claim).and_then(|value| value.as_str()).map(str::to_owned),
        };
        Ok(Person {
            name: name.ok_or(ProviderError::Token("it does not say what somebody is called here"))?,
            proved: amr.iter().any(|way| MORE.contains(&way.as_str())),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_772_676_000;

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            let random = SystemRandom::new();
            let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
            Self(EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap())
        }

        fn keys(&self) -> Keys {
            let point = &self.0.public_key().as_ref()[1..];
            let (x, y) = point.split_at(32);
            let key = json!({ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig",
                "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
            serde_json::from_value(json!({ "keys": [key] })).unwrap()
        }

        fn sign(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(header), part(claims));
            let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
        }
    }

    fn config() -> ProviderConfig {
        ProviderConfig {
            issuer: "https://id.example".into(),
            client: "doorstep".into(),
            secret: None,
            claim: "preferred_username".into(),
        }
    }

    fn claims() -> Value {
        json!({ "iss": "https://id.example", "sub": "u-17", "aud": "doorstep", "nonce": "n", "iat": NOW - 5,
            "exp": NOW + 60, "preferred_username": "window", "amr": ["pwd"] })
    }

    fn reads(text: &str, keys: &Keys) -> Result<Person, ProviderError> {
        let token = Token::parse(text)?;
        token.verify(keys)?;
        token.person(&config(), "n", NOW)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    #[test]
    fn a_token_for_us_of_now_says_who_it_is() {
        let signer = Signer::new();
        let header = json!({ "alg": "ES256", "kid": "one" });
        let read = |claims: &Value| reads(&signer.sign(&header, claims), &signer.keys()).unwrap();
        let person = read(&claims());
        assert_eq!((person.name.as_str(), person.proved), ("window", false));
        assert!(read(&with("amr", json!(["pwd", "mfa"]))).proved);
        let mut by_subject = config();
        by_subject.claim = "sub".into();
        let token = signer.sign(&header, &claims());
        let named = Token::parse(&token).unwrap().person(&by_subject, "n", NOW).unwrap();
        assert_eq!(named.name, "u-17");
        let mut several = with("aud", json!(["doorstep", "other"]));
        several["azp"] = json!("doorstep");
        assert_eq!(read(&several).name, "window");
    }

    #[test]
    fn any_other_is_refused() {
        let signer = Signer::new();
        let header = json!({ "alg": "ES256", "kid": "one" });
        for wrong in [
            with("iss", json!("https://other.example")),
            with("aud", json!("other")),
            with("aud", json!(["doorstep", "other"])),
            with("azp", json!("other")),
            with("nonce", json!("m")),
            with("nonce", Value::Null),
            with("exp", json!(NOW - 61)),
            with("iat", json!(NOW + 61)),
            with("preferred_username", Value::Null),
            with("preferred_username", json!(17)),
        ] {
            assert!(reads(&signer.sign(&header, &wrong), &signer.keys()).is_err(), "{wrong}");
        }
        let right = signer.sign(&header, &claims());
        assert!(reads(&right, &Signer::new().keys()).is_err(), "another key");
        let (head, signature) = right.rsplit_once('.').unwrap();
        let (first, _) = head.split_once('.').unwrap();
        let altered = URL_SAFE_NO_PAD.encode(with("preferred_username", json!("reviewer")).to_string());
        assert!(
            reads(&format!("{first}.{altered}.{signature}"), &signer.keys()).is_err(),
            "altered"
        );
        for header in [
            json!({ "alg": "none" }),
            json!({ "alg": "HS256", "kid": "one" }),
            json!({ "alg": "RS256", "kid": "one" }),
            json!({ "alg": "ES256", "kid": "two" }),
        ] {
            assert!(
                reads(&signer.sign(&header, &claims()), &signer.keys()).is_err(),
                "{header}"
            );
        }
        for broken in ["", "a", "a.b", "a.b.c", "....", &format!("{head}."), head] {
            assert!(reads(broken, &signer.keys()).is_err(), "{broken}");
        }
    }
}
