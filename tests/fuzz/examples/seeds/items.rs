//! Items of every kind.

use doorstep_fuzz::{NOW, SCOPE, base, center, device, document_id, envelope, grant};
use doorstep_sync::payload::{
    Catalogue, CatalogueFile, Change, FileName, Forget, Forgotten, Look, Looks, Receipt, Refusal, Revoke, Succession,
};
use doorstep_sync::{FileHash, Item, Kind, Scope, SigningKey};

use crate::Seeds;

pub fn seeds() -> Vec<Seeds> {
    let both = |item: &Item| [item.to_bytes(), item.envelope.clone()];
    vec![("item", items().iter().flat_map(both).collect())]
}

pub fn scope() -> Scope {
    SCOPE.parse().unwrap()
}

pub fn file(bytes: &[u8]) -> FileName {
    FileName {
        hash: FileHash::of(bytes),
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    }
}

pub fn items() -> Vec<Item> {
    let sign = |key: &SigningKey, kind, payload| Item::sign(&envelope(key, kind, payload), key);
    let look = Look {
        time: NOW,
        staff: "T0101".into(),
        purpose: 1,
        documents: vec![document_id()],
        count: 1,
    };
    let change = Change {
        automerge: base().1.bytes.clone(),
        files: vec![file(b"scan")],
    };
    let forget = Forget {
        items: vec![Forgotten {
            time: NOW,
            item: sign(device(), Kind::Change, Change::of(vec![1]).to_bytes()).id(),
        }],
        files: vec![FileHash::of(b"scan")],
    };
    let receipt = receipt();
    let catalogue = Catalogue {
        version: 3,
        files: vec![CatalogueFile {
            name: "高龄津贴.xlsx".into(),
            file: file(b"book"),
        }],
    };
    let next = SigningKey::from_seed(&[9; 32]);
    let succession = Succession::of(&center().verifying_key(), &next, NOW);
    let revoke = |hand_over| Revoke {
        device: device().verifying_key().device(),
        at: NOW,
        hand_over,
    };
    let looks = Looks {
        first: 1,
        before: [0; 32],
        entries: vec![look.clone(), look],
    };
    vec![
        sign(device(), Kind::Change, change.to_bytes()),
        sign(device(), Kind::Change, Change::of(vec![1, 2, 3]).to_bytes()),
        sign(device(), Kind::File, file(b"scan").to_bytes()),
        sign(device(), Kind::Look, looks.to_bytes()),
        sign(center(), Kind::Grant, grant().to_bytes()),
        sign(center(), Kind::Revoke, revoke(false).to_bytes()),
        sign(center(), Kind::Revoke, revoke(true).to_bytes()),
        sign(center(), Kind::Forget, forget.to_bytes()),
        sign(center(), Kind::Receipt, receipt.to_bytes()),
        sign(center(), Kind::Catalogue, catalogue.to_bytes()),
        sign(center(), Kind::Succession, succession.to_bytes()),
    ]
}

fn receipt() -> Receipt {
    let waiting = [vec![1], vec![2, 3]].map(|bytes| {
        let envelope = envelope(device(), Kind::Change, Change::of(bytes).to_bytes());
        Item::sign(&envelope, device()).id()
    });
    Receipt {
        accepted: vec![waiting[0]],
        refused: vec![Refusal {
            item: waiting[1],
            code: "not_granted".into(),
            reason: "the device was not granted this".into(),
        }],
        verified: vec![FileHash::of(b"scan")],
    }
}
