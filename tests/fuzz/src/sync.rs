//! Bodies of `POST /sync`, up and down, of both versions.

use doorstep_sync::repair::mend;
use doorstep_sync::wire::{SyncRequest, SyncResponse};
use doorstep_sync::{Item, ItemId};
use minicbor::Encoder;

use crate::repair::held;

/// The bytes are a body of version 1 (they begin with `(`) or 2, as their first byte says. Behind a `1` they are what
/// version 1 has compressed; behind a `2`, the length of the tail in two bytes, the tail and what version 2 has compressed.
pub fn sync(data: &[u8]) {
    read(&body(data));
}

pub(crate) fn body(data: &[u8]) -> Vec<u8> {
    match data.split_first() {
        Some((b'1', plain)) => compressed(plain),
        Some((b'2', rest)) => {
            let (length, rest) = rest.split_first_chunk::<2>().unwrap_or((&[0; 2], rest));
            let (tail, plain) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
            let mut head = Encoder::new(vec![2]);
            // Writing into a vector cannot fail.
            let _ = head.u64(tail.len() as u64);
            let frame = compressed(plain);
            [&head.into_writer(), tail, frame.get(4..).unwrap_or_default()].concat()
        }
        _ => data.to_vec(),
    }
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(plain, 1).unwrap_or_default()
}

fn read(body: &[u8]) {
    if let Ok(request) = SyncRequest::from_bytes(body) {
        request.items.iter().for_each(|item| drop(item.open()));
        let scopes: Vec<_> = request.fingerprints.iter().map(|(scope, _)| scope.clone()).collect();
        let mending = mend(held(), &request, &request.items, &scopes, false, |_| true);
        assert!(
            mending.is_err() || mending.is_ok_and(|said| said.repair.len() <= 2 * scopes.len() + request.repair.len())
        );
        let again = request.uncompressed();
        assert!(!again.is_empty() && request.brought().len() == request.items.len());
    }
    let brought: Vec<ItemId> = (0..3).map(|n| ItemId([n; 32])).collect();
    for common in [&[][..], &brought] {
        if let Ok(response) = SyncResponse::from_bytes(body, common) {
            response.items.iter().map(Item::open).for_each(drop);
            assert!(!response.uncompressed().is_empty());
        }
    }
}
