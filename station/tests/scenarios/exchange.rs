//! The exchange that goes on by itself.

use std::time::Duration;

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_save_goes_up_by_itself_and_a_locked_device_is_silent() {
    let world = World::new();
    let device = world.device().await;
    device.station.start();
    let id = device.begin().await;
    device.answer(&id, "name", "陶桃花").await;
    let mut waiting = u64::MAX;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let strip = device.call("strip", json!({})).await;
        waiting = strip["waiting_items"].as_u64().unwrap();
        // Its last receipt comes a moment before the exchange is over.
        if waiting == 0 && strip["link"] != "syncing" {
            break;
        }
    }
    assert_eq!(waiting, 0, "what was saved reached the district without a word");
    assert_eq!(device.call("strip", json!({})).await["link"], "online");

    device.call("lock", json!({})).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = world.district.books(|books| books.requests);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(world.district.books(|books| books.requests), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_restored_from_a_backup_gets_everything_again() {
    let world = World::new();
    let device = world.device().await;
    let id = device.received().await;
    device.sync().await;
    assert_eq!(device.call("strip", json!({})).await["waiting_items"], 0);
    world.district.books(|books| books.restore());
    device.sync().await;
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(
        (view["chain"]["reached"].clone(), view["chain"]["verified"].clone()),
        (view["chain"]["saved"].clone(), json!(4))
    );
    let there = world.district.books(|books| {
        books
            .log
            .iter()
            .filter(|item| item.open().unwrap().document.is_some())
            .count()
    });
    assert!(there > 15, "{there} items are at the center again");
    let strip = device.call("strip", json!({})).await;
    assert_eq!(
        (strip["waiting_items"].as_u64(), strip["waiting_files"].as_u64()),
        (Some(0), Some(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_center_told_in_an_answer_before_a_cut_is_compared_later() {
    let world = World::new();
    let device = world.device().await;
    // The backup came from elsewhere: it holds what this device never heard of, in a scope of which it holds nothing.
    world.district.books(|books| {
        books.restore();
        let nothing = doorstep_sync::payload::Receipt::default().to_bytes();
        books.write(doorstep_sync::Kind::Receipt, "500199101201/2019", None, nothing);
        books.answers_left = Some(1);
    });
    assert_ne!(device.sync().await["result"], "done", "cut after the first answer");
    let device = world.restart(device).await;
    world.district.books(|books| books.answers_left = None);
    // What comes in the last answer is named with the next exchange.
    for _ in 0..2 {
        assert_eq!(device.sync().await["result"], "done");
    }
    world.district.books(|books| {
        for (scope, print) in books.held().fingerprints() {
            let named = books.named.iter().find(|(named, _)| *named == scope);
            assert!(
                named.is_some_and(|(_, named)| named.is_of(&print)),
                "{scope:?} is level"
            );
        }
    });
}
