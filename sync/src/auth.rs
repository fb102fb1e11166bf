//! Signed requests of devices.
//!
//! Every request carries the device, its time, and a signature over method, path, time and the hash of the body. A
//! request caught and sent again within [`SKEW`] changes nothing: items are a set, and bytes of a file go to the
//! offset they name or nowhere.
//!
//! A station's wrong clock never stops it: the center answers [`AuthError::Clock`] with its own time in the header
//! [`NOW`], the station keeps the difference ([`Signer::learn`]) and repeats at once.

use http::{HeaderMap, HeaderValue, Method, Request};

use crate::id::DeviceId;
use crate::key::{SigningKey, VerifyingKey};
use crate::world::Millis;

/// Request header: the device, in hex.
pub const DEVICE: &str = "doorstep-device";
/// Request header: when it was signed, milliseconds since the Unix epoch.
pub const TIME: &str = "doorstep-time";
/// Request header: the signature, in hex.
pub const SIGNATURE: &str = "doorstep-signature";
/// Response header: the center's time in milliseconds since the Unix epoch, on every 401.
pub const NOW: &str = "doorstep-now";
/// Response header: the stable code of an error, for example `clock` or `revoked`.
pub const CODE: &str = "doorstep-code";

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
}

impl Signer {
    /// A signer whose clock is taken for right until the center says otherwise. `offset` is what an earlier contact
    /// taught: the center's time minus the station's, in milliseconds (0 when nothing is known).
    pub fn new(key: SigningKey, offset: i64) -> Self {
        let device = key.verifying_key().device();
        Self { key, device, offset }
    }

    /// The center's time minus the station's, in milliseconds.
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// Takes the center's time, heard at the station's time `own`.
    pub fn learn(&mut self, center: Millis, own: Millis) {
        self.offset = i64::try_from(i128::from(center) - i128::from(own)).unwrap_or(0);
    }

    /// Puts the three headers on `request`, signed at the station's time `now`.
    pub fn sign(&self, request: &mut Request<Vec<u8>>, now: Millis) {
        let time = now.saturating_add_signed(self.offset);
        let message = message(request.method(), request.uri().path(), time, request.body());
        let values = [
            (DEVICE, self.device.to_string()),
            (TIME, time.to_string()),
            (SIGNATURE, hex::encode(self.key.sign(&message))),
        ];
        for (name, text) in values {
            // Hex and digits are always a header's value.
            if let Ok(value) = HeaderValue::try_from(text) {
                request.headers_mut().insert(name, value);
            }
        }
    }
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
    let text = |name| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .ok_or(AuthError::Unsigned)
    };
    let device: DeviceId = text(DEVICE)?.parse().map_err(|_| AuthError::Unsigned)?;
    let time: Millis = text(TIME)?.parse().map_err(|_| AuthError::Unsigned)?;
    let signature = hex::decode(text(SIGNATURE)?).map_err(|_| AuthError::Unsigned)?;
    let key = key_of(&device).ok_or(AuthError::UnknownDevice)?;
    // The clock before the signature: a station that was off for a year must hear the time, and the time is no secret.
    if time.abs_diff(now) > SKEW {
        return Err(AuthError::Clock);
    }
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

    fn signed(signer: &Signer, body: &[u8], now: Millis) -> Request<Vec<u8>> {
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
        let request = signed(&Signer::new(key(), 0), b"body", NOON);
        assert_eq!(checked(&request, NOON + SKEW), Ok(key().verifying_key().device()));
    }

    #[test]
    fn a_changed_body_path_method_or_time_is_refused() {
        let whole = signed(&Signer::new(key(), 0), b"body", NOON);
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
        request.headers_mut().insert(TIME, (NOON + 1).into());
        assert_eq!(checked(&request, NOON), Err(AuthError::Signature));
    }

    #[test]
    fn strangers_and_unsigned_requests_are_told_so() {
        let stranger = signed(&Signer::new(SigningKey::from_seed(&[8; 32]), 0), b"", NOON);
        assert_eq!(checked(&stranger, NOON), Err(AuthError::UnknownDevice));
        let mut request = signed(&Signer::new(key(), 0), b"", NOON);
        request.headers_mut().remove(SIGNATURE);
        assert_eq!(checked(&request, NOON), Err(AuthError::Unsigned));
        request.headers_mut().insert(SIGNATURE, HeaderValue::from_static("zz"));
        assert_eq!(checked(&request, NOON), Err(AuthError::Unsigned));
    }

    #[test]
    fn a_wrong_clock_is_named_and_mended() {
        let year = 365 * 24 * 3_600_000;
        let mut signer = Signer::new(key(), 0);
        assert_eq!(checked(&signed(&signer, b"", NOON - year), NOON), Err(AuthError::Clock));
        signer.learn(NOON, NOON - year);
        assert!(checked(&signed(&signer, b"", NOON - year), NOON).is_ok());
    }
}
