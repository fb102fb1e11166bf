//! Photographs, scans and signatures.

use doorstep_scan::{check, inspect, thumbnail};

/// The bytes are a picture: its headers, all of it, and all of it drawn anew, as the console shows it.
pub fn picture(data: &[u8]) {
    let Ok(picture) = inspect(data) else {
        assert!(check(data).is_err() && thumbnail(data, 320).is_err());
        return;
    };
    assert!(u64::from(picture.width) * u64::from(picture.height) <= doorstep_scan::MAX_PIXELS);
    let whole = check(data);
    assert!(whole.is_err() || whole == Ok(picture));
    if let Ok(small) = thumbnail(data, 320) {
        assert!(check(&small).is_ok_and(|small| small.width.max(small.height) <= 320));
    }
}
