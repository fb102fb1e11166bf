//! Rows of repeats: added, taken out and put back by two people, and typed into meanwhile.

use doorstep_records::CaseStep;
use doorstep_records::case::{CorrectionPoint, CorrectionRequest};
use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::workbook::matter;
use crate::world::{Device, World, picture};

const HOUSEHOLD: &str = "
    type | name | label | repeat_count | calculation
    text | name | 申请人 | |
    begin_repeat | member | 家庭成员 | |
    text | name_of | 姓名 | |
    integer | age | 年龄 | |
    begin_repeat | card | 银行卡 | |
    text | number | 卡号 | |
    end_repeat | | | |
    end_repeat | | | |
    calculate | people | 人数 | | count(${member})
    begin_repeat | year | 年份 | 2 |
    text | event | 大事 | |
    end_repeat | | | |";
const NONE: &str = "list_name | name | label";

async fn household(world: &World) -> (Device, String) {
    world.district.publish(2, &matter(HOUSEHOLD, NONE));
    let device = world.device().await;
    let view = device.call("begin", json!({ "matter": "T-1" })).await;
    (device, view["id"].as_str().unwrap().to_owned())
}

/// Keys of the rows of a repeat, in order.
fn rows(view: &Value, repeat: &str) -> Vec<String> {
    let questions = view["form"]["questions"].as_array().unwrap();
    let rows = questions
        .iter()
        .filter(|question| question["group"] == repeat && question["kind"] == "group");
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

fn value(view: &Value, key: &str) -> String {
    let questions = view["form"]["questions"].as_array().unwrap();
    let question = questions.iter().find(|question| question["name"] == key);
    question.unwrap_or_else(|| panic!("no {key}"))["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn add(device: &Device, id: &str, repeat: &str) -> (Value, String) {
    let before = rows(&device.view(id).await, repeat);
    let view = device.call("row_add", json!({ "id": id, "repeat": repeat })).await;
    let fresh: Vec<String> = rows(&view, repeat)
        .into_iter()
        .filter(|row| !before.contains(row))
        .collect();
    assert_eq!(fresh.len(), 1);
    (view, fresh.into_iter().next().unwrap())
}

async fn set(device: &Device, id: &str, row: &str, removed: bool) -> Value {
    let args = json!({ "id": id, "row": row, "removed": removed });
    device.call("row_set", args).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_order_and_a_row_taken_out_comes_back_whole() {
    let world = World::new();
    let (device, id) = household(&world).await;
    assert_eq!(rows(&device.view(&id).await, "member"), ["member[1]"]);
    let mut added = Vec::new();
    for _ in 0..3 {
        world.pass(1);
        added.push(add(&device, &id, "member").await.1);
    }
    let view = device.view(&id).await;
    assert_eq!(
        rows(&view, "member")[1..],
        added,
        "the row it begins with stays, others follow as they were added"
    );
    assert_eq!(value(&view, "people"), "4");

    let key = |name: &str| format!("{}/{name}", added[0]);
    device.answer(&id, &key("name_of"), "田小禾").await;
    let (_, card) = add(&device, &id, &key("card")).await;
    device.answer(&id, &format!("{card}/number"), "6222000000000000").await;
    let view = set(&device, &id, &added[0], true).await;
    assert_eq!(rows(&view, "member").len(), 3);
    assert_eq!(value(&view, "people"), "3");
    let out = &view["removed_rows"][0];
    assert_eq!(
        (out["row"].as_str(), out["repeat"].as_str()),
        (Some(added[0].as_str()), Some("member"))
    );
    assert_eq!(out["contents"], json!(["姓名：田小禾", "卡号：6222000000000000"]));
    let view = set(&device, &id, &added[0], false).await;
    assert_eq!(value(&view, &format!("{card}/number")), "6222000000000000");
    assert_eq!(view["removed_rows"], json!([]));

    // The last one can go as well, and none takes its place; also after the program was started anew.
    for row in rows(&view, "member") {
        set(&device, &id, &row, true).await;
    }
    let device = world.restart(device).await;
    let view = device.view(&id).await;
    assert!(rows(&view, "member").is_empty());
    assert_eq!(value(&view, "people"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_add_two_rows_and_rivals_in_a_row_are_shown() {
    let world = World::new();
    let (one, id) = household(&world).await;
    let two = world.device().await;
    one.answer(&id, "member[1]/name_of", "田守福").await;
    one.sync().await;
    two.sync().await;
    two.view(&id).await;
    world.offline();
    let (_, first) = add(&one, &id, "member").await;
    let (_, second) = add(&two, &id, "member").await;
    one.answer(&id, &format!("{first}/name_of"), "田小禾").await;
    two.answer(&id, &format!("{second}/name_of"), "田小和").await;
    one.answer(&id, "member[1]/age", "71").await;
    two.answer(&id, "member[1]/age", "17").await;
    world.online();
    for device in [&one, &two, &one] {
        assert_eq!(device.sync().await["result"], "done");
    }
    for device in [&one, &two] {
        let view = device.view(&id).await;
        assert_eq!(rows(&view, "member").len(), 3);
        assert_eq!(value(&view, &format!("{first}/name_of")), "田小禾");
        assert_eq!(value(&view, &format!("{second}/name_of")), "田小和");
        let conflict = &view["conflicts"][0];
        assert_eq!(
            (conflict["path"].as_str(), conflict["label"].as_str()),
            (Some("answers.member[1]/age"), Some("家庭成员 1 · 年龄"))
        );
        assert_eq!(conflict["versions"].as_array().unwrap().len(), 2);
    }
    // Taken out with both values in it, it says both; nobody has to choose until it is put back.
    let view = set(&one, &id, "member[1]", true).await;
    assert_eq!(view["conflicts"], json!([]));
    let contents = view["removed_rows"][0]["contents"].to_string();
    assert!(contents.contains("17") && contents.contains("71"), "{contents}");
    let view = set(&one, &id, "member[1]", false).await;
    assert_eq!(view["conflicts"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_types_into_a_row_that_was_taken_out_is_told_to_both() {
    let world = World::new();
    let (one, id) = household(&world).await;
    let two = world.device().await;
    let (_, row) = add(&one, &id, "member").await;
    one.sync().await;
    two.sync().await;
    two.view(&id).await;
    world.offline();
    set(&one, &id, &row, true).await;
    two.answer(&id, &format!("{row}/name_of"), "田小禾").await;
    world.online();
    for device in [&one, &two, &one] {
        device.sync().await;
    }
    for device in [&one, &two] {
        let view = device.view(&id).await;
        assert_eq!(rows(&view, "member"), ["member[1]"]);
        assert_eq!(view["removed_rows"][0]["contents"], json!(["姓名：田小禾"]));
        let conflict = &view["conflicts"][0];
        assert_eq!(
            (&conflict["path"], &conflict["label"]),
            (&json!(format!("rows.{row}")), &json!("家庭成员 2"))
        );
        let said: Vec<&Value> = conflict["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| &version["display"])
            .collect();
        assert_eq!(said, ["删去这一行", "保留这一行（姓名：田小禾）"]);
        assert!(view["missing"].as_array().unwrap().contains(&json!("conflicts")));
    }
    let keep = json!({ "id": id, "path": format!("rows.{row}"), "value": "false" });
    let view = two.call("resolve", keep).await;
    assert_eq!(view["conflicts"], json!([]));
    assert_eq!(value(&view, &format!("{row}/name_of")), "田小禾");
    for device in [&two, &one] {
        device.sync().await;
    }
    assert_eq!(one.view(&id).await["conflicts"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_rows_that_people_add_are_added() {
    let world = World::new();
    let (device, id) = household(&world).await;
    let view = device.view(&id).await;
    assert_eq!(rows(&view, "year"), ["year[1]", "year[2]"]);
    let editable = view["editable_fields"].as_array().unwrap();
    assert!(editable.contains(&json!("member")) && !editable.contains(&json!("year")));
    assert!(editable.contains(&json!("year[2]/event")) && !editable.contains(&json!("member[1]")));
    for repeat in ["year", "name", "nobody", "member[1]", "card", ""] {
        let args = json!({ "id": id, "repeat": repeat });
        assert_eq!(
            device.code("row_add", args, Vec::new()).await,
            FailureCode::NotFound,
            "{repeat}"
        );
    }
    for row in ["year[1]", "member", "nobody[1]", "member[1]/name_of"] {
        let args = json!({ "id": id, "row": row, "removed": true });
        assert_eq!(
            device.code("row_set", args, Vec::new()).await,
            FailureCode::NotFound,
            "{row}"
        );
    }
    for key in [
        "name_of",
        "member[1]",
        "member",
        "people",
        "member[1]/number",
        "member[1]/card",
    ] {
        let args = json!({ "id": id, "name": key, "value": "1", "note": "" });
        assert_eq!(
            device.code("answer_set", args, Vec::new()).await,
            FailureCode::NotFound,
            "{key}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_names_one_field_of_a_row_or_the_whole_repeat() {
    let world = World::new();
    let (device, id) = household(&world).await;
    device.answer(&id, "member[1]/name_of", "田小禾").await;
    let (_, row) = add(&device, &id, "member").await;
    device.answer(&id, &format!("{row}/name_of"), "田小和").await;
    device
        .call("presence_set", json!({ "id": id, "name": "who", "value": "applicant" }))
        .await;
    device.photograph(&id, "id_card", picture(600, 400, 1)).await;
    let args = json!({ "id": id, "material": "id_card", "evidence": "B", "deferred_until": null, "declared": null });
    device.call("material_set", args).await;
    device.sign(&id).await;
    device.call("receive", json!({ "id": id })).await;
    device.sync().await;
    world.district.decide(&id, CaseStep::Arrived);
    let ask = |name: &str| {
        let fields = vec![CorrectionPoint {
            name: name.to_owned(),
            words: "请核对".into(),
        }];
        let request = CorrectionRequest {
            message: "请补正".into(),
            due: String::new(),
            fields,
            materials: Vec::new(),
        };
        CaseStep::CorrectionAsked { request }
    };
    world.district.decide(&id, ask(&format!("{row}/name_of")));
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(view["editable_fields"], json!([format!("{row}/name_of")]));
    device.answer(&id, &format!("{row}/name_of"), "田禾").await;
    for (command, args) in [
        ("row_add", json!({ "id": id, "repeat": "member" })),
        ("row_set", json!({ "id": id, "row": row, "removed": true })),
        (
            "answer_set",
            json!({ "id": id, "name": "member[1]/name_of", "value": "别的", "note": "" }),
        ),
    ] {
        assert_eq!(
            device.code(command, args, Vec::new()).await,
            FailureCode::Locked,
            "{command}"
        );
    }
    device.call("resubmit", json!({ "id": id })).await;
    device.sync().await;
    world.district.decide(&id, ask("member"));
    device.sync().await;
    let (view, added) = add(&device, &id, "member").await;
    assert!(
        view["editable_fields"]
            .as_array()
            .unwrap()
            .contains(&json!(format!("{added}/age")))
    );
    set(&device, &id, "member[1]", true).await;
    assert_eq!(
        device
            .code(
                "answer_set",
                json!({ "id": id, "name": "name", "value": "甲", "note": "" }),
                Vec::new()
            )
            .await,
        FailureCode::Locked
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_device_fills_in_is_the_same_at_both_ends_and_typed_by_nobody() {
    let world = World::new();
    let survey = "
        type | name | label | calculation
        start | begun | |
        today | day | |
        username | user | |
        text | name | 申请人 |
        calculate | seen | 记录 | concat(${user}, ' ', ${day})";
    world.district.publish(2, &matter(survey, NONE));
    let device = world.device().await;
    let view = device.call("begin", json!({ "matter": "T-1" })).await;
    let id = view["id"].as_str().unwrap();
    assert_eq!(value(&view, "begun"), "2026-02-14T00:26:40.000+08:00");
    world.pass(86_400_000);
    let view = device.answer(id, "name", "田小禾").await;
    assert_eq!(value(&view, "seen"), "T0101 2026-02-14");
    let args = json!({ "id": id, "name": "user", "value": "T0102", "note": "" });
    assert_eq!(device.code("answer_set", args, Vec::new()).await, FailureCode::NotFound);
}
