//! Exchanges, and a station's run.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorstep_fuzz::{NOW, held};
use doorstep_sync::fingerprint::Print;
use doorstep_sync::repair::{Held, Key, Memory, Message, answer, open};
use doorstep_sync::wire::{Cursor, FIRST, Offset, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{FileHash, Item};

use crate::items::{items, scope};
use crate::{Seeds, joined};

pub fn seeds() -> Vec<Seeds> {
    vec![("sync", bodies()), ("repair", repairs()), ("answer", answers())]
}

pub fn asked(version: u8) -> SyncRequest {
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
pub fn plain(items: &[Item], plain: Vec<u8>) -> Vec<u8> {
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
