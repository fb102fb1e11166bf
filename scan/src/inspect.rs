//! What a picture is, from its headers alone.

use image::ImageDecoder;
use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

use crate::MAX_PIXELS;
use crate::decode::{self, contained};
use crate::format::{Format, PictureError, recognise};

/// A picture as its headers describe it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Picture {
    /// Format.
    pub format: Format,
    /// Media type.
    pub media_type: String,
    /// Width in pixels, as stored (before turning).
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    /// EXIF orientation, 1 (upright) to 8.
    pub orientation: u8,
}

/// Reads the headers, nothing else: milliseconds, and no memory to speak of. The content may still be broken:
/// [`check`](crate::check).
pub fn inspect(bytes: &[u8]) -> Result<Picture, PictureError> {
    let format = recognise(bytes)?;
    let (width, height, orientation) = contained(|| headers(format, bytes))?;
    if width == 0 || height == 0 {
        return Err(PictureError::Broken);
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge);
    }
    let media_type = format.media_type().to_owned();
    Ok(Picture {
        format,
        media_type,
        width,
        height,
        orientation: orientation.to_exif(),
    })
}

fn headers(format: Format, bytes: &[u8]) -> Result<(u32, u32, Orientation), PictureError> {
    if format == Format::Jpeg {
        let decoder = decode::jpeg(bytes)?;
        let (width, height) = decoder.dimensions().ok_or(PictureError::Broken)?;
        let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
        let side = |length: usize| u32::try_from(length).map_err(|_| PictureError::TooLarge);
        return Ok((
            side(width)?,
            side(height)?,
            orientation.unwrap_or(Orientation::NoTransforms),
        ));
    }
    let mut decoder = decode::other(format, bytes)?;
    let (width, height) = decoder.dimensions();
    // A picture whose EXIF cannot be read is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((width, height, orientation))
}
