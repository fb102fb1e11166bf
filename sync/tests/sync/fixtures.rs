//! Bytes written by this version. They must read for ever, and items must be written so for ever: their name is their
//! hash. Messages may be packed otherwise one day, but what was packed must still unpack.

use doorstep_sync::key::Algorithm;
use doorstep_sync::payload::{
    Catalogue, CatalogueFile, Change, FileName, Forget, Forgotten, Grant, Receipt, Refusal, Revoke,
};
use doorstep_sync::wire::{Cursor, Offset, SyncRequest, SyncResponse};
use doorstep_sync::{
    DeviceId, Document, DocumentId, Envelope, FileHash, Fingerprint, Item, ItemId, Kind, Print, ScopePattern, repair,
};

fn file(n: u8) -> FileName {
    FileName {
        hash: FileHash([n; 32]),
        len: 123_456,
        media_type: "image/jpeg".into(),
    }
}

/// One item of every kind.
fn items() -> Vec<(&'static str, Item)> {
    let pattern = |period: Option<&str>| ScopePattern {
        division: "500199101000".into(),
        period: period.map(Into::into),
    };
    let grant = Grant {
        public_key: crate::key(2).verifying_key().to_bytes(),
        kinds: vec!["application".into(), "visit".into()],
        scopes: vec![pattern(None), pattern(Some("2026"))],
        from: 1,
        until: 1_800_000_000_000,
        code: "A1".into(),
        label: "桃花村 笔记本".into(),
        details: vec![1, 2, 3],
    };
    let refused = Refusal {
        item: ItemId([2; 32]),
        code: "not_granted".into(),
        reason: "reason".into(),
    };
    let receipt = Receipt {
        accepted: vec![ItemId([1; 32])],
        refused: vec![refused],
        verified: vec![FileHash([3; 32])],
    };
    let catalogue = Catalogue {
        version: 7,
        files: vec![CatalogueFile {
            name: "高龄津贴.xlsx".into(),
            file: file(4),
        }],
    };
    let revoke = Revoke {
        device: DeviceId([5; 16]),
        at: 1_767_000_000_000,
        hand_over: false,
    };
    let hand_over = Revoke {
        hand_over: true,
        ..revoke.clone()
    };
    let forget = Forget {
        items: vec![Forgotten {
            time: 1_767_000_000_000,
            item: ItemId([2; 32]),
        }],
        files: vec![FileHash([9; 32])],
    };
    let payloads = [
        (
            "change",
            Kind::Change,
            Change::of(vec![0x85, 0x6f, 0x4a, 0x83]).to_bytes(),
        ),
        (
            "change_with_files",
            Kind::Change,
            Change {
                automerge: vec![0x85, 0x6f, 0x4a, 0x83],
                files: vec![file(9), file(10)],
            }
            .to_bytes(),
        ),
        ("file", Kind::File, file(9).to_bytes()),
        ("grant", Kind::Grant, grant.to_bytes()),
        ("revoke", Kind::Revoke, revoke.to_bytes()),
        ("revoke_hand_over", Kind::Revoke, hand_over.to_bytes()),
        ("forget", Kind::Forget, forget.to_bytes()),
        ("receipt", Kind::Receipt, receipt.to_bytes()),
        ("catalogue", Kind::Catalogue, catalogue.to_bytes()),
    ];
    let center = crate::key(1);
    let device = crate::key(2);
    payloads
        .map(|(name, kind, payload)| {
            let of_device = matches!(kind, Kind::Change | Kind::File);
            let author = if of_device { &device } else { &center };
            let document = Document {
                kind: "application".into(),
                id: DocumentId([6; 16]),
            };
            let envelope = Envelope {
                version: 1,
                kind,
                scope: crate::village(),
                document: (of_device || kind == Kind::Forget).then_some(document),
                device: author.verifying_key().device(),
                staff: if of_device { "0001".into() } else { String::new() },
                time: 1_767_000_000_000,
                payload,
            };
            (name, Item::sign(&envelope, author))
        })
        .to_vec()
}

fn request() -> SyncRequest {
    let mut unknown = items()[0].1.clone();
    unknown.algorithm = Algorithm::Unknown(200);
    SyncRequest {
        version: 1,
        cursor: Cursor {
            epoch: u64::MAX,
            position: 12,
        },
        fingerprints: vec![(crate::village(), Print::Whole(Fingerprint([8; 32])))],
        items: vec![items()[0].1.clone(), unknown],
        offsets: vec![FileHash([9; 32])],
        repair: Vec::new(),
    }
}

