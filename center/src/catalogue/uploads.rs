//! Files that were brought to be checked, kept in memory until they are published: what nobody publishes leaves no trace.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use doorstep_matters::Matter;
use doorstep_matters::catalogue::media_type;
use doorstep_sync::FileHash;

use super::Named;
use crate::error::ApiError;

/// The largest file, bytes: what a workbook may be.
pub const LARGEST: usize = 8 << 20;
/// Bytes kept in all; the oldest go first.
const MOST: usize = 64 << 20;
/// Files kept in all: the smallest, too, take their place.
const MOST_FILES: usize = 1_000;
/// Longest name, characters.
const LONGEST_NAME: usize = 100;

/// What was brought last.
#[derive(Default)]
pub struct Uploads {
    files: Mutex<VecDeque<(FileHash, Arc<[u8]>)>>,
    /// The catalogue that was tried last: whoever types into a form asks for it with every answer.
    tried: Mutex<Option<Tried>>,
}

/// Matters by code.
type Matters = Arc<BTreeMap<String, Arc<Matter>>>;

/// Files beside the version in force then, and what they make together.
struct Tried {
    version: u64,
    given: Vec<Named>,
    matters: Matters,
}

impl Uploads {
    /// Keeps a file. It is refused with a code when a catalogue cannot have it.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<FileHash, ApiError> {
        check_name(name)?;
        if bytes.len() > LARGEST {
            return Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "catalogue_size",
                "the file is too large",
            ));
        }
        if bytes.is_empty() {
            return Err(ApiError::bad_request("the file is empty"));
        }
        let hash = FileHash::of(bytes);
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != hash);
        kept.push_back((hash, bytes.into()));
        let mut total: usize = kept.iter().map(|(_, bytes)| bytes.len()).sum();
        while (total > MOST || kept.len() > MOST_FILES)
            && let Some((_, oldest)) = kept.pop_front()
        {
            total -= oldest.len();
        }
        Ok(hash)
    }

    /// A file that was kept, as long as it is.
    pub fn get(&self, hash: &FileHash) -> Option<Arc<[u8]>> {
        let kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|(other, _)| other == hash)
            .map(|(_, bytes)| bytes.clone())
    }

    /// What these files and that version made together, when it was they that were tried last.
    pub fn tried(&self, version: u64, given: &[Named]) -> Option<Matters> {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let same = tried
            .as_ref()
            .filter(|tried| tried.version == version && tried.given == given);
        same.map(|tried| tried.matters.clone())
    }

    /// Keeps what they make together.
    pub fn keep_tried(&self, version: u64, given: &[Named], matters: BTreeMap<String, Arc<Matter>>) -> Matters {
        let matters = Arc::new(matters);
        *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = Some(Tried {
            version,
            given: given.to_vec(),
            matters: matters.clone(),
        });
        matters
    }
}

/// A name that every system can write, of a kind that a catalogue has.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let plain = !name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) && !name.contains(char::is_control);
    if name.chars().count() > LONGEST_NAME || !plain || name.starts_with('.') {
        return Err(ApiError::bad_request("the file's name cannot be used"));
    }
    match media_type(name) {
        Some(_) => Ok(()),
        None => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "catalogue_kind",
            "a catalogue has workbooks, lists and pictures",
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_a_catalogue_cannot_have_is_refused_by_code() {
        let uploads = Uploads::default();
        for (name, bytes, code) in [
            ("a.xls", &b"x"[..], "catalogue_kind"),
            ("a.xlsx/../b", b"x", "bad_request"),
            ("../a.xlsx", b"x", "bad_request"),
            ("a\n.xlsx", b"x", "bad_request"),
            ("a.xlsx", b"", "bad_request"),
            ("a.xlsx", &vec![0; LARGEST + 1], "catalogue_size"),
        ] {
            assert_eq!(uploads.keep(name, bytes).unwrap_err().code, code, "{name}");
        }
    }

    #[test]
    fn the_oldest_go_first() {
        let uploads = Uploads::default();
        let hashes: Vec<_> = (0..9)
            .map(|number: u8| uploads.keep("a.XLSX", &vec![number; LARGEST]).unwrap())
            .collect();
        assert!(uploads.get(&hashes[0]).is_none());
        assert!(hashes[1..].iter().all(|hash| uploads.get(hash).is_some()));
        let small: Vec<_> = (0..=MOST_FILES)
            .map(|number| uploads.keep("a.csv", &number.to_le_bytes()).unwrap())
            .collect();
        assert!(uploads.get(&small[0]).is_none() && uploads.get(&small[1]).is_some());
    }
}
