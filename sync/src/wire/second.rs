//! The CBOR of version 2: flat arrays without field names, fingerprints short, and the signatures apart. A signature is
//! noise, and noise in between spoils the compression of everything around it.

use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};

use super::{Cursor, PROTOCOL, SyncRequest, SyncResponse};
use crate::fingerprint::Print;
use crate::item::Item;
use crate::key::Algorithm;
use crate::repair;
use crate::scope::Scope;

/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;
type Writer = Encoder<Vec<u8>>;

/// The CBOR of a request, and its signatures.
pub(super) fn request(message: &SyncRequest) -> (Vec<u8>, Vec<u8>) {
    write(|e, tail| {
        e.array(7)?.u64(message.cursor.epoch)?.u64(message.cursor.position)?;
        prints(e, &message.fingerprints)?;
        items(e, &message.items, tail)?;
        e.encode(&message.offsets)?;
        repairs(e, &message.repair)?;
        e.array(0)?;
        Ok(())
    })
}

/// The CBOR of an answer, and its signatures.
pub(super) fn response(message: &SyncResponse) -> (Vec<u8>, Vec<u8>) {
    write(|e, tail| {
        e.array(9)?.u64(message.now)?;
        items(e, &message.items, tail)?;
        e.u64(message.cursor.epoch)?.u64(message.cursor.position)?;
        e.bool(message.more)?;
        prints(e, &message.fingerprints)?;
        e.encode(&message.offsets)?;
        repairs(e, &message.repair)?;
        e.array(0)?;
        Ok(())
    })
}

/// Reads what [`request`] wrote.
pub(super) fn read_request(plain: &[u8], tail: &[u8]) -> Result<SyncRequest, Error> {
    let (mut d, mut tail) = (Decoder::new(plain), tail);
    begin(&mut d, 7)?;
    let message = SyncRequest {
        version: PROTOCOL,
        cursor: cursor(&mut d)?,
        fingerprints: read_prints(&mut d)?,
        items: read_items(&mut d, &mut tail)?,
        offsets: d.decode()?,
        repair: read_repairs(&mut d)?,
    };
    end(&mut d, plain, tail)?;
    Ok(message)
}

/// Reads what [`response`] wrote.
pub(super) fn read_response(plain: &[u8], tail: &[u8]) -> Result<SyncResponse, Error> {
    let (mut d, mut tail) = (Decoder::new(plain), tail);
    begin(&mut d, 9)?;
    let message = SyncResponse {
        version: PROTOCOL,
        now: d.u64()?,
        items: read_items(&mut d, &mut tail)?,
        cursor: cursor(&mut d)?,
        more: d.bool()?,
        fingerprints: read_prints(&mut d)?,
        offsets: d.decode()?,
        repair: read_repairs(&mut d)?,
    };
    end(&mut d, plain, tail)?;
    Ok(message)
}

fn write(fill: impl FnOnce(&mut Writer, &mut Vec<u8>) -> Written) -> (Vec<u8>, Vec<u8>) {
    let (mut e, mut tail) = (Encoder::new(Vec::new()), Vec::new());
    // Writing into a `Vec` cannot fail.
    let _ = fill(&mut e, &mut tail);
    (e.into_writer(), tail)
}

fn begin(d: &mut Decoder<'_>, len: u64) -> Result<(), Error> {
    if d.array()? == Some(len) {
        Ok(())
    } else {
        Err(Error::message("another length"))
    }
}

/// What a later program adds lies in the last field, and is passed over.
fn end(d: &mut Decoder<'_>, plain: &[u8], tail: &[u8]) -> Result<(), Error> {
    d.skip()?;
    if d.position() == plain.len() && tail.is_empty() {
        Ok(())
    } else {
        Err(Error::message("bytes left over"))
    }
}

fn cursor(d: &mut Decoder<'_>) -> Result<Cursor, Error> {
    Ok(Cursor {
        epoch: d.u64()?,
        position: d.u64()?,
    })
}

/// The length of an array. Memory is taken as its elements are read, never for a length that was only claimed.
fn length(d: &mut Decoder<'_>) -> Result<u64, Error> {
    d.array()?.ok_or_else(|| Error::message("no length"))
}

fn prints(e: &mut Writer, prints: &[(Scope, Print)]) -> Written {
    e.array(prints.len() as u64)?;
    for (scope, print) in prints {
        e.str(scope.as_str())?.bytes(&print.short())?;
    }
    Ok(())
}

fn read_prints(d: &mut Decoder<'_>) -> Result<Vec<(Scope, Print)>, Error> {
    let pair = |d: &mut Decoder<'_>| {
        let scope = d.decode()?;
        let short = d.bytes()?.try_into().map_err(|_| Error::message("not a fingerprint"))?;
        Ok((scope, Print::Short(short)))
    };
    (0..length(d)?).map(|_| pair(d)).collect()
}

fn repairs(e: &mut Writer, messages: &[(Scope, repair::Message)]) -> Written {
    e.array(messages.len() as u64)?;
    for (scope, message) in messages {
        e.str(scope.as_str())?.encode(message)?;
    }
    Ok(())
}

fn read_repairs(d: &mut Decoder<'_>) -> Result<Vec<(Scope, repair::Message)>, Error> {
    (0..length(d)?).map(|_| Ok((d.decode()?, d.decode()?))).collect()
}

/// An item is its envelope alone, when its signature has the usual form and lies in the tail; otherwise it is whole.
fn items(e: &mut Writer, items: &[Item], tail: &mut Vec<u8>) -> Written {
    e.array(items.len() as u64)?;
    for item in items {
        if item.algorithm == Algorithm::Ed25519 && item.signature.len() == SIGNATURE {
            e.bytes(&item.envelope)?;
            tail.extend_from_slice(&item.signature);
        } else {
            e.encode(item)?;
        }
    }
    Ok(())
}

fn read_items(d: &mut Decoder<'_>, tail: &mut &[u8]) -> Result<Vec<Item>, Error> {
    let mut one = |d: &mut Decoder<'_>| {
        if d.datatype()? != Type::Bytes {
            return d.decode();
        }
        let envelope = d.bytes()?.to_vec();
        let (signature, rest) = tail
            .split_at_checked(SIGNATURE)
            .ok_or_else(|| Error::message("a signature is missing"))?;
        *tail = rest;
        Ok(Item {
            envelope,
            algorithm: Algorithm::Ed25519,
            signature: signature.to_vec(),
        })
    };
    (0..length(d)?).map(|_| one(d)).collect()
}
