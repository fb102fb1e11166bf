//! A tablet out of reach of the district hands everything to the laptop.

use serde_json::json;

use super::{Here, until};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_without_network_hands_everything_over_and_gets_the_receipts_back() {
    let world = World::new();
    let (laptop, tablet) = (Here::new(&world).await, Here::new(&world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let before = world.district.books(|books| (books.log.len(), books.files.len()));
    let id = tablet.device.received().await;
    assert!(
        tablet.strip().await.get("handed").is_none(),
        "nothing is claimed before it is so"
    );

    let met = tablet.meet(&laptop.code().await).await;
    assert_eq!(
        (&met["state"], &met["name"]),
        (&json!("level"), &json!("桃花村 A1")),
        "{met}"
    );
    assert!(met["last_contact"].is_u64());

    // The tablet says where it is, and claims no more.
    let chain = tablet.chain(&id).await;
    assert_eq!(chain["handed"]["to"], "桃花村 A1", "{chain}");
    assert_eq!((&chain["reached"], &chain["verified"]), (&json!(0), &json!(0)));
    assert_eq!((&chain["files"], &chain["handed_files"]), (&json!(4), &json!(4)));
    assert_eq!(tablet.strip().await["handed"]["to"], "桃花村 A1");

    // The laptop shows the application, and does not take it for its own.
    let there = laptop.device.view(&id).await;
    assert_eq!(there["status"], "received", "{there}");
    let there = there["chain"].clone();
    assert_eq!((&there["saved"], &there["reached"]), (&chain["saved"], &json!(0)));
    let strip = laptop.strip().await;
    assert_eq!(strip["waiting_items"], 0, "{strip}");
    assert!(strip["carried_items"].as_u64().unwrap() > 15, "{strip}");
    assert_eq!(strip["waiting_files"], 4, "{strip}");
    assert_eq!(
        world.district.books(|books| (books.log.len(), books.files.len())),
        before
    );

    // The laptop comes into reach.
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    let strip = laptop.strip().await;
    let waits = (&strip["carried_items"], &strip["waiting_files"]);
    assert_eq!(waits, (&json!(0), &json!(0)), "{strip}");
    let there = laptop.chain(&id).await;
    assert_eq!((&there["reached"], &there["verified"]), (&chain["saved"], &json!(4)));
    let authors = world.district.books(|books| {
        let applications = books.log.iter().filter_map(|item| item.open().ok());
        let applications = applications.filter(|envelope| envelope.document.is_some());
        applications
            .map(|envelope| envelope.device)
            .collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(authors.len(), 1, "everything keeps its author");

    // And the tablet hears of it, still without a network of its own.
    assert_eq!(tablet.meet_again().await["state"], "level");
    let chain = tablet.chain(&id).await;
    assert_eq!(
        (&chain["reached"], &chain["verified"]),
        (&chain["saved"], &json!(4)),
        "{chain}"
    );
    let strip = tablet.strip().await;
    assert_eq!(
        (&strip["waiting_items"], &strip["waiting_files"]),
        (&json!(0), &json!(0))
    );
    assert!(strip["last_contact"].as_u64().is_some());

    // What the authority decides comes the same way, and what is typed on the laptop, too.
    world.district.decide(&id, doorstep_records::CaseStep::accepted(""));
    laptop.device.sync().await;
    tablet.meet_again().await;
    assert_eq!(tablet.device.view(&id).await["status"], "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_meet_by_themselves_after_a_save_and_the_switch_ends_it() {
    let world = World::new();
    let (laptop, tablet) = (Here::new(&world).await, Here::new(&world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    tablet.meet(&laptop.code().await).await;

    let id = tablet.device.begin().await;
    tablet.device.answer(&id, "name", "陶桃花").await;
    until(async || {
        let found = laptop.device.find("陶桃花").await;
        (!found.is_empty()).then_some(())
    })
    .await;

    let list = laptop.device.call("neighbours_set", json!({ "enabled": false })).await;
    assert_eq!(list["enabled"], false);
    until(async || {
        let list = laptop.device.call("neighbours", json!({})).await;
        list["code"].is_null().then_some(())
    })
    .await;
    assert_eq!(tablet.meet_again().await["state"], "unreachable");
    // It is off after a restart, too, and on again when somebody wants it.
    laptop.device.call("neighbours_set", json!({ "enabled": true })).await;
    laptop.code().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_center_refuses_is_the_authors_to_show() {
    let world = World::new();
    let (laptop, tablet) = (Here::new(&world).await, Here::new(&world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let id = tablet.device.begin().await;
    tablet.device.answer(&id, "name", "陶桃花").await;
    tablet.device.answer(&id, "phone", "13900000000").await;
    tablet.meet(&laptop.code().await).await;

    world.district.books(|books| {
        let name = "陶桃花".as_bytes();
        let names = move |payload: &[u8]| payload.windows(name.len()).any(|part| part == name);
        books.judge = Some(Box::new(move |envelope| names(&envelope.payload).then_some("schema")));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    let strip = laptop.strip().await;
    assert_eq!(
        (&strip["refused"], &strip["carried_items"]),
        (&json!(0), &json!(0)),
        "{strip}"
    );
    assert!(laptop.device.find("陶桃花").await.is_empty(), "it is left out here");

    tablet.meet_again().await;
    assert_eq!(tablet.strip().await["refused"], 1);
    let view = tablet.device.view(&id).await;
    assert!(
        view["refused"][0]["contents"].to_string().contains("陶桃花"),
        "{}",
        view["refused"]
    );
    // What was typed after it was written anew, goes the same way, and both end level and quiet.
    tablet.meet_again().await;
    laptop.device.sync().await;
    tablet.meet_again().await;
    let (here, there) = (tablet.chain(&id).await, laptop.chain(&id).await);
    assert_eq!(here["reached"], here["saved"], "{here}");
    assert_eq!(
        (&there["saved"], &there["reached"]),
        (&here["saved"], &here["saved"]),
        "{there}"
    );
}

/// A photograph taken at the tablet after the name was typed, and the laptop that alone reaches the district.
async fn photographed(world: &World) -> (Here, Here, doorstep_sync::FileHash) {
    let (laptop, tablet) = (Here::new(world).await, Here::new(world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let id = tablet.device.begin().await;
    tablet.device.answer(&id, "name", "陶桃花").await;
    let picture = crate::world::picture(60, 40, 1);
    let view = tablet.device.photograph(&id, "id_card", picture).await;
    let file = view["materials"][0]["record"]["pages"][0]["file"].clone();
    tablet.meet(&laptop.code().await).await;
    assert_eq!(laptop.strip().await["waiting_files"], 1);
    (laptop, tablet, file.as_str().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_that_the_carrier_holds_goes_when_it_is_named_anew() {
    let world = World::new();
    let (laptop, tablet, hash) = photographed(&world).await;
    world.district.books(|books| {
        let name = "陶桃花".as_bytes();
        let names = move |payload: &[u8]| payload.windows(name.len()).any(|part| part == name);
        books.judge = Some(Box::new(move |envelope| names(&envelope.payload).then_some("schema")));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    assert_eq!(laptop.strip().await["waiting_files"], 0, "nothing names it");
    // The tablet hears of it, and what was photographed after it is written anew.
    tablet.meet_again().await;
    tablet.meet_again().await;
    laptop.device.sync().await;
    laptop.device.sync().await;
    assert!(world.district.books(|books| books.files.contains_key(&hash)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_that_the_carrier_holds_goes_when_what_was_refused_counts_after_all() {
    let world = World::new();
    let (laptop, tablet, hash) = photographed(&world).await;
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| envelope.document.is_some().then_some("revoked")));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    assert_eq!(laptop.strip().await["waiting_files"], 0, "nothing names it");
    laptop.reaches_the_district(false);
    // The items came to the center by another way, without the file.
    world.district.books(|books| {
        books.judge = None;
        books.answers_left = Some(1);
    });
    tablet.reaches_the_district(true);
    tablet.device.sync().await;
    tablet.reaches_the_district(false);
    world.district.books(|books| {
        assert!(!books.files.contains_key(&hash));
        books.answers_left = None;
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    laptop.device.sync().await;
    assert!(world.district.books(|books| books.files.contains_key(&hash)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_that_the_carrier_holds_goes_while_its_item_waits_to_be_written_anew() {
    let world = World::new();
    let (laptop, tablet) = (Here::new(&world).await, Here::new(&world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let id = laptop.device.begin().await;
    laptop.device.answer(&id, "phone", "13900000000").await;
    tablet.meet(&laptop.code().await).await;
    let picture = crate::world::picture(60, 40, 1);
    let view = tablet.device.photograph(&id, "id_card", picture).await;
    let file = view["materials"][0]["record"]["pages"][0]["file"].clone();
    tablet.meet_again().await;
    // The center takes the photograph's item and refuses the laptop's save, on which it builds.
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| {
            let phone = envelope.payload.windows(11).any(|part| part == b"13900000000");
            phone.then_some("schema")
        }));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    laptop.device.sync().await;
    let hash = file.as_str().unwrap().parse().unwrap();
    assert!(world.district.books(|books| books.files.contains_key(&hash)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_that_the_carrier_holds_goes_when_its_item_was_only_dated_too_far_ahead() {
    let world = World::new();
    let (laptop, _tablet, hash) = photographed(&world).await;
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| envelope.document.is_some().then_some("future")));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    laptop.device.sync().await;
    assert!(world.district.books(|books| books.files.contains_key(&hash)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_device_left_with_a_carrier_is_shown_there_when_it_cannot_be_taken() {
    let world = World::new();
    let laptop = Here::new(&world).await;
    let other = world.district.books(|books| books.devices());
    let tablet = Here::new(&world).await;
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let id = tablet.device.begin().await;
    tablet.device.answer(&id, "name", "陶桃花").await;
    tablet.meet(&laptop.code().await).await;
    // Somebody goes on with it at the laptop.
    laptop.device.answer(&id, "phone", "13900000000").await;

    let mut devices = world.district.books(|books| books.devices());
    devices.retain(|key| !other.contains(key));
    let lost = devices[0].device();
    world.district.books(|books| {
        books.judge = Some(Box::new(move |envelope| (envelope.device == lost).then_some("revoked")));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    laptop.device.sync().await;
    let view = laptop.device.view(&id).await;
    let refused = view["refused"].to_string();
    assert!(refused.contains("陶桃花") && refused.contains("revoked"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_third_person_built_on_a_refused_item_is_shown_with_who_and_why() {
    let world = World::new();
    let (laptop, one, other) = (
        Here::new(&world).await,
        Here::new(&world).await,
        Here::new(&world).await,
    );
    laptop.device.sync().await;
    one.device.sync().await;
    for here in [&laptop, &one, &other] {
        here.reaches_the_district(false);
    }
    let id = one.device.begin().await;
    one.device.answer(&id, "name", "陶桃花").await;
    let code = laptop.code().await;
    one.meet(&code).await;
    // Somebody else goes on with it on the other tablet, and both lie at the laptop.
    other.meet(&code).await;
    let (staff, who, pin) = crate::district::STAFF[1];
    other.device.call("lock", json!({})).await;
    other.device.call("unlock", json!({ "staff": staff, "pin": pin })).await;
    other.device.answer(&id, "household_address", "一组1号").await;
    until(async || {
        let held = laptop.device.view(&id).await.to_string().contains("一组1号");
        held.then_some(())
    })
    .await;

    // The center refuses the beginning, and keeps aside what rests on it.
    world.district.books(|books| {
        let has = |payload: &[u8], text: &str| payload.windows(text.len()).any(|part| part == text.as_bytes());
        books.judge = Some(Box::new(move |envelope| {
            let judged = [("一组1号", "waits"), ("陶桃花", "schema")];
            let found = judged.into_iter().find(|(text, _)| has(&envelope.payload, text));
            found.map(|(_, code)| code)
        }));
    });
    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    laptop.device.sync().await;
    let view = laptop.device.view(&id).await;
    let shown = json!([{
        "code": "schema", "reason": "不符合要求", "staff": who,
        "contents": ["户籍地址（组、门牌号）：一组1号"],
    }]);
    assert_eq!(view["refused"], shown, "{}", view["refused"]);
    assert_eq!(laptop.strip().await["refused"], 1);
    laptop.device.call("refused_seen", json!({ "id": id })).await;
    assert_eq!(laptop.strip().await["refused"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_over_and_never_arrived_is_not_said_to_be_there_for_ever() {
    let world = World::new();
    let (laptop, tablet) = (Here::new(&world).await, Here::new(&world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let id = tablet.device.received().await;
    tablet.meet(&laptop.code().await).await;
    let day = 24 * 3_600_000;
    // While the two meet, it is known to lie there.
    for _ in 0..4 {
        world.pass(day + 1);
        tablet.meet_again().await;
        assert!(tablet.strip().await["handed"].is_object());
        assert_eq!(tablet.chain(&id).await["handed_files"], 4);
    }
    // The laptop is seen no more.
    laptop.device.call("neighbours_set", json!({ "enabled": false })).await;
    until(async || (tablet.meet_again().await["state"] == "unreachable").then_some(())).await;
    world.pass(2 * day);
    assert!(tablet.strip().await["handed"].is_object());
    world.pass(2 * day);
    assert!(tablet.strip().await.get("handed").is_none_or(|handed| handed.is_null()));
    let chain = tablet.chain(&id).await;
    assert!(chain.get("handed").is_none_or(|handed| handed.is_null()), "{chain}");
    assert_eq!(chain["handed_files"], 0, "{chain}");
}
