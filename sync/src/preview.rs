//! A small picture that goes before the file it shows, so that a reviewer on the other end of a weak link sees a page at
//! once and its original later.
//!
//! No item names a preview: it proves nothing, it only shows early. What makes it one is its media type,
//! `image/jpeg;preview=HASH`, where `HASH` is the file it shows. A receiver that does not know this form keeps it as any
//! other file.

use crate::id::FileHash;
use crate::payload::FileName;

/// The largest preview taken: 64 KiB. A usual one has 10 to 20 KB.
pub const LARGEST: u64 = 64 * 1024;

const BEFORE_THE_HASH: &str = ";preview=";

/// The name of `bytes`, a JPEG that shows the file `of`.
pub fn name(bytes: &[u8], of: &FileHash) -> FileName {
    FileName {
        hash: FileHash::of(bytes),
        len: bytes.len() as u64,
        media_type: media_type(of),
    }
}

/// The media type of a preview of the file `of`.
pub fn media_type(of: &FileHash) -> String {
    format!("image/jpeg{BEFORE_THE_HASH}{of}")
}

/// The file that `file` is a preview of; `None` when it is none.
pub fn of(file: &FileName) -> Option<FileHash> {
    let (_, hash) = file.media_type.split_once(BEFORE_THE_HASH)?;
    hash.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_names_what_it_shows_and_nothing_else_is_one() {
        let page = FileHash::of(b"page");
        let mut file = name(b"small", &page);
        assert_eq!(of(&file), Some(page));
        for other in ["image/jpeg", "image/jpeg;preview=", "image/jpeg;preview=zz", ""] {
            file.media_type = other.to_owned();
            assert_eq!(of(&file), None, "{other}");
        }
    }
}
