//! Parts of a bundle, from a stick or a neighbour.

use std::io::Cursor;
use std::str::FromStr;

use bech32::{Bech32, Hrp};
use doorstep_sync::bundle::{Head, Kept, Piece, Receiver, Sink, SinkError, Step, read_part};
use doorstep_sync::{DeviceId, FileHash, Item, VerifyingKey, serve};
use minicbor::Encoder;
use minicbor::bytes::ByteVec;

use crate::district::{NOW, center, device, grants};
use crate::pieces;

/// The bytes are a part, for the center. Behind an `s` they are pieces that stand sealed in its frames; behind a `b`, what is
/// said in its frames: signed by the device, sealed and framed.
pub fn bundle(data: &[u8]) {
    read(&body(data, &center().verifying_key()));
}

/// The part that the bytes stand for, for this receiver; frames that name the center name it then.
pub(crate) fn body(data: &[u8], receiver: &VerifyingKey) -> Vec<u8> {
    match data.split_first() {
        Some((b's', rest)) => part(pieces(rest).into_iter().map(<[u8]>::to_vec)),
        Some((b'b', rest)) => {
            let Some(recipient) = recipient(receiver) else {
                return Vec::new();
            };
            let named = |body: &[u8]| named(body, &center().verifying_key().device(), &receiver.device());
            let bodies = pieces(rest).into_iter().take(8).map(named);
            part(bodies.map(|body| sealed(&body, &recipient)))
        }
        _ => data.to_vec(),
    }
}

/// A key as age wants it: seen on the Montgomery curve.
fn recipient(key: &VerifyingKey) -> Option<age::x25519::Recipient> {
    let key = ed25519_dalek::VerifyingKey::try_from(key.to_bytes().as_slice()).ok()?;
    let text = bech32::encode::<Bech32>(Hrp::parse("age").ok()?, key.to_montgomery().as_bytes()).ok()?;
    age::x25519::Recipient::from_str(&text).ok()
}

/// The same bytes with one device in the place of another.
fn named(body: &[u8], one: &DeviceId, other: &DeviceId) -> Vec<u8> {
    let mut body = body.to_vec();
    if let Some(at) = body.windows(one.0.len()).position(|window| window == one.0) {
        body.splice(at..at + one.0.len(), other.0);
    }
    body
}

/// As the format says: a line, and frames of mark, length, digest and what is sealed.
fn part(frames: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut part = b"doorstep bundle 1\n".to_vec();
    for sealed in frames {
        part.extend_from_slice(&[0xD0, b'd', b's', b'b', 1, b'\r', b'\n', 0x1A]);
        part.extend_from_slice(&(sealed.len() as u32).to_le_bytes());
        part.extend_from_slice(blake3::hash(&sealed).as_bytes());
        part.extend_from_slice(&sealed);
    }
    part
}

fn sealed(body: &[u8], recipient: &age::x25519::Recipient) -> Vec<u8> {
    let signature = device().sign(&[b"doorstep bundle frame 1", body].concat());
    let sender = device().verifying_key().device();
    let mut signed = Encoder::new(Vec::new());
    // Writing into a vector cannot fail.
    let _ = signed.encode((sender, ByteVec::from(signature), ByteVec::from(body.to_vec())));
    age::encrypt(recipient, &signed.into_writer()).unwrap_or_default()
}

fn read(part: &[u8]) {
    let known = |sender: &DeviceId| -> Option<VerifyingKey> { grants().key(sender).cloned() };
    let receiver = Receiver {
        key: center(),
        sender: &known,
    };
    let mut taken = Taken::default();
    let Ok(report) = read_part(Cursor::new(part), &receiver, &mut taken) else {
        return;
    };
    assert!(report.items <= taken.items && report.refused <= report.items);
    let _ = (
        report.missing_parts(),
        report.complete(),
        report.whole(),
        report.rest().count(),
    );
    let mut twice = report.clone();
    twice.merge(report);
}

/// Counts what it is given.
#[derive(Default)]
struct Taken {
    items: u64,
}

impl Sink for Taken {
    fn head(&mut self, _: &DeviceId, head: &Head) -> Result<(), SinkError> {
        drop(head.clone());
        Ok(())
    }

    fn items(&mut self, _: &DeviceId, items: &[Item], step: Option<&Step>) -> Result<u64, SinkError> {
        self.items += items.len() as u64;
        if let Some(step) = step {
            step.taken_by(step.from, true);
        }
        let refused = items.iter().filter(|item| serve::decide(item, grants(), NOW).is_err());
        Ok(refused.count() as u64)
    }

    fn held(&mut self, file: &FileHash) -> Result<Kept, SinkError> {
        Ok(Kept::Partial(file.0[0].into()))
    }

    fn piece(&mut self, _: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        let end = piece.offset.checked_add(piece.bytes.len() as u64);
        Ok(match end {
            Some(end) if end == piece.file.len => Kept::Whole,
            Some(end) if end < piece.file.len => Kept::Partial(end),
            _ => Kept::Refused("length".into()),
        })
    }
}
