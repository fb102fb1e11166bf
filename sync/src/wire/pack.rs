//! How messages are compressed.
//!
//! Version 1: one zstd frame. Version 2: the byte 2, the length of the tail (CBOR), the tail as it is, and a zstd frame
//! without its four magic bytes, made with dictionary 2 (`dictionary/2.zdict`, trained on items of simulated stations).
//!
//! An answer is made with the dictionary and, behind it, the names of the items that its request brought: both ends know
//! them, and so a receipt for a hundred items is hardly longer than one for a single item.

use std::sync::LazyLock;

use minicbor::{Decoder, Encoder};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::{FIRST, MAX_MESSAGE, PROTOCOL, WireError};
use crate::id::ItemId;

/// What every zstd frame begins with.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Messages are small and links are slow.
const LEVEL: i32 = 19;
/// For what only a quick line is given, and for what is a dictionary's first and only message: 3 % more bytes in a tenth of
/// the time.
const QUICK: i32 = 9;
/// A message above this is one for a quick line.
const LARGE: usize = 96 * 1024;

static DICTIONARY: &[u8] = include_bytes!("../../dictionary/2.zdict");
static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static QUICK_ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, QUICK));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

/// The version of a message.
pub(super) fn version(bytes: &[u8]) -> Result<u8, WireError> {
    match bytes.first() {
        Some(&first) if first == MAGIC[0] => Ok(FIRST),
        Some(&PROTOCOL) => Ok(PROTOCOL),
        Some(_) => Err(WireError::Version),
        None => Err(WireError::Compression),
    }
}

/// A message of version 1.
pub(super) fn first(plain: &[u8]) -> Vec<u8> {
    // Compression fails only for want of memory.
    zstd::bulk::compress(plain, 3).unwrap_or_default()
}

/// Reads what [`first`] wrote.
pub(super) fn read_first(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    zstd::bulk::decompress(bytes, MAX_MESSAGE).map_err(|_| WireError::Compression)
}

/// A message of version 2.
pub(super) fn pack(plain: &[u8], tail: &[u8], common: &[ItemId]) -> Vec<u8> {
    let frame = compress(plain, common).unwrap_or_default();
    let mut head = Encoder::new(vec![PROTOCOL]);
    // Writing into a `Vec` cannot fail.
    let _ = head.u64(tail.len() as u64);
    let mut bytes = head.into_writer();
    bytes.extend_from_slice(tail);
    bytes.extend_from_slice(frame.get(MAGIC.len()..).unwrap_or_default());
    bytes
}

/// Reads what [`pack`] wrote with the same bytes in common: the plain message and the tail.
pub(super) fn unpack<'b>(bytes: &'b [u8], common: &[ItemId]) -> Result<(Vec<u8>, &'b [u8]), WireError> {
    let mut head = Decoder::new(bytes.get(1..).unwrap_or_default());
    let length = head.u64().map_err(|_| WireError::Compression)?;
    let rest = bytes.get(1 + head.position()..).unwrap_or_default();
    let length = usize::try_from(length).map_err(|_| WireError::Compression)?;
    let (tail, frame) = rest.split_at_checked(length).ok_or(WireError::Compression)?;
    let frame = [&MAGIC, frame].concat();
    let plain = expand(&frame, common).map_err(|_| WireError::Compression)?;
    Ok((plain, tail))
}

fn compress(plain: &[u8], common: &[ItemId]) -> std::io::Result<Vec<u8>> {
    let with_names;
    let mut compressor = match (common, plain.len()) {
        ([], ..=LARGE) => Compressor::with_prepared_dictionary(&ENCODER)?,
        ([], _) => Compressor::with_prepared_dictionary(&QUICK_ENCODER)?,
        _ => {
            with_names = dictionary(common);
            Compressor::with_dictionary(QUICK, &with_names)?
        }
    };
    // The version names the dictionary already.
    compressor.include_dictid(false)?;
    compressor.compress(plain)
}

fn expand(frame: &[u8], common: &[ItemId]) -> std::io::Result<Vec<u8>> {
    if common.is_empty() {
        return Decompressor::with_prepared_dictionary(&DECODER)?.decompress(frame, MAX_MESSAGE);
    }
    Decompressor::with_dictionary(&dictionary(common))?.decompress(frame, MAX_MESSAGE)
}

/// The dictionary with names behind it, written as a receipt writes them.
fn dictionary(names: &[ItemId]) -> Vec<u8> {
    [DICTIONARY, &crate::item::encode(&names.to_vec())].concat()
}
