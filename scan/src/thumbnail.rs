//! A small upright JPEG of a picture.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, Rgb, RgbImage};

use crate::decode::{contained, decode};
use crate::format::PictureError;

/// JPEG quality, of 100.
const QUALITY: u8 = 80;

/// A JPEG no larger than `max_edge` pixels on its longer edge, turned as EXIF says, on white where the picture is
/// transparent. A smaller picture keeps its size. Decodes the whole picture, so it finds what [`check`](crate::check)
/// finds.
pub fn thumbnail(bytes: &[u8], max_edge: u32) -> Result<Vec<u8>, PictureError> {
    let (picture, whole) = decode(bytes)?;
    contained(|| {
        let mut small = shrink(whole, max_edge.max(1));
        small.apply_orientation(Orientation::from_exif(picture.orientation).unwrap_or(Orientation::NoTransforms));
        let mut jpeg = Cursor::new(Vec::new());
        on_white(small)
            .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))
            .map_err(|_| PictureError::Broken)?;
        Ok(jpeg.into_inner())
    })
}

/// First by a plain mean to at most twice the size, which is fast, then by a filter, which is fine: writing on a
/// thumbnail stays legible.
fn shrink(whole: DynamicImage, edge: u32) -> DynamicImage {
    if whole.width().max(whole.height()) <= edge {
        return whole;
    }
    let double = edge.saturating_mul(2);
    let near = if whole.width().max(whole.height()) > double {
        whole.thumbnail(double, double)
    } else {
        whole
    };
    near.resize(edge, edge, FilterType::Triangle)
}

fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return match image {
            DynamicImage::ImageLuma8(_) => image,
            _ => image.into_rgb8().into(),
        };
    }
    let image = image.into_rgba8();
    let mut flat = RgbImage::new(image.width(), image.height());
    for (from, to) in image.pixels().zip(flat.pixels_mut()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over = |color: u32| u8::try_from((color * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *to = Rgb([over(red), over(green), over(blue)]);
    }
    flat.into()
}
