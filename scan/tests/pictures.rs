//! Pictures made for the purpose: whole ones, cut ones, bent ones, and things that are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::io::Cursor;
use std::time::Instant;

use doorstep_scan::{Format, MAX_BYTES, PictureError, check, inspect, thumbnail};
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

/// Lines like writing, with some grain, so that it weighs about what a photograph weighs.
fn paper(width: u32, height: u32) -> RgbImage {
    let mut grain = 12345_u32;
    RgbImage::from_fn(width, height, |x, y| {
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (grain >> 29) as u8;
        let ink = y % 40 < 6 && (x / 7 + y / 40) % 5 != 0;
        let base = if ink { 40 } else { 225 };
        Rgb([base + noise, base + noise, base.saturating_sub(10) + noise])
    })
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(image: &RgbImage, colors: ColorType, progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    encoder.set_progressive(progressive);
    // Telephones halve the colours; nobody does with CMYK.
    let halved = if colors == ColorType::Cmyk {
        SamplingFactor::R_4_4_4
    } else {
        SamplingFactor::R_4_2_0
    };
    encoder.set_sampling_factor(halved);
    let data: Vec<u8> = match colors {
        ColorType::Rgb => image.as_raw().clone(),
        ColorType::Luma => image.pixels().map(|pixel| pixel.0[0]).collect(),
        ColorType::Cmyk => image
            .pixels()
            .flat_map(|Rgb([r, g, b])| [255 - r, 255 - g, 255 - b, 0])
            .collect(),
        _ => unreachable!(),
    };
    encoder
        .encode(&data, image.width() as u16, image.height() as u16, colors)
        .unwrap();
    bytes
}

/// The same JPEG with an EXIF orientation.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
    bytes.extend((exif.len() as u16 + 2).to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

fn all_kinds() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = paper(320, 200);
    let image = DynamicImage::from(rgb.clone());
    vec![
        ("jpeg", jpeg(&rgb, ColorType::Rgb, false)),
        ("progressive jpeg", jpeg(&rgb, ColorType::Rgb, true)),
        ("gray jpeg", jpeg(&rgb, ColorType::Luma, false)),
        ("cmyk jpeg", jpeg(&rgb, ColorType::Cmyk, false)),
        ("png", encode(&image, ImageFormat::Png)),
        ("gray png", encode(&image.to_luma8().into(), ImageFormat::Png)),
        ("16-bit png", encode(&image.to_rgba16().into(), ImageFormat::Png)),
        ("webp", encode(&image, ImageFormat::WebP)),
    ]
}

#[test]
fn whole_pictures_are_taken() {
    for (name, bytes) in all_kinds() {
        let picture = inspect(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (picture.width, picture.height, picture.orientation),
            (320, 200, 1),
            "{name}"
        );
        assert_eq!(check(&bytes), Ok(picture), "{name}");
        let small = image::load_from_memory(&thumbnail(&bytes, 80).unwrap()).unwrap();
        assert_eq!(small.dimensions(), (80, 50), "{name}");
        // Paper is bright in all of them: CMYK is not inverted, 16 bits are not cut.
        let light = small.to_luma8();
        let mean = light.pixels().map(|pixel| u32::from(pixel.0[0])).sum::<u32>() / (80 * 50);
        assert!((150..250).contains(&mean), "{name}: {mean}");
    }
}

#[test]
fn formats_have_media_types() {
    let kinds = all_kinds();
    let format = |name: &str| inspect(&kinds.iter().find(|kind| kind.0 == name).unwrap().1).unwrap();
    assert_eq!(
        (format("jpeg").format, format("jpeg").media_type.as_str()),
        (Format::Jpeg, "image/jpeg")
    );
    assert_eq!(
        (format("png").format, format("png").media_type.as_str()),
        (Format::Png, "image/png")
    );
    assert_eq!(
        (format("webp").format, format("webp").media_type.as_str()),
        (Format::Webp, "image/webp")
    );
}

#[test]
fn a_small_picture_keeps_its_size() {
    let bytes = encode(&paper(30, 20).into(), ImageFormat::Png);
    assert_eq!(
        image::load_from_memory(&thumbnail(&bytes, 400).unwrap())
            .unwrap()
            .dimensions(),
        (30, 20)
    );
    assert!(thumbnail(&bytes, 0).is_ok());
}

#[test]
fn thin_pictures_shrink_to_at_least_one_pixel() {
    let bytes = encode(&paper(4000, 1).into(), ImageFormat::Png);
    assert_eq!(
        image::load_from_memory(&thumbnail(&bytes, 100).unwrap())
            .unwrap()
            .dimensions(),
        (100, 1)
    );
}

#[test]
fn a_thumbnail_is_upright() {
    // The left half is black as stored; turned clockwise by orientation 6 it is the upper half.
    let stored = RgbImage::from_fn(200, 100, |x, _| if x < 100 { Rgb([0; 3]) } else { Rgb([255; 3]) });
    let bytes = turned(&jpeg(&stored, ColorType::Rgb, false), 6);
    let picture = inspect(&bytes).unwrap();
    assert_eq!((picture.width, picture.height, picture.orientation), (200, 100, 6));
    let small = image::load_from_memory(&thumbnail(&bytes, 50).unwrap())
        .unwrap()
        .to_luma8();
    assert_eq!(small.dimensions(), (25, 50));
    assert!(small.get_pixel(12, 5).0[0] < 60 && small.get_pixel(12, 45).0[0] > 200);
}

#[test]
fn transparency_becomes_white() {
    let ink = RgbaImage::from_fn(64, 64, |x, _| {
        if x < 32 {
            Rgba([0, 0, 0, 255])
        } else {
            Rgba([0, 0, 0, 0])
        }
    });
    let bytes = encode(&ink.into(), ImageFormat::Png);
    let small = image::load_from_memory(&thumbnail(&bytes, 32).unwrap())
        .unwrap()
        .to_luma8();
    assert!(small.get_pixel(4, 16).0[0] < 60 && small.get_pixel(28, 16).0[0] > 200);
}

#[test]
fn a_cut_picture_is_broken_wherever_it_is_cut() {
    for (name, bytes) in all_kinds() {
        let mut lengths: Vec<usize> = (1..10).map(|tenth| bytes.len() * tenth / 10).collect();
        lengths.extend([bytes.len() - 40, bytes.len() - 20]);
        for length in lengths {
            let cut = &bytes[..length];
            assert_eq!(
                check(cut),
                Err(PictureError::Broken),
                "{name} cut at {length} of {}",
                bytes.len()
            );
            assert_eq!(thumbnail(cut, 80), Err(PictureError::Broken), "{name} cut at {length}");
        }
    }
    // A JPEG says its end in its last two bytes.
    let (_, bytes) = &all_kinds()[0];
    assert_eq!(check(&bytes[..bytes.len() - 1]), Err(PictureError::Broken));
}

#[test]
fn bytes_after_the_end_do_no_harm() {
    for (name, mut bytes) in all_kinds() {
        bytes.extend(b"some cameras write more after the picture");
        assert!(check(&bytes).is_ok(), "{name}");
    }
}

#[test]
fn a_tail_of_zeros_is_broken() {
    // What an interrupted copy often leaves behind: the full length, and nothing in it.
    // WebP has neither a checksum nor an end mark, and zeros can be a valid code.
    for (name, mut bytes) in all_kinds().into_iter().filter(|(name, _)| *name != "webp") {
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0);
        assert_eq!(check(&bytes), Err(PictureError::Broken), "{name}");
    }
}

