//! Signed requests of devices.
//!
//! Every request carries the device, its time, and a signature over method, path, time and the hash of the body, in one
//! header (version 1: in three). A request caught and sent again within [`SKEW`] changes nothing: items are a set, and bytes of a file go to the
//! offset they name or nowhere.
//!
//! A station's wrong clock never stops it: the center answers [`AuthError::Clock`] with its own time in the header
//! [`NOW`], the station keeps the difference ([`Signer::learn`]) and repeats at once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request};

use crate::id::DeviceId;
use crate::item::Item;
use crate::key::{SigningKey, VerifyingKey};
use crate::tus;
use crate::world::Millis;

/// The scheme of the header `authorization`, before 86 bytes in base64 (URL alphabet, no padding): the device (16), its
/// time in milliseconds since the Unix epoch (6, big-endian), the signature (64).
const SCHEME: &str = "D ";
/// Request header of version 1: the device, in hex.
pub const DEVICE: &str = "doorstep-device";
/// Request header of version 1: when it was signed, milliseconds since the Unix epoch.
pub const TIME: &str = "doorstep-time";
/// Request header of version 1: the signature, in hex.
pub const SIGNATURE: &str = "doorstep-signature";
/// Response header: the center's time in milliseconds since the Unix epoch, on every 401.
pub const NOW: &str = "doorstep-now";
/// Response header: the stable code of an error, for example `clock` or `revoked`.
pub const CODE: &str = "doorstep-code";
/// Response header with the code `revoked`: the revocation, signed by the center, as [`Item::to_bytes`] in base64 (URL
/// alphabet, no padding). The code alone could be anybody's who stands between the two, and wipes nothing.
pub const REVOCATION: &str = "doorstep-revocation";

/// How far the time of a request may lie from the center's: 10 minutes.
pub const SKEW: Millis = 10 * 60 * 1000;

/// Why a request is not taken for a device's. The center answers 401 with [`AuthError::code`] in [`CODE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A header is missing or not in its form.
    #[error("the request is not signed")]
    Unsigned,
    /// Nobody with this name was granted anything.
    #[error("unknown device")]
    UnknownDevice,
    /// Signed more than [`SKEW`] before or after the center's time.
    #[error("the clock is off by more than ten minutes")]
    Clock,
    /// Not this device's signature over this request.
    #[error("bad signature")]
    Signature,
}

impl AuthError {
    /// The stable code, for the header [`CODE`].
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::UnknownDevice => "unknown_device",
            Self::Clock => "clock",
            Self::Signature => "signature",
        }
    }
}

/// What is signed: `METHOD\nPATH\nTIME\nHASH`, the hash being BLAKE3 of the body in hex. `path` is relative to the
/// address of the center that the station was given, and holds no query.
fn message(method: &Method, path: &str, time: Millis, body: &[u8]) -> Vec<u8> {
    format!("{method}\n{path}\n{time}\n{}", blake3::hash(body).to_hex()).into_bytes()
}

/// Signs requests, on the center's clock as far as it is known.
#[derive(Clone, Debug)]
pub struct Signer {
    key: SigningKey,
    device: DeviceId,
    offset: i64,
    older: bool,
}

impl Signer {
    /// A signer whose clock is taken for right until the center says otherwise. `offset` is what an earlier contact
    /// taught: the center's time minus the station's, in milliseconds (0 when nothing is known).
    pub fn new(key: SigningKey, offset: i64) -> Self {
        let device = key.verifying_key().device();
        Self {
            key,
            device,
            offset,
            older: false,
        }
    }

    /// The center's time minus the station's, in milliseconds.
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// Takes the center's time, heard at the station's time `own`.
    pub fn learn(&mut self, center: Millis, own: Millis) {
        self.offset = i64::try_from(i128::from(center) - i128::from(own)).unwrap_or(0);
    }

    /// From now on signs as version 1 did, for a center that knows no other form.
    pub fn speak_older(&mut self) {
        self.older = true;
    }

