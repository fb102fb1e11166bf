//! What was answered is on the disk, whatever ends the program.

use serde_json::json;

use crate::world::{World, picture};

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_stop_without_closing() {
    let world = World::new();
    let device = world.device().await;
    world.offline();
    let id = device.begin().await;
    // More saves than one snapshot holds.
    for number in 0..40 {
        device.answer(&id, "household_address", &format!("{number}组")).await;
    }
    let view = device.photograph(&id, "id_card", picture(900, 600, 3)).await;
    let file = view["materials"][0]["record"]["pages"][0]["file"].clone();

    let device = world.restart(device).await;
    let view = device.view(&id).await;
    let questions = view["form"]["questions"].as_array().unwrap().clone();
    let address = questions
        .iter()
        .find(|question| question["name"] == "household_address")
        .unwrap();
    assert_eq!(address["value"], "39组");
    assert_eq!(view["chain"]["saved"], 42);
    let original = device.call("file", json!({ "hash": file, "edge": null })).await;
    assert_eq!(
        (original["bytes"].as_u64(), original["media_type"].as_str()),
        (Some(picture(900, 600, 3).len() as u64), Some("image/png"))
    );
    assert_eq!(
        device.call("file", json!({ "hash": file, "edge": 320 })).await["media_type"],
        "image/jpeg"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_from_items_can_be_made_again() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.received().await;
    let draft = one.begin().await;
    one.answer(&draft, "name", "柳石桥").await;
    one.sync().await;
    two.sync().await;
    world.offline();
    one.answer(&draft, "phone", "13900000001").await;
    two.answer(&draft, "phone", "13900000002").await;
    world.online();
    two.sync().await;
    one.sync().await;
    let before = (
        one.view(&id).await,
        one.view(&draft).await,
        one.find("").await,
        one.find("lsq").await.len(),
    );
    assert!(one.station.examine().await.unwrap().same_as_items);
    assert_eq!(one.station.rebuild().await.unwrap(), 2);
    assert_eq!(
        before,
        (
            one.view(&id).await,
            one.view(&draft).await,
            one.find("").await,
            one.find("lsq").await.len()
        )
    );
    let one = world.restart(one).await;
    assert_eq!(
        before,
        (
            one.view(&id).await,
            one.view(&draft).await,
            one.find("").await,
            one.find("lsq").await.len()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_on_the_same_folder_is_refused() {
    let world = World::new();
    let device = world.device().await;
    let config = doorstep_station::StationConfig::new(device.folder.path()).unwrap();
    assert!(doorstep_station::Station::open_with(config).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_device_gives_nothing() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.call("lock", json!({})).await;
    for (name, args) in [
        ("application", json!({ "id": id })),
        (
            "applications",
            json!({ "query": "", "status": [], "limit": 20, "offset": 0 }),
        ),
        ("sync_now", json!({})),
    ] {
        assert_eq!(
            device.code(name, args, Vec::new()).await,
            doorstep_station::FailureCode::LockedDevice,
            "{name}"
        );
    }
    device
        .call("preferences_set", json!({ "size": "large", "language": "en" }))
        .await;
    device.unlock().await;
    assert_eq!(
        device.view(&id).await["matter"]["name"],
        "Allowance for the aged (80 and over)"
    );
}

/// Pages of the database that a save writes: they are encrypted and brought to the disk while a person waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_save_writes_few_pages() {
    const FRAME: u64 = 4_096 + 24;
    let world = World::new();
    let device = world.device().await;
    world.offline();
    let id = device.begin().await;
    device.answer(&id, "name", "柳青禾").await;
    let log = device.folder.path().join("station.db-wal");
    let before = std::fs::metadata(&log).unwrap().len();
    for number in 0..60 {
        device.answer(&id, "household_address", &format!("{number}组")).await;
    }
    let frames = (std::fs::metadata(&log).unwrap().len() - before) / FRAME;
    // One each of: items and three indexes over them, the line and the list's index; a new page now and then.
    assert!(frames <= 60 * 7, "{frames} pages in 60 saves");
}