fn response() -> SyncResponse {
    SyncResponse {
        version: 1,
        now: 1_767_000_000_000,
        // As the fixture was made, before changes named files.
        items: items()
            .into_iter()
            .filter(|(name, _)| !["change_with_files", "revoke_hand_over", "forget"].contains(name))
            .map(|(_, item)| item)
            .collect(),
        cursor: Cursor { epoch: 3, position: 99 },
        more: true,
        fingerprints: vec![(crate::village(), Print::Whole(Fingerprint([7; 32])))],
        offsets: vec![Offset {
            hash: FileHash([9; 32]),
            stored: 65_536,
            verified: false,
        }],
        repair: Vec::new(),
    }
}

fn path(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format!("{name}.hex"))
}

fn fixture(name: &str) -> Vec<u8> {
    hex::decode(std::fs::read_to_string(path(name)).unwrap().trim()).unwrap()
}

#[test]
fn items_are_written_and_read_as_ever() {
    for (name, item) in items() {
        assert_eq!(hex::encode(item.to_bytes()), hex::encode(fixture(name)), "{name}");
        let read = Item::from_bytes(&fixture(name)).unwrap();
        assert_eq!(read, item);
        assert!(
            [1, 2]
                .iter()
                .any(|seed| read.verify(&crate::key(*seed).verifying_key()).is_ok()),
            "{name}"
        );
    }
}

#[test]
fn a_change_names_its_files_as_an_item_of_their_own_did() {
    for (name, item) in items() {
        let named = match name {
            "change_with_files" => vec![file(9), file(10)],
            "file" => vec![file(9)],
            _ => Vec::new(),
        };
        assert_eq!(item.open().unwrap().files(), named, "{name}");
    }
}

/// The same messages in version 2: it carries fingerprints short.
fn request_2() -> SyncRequest {
    SyncRequest {
        version: 2,
        fingerprints: vec![(crate::village(), Print::Short([8; 4]))],
        repair: vec![(crate::village(), repair::Message(vec![1, 2, 3]))],
        ..request()
    }
}

fn response_2() -> SyncResponse {
    SyncResponse {
        version: 2,
        fingerprints: vec![(crate::village(), Print::Short([7; 4]))],
        repair: vec![(crate::village(), repair::Message(vec![4, 5, 6]))],
        ..response()
    }
}

#[test]
fn messages_of_version_2_are_read_as_ever() {
    assert_eq!(SyncRequest::from_bytes(&fixture("request_2")), Ok(request_2()));
    let brought = request_2().brought();
    assert_eq!(
        SyncResponse::from_bytes(&fixture("response_2"), &brought),
        Ok(response_2())
    );
}

#[test]
fn the_dictionary_of_version_2_stays_what_it_is() {
    let dictionary = include_bytes!("../../dictionary/2.zdict");
    assert!(dictionary.len() <= 32 * 1024);
    assert_eq!(
        FileHash::of(dictionary).to_string(),
        "c53223eab5c10d87407ec18b83b2fea69154441511da95665994e6647ba77ae5"
    );
}

#[test]
fn messages_are_read_as_ever() {
    assert_eq!(SyncRequest::from_bytes(&fixture("request")), Ok(request()));
    assert_eq!(SyncResponse::from_bytes(&fixture("response"), &[]), Ok(response()));
}

/// For a new version: `cargo test -p doorstep-sync write_new_fixtures -- --ignored`, under new names; old ones stay.
#[test]
#[ignore = "writes files"]
fn write_new_fixtures() {
    let mut all: Vec<_> = items()
        .into_iter()
        .map(|(name, item)| (name, item.to_bytes()))
        .collect();
    all.push(("request", request().to_bytes()));
    all.push(("response", response().to_bytes(&[])));
    all.push(("request_2", request_2().to_bytes()));
    all.push(("response_2", response_2().to_bytes(&request_2().brought())));
    for (name, bytes) in all {
        if !path(name).exists() {
            std::fs::write(path(name), format!("{}\n", hex::encode(bytes))).unwrap();
        }
    }
}
