//! Digests, encodings, and what is drawn by lot.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::Digest;

use super::super::node::Ref;
use super::super::value::Value;
use super::{Arguments, functions};

functions! {
    "digest" 2..=3 => Values digest;
    "base64-decode" 1..=1 => Values |a| STANDARD.decode(a.text(0)).ok()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default().into();
    "extract-signed" 2..=2 => Values |a| signed(&a.text(0), &a.text(1)).unwrap_or_default().into();
    "random" 0..=0 => Values |a| ((lot(a, 0) >> 11) as f64 / (1u64 << 53) as f64).into();
    "uuid" 0..=1 => Values uuid;
}

/// `digest(text, 'SHA-256', 'hex')`; base64 when no encoding is named. Empty for an algorithm nobody knows.
fn digest(a: &Arguments<'_>) -> Value {
    let text = a.text(0);
    let bytes = match a.text(1).as_str() {
        "MD5" => md5::Md5::digest(&text).to_vec(),
        "SHA-1" => sha1::Sha1::digest(&text).to_vec(),
        "SHA-256" => sha2::Sha256::digest(&text).to_vec(),
        "SHA-384" => sha2::Sha384::digest(&text).to_vec(),
        "SHA-512" => sha2::Sha512::digest(&text).to_vec(),
        _ => return Value::empty(),
    };
    if a.text(2) == "hex" {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into()
    } else {
        STANDARD.encode(bytes).into()
    }
}

/// `extract-signed(contents, key)`: both in base64, the contents an Ed25519 signature (64 bytes) and the message behind it.
/// The message, or nothing when the key did not sign it.
fn signed(contents: &str, key: &str) -> Option<String> {
    let contents = STANDARD.decode(contents).ok()?;
    let (signature, message) = contents.split_first_chunk::<64>()?;
    let key: [u8; 32] = STANDARD.decode(key).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&key).ok()?;
    key.verify_strict(message, &Signature::from_bytes(signature)).ok()?;
    String::from_utf8(message.to_vec()).ok()
}

/// A number drawn from the seed of the form for what the expression belongs to: the same each time it is asked and on
/// every machine (FNV-1a over the seed, the question and its rows, then the last steps of SplitMix64).
fn lot(a: &Arguments<'_>, salt: u64) -> u64 {
    let scope = a.scope;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    mix(&scope.context.seed.to_be_bytes());
    mix(&salt.to_be_bytes());
    if let Ref::Cell(cell) = scope.current {
        mix(scope.world.name(scope.current).as_bytes());
        for (_, key) in scope.world.instance.path(cell.block) {
            mix(key.as_bytes());
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A version 4 identifier, or that many letters and digits.
fn uuid(a: &Arguments<'_>) -> Value {
    const LETTERS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if a.count() > 0 {
        let length = a.number(0).clamp(0.0, 1_000.0) as u64;
        let letter = |place: u64| char::from(*LETTERS.get((lot(a, place) % 62) as usize).unwrap_or(&b'0'));
        return (0..length).map(letter).collect::<String>().into();
    }
    let (high, low) = (lot(a, 0), lot(a, 1));
    let text = format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    );
    text.into()
}