    /// Puts the signature on `request`, made at the station's time `now`.
    pub fn sign(&self, request: &mut Request<Vec<u8>>, now: Millis) {
        let time = now.saturating_add_signed(self.offset).min(LATEST);
        let described = if self.older {
            None
        } else {
            tus::described(request.headers())
        };
        let body = described.as_deref().unwrap_or(request.body());
        let message = message(request.method(), request.uri().path(), time, body);
        let signature = self.key.sign(&message);
        let headers = request.headers_mut();
        // Hex, digits and base64 are always a header's value.
        let mut insert = |name: HeaderName, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        if self.older {
            insert(HeaderName::from_static(DEVICE), self.device.to_string());
            insert(HeaderName::from_static(TIME), time.to_string());
            insert(HeaderName::from_static(SIGNATURE), hex::encode(signature));
        } else {
            let token = [&self.device.0[..], &time.to_be_bytes()[2..], &signature].concat();
            insert(AUTHORIZATION, format!("{SCHEME}{}", URL_SAFE_NO_PAD.encode(token)));
        }
    }
}

/// A revocation as it stands in the header [`REVOCATION`].
pub fn revocation_text(item: &Item) -> String {
    URL_SAFE_NO_PAD.encode(item.to_bytes())
}

/// The revocation that an answer carries, not yet checked.
pub fn revocation(headers: &HeaderMap) -> Option<Item> {
    let text = headers.get(REVOCATION)?.to_str().ok()?;
    Item::from_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The last instant that the header has room for; the year 10889.
const LATEST: Millis = (1 << 48) - 1;

/// What the headers of a request say, not yet checked.
struct Signed {
    device: DeviceId,
    time: Millis,
    signature: Vec<u8>,
}

/// Reads the one header, or the three of version 1.
fn signed(headers: &HeaderMap) -> Option<Signed> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(token) = text(AUTHORIZATION.as_str()).and_then(|text| text.strip_prefix(SCHEME)) {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (device, rest) = token.split_first_chunk()?;
        let (time, signature) = rest.split_first_chunk::<6>()?;
        let time = time.iter().fold(0, |time, byte| time << 8 | Millis::from(*byte));
        return Some(Signed {
            device: DeviceId(*device),
            time,
            signature: signature.to_vec(),
        });
    }
    Some(Signed {
        device: text(DEVICE)?.parse().ok()?,
        time: text(TIME)?.parse().ok()?,
        signature: hex::decode(text(SIGNATURE)?).ok()?,
    })
}

/// The device that a request says it comes from, when that `is_known`, at the center's time `now`: what can be said before
/// its body has been read.
pub fn claimed(
    headers: &HeaderMap,
    is_known: impl FnOnce(&DeviceId) -> bool,
    now: Millis,
) -> Result<DeviceId, AuthError> {
    let Signed { device, time, .. } = signed(headers).ok_or(AuthError::Unsigned)?;
    match (is_known(&device), time.abs_diff(now) > SKEW) {
        (false, _) => Err(AuthError::UnknownDevice),
        (true, true) => Err(AuthError::Clock),
        (true, false) => Ok(device),
    }
}

/// Whether a signature can be checked before the body has come: that of a request that brings bytes of a file covers what
/// its headers say of them, so that they can be stored as they come. What they are worth is for the file's own hash to say.
/// Version 1 signed every body.
pub fn stands_without_body(headers: &HeaderMap) -> bool {
    is_newer(headers) && tus::described(headers).is_some()
}

fn is_newer(headers: &HeaderMap) -> bool {
    let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    text.is_some_and(|text| text.starts_with(SCHEME))
}

