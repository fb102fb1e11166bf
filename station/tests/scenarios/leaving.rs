//! Somebody leaves the device, and the next one comes.

use std::time::Duration;

use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::world::{Device, World};

async fn leave(device: &Device) {
    device.call("lock", json!({ "sending": true })).await;
}

/// SQLite takes the log away with the last connection.
fn is_closed(device: &Device) -> bool {
    !device.folder.path().join("station.db-wal").exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_screen_gives_nothing_and_what_waits_is_sent() {
    let world = World::new();
    let device = world.device().await;
    device.station.start();
    world.offline();
    let id = device.begin().await;
    device.answer(&id, "name", "陶桃花").await;
    leave(&device).await;
    assert!(!is_closed(&device), "something waits");
    for (name, args) in [
        ("application", json!({ "id": id })),
        ("sync_now", json!({})),
        ("sync_status", json!({})),
        ("typed_key", json!({})),
        ("pin_change", json!({ "pin": "135790", "new": "739164" })),
        ("try_again", json!({ "staff": "T0102" })),
        ("bundle_export", json!({ "part_bytes": null })),
        ("neighbours", json!({})),
    ] {
        assert_eq!(
            device.code(name, args, Vec::new()).await,
            FailureCode::LockedDevice,
            "{name}"
        );
    }
    let strip = device.call("strip", json!({})).await;
    assert_eq!((&strip["staff"], &strip["waiting_items"]), (&Value::Null, &json!(0)));
    let longer = json!({ "size": "standard", "language": "zh-CN", "idle_minutes": 30 });
    assert_eq!(
        device.code("preferences_set", longer, Vec::new()).await,
        FailureCode::LockedDevice
    );

    world.online();
    for _ in 0..400 {
        // Leaving again closes the store as soon as nothing waits.
        leave(&device).await;
        if is_closed(&device) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_closed(&device), "nothing waits any more");
    let there = world.district.books(|books| {
        books
            .log
            .iter()
            .filter(|item| item.open().unwrap().document.is_some())
            .count()
    });
    assert_eq!(there, 2, "it was sent while nobody was there");
    device.unlock().await;
    assert_eq!(device.view(&id).await["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_vain_does_not_keep_the_store_open_for_long() {
    let world = World::new();
    let device = world.device().await;
    world.offline();
    device.begin().await;
    leave(&device).await;
    world.pass(4 * 3_600_000 - 1);
    leave(&device).await;
    assert!(!is_closed(&device));
    world.pass(1);
    leave(&device).await;
    assert!(is_closed(&device));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_person_works_under_their_own_name() {
    let world = World::new();
    let device = world.device().await;
    world.offline();
    let id = device.begin().await;
    let key = async || {
        device.call("typed_key", json!({})).await["key"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = key().await;
    leave(&device).await;
    device.unlock_as("T0102", "246802").await;
    let second = key().await;
    assert_ne!(first, second, "what one typed opens for nobody else");
    device.answer(&id, "name", "陶桃花").await;
    let strip = device.call("strip", json!({})).await;
    assert_eq!(strip["staff"]["number"], "T0102");
    let device = world.restart(device).await;
    let key = device.call("typed_key", json!({})).await;
    assert_eq!(key["key"], first.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_page_was_closed_locks_itself() {
    let world = World::new();
    let device = world.device().await;
    device.station.start();
    world.pass(5 * 60_000);
    // Asking would be a sign of somebody: the folder tells.
    for _ in 0..600 {
        if is_closed(&device) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_closed(&device));
    assert_eq!(device.call("strip", json!({})).await["staff"], json!(null));
}
