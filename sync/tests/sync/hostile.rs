//! Messages of version 2 that were cut, bent or made to harm.

use doorstep_sync::wire::{Cursor, MAX_MESSAGE, PROTOCOL, SyncRequest, SyncResponse, WireError};
use doorstep_sync::{Fingerprint, Print};

use crate::link::pair;

fn request() -> SyncRequest {
    let (mut device, _) = pair();
    let ids: Vec<_> = (0..5).map(|n| device.write(n, b"edit")).collect();
    SyncRequest {
        version: PROTOCOL,
        cursor: Cursor { epoch: 7, position: 9 },
        fingerprints: vec![(crate::village(), Print::Short([3; 4]))],
        items: ids.iter().map(|id| device.items[id].clone()).collect(),
        offsets: Vec::new(),
        repair: Vec::new(),
    }
}

fn response(request: &SyncRequest) -> SyncResponse {
    SyncResponse {
        version: PROTOCOL,
        now: crate::NOON,
        items: request.items.clone(),
        cursor: request.cursor,
        more: false,
        fingerprints: request.fingerprints.clone(),
        offsets: Vec::new(),
        repair: Vec::new(),
    }
}

/// Version 2 around any plain bytes: a head that claims `tail` bytes of signatures, those that there are, a frame.
fn packed(plain: &[u8], claimed: u64, tail: &[u8]) -> Vec<u8> {
    let dictionary = include_bytes!("../../dictionary/2.zdict");
    let mut compressor = zstd::bulk::Compressor::with_dictionary(19, dictionary).unwrap();
    let frame = compressor.compress(plain).unwrap();
    let head = minicbor::to_vec(claimed).unwrap();
    [&[PROTOCOL], head.as_slice(), tail, &frame[4..]].concat()
}

#[test]
fn a_message_comes_back_as_it_went() {
    let request = request();
    assert_eq!(SyncRequest::from_bytes(&request.to_bytes()), Ok(request.clone()));
    let answer = response(&request);
    let bytes = answer.to_bytes(&request.brought());
    assert_eq!(SyncResponse::from_bytes(&bytes, &request.brought()), Ok(answer.clone()));
    // What went without the names is read without them.
    assert_eq!(SyncResponse::from_bytes(&answer.to_bytes(&[]), &[]), Ok(answer.clone()));
    // Whole fingerprints go short, and still say whose they are.
    let whole = Fingerprint([5; 32]);
    let long = SyncRequest {
        fingerprints: vec![(crate::village(), Print::Whole(whole))],
        ..request
    };
    let read = SyncRequest::from_bytes(&long.to_bytes()).unwrap();
    assert_eq!(read.fingerprints, vec![(crate::village(), Print::Short(whole.short()))]);
    assert!(read.fingerprints[0].1.is_of(&whole) && !read.fingerprints[0].1.is_of(&Fingerprint([6; 32])));
}

#[test]
fn no_beginning_of_a_message_is_a_message() {
    let request = request();
    let (up, down) = (request.to_bytes(), response(&request).to_bytes(&request.brought()));
    for len in 0..up.len() {
        assert!(SyncRequest::from_bytes(&up[..len]).is_err(), "{len} of {}", up.len());
    }
    for len in 0..down.len() {
        assert!(SyncResponse::from_bytes(&down[..len], &request.brought()).is_err());
    }
    assert!(
        SyncRequest::from_bytes(&[up, vec![0]].concat()).is_err(),
        "nor is more than one"
    );
}

#[test]
fn no_bent_message_is_read_into_items_that_verify() {
    let (device, request) = (crate::key(2).verifying_key(), request());
    let bytes = request.to_bytes();
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bent = bytes.clone();
            bent[at] ^= flip;
            let Ok(read) = SyncRequest::from_bytes(&bent) else {
                continue;
            };
            let forged = read
                .items
                .iter()
                .filter(|item| item.verify(&device).is_ok() && !request.items.contains(item));
            assert_eq!(forged.count(), 0, "byte {at}");
        }
    }
}

#[test]
fn a_message_that_expands_without_end_is_refused() {
    let bomb = packed(&vec![0; 64 << 20], 0, &[]);
    assert!(bomb.len() < 10_000);
    assert_eq!(SyncRequest::from_bytes(&bomb), Err(WireError::Compression));
    assert_eq!(SyncResponse::from_bytes(&bomb, &[]), Err(WireError::Compression));
    // Just as large as it may be, and not a message.
    let largest = packed(&vec![0; MAX_MESSAGE], 0, &[]);
    assert_eq!(SyncRequest::from_bytes(&largest), Err(WireError::Malformed));
}

#[test]
fn claims_of_length_take_no_memory() {
    // A tail of 2^60 bytes; an array of 2^60 fingerprints, items, offsets, messages.
    assert!(SyncRequest::from_bytes(&packed(&request().uncompressed(), 1 << 60, &[])).is_err());
    let many = [0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0];
    let (none, head) = ([0x80], [0x87, 0x07, 0x09]);
    for place in 0..4 {
        let mut plain = head.to_vec();
        (0..place).for_each(|_| plain.extend(none));
        plain.extend(many);
        assert!(SyncRequest::from_bytes(&packed(&plain, 0, &[])).is_err(), "{place}");
    }
}

#[test]
fn signatures_and_envelopes_must_match_in_number() {
    let request = request();
    let plain = request.uncompressed();
    let signatures: Vec<u8> = request.items.iter().flat_map(|item| item.signature.clone()).collect();
    assert_eq!(
        SyncRequest::from_bytes(&packed(&plain, signatures.len() as u64, &signatures)),
        Ok(request)
    );
    let short = &signatures[..signatures.len() - 1];
    assert!(SyncRequest::from_bytes(&packed(&plain, short.len() as u64, short)).is_err());
    let long = [signatures.as_slice(), &[0]].concat();
    assert!(SyncRequest::from_bytes(&packed(&plain, long.len() as u64, &long)).is_err());
}
