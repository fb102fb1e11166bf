//! Decoding within bounds. A picture that is not whole is an error here, never a picture with a grey rest.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, Limits, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::format::{Format, PictureError};
use crate::inspect::{Picture, inspect};

/// Most memory for decoding one picture, bytes: 100 megapixels of three bytes, with room for what decoders need beside.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// Decodes the whole picture once, so that a broken tail is said at once and not when the papers are gone. Returns what
/// [`inspect`](crate::inspect()) does. Damage in the middle of a JPEG or WebP that still decodes cannot be told: these
/// formats have no checksum.
pub fn check(bytes: &[u8]) -> Result<Picture, PictureError> {
    decode(bytes).map(|(picture, _)| picture)
}

/// The whole picture, as it lies (not turned).
pub(crate) fn decode(bytes: &[u8]) -> Result<(Picture, DynamicImage), PictureError> {
    let picture = inspect(bytes)?;
    let pixels = contained(|| match picture.format {
        Format::Jpeg => decode_jpeg(bytes, &picture),
        format => decode_other(format, bytes),
    })?;
    Ok((picture, pixels))
}

/// A JPEG decoder that has read the headers. The `image` crate would do, but it takes a JPEG that is cut short for
/// whole, and fills the rest with grey.
pub(crate) fn jpeg(bytes: &[u8]) -> Result<JpegDecoder<ZCursor<&[u8]>>, PictureError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(of_jpeg)?;
    Ok(decoder)
}

/// A PNG or WebP decoder that has read the headers.
pub(crate) fn other(format: Format, bytes: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, PictureError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    let mut decoder: Box<dyn ImageDecoder + '_> = match format {
        Format::Webp => Box::new(WebPDecoder::new(Cursor::new(bytes)).map_err(of_image)?),
        _ => Box::new(PngDecoder::with_limits(Cursor::new(bytes), limits.clone()).map_err(of_image)?),
    };
    decoder.set_limits(limits).map_err(of_image)?;
    Ok(decoder)
}

/// Decoders are well tested, and still they read what strangers wrote.
pub(crate) fn contained<T>(work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(PictureError::Broken))
}

fn decode_jpeg(bytes: &[u8], picture: &Picture) -> Result<DynamicImage, PictureError> {
    if !has_end(bytes) {
        return Err(PictureError::Broken);
    }
    let mut decoder = jpeg(bytes)?;
    let pixels = u64::from(picture.width) * u64::from(picture.height);
    // A progressive JPEG keeps two bytes for every coefficient until its last scan.
    let progressive = decoder.info().is_some_and(|info| !info.sof.is_sequential_dct());
    let per_pixel = if progressive { 9 } else { 3 };
    if pixels * per_pixel > MAX_MEMORY {
        return Err(PictureError::TooLarge);
    }
    let gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let colors = if gray { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(colors));
    let raw = decoder.decode().map_err(of_jpeg)?;
    let (width, height) = (picture.width, picture.height);
    let image = if gray {
        GrayImage::from_raw(width, height, raw).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, raw).map(DynamicImage::from)
    };
    image.ok_or(PictureError::Broken)
}

fn decode_other(format: Format, bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let decoder = other(format, bytes)?;
    if decoder.total_bytes() > MAX_MEMORY {
        return Err(PictureError::TooLarge);
    }
    DynamicImage::from_decoder(decoder).map_err(of_image)
}

/// Whether an end marker follows the first scan. A thumbnail inside EXIF has its own end marker, but lies before the
/// scan; within a scan the two bytes cannot stand side by side.
fn has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if marker == 0xff {
            at += 1;
            continue;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            return bytes
                .get(at..)
                .is_some_and(|scan| scan.windows(2).any(|pair| pair == [0xff, 0xd9]));
        }
    }
    false
}

fn of_jpeg(error: DecodeErrors) -> PictureError {
    match error {
        DecodeErrors::LargeDimensions(_) => PictureError::TooLarge,
        _ => PictureError::Broken,
    }
}

fn of_image(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Broken,
    }
}
