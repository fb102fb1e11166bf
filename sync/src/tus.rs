//! Resumable upload, tus 1.0 with the extensions creation, creation-with-upload, termination and expiration
//! (<https://tus.io/protocols/resumable-upload>): names and forms shared by both ends.
//!
//! | request | headers | answers |
//! |---|---|---|
//! | `POST /files` | `Upload-Length`, `Upload-Metadata` (`hash`, `type`, `scope`); the body holds the first bytes or none | 201 (200 when the file was known) with `Upload-Offset`: how far the center has the file now |
//! | `PATCH /files/{hash}` | `Upload-Offset`, body | 204 with the new `Upload-Offset`; 404 unknown; 409 another offset is stored; 423 being written; 460 the whole file has another hash and was dropped |
//! | `HEAD /files/{hash}` | | 200 with `Upload-Offset` and `Upload-Length`; 404 unknown |
//! | `DELETE /files/{hash}` | | 204: given up; 404 unknown, or verified already |
//! | `GET /files/{hash}` | `Range: bytes=a-b` | 206, 200, 404, 416 |
//! | `OPTIONS /files` | no signature | 204 with `Tus-Version`, `Tus-Extension` and `Tus-Max-Size` |
//!
//! A file that was announced and not finished can be gone on with until `Upload-Expires`. Bytes count as they come: a
//! request that is cut leaves what had arrived, so the signature of a request covers what its headers say of the bytes
//! ([`described`]) and not the bytes, which the hash of the whole file judges in the end.
//!
//! The body of a `POST` for a file that was known is ignored. When the file is already verified the center writes a
//! receipt for `scope` too: so a device learns that a file arrived by another way. An empty `PATCH` at the whole
//! length asks a center that was stopped before hashing to do it now.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use crate::id::FileHash;
use crate::payload::FileName;
use crate::scope::Scope;

/// Header: the protocol version, on every request and answer.
pub const RESUMABLE: &str = "tus-resumable";
/// The one version spoken.
pub const VERSION: &str = "1.0.0";
/// Header: bytes stored, or where the body starts.
pub const OFFSET: &str = "upload-offset";
/// Header: length of the whole file.
pub const LENGTH: &str = "upload-length";
/// Header: until when an unfinished upload can be gone on with, as an HTTP date.
pub const EXPIRES: &str = "upload-expires";
/// Header: what a server can do besides the core, in [`EXTENSIONS`].
pub const EXTENSION: &str = "tus-extension";
/// The extensions spoken.
pub const EXTENSIONS: &str = "creation,creation-with-upload,termination,expiration";
/// Header: the versions a server speaks.
pub const VERSIONS: &str = "tus-version";
/// Header: the largest file taken, bytes.
pub const MAX_SIZE: &str = "tus-max-size";
/// Header: comma-separated `name base64` pairs.
pub const METADATA: &str = "upload-metadata";
/// The content type of bytes of a file.
pub const CONTENT_TYPE: &str = "application/offset+octet-stream";
/// Status of tus: the bytes do not have the hash they were announced by.
pub const CHECKSUM_MISMATCH: u16 = 460;

/// Why headers are not tus. The center answers 400, or 412 for [`TusError::Version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TusError {
    /// `Tus-Resumable` is not [`VERSION`].
    #[error("not tus 1.0.0")]
    Version,
    /// A needed header is missing or not in its form; holds its name.
    #[error("header {0} is missing or malformed")]
    Header(&'static str),
}

/// What `POST /files` announces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Creation {
    /// The file.
    pub file: FileName,
    /// Where its receipt belongs.
    pub scope: Scope,
}

impl Creation {
    /// The value of `Upload-Metadata`.
    pub fn metadata(&self) -> String {
        let pair = |name: &str, value: &str| format!("{name} {}", STANDARD.encode(value));
        [
            pair("hash", &self.file.hash.to_string()),
            pair("type", &self.file.media_type),
            pair("scope", self.scope.as_str()),
        ]
        .join(",")
    }

    /// Reads `Upload-Length` and `Upload-Metadata`.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, TusError> {
        check_version(headers)?;
        let len = number(headers, LENGTH)?;
        let bad = TusError::Header(METADATA);
        let line = headers.get(METADATA).and_then(|v| v.to_str().ok()).ok_or(bad)?;
        let value = |wanted: &str| {
            let encoded = line.split(',').find_map(|pair| {
                let (name, value) = pair.trim().split_once(' ')?;
                (name == wanted).then_some(value.trim())
            })?;
            String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
        };
        let hash = value("hash").and_then(|v| v.parse().ok()).ok_or(bad)?;
        let scope = value("scope").and_then(|v| v.parse().ok()).ok_or(bad)?;
        let media_type = value("type").ok_or(bad)?;
        Ok(Self {
            file: FileName { hash, len, media_type },
            scope,
        })
    }
}

