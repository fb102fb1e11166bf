//! Two people, two devices, no network between them.

use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::world::{Device, World};

#[tokio::test(flavor = "multi_thread")]
async fn different_fields_merge_and_the_same_field_shows_both() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.begin().await;
    one.answer(&id, "name", "陶桃花").await;
    one.sync().await;
    two.sync().await;
    assert_eq!(two.find("桃花").await.len(), 1, "the second device has it");
    two.view(&id).await;

    world.offline();
    one.answer(&id, "phone", "13900000001").await;
    one.answer(&id, "household_address", "一组1号").await;
    two.answer(&id, "phone", "13900000002").await;
    two.answer(&id, "bank_account", "6222000000000000").await;
    world.online();
    for device in [&one, &two, &one] {
        assert_eq!(device.sync().await["result"], "done");
    }
    for device in [&one, &two] {
        let view = device.view(&id).await;
        let conflict = &view["conflicts"][0];
        assert_eq!(
            (conflict["path"].as_str(), conflict["label"].as_str()),
            (Some("answers.phone"), Some("联系电话"))
        );
        let values: Vec<&str> = conflict["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["value"].as_str().unwrap())
            .collect();
        assert!(values.contains(&"13900000001") && values.contains(&"13900000002"));
        let version = &conflict["versions"][0];
        assert_eq!(version["staff"], "陶春晓");
        assert!(version["device"].as_str().unwrap().starts_with("桃花村 A"));
        let answer = |name: &str| {
            let questions = view["form"]["questions"].as_array().unwrap().clone();
            questions.iter().find(|question| question["name"] == name).unwrap()["value"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            (answer("household_address"), answer("bank_account")),
            ("一组1号".into(), "6222000000000000".into())
        );
        assert!(view["missing"].as_array().unwrap().contains(&json!("conflicts")));
        assert_eq!(device.find("").await[0]["conflict"], true);
        assert_eq!(device.call("strip", json!({})).await["conflicts"], 1);
    }

    let view = one
        .call(
            "resolve",
            json!({ "id": id, "path": "answers.phone", "value": "13900000002" }),
        )
        .await;
    assert_eq!(view["conflicts"], json!([]));
    one.sync().await;
    two.sync().await;
    assert_eq!(two.view(&id).await["conflicts"], json!([]));
    assert_eq!(two.call("strip", json!({})).await["conflicts"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_behind_the_screen_is_not_overwritten_unseen() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.begin().await;
    one.sync().await;
    two.sync().await;
    two.view(&id).await;
    one.answer(&id, "name", "陶桃花").await;
    one.sync().await;
    // The second screen still shows an empty field when the first one's value comes in.
    two.sync().await;
    let view = two.answer(&id, "name", "陶小桃").await;
    assert_eq!(view["conflicts"][0]["path"], "answers.name");
    // Now it has been seen, and typing over it is a decision.
    let view = two
        .call(
            "resolve",
            json!({ "id": id, "path": "answers.name", "value": "陶桃花" }),
        )
        .await;
    assert_eq!(view["conflicts"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_failed_save_nor_many_other_applications_make_the_screen_forget_what_it_shows() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let failed = one.begin().await;
    one.answer(&failed, "phone", "13900000000").await;
    let crowded = one.begin().await;
    one.sync().await;
    two.sync().await;
    two.view(&failed).await;
    two.view(&crowded).await;
    one.answer(&failed, "name", "陶桃花").await;
    one.answer(&crowded, "name", "陶桃花").await;
    one.sync().await;
    two.sync().await;
    let nothing = json!({ "id": failed, "page": "none", "rotation": 90, "removed": null, "index": null });
    assert_eq!(two.code("page_set", nothing, Vec::new()).await, FailureCode::NotFound);
    let view = two.answer(&failed, "name", "陶小桃").await;
    assert_eq!(view["conflicts"][0]["path"], "answers.name");
    for _ in 0..40 {
        let id = two.begin().await;
        two.answer(&id, "phone", "13900000000").await;
    }
    let view = two.answer(&crowded, "name", "陶小桃").await;
    assert_eq!(view["conflicts"][0]["path"], "answers.name");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_numbers_of_an_application_received_twice_stay() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.begin().await;
    one.fill(&id).await;
    one.sign(&id).await;
    one.sync().await;
    two.sync().await;
    world.offline();
    one.call("receive", json!({ "id": id })).await;
    two.call("receive", json!({ "id": id })).await;
    world.online();
    for device in [&one, &two, &one] {
        device.sync().await;
    }
    let (first, second) = (one.view(&id).await, two.view(&id).await);
    assert_eq!(first["number"], second["number"]);
    assert_eq!(first["other_numbers"].as_array().unwrap().len(), 1);
    for number in ["A1-0001", "A2-0001"] {
        let whole = format!("500199101201-20260214-{number}");
        assert_eq!(one.find(&whole).await.len(), 1, "{whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_device_is_fetched_when_asked_for() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.received().await;
    one.sync().await;
    two.sync().await;
    let file = two.view(&id).await["materials"][0]["record"]["pages"][0]["file"].clone();
    let args = json!({ "hash": file, "edge": null });
    assert_eq!(
        two.code("file", args.clone(), Vec::new()).await,
        FailureCode::FileElsewhere
    );
    two.sync().await;
    assert!(two.call("file", args).await["bytes"].as_u64().unwrap() > 0);
}

/// Types at a screen that shows `seen`.
async fn type_at(device: &Device, id: &str, seen: &Value, name: &str, value: &str) -> Value {
    let args = json!({ "id": id, "seen": seen, "name": name, "value": value, "note": "" });
    device.call("answer_set", args).await
}

/// The rival values of a field, in order.
fn rivals(view: &Value, path: &str) -> Vec<String> {
    let conflicts = view["conflicts"].as_array().unwrap();
    let conflict = conflicts.iter().find(|conflict| conflict["path"] == path);
    let versions = conflict.map(|conflict| conflict["versions"].as_array().unwrap().clone());
    let values = versions
        .into_iter()
        .flatten()
        .map(|version| version["value"].as_str().unwrap().to_owned());
    let mut values: Vec<String> = values.collect();
    values.sort();
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_of_one_device_overwrite_nothing_the_other_has_not_shown() {
    let world = World::new();
    let (device, other) = (world.device().await, world.device().await);
    let id = device.begin().await;
    let opened = device.view(&id).await["shows"].clone();
    // Left and right both opened it empty. What the right one looks at is nothing that the left one has seen.
    let right = type_at(&device, &id, &opened, "name", "陶桃花").await;
    let right = type_at(&device, &id, &right["written"], "phone", "13900000001").await;
    assert_eq!(device.view(&id).await["shows"], right["shows"]);
    let left = type_at(&device, &id, &opened, "bank_account", "6222000000000000").await;
    assert_eq!(left["conflicts"], json!([]), "different fields merge");
    let left = type_at(&device, &id, &left["written"], "name", "陶小桃").await;
    assert_eq!(rivals(&left, "answers.name"), ["陶小桃", "陶桃花"]);
    let version = &left["conflicts"][0]["versions"][0];
    assert_eq!(version["staff"], "陶春晓");
    assert!(version["time"].as_u64().unwrap() > 0);
    // Who is still typing is no rival of oneself, and has not chosen.
    let mut left = left;
    for name in ["陶小", "陶小桃", "陶小桃红"] {
        left = type_at(&device, &id, &left["written"], "name", name).await;
    }
    assert_eq!(rivals(&left, "answers.name"), ["陶小桃红", "陶桃花"]);
    // Everyone takes what both wrote, and a person chooses.
    device.sync().await;
    other.sync().await;
    let there = other.view(&id).await;
    assert_eq!(rivals(&there, "answers.name"), ["陶小桃红", "陶桃花"]);
    let chosen = json!({ "id": id, "seen": left["shows"], "path": "answers.name", "value": "陶桃花" });
    assert_eq!(device.call("resolve", chosen).await["conflicts"], json!([]));
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(
        (&view["chain"]["saved"], &view["refused"]),
        (&view["chain"]["reached"], &json!([]))
    );
    assert!(device.station.examine().await.unwrap().same_as_items);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_window_goes_on_after_the_program_was_killed() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let opened = device.view(&id).await["shows"].clone();
    let left = type_at(&device, &id, &opened, "name", "陶桃花").await;
    let right = type_at(&device, &id, &opened, "phone", "13900000001").await;
    let device = world.restart(device).await;
    let left = type_at(&device, &id, &left["written"], "name", "陶小桃").await;
    assert_eq!(left["conflicts"], json!([]));
    let right = type_at(&device, &id, &right["written"], "name", "陶桃红").await;
    assert_eq!(rivals(&right, "answers.name"), ["陶小桃", "陶桃红"]);
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(
        (&view["chain"]["saved"], &view["refused"]),
        (&view["chain"]["reached"], &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_does_not_say_what_it_was_made_on_is_refused() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let before = device.answer(&id, "name", "陶桃花").await;
    let edit = |seen: Value| json!({ "id": id, "seen": seen, "name": "name", "value": "别人", "note": "" });
    for unknown in [json!([]), json!(["00".repeat(32)]), json!(["words"])] {
        let failure = device.run("answer_set", edit(unknown), Vec::new()).await.unwrap_err();
        assert_eq!(failure.code, FailureCode::Unseen);
    }
    for missing in [
        edit(Value::Null),
        json!({ "id": id, "name": "name", "value": "别人", "note": "" }),
    ] {
        let failure = device.run("answer_set", missing, Vec::new()).await.unwrap_err();
        assert_eq!(failure.code, FailureCode::BadRequest);
    }
    let view = device.view(&id).await;
    assert_eq!((&view["form"], &view["shows"]), (&before["form"], &before["shows"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_in_has_been_seen_by_who_hands_it_in() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.fill(&id).await;
    let signed = device.sign(&id).await;
    // Another window of the same device changes it after the resident has read it.
    let view = device.answer(&id, "household_address", "二组2号").await;
    let receive = |seen: &Value| json!({ "id": id, "seen": seen });
    let failure = device.run("receive", receive(&signed["shows"]), Vec::new()).await;
    assert_eq!(failure.unwrap_err().code, FailureCode::Unseen);
    assert_eq!(
        device.call("receive", receive(&view["shows"])).await["status"],
        "received"
    );
}
