//! What a file is, by its first bytes, and why it is not taken.

use serde::{Deserialize, Serialize};

use crate::MAX_BYTES;

/// A picture format that is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl Format {
    /// Media type: `image/jpeg` …
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// Why a file is not taken as a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureError {
    /// No picture at all.
    #[error("not a picture")]
    NotPicture,
    /// HEIC or another picture in a HEIF container: the telephone can be told to take JPEG.
    #[error("HEIC or HEIF")]
    Heic,
    /// A PDF.
    #[error("PDF")]
    Pdf,
    /// A picture in a format that is not taken: GIF, BMP, TIFF.
    #[error("a picture format that is not taken")]
    Format,
    /// Cut short, damaged, or with a part that the decoder cannot read.
    #[error("broken picture")]
    Broken,
    /// More than [`MAX_BYTES`](crate::MAX_BYTES) or [`MAX_PIXELS`](crate::MAX_PIXELS), or it needs too much memory.
    #[error("picture is too large")]
    TooLarge,
}

impl PictureError {
    /// Stable code for the interface, which has the words.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotPicture => "not_picture",
            Self::Heic => "heic",
            Self::Pdf => "pdf",
            Self::Format => "format",
            Self::Broken => "broken",
            Self::TooLarge => "too_large",
        }
    }
}

/// Tells the format by the first bytes.
pub(crate) fn recognise(bytes: &[u8]) -> Result<Format, PictureError> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let format = if at(0, b"\xff\xd8\xff") {
        Format::Jpeg
    } else if at(0, b"\x89PNG\r\n\x1a\n") {
        Format::Png
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Format::Webp
    } else if at(4, b"ftyp") && is_heif(bytes) {
        return Err(PictureError::Heic);
    } else if is_pdf(bytes) {
        return Err(PictureError::Pdf);
    } else if at(0, b"GIF8") || at(0, b"BM") || at(0, b"II*\0") || at(0, b"MM\0*") {
        return Err(PictureError::Format);
    } else {
        return Err(PictureError::NotPicture);
    };
    if bytes.len() > MAX_BYTES {
        Err(PictureError::TooLarge)
    } else {
        Ok(format)
    }
}

/// Any of the brands in the `ftyp` box: telephones write `mif1` first and `heic` behind it, or the other way round.
fn is_heif(bytes: &[u8]) -> bool {
    let brands = bytes.get(8..bytes.len().min(64)).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| {
        matches!(
            brand,
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"avif"
        )
    })
}

/// Readers accept a PDF header anywhere in the first kilobyte.
fn is_pdf(bytes: &[u8]) -> bool {
    bytes
        .get(..bytes.len().min(1024))
        .unwrap_or_default()
        .windows(5)
        .any(|window| window == b"%PDF-")
}
