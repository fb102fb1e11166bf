//! Small pictures of every form that is taken.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};

use crate::Seeds;

pub fn seeds() -> Vec<Seeds> {
    let paper = RgbImage::from_fn(40, 24, |x, y| {
        let ink = y % 8 < 2 && (x / 3 + y) % 5 != 0;
        Rgb([if ink { 40 } else { 225 }, (x * 5) as u8, (y * 9) as u8])
    });
    let image = DynamicImage::from(paper.clone());
    let transparent = DynamicImage::from(image.to_rgba8());
    let mut seeds = vec![
        encoded(&image, ImageFormat::Png),
        encoded(&image.to_luma8().into(), ImageFormat::Png),
        encoded(&image.to_rgba16().into(), ImageFormat::Png),
        encoded(&image.to_luma_alpha8().into(), ImageFormat::Png),
        encoded(&image, ImageFormat::WebP),
        encoded(&transparent, ImageFormat::WebP),
        encoded(&image, ImageFormat::Gif),
    ];
    for progressive in [false, true] {
        let whole = jpeg(&paper, ColorType::Rgb, progressive);
        seeds.extend([turned(&whole), whole, jpeg(&paper, ColorType::Luma, progressive)]);
    }
    seeds.push(b"%PDF-1.7".to_vec());
    seeds.push(b"\0\0\0\x18ftypmif1\0\0\0\0heic".to_vec());
    vec![("picture", seeds)]
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    match format {
        ImageFormat::Gif => bytes.get_mut().extend(b"GIF89a"),
        _ => image.write_to(&mut bytes, format).unwrap(),
    }
    bytes.into_inner()
}

fn jpeg(image: &RgbImage, colors: ColorType, progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 80);
    encoder.set_progressive(progressive);
    let data: Vec<u8> = match colors {
        ColorType::Luma => image.pixels().map(|pixel| pixel.0[0]).collect(),
        _ => image.as_raw().clone(),
    };
    encoder
        .encode(&data, image.width() as u16, image.height() as u16, colors)
        .unwrap();
    bytes
}

/// The same JPEG with an EXIF orientation.
fn turned(jpeg: &[u8]) -> Vec<u8> {
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&[0xff, 0xd8, 0xff, 0xe1], &length[..], exif, &jpeg[2..]].concat()
}
