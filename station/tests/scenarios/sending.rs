//! How far each file has got, in which order files go, and who decides that.

use doorstep_sync::preview;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{APPLICANT, Device, ID_NUMBER, NOON, World, picture};

/// Hashes of an application's pages, in their order.
fn pages(view: &Value) -> Vec<String> {
    let materials = view["materials"].as_array().unwrap();
    let pages = materials
        .iter()
        .flat_map(|material| material["record"]["pages"].as_array().unwrap());
    pages.map(|page| page["file"].as_str().unwrap().to_owned()).collect()
}

async fn status(device: &Device) -> Value {
    device.call("sync_status", json!({})).await
}

async fn mode(device: &Device, mode: &str) -> Value {
    device.call("sync_mode", json!({ "mode": mode })).await
}

/// Hashes of whole files and of the files that previews show, in the order of arrival.
fn arrived(world: &World) -> (Vec<String>, Vec<String>) {
    world.district.books(|books| {
        let shown = books.arrived.iter().filter_map(preview::of);
        let whole = books.arrived.iter().filter(|file| preview::of(file).is_none());
        (
            shown.map(|hash| hash.to_string()).collect(),
            whole.map(|file| file.hash.to_string()).collect(),
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_saver_sends_small_pictures_until_a_person_presses() {
    let world = World::new();
    let device = world.device().await;
    assert_eq!(mode(&device, "saver").await["mode"], "saver");
    let id = device.begin().await;
    let view = device.photograph(&id, "id_card", picture(1600, 1200, 1)).await;
    let page = pages(&view).remove(0);
    assert_eq!(device.sync().await["result"], "done");
    assert_eq!(arrived(&world), (vec![page.clone()], vec![]));
    let told = status(&device).await;
    assert_eq!((&told["items_waiting"], &told["files_waiting"]), (&json!(0), &json!(1)));
    let file = &told["files"][0];
    assert_eq!((&file["hash"], &file["application"]), (&json!(page), &json!(id)));
    assert_eq!((&file["state"], &file["previewed"]), (&json!("paused"), &json!(true)));
    assert!(file["label"].as_str().unwrap().ends_with("第 1 页"), "{file}");
    assert_eq!(device.call("strip", json!({})).await["mode"], "saver");

    // Nothing goes twice.
    device.sync().await;
    assert_eq!(arrived(&world).0.len(), 1);
    assert_eq!(device.call("sync_send_now", json!({})).await["pressed"], true);
    device.sync().await;
    assert_eq!(arrived(&world).1, vec![page]);
    let told = status(&device).await;
    assert_eq!((&told["files_waiting"], &told["pressed"]), (&json!(0), &json!(false)));
    assert_eq!(told["mode"], "saver", "pressed once, for what waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_picture_that_the_center_does_not_take_is_not_said_to_have_arrived() {
    let world = World::new();
    world.district.books(|books| books.unneeded = true);
    let device = world.device().await;
    mode(&device, "saver").await;
    let id = device.begin().await;
    device.photograph(&id, "id_card", picture(1600, 1200, 1)).await;
    device.sync().await;
    assert_eq!(arrived(&world), (vec![], vec![]));
    let told = status(&device).await;
    assert_eq!(told["files"][0]["previewed"], false, "{told}");
    assert_eq!(told["files_failed"], 0, "the page itself has no trouble");
    // It is not offered again.
    world.district.books(|books| books.unneeded = false);
    device.sync().await;
    assert_eq!(arrived(&world), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_files_back_and_no_text_and_outlives_a_restart() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.photograph(&id, "id_card", picture(800, 600, 1)).await;
    mode(&device, "paused").await;
    let device = world.restart(device).await;
    device.answer(&id, "name", APPLICANT).await;
    device.sync().await;
    let told = status(&device).await;
    assert_eq!((&told["mode"], &told["items_waiting"]), (&json!("paused"), &json!(0)));
    assert_eq!(arrived(&world), (vec![], vec![]));
    assert_eq!(told["files"][0]["state"], "paused");
    mode(&device, "all").await;
    device.sync().await;
    assert_eq!(arrived(&world).1.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_waits_for_goes_first_then_the_smallest() {
    let world = World::new();
    let device = world.device().await;
    // In this order: an empty application would be gone on with.
    let (other, waited) = (device.received().await, device.begin().await);
    let large = device.photograph(&waited, "id_card", picture(900, 900, 1)).await;
    let large = pages(&large).remove(0);
    let small = pages(&device.view(&other).await);
    device.view(&waited).await;
    device.sync().await;
    let (_, order) = arrived(&world);
    assert_eq!(order[0], large, "the application on the screen");
    assert!(order.len() > 3 && small.iter().all(|page| order.contains(page)));
    let sizes: Vec<u64> = world
        .district
        .books(|books| books.arrived[1..].iter().map(|file| file.len).collect());
    assert!(sizes.is_sorted(), "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_go_says_why_and_lets_the_rest_pass() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.photograph(&id, "id_card", picture(300, 200, 1)).await;
    let view = device.photograph(&id, "id_card", picture(600, 400, 2)).await;
    let [bad, good] = pages(&view).try_into().unwrap();
    let refused = (bad.parse().unwrap(), StatusCode::PAYLOAD_TOO_LARGE);
    world.district.books(|books| books.refused = Some(refused));
    device.sync().await;
    assert_eq!(arrived(&world).1, vec![good]);
    let device = world.restart(device).await;
    let told = status(&device).await;
    assert_eq!((&told["files_failed"], &told["files_waiting"]), (&json!(1), &json!(1)));
    let file = &told["files"][0];
    assert_eq!(
        (&file["hash"], &file["state"], &file["reason"]),
        (&json!(bad), &json!("failed"), &json!("too_large"))
    );
    assert_eq!(device.call("strip", json!({})).await["failed_files"], 1);
    world.district.books(|books| books.refused = None);
    device.sync().await;
    let told = status(&device).await;
    assert_eq!((&told["files_failed"], &told["files_waiting"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_kept_and_an_idle_day_is_one_line() {
    let world = World::new();
    let device = world.device().await;
    let before = status(&device).await["contacts"].as_array().unwrap().len();
    for _ in 0..5 {
        world.pass(30_000);
        device.sync().await;
    }
    world.offline();
    for _ in 0..5 {
        world.pass(30_000);
        device.sync().await;
    }
    world.online();
    world.pass(30_000);
    let id = device.begin().await;
    device.photograph(&id, "id_card", picture(300, 200, 1)).await;
    device.sync().await;
    let device = world.restart(device).await;
    let told = status(&device).await;
    let contacts = told["contacts"].as_array().unwrap();
    let results: Vec<&str> = contacts
        .iter()
        .map(|contact| contact["result"].as_str().unwrap())
        .collect();
    assert_eq!(results[..3], ["done", "offline", "done"]);
    assert!(contacts.len() <= before + 3, "{results:?}");
    assert_eq!(contacts[0]["sent_files"], 1);
    assert!(contacts[0]["sent_items"].as_u64().unwrap() >= 2);
    assert_eq!(contacts[1]["time"], NOON + 10 * 30_000);
    let storage = &told["storage"];
    assert!(
        storage["used_by_scans"].as_u64().unwrap() > 1_000 && storage["used_by_database"].as_u64().unwrap() > 50_000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_for_support_names_nobody() {
    let world = World::new();
    let device = world.device().await;
    let id = device.received().await;
    let waiting = device.call("sync_report", json!({})).await;
    device.sync().await;
    let report = device.call("sync_report", json!({})).await;
    assert_eq!(report["name"], "doorstep-2026-02-14.txt");
    let view = device.view(&id).await;
    let number = view["number"].as_str().unwrap();
    for text in [&waiting["text"], &report["text"]] {
        let text = text.as_str().unwrap();
        for needed in ["protocol: ", "own, ", "files waiting: ", "contacts: ", "done"] {
            assert!(text.contains(needed), "{needed} is missing in\n{text}");
        }
        let private = [
            APPLICANT,
            ID_NUMBER,
            "13900000000",
            "500199",
            "桃花",
            "陶春晓",
            "T0101",
            id.as_str(),
            number,
            "center.example",
        ];
        for secret in private {
            assert!(!text.contains(secret), "{secret} stands in\n{text}");
        }
        assert!(text.is_ascii());
    }
}
