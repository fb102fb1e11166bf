//! What knocks at the center: sticks, requests, headers.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorstep_fuzz::{NOW, SCOPE, center, device, envelope, grant};
use doorstep_sync::bundle::{Ends, Head, Listed, Piece, Step, parcel};
use doorstep_sync::payload::FileName;
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::{Cursor, FIRST, PROTOCOL};
use doorstep_sync::{BundleId, FileHash, Item, Kind};
use minicbor::Encoder;

use crate::items::{file, items, scope};
use crate::wire::{asked, plain};
use crate::{Seeds, joined};

pub fn seeds() -> Vec<Seeds> {
    vec![
        ("bundle", bundles()),
        ("request", [requests(), parcels()].concat()),
        ("text", texts()),
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
