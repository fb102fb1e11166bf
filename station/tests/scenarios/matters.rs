//! Finding a matter, being guided to it, and answering nothing twice.

use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::books;
use crate::world::{Device, ID_NUMBER, World};

async fn school() -> (World, Device) {
    let world = World::new();
    world.district.publish_files(
        2,
        &[
            books::real(),
            ("入学.xlsx".to_owned(), books::school()),
            books::sample(),
        ],
    );
    let device = world.device().await;
    (world, device)
}

async fn found(device: &Device, query: &str) -> Vec<String> {
    let list = device.call("matters", json!({ "query": query, "tag": "" })).await;
    let codes = list["matters"].as_array().unwrap().iter();
    codes
        .map(|matter| matter["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_is_found_by_what_people_call_it() {
    let (_world, device) = school().await;
    for query in ["入学", "rxb", "ruxue", "读书钱", "dsq", "T-SCHOOL", "学补"] {
        assert_eq!(found(&device, query).await, ["T-SCHOOL"], "{query}");
    }
    assert_eq!(found(&device, "").await.len(), 2);
    assert_eq!(found(&device, "民政局").await.len(), 2);
    assert!(found(&device, "没有这件事").await.is_empty());
    let list = device
        .call("matters", json!({ "query": "", "tag": "", "limit": 1, "offset": 1 }))
        .await;
    assert_eq!(
        (list["matters"].as_array().unwrap().len(), &list["total"]),
        (1, &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_leads_to_a_personal_list_and_a_begun_form() {
    let (world, device) = school().await;
    world.offline();
    let guide = |answers: Value| device.call("guide", json!({ "code": "T-SCHOOL", "answers": answers }));
    let first = guide(json!([])).await["guide"].clone();
    assert_eq!(
        (&first["at"], &first["question"]),
        (&json!("question"), &json!("孩子多大了？"))
    );
    let end = guide(json!(["baby"])).await["guide"].clone();
    assert_eq!(
        (&end["eligible"], &end["message"]),
        (&json!(false), &json!("满 6 岁再来办"))
    );
    let end = guide(json!(["small", "away"])).await["guide"].clone();
    let material = |code: &str| {
        let all = end["materials"].as_array().unwrap();
        all.iter().find(|material| material["code"] == code).unwrap().clone()
    };
    assert_eq!(material("letter")["required"], true);
    assert_eq!(material("id_card")["exempt"], "公安户籍库已有");
    assert_eq!(
        device
            .code(
                "guide",
                json!({ "code": "T-SCHOOL", "answers": ["nobody"] }),
                Vec::new()
            )
            .await,
        FailureCode::NotFound
    );
    // Nothing is stored until somebody begins.
    assert!(device.find("").await.is_empty());
    let view = device
        .call("begin", json!({ "matter": "T-SCHOOL", "guide": ["small", "away"] }))
        .await;
    let questions = view["form"]["questions"].as_array().unwrap();
    let stage = questions.iter().find(|question| question["name"] == "stage").unwrap();
    assert_eq!(stage["value"], "primary");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_same_person_said_before_is_offered_and_never_put_over_what_is_typed() {
    let (_world, device) = school().await;
    device.received().await;
    let view = device.call("begin", json!({ "matter": "T-SCHOOL" })).await;
    let id = view["id"].as_str().unwrap().to_owned();
    assert_eq!(view["offers"], json!([]));
    let view = device.answer(&id, "id_number", ID_NUMBER).await;
    let offers = view["offers"].as_array().unwrap();
    let offered: Vec<(&str, &str)> = offers
        .iter()
        .map(|offer| (offer["question"].as_str().unwrap(), offer["value"].as_str().unwrap()))
        .collect();
    assert_eq!(
        offered,
        [("phone", "13900000000"), ("bank_account", "6222000000000000")]
    );
    assert_eq!(
        (&offers[0]["matter"], &offers[0]["day"]),
        (&json!("高龄津贴"), &json!("2026-02-14"))
    );
    // What is typed stands; the rest is taken in one press.
    device.answer(&id, "phone", "13900000009").await;
    let view = device.call("offers_take", json!({ "id": id, "questions": null })).await;
    let value = |name: &str| {
        let questions = view["form"]["questions"].as_array().unwrap();
        let question = questions.iter().find(|question| question["name"] == name).unwrap();
        question["value"].clone()
    };
    assert_eq!(
        (value("phone"), value("bank_account")),
        (json!("13900000009"), json!("6222000000000000"))
    );
    assert_eq!(view["offers"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_was_cleared_does_not_come_back_and_nobody_elses_is_made() {
    let (_world, device) = school().await;
    device.received().await;
    let view = device.call("begin", json!({ "matter": "T-SCHOOL" })).await;
    let id = view["id"].as_str().unwrap().to_owned();
    let other = device.answer(&id, "id_number", "500199194101010026").await;
    assert_eq!(other["offers"], json!([]));
    let view = device.answer(&id, "id_number", ID_NUMBER).await;
    assert_eq!(view["offers"].as_array().unwrap().len(), 2);
    let view = device.answer(&id, "phone", "").await;
    let questions: Vec<&Value> = view["offers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|offer| &offer["question"])
        .collect();
    assert_eq!(questions, ["bank_account"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_are_exempt_shown_as_a_sample_and_judged_by_the_level_asked() {
    let (_world, device) = school().await;
    let notice = device.call("matter", json!({ "code": "T-SCHOOL" })).await["matter"].clone();
    assert_eq!(notice["unconfirmed"], json!(["conditions"]));
    let reply = device
        .call("catalogue_file", json!({ "name": "户口簿样图.png", "id": null }))
        .await;
    assert!(reply["bytes"].as_u64().unwrap() > 0);
    assert_eq!(
        device
            .code("catalogue_file", json!({ "name": "../x", "id": null }), Vec::new())
            .await,
        FailureCode::NotFound
    );
    let view = device.call("begin", json!({ "matter": "T-SCHOOL" })).await;
    let id = view["id"].as_str().unwrap().to_owned();
    let error = |view: &Value, code: &str| {
        let all = view["materials"].as_array().unwrap().iter();
        let mut all = all.filter(|material| material["asked"]["code"] == code);
        all.next().unwrap()["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error(&view, "id_card"), "");
    assert_eq!(error(&view, "hukou"), "还没有拍照");
    device
        .photograph(&id, "hukou", crate::world::picture(300, 200, 5))
        .await;
    let level = |level: &str| json!({ "id": id, "material": "hukou", "evidence": level, "deferred_until": null, "declared": null });
    let view = device.call("material_set", level("C")).await;
    assert_eq!(error(&view, "hukou"), "这项材料要看过原件");
    let view = device.call("material_set", level("A")).await;
    assert_eq!(error(&view, "hukou"), "");
}
