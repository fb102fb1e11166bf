//! Wrong PINs cost time, and a restart does not give it back.

use doorstep_station::FailureCode;
use serde_json::json;

use crate::world::{Device, World};

#[tokio::test(flavor = "multi_thread")]
async fn waits_grow_and_survive_a_restart() {
    let world = World::new();
    let device = world.device().await;
    device.call("lock", json!({})).await;
    let wrong = || json!({ "staff": "T0101", "pin": "000000" });
    for expected in [0, 0, 0, 5_000] {
        let failure = device.try_call("unlock", wrong(), Vec::new()).await.unwrap_err();
        assert_eq!((failure.code, failure.wait), (FailureCode::WrongPin, Some(expected)));
    }
    let right = || json!({ "staff": "T0101", "pin": "135790" });
    let Device { station, folder, .. } = device;
    drop(station);
    let device = Device::of(world.open(folder.path()).await, folder);
    world.pass(2_000);
    let failure = device.try_call("unlock", right(), Vec::new()).await.unwrap_err();
    assert_eq!((failure.code, failure.wait), (FailureCode::Wait, Some(3_000)));
    assert_eq!(device.call("staff_list", json!({})).await["wait"], 3_000);
    world.pass(3_000);
    let failure = device.try_call("unlock", wrong(), Vec::new()).await.unwrap_err();
    assert_eq!((failure.code, failure.wait), (FailureCode::WrongPin, Some(15_000)));
    world.pass(15_000);
    device.call("unlock", right()).await;
    assert_eq!(device.call("staff_list", json!({})).await["wait"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_code_enrols_nothing() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let device = Device::of(world.open(folder.path()).await, folder);
    let enrol = |center: &str, code: &str| json!({ "center": center, "code": code });
    assert_eq!(
        device
            .code("enrol", enrol("https://center.example", "BAD"), Vec::new())
            .await,
        FailureCode::EnrolmentCode
    );
    assert_eq!(
        device
            .code("enrol", enrol("http://center.example", "GOOD-CODE"), Vec::new())
            .await,
        FailureCode::BadRequest
    );
    world.offline();
    assert_eq!(
        device
            .code("enrol", enrol("https://center.example", "GOOD-CODE"), Vec::new())
            .await,
        FailureCode::Offline
    );
    let unlock = json!({ "staff": "T0101", "pin": "135790" });
    assert_eq!(
        device.code("unlock", unlock, Vec::new()).await,
        FailureCode::NotEnrolled
    );
    assert_eq!(device.call("strip", json!({})).await["enrolled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_use_up_the_code() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let device = Device::of(world.open(folder.path()).await, folder);
    let enrol = || json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    world.district.books(|books| books.lost = true);
    assert_eq!(device.code("enrol", enrol(), Vec::new()).await, FailureCode::Offline);
    device.call("enrol", enrol()).await;
    let keys: Vec<Vec<u8>> = world
        .district
        .books(|books| books.devices().iter().map(|key| key.to_bytes()).collect());
    assert!(
        keys.iter().all(|key| key == &keys[0]),
        "the second try was the same device's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_names_nobody_locks_nobody_out_of_what_was_typed() {
    let world = World::new();
    let device = world.device().await;
    world.district.books(|books| {
        let key = books.devices()[0].to_bytes();
        books.staff.clear();
        books.grant(key, "A1");
    });
    device.sync().await;
    let id = device.begin().await;
    device.call("lock", json!({})).await;
    device.unlock().await;
    assert_eq!(device.view(&id).await["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_keys_are_lost_is_set_aside_and_not_removed() {
    let world = World::new();
    let device = world.device().await;
    device.begin().await;
    let Device { station, folder, .. } = device;
    drop(station);
    std::fs::remove_file(folder.path().join("keys.json")).unwrap();
    let device = Device::of(world.open(folder.path()).await, folder);
    let enrol = json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    device.call("enrol", enrol).await;
    let names = std::fs::read_dir(device.folder.path()).unwrap();
    let names: Vec<String> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let databases = names.iter().filter(|name| name.ends_with(".db")).count();
    assert_eq!(databases, 2, "{names:?}");
}