#[test]
fn what_is_no_picture_is_named() {
    let cases: [(&[u8], &str); 10] = [
        (b"", "not_picture"),
        (b"\xff", "not_picture"),
        (b"hello", "not_picture"),
        (b"PK\x03\x04 a workbook", "not_picture"),
        (b"%PDF-1.7\n...", "pdf"),
        (b"\xef\xbb\xbf%PDF-1.4", "pdf"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"GIF89a", "format"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "not_picture"),
    ];
    for (bytes, code) in cases {
        assert_eq!(inspect(bytes).unwrap_err().code(), code, "{bytes:?}");
        assert_eq!(check(bytes).unwrap_err().code(), code);
        assert_eq!(thumbnail(bytes, 100).unwrap_err().code(), code);
    }
}

#[test]
fn a_header_that_claims_too_much_is_refused_at_once() {
    let start = Instant::now();
    // PNG: 100,000 × 100,000.
    let mut png = encode(&paper(8, 8).into(), ImageFormat::Png);
    png[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    // JPEG: 65,000 × 65,000.
    let mut jpeg = jpeg(&paper(8, 8), ColorType::Rgb, false);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
    // WebP lossless: 16,383 × 16,383.
    let mut webp = encode(&paper(8, 8).into(), ImageFormat::WebP);
    let stream = webp.windows(4).position(|four| four == b"VP8L").unwrap() + 8;
    webp[stream + 1..stream + 5].copy_from_slice(&(16_382_u32 | 16_382 << 14).to_le_bytes());
    for (name, bytes) in [("png", png), ("jpeg", jpeg), ("webp", webp)] {
        assert_eq!(inspect(&bytes), Err(PictureError::TooLarge), "{name}");
        assert_eq!(check(&bytes), Err(PictureError::TooLarge));
        assert_eq!(thumbnail(&bytes, 100), Err(PictureError::TooLarge));
    }
    let mut long = self::jpeg(&paper(8, 8), ColorType::Rgb, false);
    long.resize(MAX_BYTES + 1, 0);
    assert_eq!(inspect(&long), Err(PictureError::TooLarge));
    assert!(start.elapsed().as_secs() < 5);
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

/// Measured on two shared cores: see the printed line (`--nocapture`). The bar is 300 ms.
#[test]
fn a_photograph_of_twelve_megapixels_is_quick() {
    let bytes = jpeg(&paper(4032, 3024), ColorType::Rgb, false);
    let start = Instant::now();
    let picture = inspect(&bytes).unwrap();
    let inspected = start.elapsed();
    let best = (0..3)
        .map(|_| {
            let start = Instant::now();
            thumbnail(&bytes, 400).unwrap();
            start.elapsed()
        })
        .min()
        .unwrap();
    println!(
        "12 MP, {} KB: inspect {inspected:?}, thumbnail {best:?}",
        bytes.len() / 1024
    );
    assert_eq!((picture.width, picture.height), (4032, 3024));
    // Three times the bar, since tests run side by side.
    assert!(best.as_millis() < 900, "{best:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..2000), kind in 0_usize..5) {
        let magic: &[u8] = [&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftyp"][kind];
        let bytes = [magic, &bytes].concat();
        let _ = inspect(&bytes);
        let _ = thumbnail(&bytes, 100);
    }

    #[test]
    fn bent_pictures_are_answered(
        kind in 0_usize..8,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..20),
    ) {
        let (_, mut bytes) = small_kinds().swap_remove(kind);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let (Ok(picture), Ok(small)) = (check(&bytes), thumbnail(&bytes, 16)) {
            let small = image::load_from_memory(&small).unwrap();
            prop_assert!(small.width() <= 16 && small.height() <= 16 && picture.width > 0);
        }
    }
}

fn small_kinds() -> Vec<(&'static str, Vec<u8>)> {
    thread_local!(static KINDS: Vec<(&'static str, Vec<u8>)> = all_kinds());
    KINDS.with(Clone::clone)
}
