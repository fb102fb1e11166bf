//! What comes through the door without right: it is refused with a code, and told nothing.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_sync::payload::{Change, FileName, Grant, Revoke};
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::{Cursor, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{
    Document, DocumentId, Envelope, FileHash, Fingerprint, Item, Kind, Print, ScopePattern, SigningKey,
};
use reqwest::Method;
use serde_json::json;

use super::Here;
use super::guest::Guest;
use crate::district::{VILLAGE, village};
use crate::world::World;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

async fn at(here: &Here) -> SocketAddr {
    here.code().await.split_once('@').unwrap().1.parse().unwrap()
}

fn item(author: &SigningKey, scope: &str) -> Item {
    let envelope = Envelope {
        version: 1,
        kind: Kind::Change,
        scope: scope.parse().unwrap(),
        document: Some(Document {
            kind: "application".into(),
            id: DocumentId([9; 16]),
        }),
        device: author.verifying_key().device(),
        staff: "T0101".into(),
        time: crate::world::NOON,
        payload: Change::of(vec![1]).to_bytes(),
    };
    Item::sign(&envelope, author)
}

fn asks(items: Vec<Item>, fingerprints: Vec<(doorstep_sync::Scope, Print)>) -> SyncRequest {
    SyncRequest {
        version: PROTOCOL,
        cursor: Cursor::default(),
        fingerprints,
        items,
        offsets: Vec::new(),
        repair: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_no_key_or_an_unknown_one_hears_nothing() {
    let world = World::new();
    let laptop = Here::new(&world).await;
    let id = laptop.device.received().await;
    let at = at(&laptop).await;

    assert!(
        Guest::new(at, None)
            .ask(Method::GET, "/", &[], Vec::new())
            .await
            .is_err()
    );
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(plain.get(format!("http://{at}/")).send().await.is_err());

    let stranger = Guest::new(at, Some(&key(40)));
    let paths = [
        "/",
        "/sync",
        "/files",
        "/nothing",
        &format!("/files/{}", FileHash::of(b"x")),
    ];
    for path in paths {
        for method in [Method::GET, Method::POST] {
            let answer = stranger
                .ask(method, path, &[], asks(vec![], vec![]).to_bytes())
                .await
                .unwrap();
            assert_eq!(answer.status(), 403, "{path}");
            assert_eq!(answer.headers()[doorstep_sync::auth::CODE], "unknown_device");
            assert!(answer.bytes().await.unwrap().is_empty(), "nothing is told");
        }
    }

    // A passport speaks for the key in it alone, and only when the center of this district signed it.
    let parcels = |passport: Vec<u8>| {
        let shown = [("doorstep-passport", STANDARD.encode(passport))];
        let stranger = &stranger;
        async move {
            stranger
                .told(Method::POST, "/parcels", &shown, b"doorstep bundle 1\n".to_vec())
                .await
        }
    };
    let passport = |of: &SigningKey, by: &SigningKey| {
        let grant = Grant {
            public_key: of.verifying_key().to_bytes(),
            kinds: vec!["application".into()],
            scopes: vec![ScopePattern {
                division: "500199102202".into(),
                period: None,
            }],
            from: 0,
            until: u64::MAX,
            code: "A1".into(),
            label: "梨花村 A1".into(),
            details: Vec::new(),
        };
        let envelope = Envelope {
            kind: Kind::Grant,
            document: None,
            device: by.verifying_key().device(),
            payload: grant.to_bytes(),
            ..item(by, "500199102202/0").open().unwrap()
        };
        Item::sign(&envelope, by).to_bytes()
    };
    let center = world.district.books(|books| books.key.clone());
    let unknown = (403, "unknown_device".to_owned());
    assert_eq!(parcels(passport(&key(43), &center)).await, unknown, "somebody else's");
    assert_eq!(parcels(passport(&key(40), &key(44))).await, unknown, "another center's");
    assert_eq!(parcels(vec![0; 90]).await, unknown);
    assert_eq!(parcels(passport(&key(40), &center)).await.0, 204, "its own");
    let own = [("doorstep-passport", STANDARD.encode(passport(&key(40), &center)))];
    let told = stranger
        .told(Method::POST, "/sync", &own, asks(vec![], vec![]).to_bytes())
        .await;
    assert_eq!(told, unknown, "parcels, and nothing else");

    // A device that was granted and then revoked.
    let lost = key(41);
    world.district.books(|books| {
        books.grant(lost.verifying_key().to_bytes(), "B7");
    });
    laptop.device.sync().await;
    let guest = Guest::new(at, Some(&lost));
    assert_eq!(guest.told(Method::GET, "/", &[], vec![]).await.0, 204);
    world.district.books(|books| {
        let payload = Revoke {
            device: lost.verifying_key().device(),
            hand_over: false,
            at: 1,
        }
        .to_bytes();
        books.write(Kind::Revoke, &format!("{VILLAGE}/0"), None, payload);
    });
    laptop.device.sync().await;
    let refused = (403, "revoked".to_owned());
    assert_eq!(
        guest.told(Method::GET, "/", &[], vec![]).await,
        refused,
        "the open connection ends, too"
    );
    assert_eq!(
        guest
            .told(Method::POST, "/sync", &[], asks(vec![], vec![]).to_bytes())
            .await,
        refused
    );

    // Nobody is at it: nothing is answered at all.
    laptop.device.call("lock", json!({})).await;
    let late = Guest::new(at, Some(&key(40))).ask(Method::GET, "/", &[], vec![]).await;
    assert!(late.map_or(true, |answer| answer.status() == 503));
    laptop.device.unlock().await;
    assert_eq!(laptop.device.view(&id).await["status"], "received");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_device_gets_no_more_than_its_scopes_and_gives_nothing_forged() {
    let world = World::new();
    let laptop = Here::new(&world).await;
    laptop.device.received().await;
    let (member, elsewhere) = (key(50), key(51));
    world.district.books(|books| {
        books.grant(member.verifying_key().to_bytes(), "B8");
        let grant = Grant {
            public_key: elsewhere.verifying_key().to_bytes(),
            kinds: vec!["application".into()],
            scopes: vec![ScopePattern {
                division: "500199102202".into(),
                period: None,
            }],
            from: 0,
            until: u64::MAX,
            code: "A1".into(),
            label: "梨花村 A1".into(),
            details: Vec::new(),
        };
        books.write(Kind::Grant, "500199102202/0", None, grant.to_bytes());
    });
    laptop.device.sync().await;
    let at = at(&laptop).await;
    let before = laptop.strip().await;

    // Another village's device may come in, and finds the village's scope empty.
    let guest = Guest::new(at, Some(&elsewhere));
    let empty = Print::Whole(Fingerprint::default());
    let request = asks(
        vec![item(&elsewhere, &format!("{VILLAGE}/2026"))],
        vec![(village(), empty)],
    );
    let answer = guest.ask(Method::POST, "/sync", &[], request.to_bytes()).await.unwrap();
    let answer = SyncResponse::from_bytes(&answer.bytes().await.unwrap(), &request.brought()).unwrap();
    let of_the_district = |scope: &doorstep_sync::Scope| scope.as_str() == "500199000000/0";
    assert!(answer.items.is_empty() && answer.repair.iter().all(|(scope, _)| of_the_district(scope)));
    assert!(
        answer.fingerprints.iter().all(|(scope, _)| of_the_district(scope)),
        "{:?}",
        answer.fingerprints
    );

    // The station's own new device brings what is not in order.
    let guest = Guest::new(at, Some(&member));
    let mut bent = item(&member, &format!("{VILLAGE}/2026"));
    bent.signature[5] ^= 1;
    let forged = vec![
        bent,
        item(&key(60), &format!("{VILLAGE}/2026")),
        item(&member, "500199102202/2026"),
        item(&elsewhere, "500199102202/2026"),
    ];
    let request = asks(forged, vec![]).to_bytes();
    for _ in 0..2 {
        let answer = guest.ask(Method::POST, "/sync", &[], request.clone()).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let after = laptop.strip().await;
    assert_eq!(after["carried_items"], before["carried_items"], "nothing was taken");

    let malformed = (400, "malformed".to_owned());
    for body in [vec![], b"{}".to_vec(), request[..request.len() / 2].to_vec()] {
        let told = guest.told(Method::POST, "/sync", &[], body).await;
        assert!(told == malformed || told == (400, "version".to_owned()), "{told:?}");
    }
    // The refusal may close the connection while the rest is still on its way.
    let too_much = guest.ask(Method::POST, "/sync", &[], vec![0; 5 << 20]).await;
    assert!(too_much.map_or(true, |answer| answer.status() == 413));
    // The door closes on who sends too much; they may come again.
    let guest = Guest::new(at, Some(&member));

    // Files: only what an item names, and never more than was announced.
    let file = FileName {
        hash: FileHash::of(b"scan"),
        len: 4,
        media_type: "image/jpeg".into(),
    };
    let creation = Creation {
        file: file.clone(),
        scope: village(),
    };
    let announces = [
        (tus::RESUMABLE, tus::VERSION.to_owned()),
        (tus::LENGTH, "4".to_owned()),
        (tus::METADATA, creation.metadata()),
    ];
    let unnamed = (403, "not_granted".to_owned());
    assert_eq!(
        guest.told(Method::POST, "/files", &announces, b"scan".to_vec()).await,
        unnamed
    );
    let path = tus::path(&file.hash);
    let appends = [
        (tus::RESUMABLE, tus::VERSION.to_owned()),
        ("content-type", tus::CONTENT_TYPE.to_owned()),
        (tus::OFFSET, "0".to_owned()),
    ];
    assert_eq!(
        guest.told(Method::PATCH, &path, &appends, b"scan".to_vec()).await.0,
        404
    );
    assert_eq!(guest.told(Method::PATCH, &path, &[], b"scan".to_vec()).await, malformed);
    assert_eq!(guest.told(Method::GET, &path, &[], vec![]).await.0, 404);
    assert_eq!(
        guest.told(Method::POST, "/files", &announces[..1], vec![]).await,
        malformed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_meets_only_whom_the_center_vouches_for() {
    let world = World::new();
    let tablet = Here::new(&world).await;
    tablet.reaches_the_district(false);
    // Enrolled after the tablet's last contact: the tablet does not know it yet.
    let laptop = Here::new(&world).await;
    let code = laptop.code().await;
    let add = json!({ "code": code });
    let refused = doorstep_station::FailureCode::Refused;
    assert_eq!(tablet.device.code("neighbour_add", add.clone(), vec![]).await, refused);
    let nonsense = json!({ "code": "https://example.cn" });
    let bad = doorstep_station::FailureCode::BadRequest;
    assert_eq!(tablet.device.code("neighbour_add", nonsense, vec![]).await, bad);

    tablet.reaches_the_district(true);
    tablet.device.sync().await;
    assert_eq!(tablet.meet(&code).await["state"], "level");

    // Somebody else answers where the laptop was.
    let impostor = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = impostor.local_addr().unwrap();
    tokio::spawn(async move { while impostor.accept().await.is_ok() {} });
    let (name, _) = code.split_once('@').unwrap();
    let met = tablet.meet(&format!("{name}@{place}")).await;
    assert_eq!(met["state"], "unreachable", "{met}");

    // Another device of the district answers in its stead: it is not the one whose code this is.
    let other = Here::new(&world).await;
    tablet.device.sync().await;
    let (_, place) = other
        .code()
        .await
        .split_once('@')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let met = tablet.meet(&format!("{name}@{place}")).await;
    assert_eq!(
        (&met["state"], &met["reason"]),
        (&json!("refused"), &json!("stranger")),
        "{met}"
    );
}
