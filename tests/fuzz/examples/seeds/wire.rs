//! What passes between two ends.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorstep_fuzz::{NOW, SCOPE, base, center, device, document_id, envelope, grant, held};
use doorstep_sync::bundle::{Ends, Head, Listed, Piece, Step, parcel};
use doorstep_sync::fingerprint::Print;
use doorstep_sync::payload::{
    Catalogue, CatalogueFile, Change, FileName, Forget, Forgotten, Look, Looks, Receipt, Refusal, Revoke, Succession,
};
use doorstep_sync::repair::{Held, Key, Memory, Message, answer, open};
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::{Cursor, FIRST, Offset, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{BundleId, FileHash, Item, Kind, Scope, SigningKey};
use minicbor::Encoder;

use crate::{Seeds, joined};

pub fn seeds() -> Vec<Seeds> {
    vec![
        (
            "item",
            items()
                .iter()
                .flat_map(|item| [item.to_bytes(), item.envelope.clone()])
                .collect(),
        ),
        ("sync", bodies()),
        ("repair", repairs()),
        ("answer", answers()),
        ("bundle", bundles()),
        ("request", [requests(), parcels()].concat()),
        ("text", texts()),
    ]
}

fn scope() -> Scope {
    SCOPE.parse().unwrap()
}

fn file(bytes: &[u8]) -> FileName {
    FileName {
        hash: FileHash::of(bytes),
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    }
}

fn items() -> Vec<Item> {
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

fn asked(version: u8) -> SyncRequest {
    let own = held().sum(&scope(), &Key::START, &Key::END).unwrap().total;
    SyncRequest {
        version,
        cursor: Cursor { epoch: 1, position: 2 },
        fingerprints: vec![
            (scope(), Print::Whole(own)),
            ("500199101201/0".parse().unwrap(), Print::Whole(Default::default())),
        ],
        items: items().into_iter().take(4).collect(),
        offsets: vec![FileHash::of(b"scan")],
        repair: vec![(scope(), open(&Memory::default(), &scope()).unwrap())],
    }
}

fn told(version: u8) -> SyncResponse {
    SyncResponse {
        version,
        now: NOW,
        items: items().split_off(4),
        cursor: Cursor { epoch: 1, position: 9 },
        more: false,
        fingerprints: asked(version).fingerprints,
        offsets: vec![Offset {
            hash: FileHash::of(b"scan"),
            stored: 2,
            verified: false,
        }],
        repair: vec![(scope(), open(held(), &scope()).unwrap())],
    }
}

/// What version 2 compresses, behind its tail: see `sync::body`.
fn plain(items: &[Item], plain: Vec<u8>) -> Vec<u8> {
    let tail: Vec<u8> = items.iter().flat_map(|item| item.signature.clone()).collect();
    let length = u16::try_from(tail.len()).unwrap().to_le_bytes();
    [&b"2"[..], &length, &tail, &plain].concat()
}

fn bodies() -> Vec<Vec<u8>> {
    let behind = |first: u8, rest: Vec<u8>| [vec![first], rest].concat();
    let mut bodies = Vec::new();
    for version in [FIRST, PROTOCOL] {
        bodies.extend([asked(version).to_bytes(), told(version).to_bytes(&[])]);
    }
    bodies.push(behind(b'1', minicbor::to_vec(asked(FIRST)).unwrap()));
    bodies.push(behind(b'1', minicbor::to_vec(told(FIRST)).unwrap()));
    let (asked, told) = (asked(PROTOCOL), told(PROTOCOL));
    bodies.push(plain(&asked.items, asked.uncompressed()));
    bodies.push(plain(&told.items, told.uncompressed()));
    bodies
}

fn repairs() -> Vec<Vec<u8>> {
    let few = Memory::default();
    for key in held().keys(&scope(), &Key::START, &Key::END, 100, 180).unwrap() {
        few.insert(&scope(), key);
    }
    let sets: [&Memory; 3] = [held(), &few, &Memory::default()];
    let mut said = Vec::new();
    for one in sets {
        for other in sets {
            let mut message = Some(open(one, &scope()).unwrap());
            let mut ends = [other, one].into_iter().cycle();
            while let Some(next) = message.take().filter(|_| said.len() < 60) {
                message = answer(ends.next().unwrap(), &scope(), &next).unwrap().message;
                let Message(bytes) = next;
                said.push(bytes);
            }
        }
    }
    said
}

fn answers() -> Vec<Vec<u8>> {
    let heard = |head: &str, body: &[u8]| [head.as_bytes(), b"\n\n", body].concat();
    let exchange = |edit: &dyn Fn(&mut SyncResponse)| {
        let mut told = told(PROTOCOL);
        edit(&mut told);
        heard("200", &plain(&told.items, told.uncompressed()))
    };
    let level = exchange(&|told| {
        told.repair.clear();
        told.fingerprints.clear();
        told.offsets.clear();
    });
    let sent = heard("201\nupload-offset: 4\nupload-length: 4", b"");
    let half = heard("204\nupload-offset: 2", b"");
    let given = heard("206\ncontent-range: bytes 0-5/6", b"wanted");
    let revoked = items().into_iter().nth(5).unwrap();
    let revoked = heard(
        &format!(
            "401\ndoorstep-code: revoked\ndoorstep-revocation: {}",
            URL_SAFE_NO_PAD.encode(revoked.to_bytes())
        ),
        b"",
    );
    let clock = heard(
        &format!("401\ndoorstep-code: clock\ndoorstep-now: {}", NOW + 3_600_000),
        b"",
    );
    let busy = heard("503\nretry-after: 5", b"");
    vec![
        joined(&[
            exchange(&|_| ()),
            level.clone(),
            half.clone(),
            sent.clone(),
            given.clone(),
            level.clone(),
        ]),
        joined(&[clock, level.clone(), sent, heard("200", b"wanted"), level.clone()]),
        joined(&[
            exchange(&|told| told.more = true),
            level,
            half,
            heard("409\nupload-offset: 4", b""),
            given,
        ]),
        joined(&[revoked]),
        joined(&[heard("400\ndoorstep-code: version", b""), exchange(&|_| ())]),
        joined(&[
            exchange(&|told| told.cursor.epoch = 9),
            heard("404", b""),
            heard("423", b""),
            heard("416", b""),
        ]),
        joined(&[busy]),
    ]
}

fn bundles() -> Vec<Vec<u8>> {
    let (sender, receiver) = (device(), center().verifying_key());
    let ends = Ends {
        sender,
        receiver: &receiver,
    };
    let whole = parcel(BundleId([3; 16]), NOW, &ends, &items()[..2]).unwrap();
    let cursor = Cursor { epoch: 1, position: 2 };
    let head = Head {
        parts: 2,
        frames: 4,
        items: 2,
        made: NOW,
        cursor: Some(cursor),
        wants: vec![FileHash::of(b"wanted")],
        offsets: Vec::new(),
    };
    let step = Step {
        from: cursor,
        to: cursor,
    };
    let listed = vec![Listed {
        hash: FileHash::of(b"scan"),
        len: 4,
    }];
    let piece = Piece {
        file: file(b"scan"),
        scope: scope(),
        offset: 0,
        bytes: b"scan".to_vec(),
    };
    let said = [
        minicbor::to_vec((0_u32, (head,))),
        minicbor::to_vec((1_u32, (listed,))),
        minicbor::to_vec((2_u32, (items(), Some(step)))),
        minicbor::to_vec((3_u32, (piece,))),
        minicbor::to_vec((4_u32, (FileHash::of(b"scan"),))),
    ];
    let body = |(index, content): (usize, Vec<u8>)| {
        let mut e = Encoder::new(Vec::new());
        let receiver = receiver.device();
        e.array(5).unwrap().encode(BundleId([3; 16])).unwrap();
        e.u32(1).unwrap().u32(index as u32).unwrap().encode(receiver).unwrap();
        [e.into_writer(), content].concat()
    };
    let bodies: Vec<Vec<u8>> = said.map(Result::unwrap).into_iter().enumerate().map(body).collect();
    let mut seeds: Vec<Vec<u8>> = bodies
        .iter()
        .map(|body| [b"b", &joined(std::slice::from_ref(body))[..]].concat())
        .collect();
    seeds.push([b"b", &joined(&bodies)[..]].concat());
    // Behind the title and the first header lies what is sealed in the first frame.
    let length = u32::from_le_bytes(whole[26..30].try_into().unwrap()) as usize;
    let sealed = whole[62..62 + length].to_vec();
    seeds.extend([[b"s", &joined(&[sealed])[..]].concat(), whole]);
    seeds
}

fn parcels() -> Vec<Vec<u8>> {
    let framed = bundles().into_iter().filter(|part| part.starts_with(b"b"));
    framed.map(|part| [b"POST /parcels\n\n", &part[..]].concat()).collect()
}

fn requests() -> Vec<Vec<u8>> {
    let scan = FileHash::of(b"scan");
    let creation = Creation {
        file: file(b"scan"),
        scope: scope(),
    };
    let version = format!("{}: {}", tus::RESUMABLE, tus::VERSION);
    let bytes = format!("content-type: {}", tus::CONTENT_TYPE);
    let announced = format!("upload-length: 4\nupload-metadata: {}", creation.metadata());
    let mut exchange = asked(PROTOCOL);
    exchange.repair.clear();
    let exchange = plain(&exchange.items, exchange.uncompressed());
    let request = |head: String, body: &[u8]| [head.as_bytes(), b"\n\n", body].concat();
    vec![
        request(format!("POST /files\n{version}\n{bytes}\n{announced}"), b"sc"),
        request(format!("POST /files\n{version}\n{announced}"), b""),
        request(
            format!("PATCH /files/{scan}\n{version}\n{bytes}\nupload-offset: 2"),
            b"an",
        ),
        request(
            format!("PATCH /files/{scan}\n{version}\n{bytes}\nupload-offset: 0"),
            b"nope",
        ),
        request(format!("HEAD /files/{scan}\n{version}"), b""),
        request(format!("GET /files/{scan}\nrange: bytes=0-2"), b""),
        request(format!("DELETE /files/{scan}\n{version}"), b""),
        request("OPTIONS /files".into(), b""),
        request("POST /sync".into(), &exchange),
        request("POST /sync".into(), &asked(FIRST).to_bytes()),
        request("POST /parcels".into(), b"doorstep bundle 1\n"),
        request(format!("GET /parcels/{}", device().verifying_key().device()), b""),
        request("GET /events\nlast-event-id: 1-2".into(), b""),
        request(
            "POST /enrol\nx-stranger: 1\ncontent-type: application/json".into(),
            br#"{"code":"ABCD-EFGH","public_key":"00","label":"x"}"#,
        ),
        request(
            "POST /api/session\nx-stranger: 1\ncontent-type: application/json".into(),
            br#"{"name":"reviewer","password":"x"}"#,
        ),
        request(
            "GET /api/cases?queue=all&page=1\nx-stranger: 1\ncookie: doorstep_session=00; a=b".into(),
            b"",
        ),
        request("GET /healthz\nx-stranger: 1".into(), b""),
        request("GET /metrics\nx-stranger: 1\nauthorization: Bearer x".into(), b""),
    ]
}

fn texts() -> Vec<Vec<u8>> {
    let key = hex::encode(device().verifying_key().to_bytes());
    let item = Item::sign(&envelope(center(), Kind::Grant, grant().to_bytes()), center());
    let granted = format!(
        "{{\"center_public_key\":\"{}\",\"grant\":\"{}\",\"now\":{NOW}}}",
        hex::encode(center().verifying_key().to_bytes()),
        STANDARD.encode(item.to_bytes())
    );
    let creation = Creation {
        file: FileName {
            media_type: doorstep_sync::preview::media_type(&FileHash::of(b"page")),
            ..file(b"scan")
        },
        scope: scope(),
    };
    let tus = format!(
        "tus-resumable: 1.0.0\nupload-length: 4\nupload-offset: 0\ncontent-type: {}\nupload-metadata: {}\nrange: bytes=1-2",
        tus::CONTENT_TYPE,
        creation.metadata()
    );
    let revoked = URL_SAFE_NO_PAD.encode(items()[5].to_bytes());
    let device = device().verifying_key().device();
    [
        format!("doorstep:near:1:{key}@192.168.1.5:41873,[fe80::1]:41873"),
        ":\n\ndata: ff-12\n\nretry: 5\nid: x\ndata:1-13\r\n\n".to_owned(),
        granted,
        tus,
        format!("authorization: D {}", URL_SAFE_NO_PAD.encode([7; 86])),
        format!(
            "doorstep-device: {device}\ndoorstep-time: {NOW}\ndoorstep-signature: {}",
            "00".repeat(64)
        ),
        format!(
            "doorstep-revocation: {revoked}\ndoorstep-passport: {}",
            STANDARD.encode(item.to_bytes())
        ),
        SCOPE.to_owned(),
        "range: bytes=5-".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}