/// Who sent this request, at the center's time `now`. `key_of` finds the public key of a device that was granted
/// something; whether it was revoked is for the caller to ask afterwards.
pub fn check(
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    body: &[u8],
    key_of: impl FnOnce(&DeviceId) -> Option<VerifyingKey>,
    now: Millis,
) -> Result<DeviceId, AuthError> {
    let Signed {
        device,
        time,
        signature,
    } = signed(headers).ok_or(AuthError::Unsigned)?;
    let key = key_of(&device).ok_or(AuthError::UnknownDevice)?;
    // The clock before the signature: a station that was off for a year must hear the time, and the time is no secret.
    if time.abs_diff(now) > SKEW {
        return Err(AuthError::Clock);
    }
    let described = if is_newer(headers) {
        tus::described(headers)
    } else {
        None
    };
    let body = described.as_deref().unwrap_or(body);
    if key.device() == device && key.verify(&message(method, path, time, body), &signature) {
        Ok(device)
    } else {
        Err(AuthError::Signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const NOON: Millis = 1_767_000_000_000;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    fn made(signer: &Signer, body: &[u8], now: Millis) -> Request<Vec<u8>> {
        let mut request = Request::post("/sync").body(body.to_vec()).unwrap();
        signer.sign(&mut request, now);
        request
    }

    fn checked(request: &Request<Vec<u8>>, now: Millis) -> Result<DeviceId, AuthError> {
        let find = |device: &DeviceId| {
            let key = key().verifying_key();
            (key.device() == *device).then_some(key)
        };
        check(
            request.headers(),
            request.method(),
            request.uri().path(),
            request.body(),
            find,
            now,
        )
    }

    #[test]
    fn a_signed_request_names_its_device() {
        let request = made(&Signer::new(key(), 0), b"body", NOON);
        assert_eq!(checked(&request, NOON + SKEW), Ok(key().verifying_key().device()));
    }

    #[test]
    fn a_changed_body_path_method_or_time_is_refused() {
        let whole = made(&Signer::new(key(), 0), b"body", NOON);
        let mut request = whole.clone();
        request.body_mut()[0] ^= 1;
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
        let mut request = whole.clone();
        *request.uri_mut() = "/files".parse().unwrap();
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
        let mut request = whole.clone();
        *request.method_mut() = Method::PATCH;
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
        let mut request = whole;
        let text = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
        let mut token = URL_SAFE_NO_PAD.decode(text.strip_prefix(SCHEME).unwrap()).unwrap();
        token[21] ^= 1;
        let bent = format!("{SCHEME}{}", URL_SAFE_NO_PAD.encode(token));
        request.headers_mut().insert(AUTHORIZATION, bent.parse().unwrap());
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
    }

    #[test]
    fn the_three_headers_of_version_1_are_taken_too() {
        let mut signer = Signer::new(key(), 0);
        signer.speak_older();
        let whole = made(&signer, b"body", NOON);
        assert_eq!(checked(&whole, NOON), Ok(key().verifying_key().device()));
        let mut request = whole.clone();
        request.headers_mut().insert(TIME, (NOON + 1).into());
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
        for missing in [DEVICE, TIME, SIGNATURE] {
            let mut request = whole.clone();
            request.headers_mut().remove(missing);
            assert_eq!(checked(&request, NOON), Err(AuthError::Unsigned));
        }
    }

    #[test]
    fn bytes_of_a_file_come_after_the_signature_and_what_is_said_of_them_is_signed() {
        let mut request = Request::patch("/files/00").body(b"bytes".to_vec()).unwrap();
        let headers = request.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(tus::CONTENT_TYPE));
        headers.insert(tus::OFFSET, 5.into());
        Signer::new(key(), 0).sign(&mut request, NOON);
        assert!(stands_without_body(request.headers()));
        request.body_mut().truncate(2);
        assert!(checked(&request, NOON).is_ok());
        request.headers_mut().insert(tus::OFFSET, 6.into());
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
        let mut older = Signer::new(key(), 0);
        older.speak_older();
        request.headers_mut().remove(AUTHORIZATION);
        older.sign(&mut request, NOON);
        assert!(!stands_without_body(request.headers()) && checked(&request, NOON).is_ok());
        request.body_mut().truncate(1);
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
    }

    #[test]
    fn strangers_and_unsigned_requests_are_told_so() {
        let stranger = made(&Signer::new(SigningKey::from_seed(&[8; 32]), 0), b"", NOON);
        assert_eq!(checked(&stranger, NOON), Err(AuthError::UnknownDevice));
        let mut request = made(&Signer::new(key(), 0), b"", NOON);
        for bent in ["", "D ", "D AA", "D ?", "Basic AA"] {
            request
                .headers_mut()
                .insert(AUTHORIZATION, HeaderValue::from_static(bent));
            assert_eq!(checked(&request, NOON), Err(AuthError::Unsigned));
        }
    }

    #[test]
    fn a_wrong_clock_is_named_and_mended() {
        let year = 365 * 24 * 3_600_000;
        let mut signer = Signer::new(key(), 0);
        assert_eq!(checked(&made(&signer, b"", NOON - year), NOON), Err(AuthError::Clock));
        signer.learn(NOON, NOON - year);
        assert!(checked(&made(&signer, b"", NOON - year), NOON).is_ok());
    }
}
