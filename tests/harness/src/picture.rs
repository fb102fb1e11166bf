//! Photographs for tests: real JPEG files that no camera took.

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};

use crate::chance::Chance;

/// A JPEG of `width` × `height` pixels with paper, lines of "writing" and grain, different for every seed.
pub fn photograph(width: u32, height: u32, seed: u64) -> anyhow::Result<Vec<u8>> {
    let mut chance = Chance::new(seed);
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    let mut noise = 0u64;
    for y in 0..height {
        for x in 0..width {
            if noise == 0 {
                noise = chance.draw();
            }
            let grain = (noise & 7) as u8;
            noise >>= 3;
            let ink = y % 40 < 14 && (x / 9 + y / 40 * 7 + seed as u32) % 5 < 3 && x > width / 12;
            let shade = if ink { 60 } else { 225 - (x * 30 / width.max(1)) as u8 };
            pixels.extend_from_slice(&[shade + grain, shade + grain, shade.saturating_sub(8) + grain]);
        }
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 82).write_image(&pixels, width, height, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

/// A small PNG that stands for a drawn signature.
pub fn signature(seed: u64) -> anyhow::Result<Vec<u8>> {
    let mut picture = image::GrayImage::from_pixel(200, 80, image::Luma([255]));
    let mut chance = Chance::new(seed);
    let mut y = 40i64;
    for x in 10..190u32 {
        y = (y + chance.below(5) as i64 - 2).clamp(5, 75);
        picture.put_pixel(x, y as u32, image::Luma([0]));
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
