//! Two people, two devices, no network between them.

use serde_json::json;

use crate::world::World;

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
    assert_eq!(
        two.code("page_set", nothing, Vec::new()).await,
        doorstep_station::FailureCode::NotFound
    );
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
        doorstep_station::FailureCode::FileElsewhere
    );
    two.sync().await;
    assert!(two.call("file", args).await["bytes"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_no_screen_has_shown_can_be_written_to() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.begin().await;
    one.answer(&id, "name", "陶桃花").await;
    one.sync().await;
    two.sync().await;
    // Without looking at it first: the save builds on what is there, it does not begin the document a second time.
    let view = two.answer(&id, "phone", "13900000001").await;
    assert_eq!((&view["conflicts"], &view["refused"]), (&json!([]), &json!([])));
    two.sync().await;
    one.sync().await;
    let view = one.view(&id).await;
    assert_eq!(view["refused"], json!([]));
    assert_eq!(view["chain"]["saved"], view["chain"]["reached"]);
}