/// Requires `Tus-Resumable: 1.0.0`.
pub fn check_version(headers: &HeaderMap) -> Result<(), TusError> {
    let known = headers.get(RESUMABLE).is_some_and(|v| v == VERSION);
    if known { Ok(()) } else { Err(TusError::Version) }
}

/// As [`check_version`], but a request that names no version is taken for this one.
pub fn check_named_version(headers: &HeaderMap) -> Result<(), TusError> {
    if headers.contains_key(RESUMABLE) {
        check_version(headers)
    } else {
        Ok(())
    }
}

/// What the headers of a request that brings bytes of a file say of them: where they start, how long the file is, what it
/// is called. `None` when the body is no bytes of a file.
pub fn described(headers: &HeaderMap) -> Option<Vec<u8>> {
    headers.get(http::header::CONTENT_TYPE).filter(|v| *v == CONTENT_TYPE)?;
    let said = |name| headers.get(name).map(|value| value.as_bytes()).unwrap_or_default();
    Some([said(OFFSET), said(LENGTH), said(METADATA)].join(&b'\n'))
}

/// Where the body of a `PATCH` starts; requires the version and the content type.
pub fn patch_offset(headers: &HeaderMap) -> Result<u64, TusError> {
    check_version(headers)?;
    if headers
        .get(http::header::CONTENT_TYPE)
        .is_none_or(|v| v != CONTENT_TYPE)
    {
        return Err(TusError::Header("content-type"));
    }
    number(headers, OFFSET)
}

/// A header that holds a count of bytes ([`OFFSET`], [`LENGTH`]).
pub fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, TusError> {
    let text = headers
        .get(name)
        .and_then(|v| v.to_str().ok())
        .ok_or(TusError::Header(name))?;
    // `parse` alone would take a leading plus.
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(TusError::Header(name))
}

/// The path of a file.
pub fn path(hash: &FileHash) -> String {
    format!("/files/{hash}")
}

/// The value of `Range` for `len` bytes (at least one) from `offset`.
pub fn range(offset: u64, len: u64) -> String {
    format!("bytes={offset}-{}", offset.saturating_add(len.max(1)) - 1)
}

/// Reads `Range: bytes=a-b` or `bytes=a-` against a file of `len` bytes: the first byte and how many. `None`: there is
/// no range in a form served here, so answer 200 with everything; an empty answer (`0` bytes): 416.
pub fn parse_range(headers: &HeaderMap, len: u64) -> Option<(u64, u64)> {
    let text = headers
        .get(http::header::RANGE)?
        .to_str()
        .ok()?
        .strip_prefix("bytes=")?;
    let (from, to) = text.split_once('-')?;
    let from: u64 = from.parse().ok()?;
    let to: u64 = if to.is_empty() { u64::MAX } else { to.parse().ok()? };
    if to < from {
        return None;
    }
    Some((from, to.saturating_add(1).min(len).saturating_sub(from)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn creation() -> Creation {
        Creation {
            file: FileName {
                hash: FileHash::of(b"scan"),
                len: 4,
                media_type: "image/jpeg".into(),
            },
            scope: "500199101201/2026".parse().unwrap(),
        }
    }

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RESUMABLE, VERSION.parse().unwrap());
        headers.insert(LENGTH, 4.into());
        headers.insert(METADATA, creation().metadata().parse().unwrap());
        headers
    }

    #[test]
    fn an_announcement_reads_back() {
        assert_eq!(Creation::from_headers(&headers()), Ok(creation()));
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in [RESUMABLE, LENGTH, METADATA] {
            let mut headers = headers();
            headers.remove(name);
            let expected = if name == RESUMABLE {
                TusError::Version
            } else {
                TusError::Header(name)
            };
            assert_eq!(Creation::from_headers(&headers), Err(expected));
        }
        let mut headers = headers();
        headers.insert(METADATA, "hash !!!,type aQ==,scope aQ==".parse().unwrap());
        assert_eq!(Creation::from_headers(&headers), Err(TusError::Header(METADATA)));
    }

    #[test]
    fn a_length_is_digits_only() {
        for text in ["+4", "-4", "4.0", "", " 4", "99999999999999999999999"] {
            let mut headers = headers();
            headers.insert(LENGTH, text.parse().unwrap());
            assert_eq!(number(&headers, LENGTH), Err(TusError::Header(LENGTH)), "{text:?}");
        }
    }

    #[test]
    fn ranges() {
        let of = |text: &str, len| {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::RANGE, text.parse().unwrap());
            parse_range(&headers, len)
        };
        assert_eq!(of(&range(10, 20), 100), Some((10, 20)));
        assert_eq!(of("bytes=90-", 100), Some((90, 10)));
        assert_eq!(of("bytes=100-", 100), Some((100, 0)));
        assert_eq!(of("bytes=5-2", 100), None);
        assert_eq!(of("lines=1-2", 100), None);
        assert_eq!(range(u64::MAX, 5), format!("bytes={0}-{1}", u64::MAX, u64::MAX - 1));
    }
}
