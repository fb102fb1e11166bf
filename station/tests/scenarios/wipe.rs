//! Only the district's key wipes a device.

use doorstep_station::FailureCode;
use doorstep_sync::payload::Revoke;
use doorstep_sync::{DeviceId, Envelope, Item, Kind, SigningKey};
use serde_json::json;

use crate::district::VILLAGE;
use crate::world::{APPLICANT, Device, World};

fn revocation(key: &SigningKey, device: DeviceId, hand_over: bool) -> Item {
    let revoke = Revoke {
        device,
        at: 1,
        hand_over,
    };
    let envelope = Envelope {
        version: 1,
        kind: Kind::Revoke,
        scope: format!("{VILLAGE}/0").parse().unwrap(),
        document: None,
        device: key.verifying_key().device(),
        staff: String::new(),
        time: 1,
        payload: revoke.to_bytes(),
    };
    Item::sign(&envelope, key)
}

async fn is_wiped(device: &Device) -> bool {
    let _ = device.run("sync_now", json!({}), Vec::new()).await;
    let strip = device.call("strip", json!({})).await;
    let wiped = strip["wiped"] == true;
    assert_eq!(wiped, strip["enrolled"] == false);
    assert_eq!(wiped, !device.folder.path().join("keys.json").exists());
    assert_eq!(wiped, !device.folder.path().join("station.db").exists());
    wiped
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_answer_or_somebody_elses_word_wipes_nothing() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.answer(&id, "name", APPLICANT).await;
    let (key, own) = world
        .district
        .books(|books| (books.key.clone(), books.devices()[0].device()));
    let stranger = SigningKey::from_seed(&[99; 32]);
    for said in [
        None,
        Some(revocation(&stranger, own, false)),
        Some(revocation(&key, DeviceId([5; 16]), false)),
    ] {
        world.district.books(|books| books.revoked = Some(said));
        assert!(!is_wiped(&device).await);
    }
    assert_eq!(device.find("").await.len(), 1);
    world
        .district
        .books(|books| books.revoked = Some(Some(revocation(&key, own, false))));
    assert!(is_wiped(&device).await);
    assert_eq!(
        device.code("application", json!({ "id": id }), Vec::new()).await,
        FailureCode::NotEnrolled
    );
    // It is nobody's now, and can be anybody's.
    world.district.books(|books| books.revoked = None);
    let args = json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    device.call("enrol", args).await;
    device.unlock().await;
    assert!(!is_wiped(&device).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_back_writes_no_more_and_wipes_itself_when_nothing_waits() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.answer(&id, "name", APPLICANT).await;
    world.district.books(|books| {
        let own = books.devices()[0].device();
        let revoked = revocation(&books.key, own, true);
        books.log.push(revoked);
        books.judge = Some(Box::new(|_| Some("waits")));
    });
    assert!(!is_wiped(&device).await, "something waits");
    assert_eq!(device.call("strip", json!({})).await["leaving"], true);
    let typed = json!({ "id": id, "name": "phone", "value": "13900000000", "note": "" });
    assert_eq!(device.code("answer_set", typed, Vec::new()).await, FailureCode::Revoked);
    let begun = json!({ "matter": "YX-MZ-001" });
    assert_eq!(device.code("begin", begun, Vec::new()).await, FailureCode::Revoked);
    world.district.books(|books| books.judge = None);
    // What was sent and not answered is sent again by the next start.
    let device = world.restart(device).await;
    assert!(is_wiped(&device).await);
    assert!(world.district.books(|books| books.log.len()) > 4, "it was handed over");
}
