//! What of a station reads bytes from outside, each by itself: for `tests/fuzz`, which tries them with any bytes there are. A
//! program has no use for it. Each function says whether the bytes were taken.

use std::path::Path;

use doorstep_sync::SigningKey;
use http::HeaderMap;

use crate::{keys, link, near, preferences as looks};

/// The file of keys, `keys.json`.
pub fn keys(bytes: &[u8]) -> bool {
    let Ok(keyring) = keys::Keyring::read(bytes, Path::new("keys.json"), 0) else {
        return false;
    };
    for person in keyring.staff(0) {
        let number = &person.person.number;
        assert_eq!(keyring.person(number).map(|known| known.number).as_ref(), Some(number));
        assert_eq!(keyring.needs_help(number), person.locked);
    }
    true
}

/// How the screen looks, `preferences.json`.
pub fn preferences(bytes: &[u8]) -> bool {
    looks::read(bytes).is_some()
}

/// What a device nearby shows as a QR code.
pub fn near_code(text: &str) -> bool {
    near::is_code(text)
}

/// The passport that a device shows in a header.
pub fn passport(headers: &HeaderMap) -> bool {
    near::shows_passport(headers)
}

/// The center's stream of events, however it is cut.
pub fn events(bytes: &[u8]) -> bool {
    link::tells(bytes)
}

/// The center's answer to an enrolment of this key.
pub fn enrolment(bytes: &[u8], key: &SigningKey) -> bool {
    link::grants(bytes, key)
}
