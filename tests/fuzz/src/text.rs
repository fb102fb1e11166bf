//! Headers, codes and other short texts of devices and of the center.

use doorstep_station::outside;
use doorstep_sync::{DocumentId, Scope, auth, preview, tus};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::district::{NOW, device, grants};

/// The bytes are a text: a code, an answer, a stream of events; or headers, one in a line.
pub fn text(data: &[u8]) {
    outside::events(data);
    outside::enrolment(data, device());
    let headers = headers(data);
    read_headers(&headers, data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    outside::near_code(text);
    let _ = (text.parse::<Scope>(), text.parse::<DocumentId>());
}

pub(crate) fn headers(data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(64) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

fn read_headers(headers: &HeaderMap, body: &[u8]) {
    if let Ok(creation) = tus::Creation::from_headers(headers) {
        preview::of(&creation.file);
        let mut again = headers.clone();
        if let Ok(value) = HeaderValue::try_from(creation.metadata()) {
            again.insert(tus::METADATA, value);
            assert_eq!(tus::Creation::from_headers(&again).as_ref(), Ok(&creation));
        }
    }
    let _ = (
        tus::patch_offset(headers),
        tus::described(headers),
        tus::check_named_version(headers),
    );
    for length in [0, 1, 100, u64::MAX] {
        if let Some((from, count)) = tus::parse_range(headers, length) {
            assert!(count == 0 || from.checked_add(count).is_some_and(|end| end <= length));
        }
    }
    let known = |device: &doorstep_sync::DeviceId| grants().key(device).cloned();
    let _ = auth::claimed(headers, |_| true, NOW);
    let _ = auth::check(headers, &Method::PATCH, "/files/00", body, known, NOW);
    auth::stands_without_body(headers);
    auth::revocation(headers);
    outside::passport(headers);
}
