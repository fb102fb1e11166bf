//! Items: an envelope, its signature, and a payload of any kind.

use doorstep_records::StationDetails;
use doorstep_sync::key::Algorithm;
use doorstep_sync::payload::{Catalogue, Change, FileName, Forget, Grant, Looks, Receipt, Revoke, Succession};
use doorstep_sync::{Envelope, Item, Kind, looks, preview, serve};

use crate::district::{NOW, center, device, grants};

/// The bytes are an item, or the envelope of one that is signed by whom it names.
pub fn item(data: &[u8]) {
    match Item::from_bytes(data) {
        Ok(item) => judge(&item),
        Err(_) => judge(&signed(data)),
    }
}

/// An item with this envelope, signed by whom it names; by the center when that is nobody.
pub(crate) fn signed(envelope: &[u8]) -> Item {
    let mut item = Item {
        envelope: envelope.to_vec(),
        algorithm: Algorithm::Ed25519,
        signature: Vec::new(),
    };
    let by_device = item
        .open()
        .is_ok_and(|envelope| envelope.device == device().verifying_key().device());
    let key = if by_device { device() } else { center() };
    item.signature = key.sign(envelope);
    item
}

fn judge(item: &Item) {
    assert_eq!(Item::from_bytes(&item.to_bytes()).as_ref(), Ok(item));
    let mut known = grants().clone();
    let opened = item.open();
    let taken = serve::decide(item, &known, NOW);
    assert!(taken.is_err() || taken == serve::taken_once(item, &known));
    if let Ok(envelope) = known.verify(item) {
        assert_eq!(opened.as_ref(), Ok(&envelope));
    }
    let _ = known.from_center(item);
    if known.take(item) == Ok(true) {
        // A set: the second time makes no difference.
        let _ = (known.take(item), known.center().device(), known.verify(item));
    }
    if let Ok(envelope) = opened {
        read(item, &envelope);
    }
}

fn read(item: &Item, envelope: &Envelope) {
    let bytes = &envelope.payload;
    for file in envelope.files() {
        preview::of(&file);
    }
    match envelope.kind {
        Kind::Change => drop(Change::from_bytes(bytes)),
        Kind::File => drop(FileName::from_bytes(bytes)),
        Kind::Grant => {
            if let Ok(grant) = Grant::from_bytes(bytes) {
                drop(minicbor::decode::<StationDetails>(&grant.details));
                for scope in &grant.scopes {
                    scope.covers(&envelope.scope);
                }
            }
        }
        Kind::Revoke => drop(Revoke::from_bytes(bytes)),
        Kind::Forget => {
            let forgotten = Forget::from_bytes(bytes).map(|forget| forget.items).unwrap_or_default();
            for item in forgotten {
                item.key();
            }
        }
        Kind::Receipt => drop(Receipt::from_bytes(bytes)),
        Kind::Catalogue => drop(Catalogue::from_bytes(bytes)),
        Kind::Succession => drop(Succession::from_bytes(bytes)),
        Kind::Look => {
            if let Ok(run) = Looks::from_bytes(bytes) {
                looks::follow([(item.id(), run)]);
            }
        }
    }
}
