//! One form, several applications: a bundle from the picker to its parts.

use doorstep_records::CaseStep;
use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::books;
use crate::world::{Device, ID_NUMBER, World, picture};

async fn published() -> (World, Device) {
    let world = World::new();
    world.district.publish_files(2, &books::bundle());
    let device = world.device().await;
    (world, device)
}

/// A bundle that lacks nothing but being handed in.
async fn filled(device: &Device, card: &str) -> String {
    let view = device.call("begin", json!({ "matter": "T-BORN" })).await;
    let id = view["id"].as_str().unwrap().to_owned();
    for (name, value) in [
        ("card", card),
        ("name", "苗小禾"),
        ("id_number", ID_NUMBER),
        ("village", "张湾村"),
        ("phone", "13900000003"),
    ] {
        device.answer(&id, name, value).await;
    }
    let view = device
        .call("presence_set", json!({ "id": id, "name": "who", "value": "applicant" }))
        .await;
    for (seed, material) in view["materials"].as_array().unwrap().iter().enumerate() {
        let code = material["asked"]["code"].as_str().unwrap();
        device.photograph(&id, code, picture(300, 200, seed as u8)).await;
        let args = json!({ "id": id, "material": code, "evidence": "B", "deferred_until": null, "declared": null });
        device.call("material_set", args).await;
    }
    device.sign(&id).await;
    id
}

fn part<'a>(view: &'a Value, code: &str) -> &'a Value {
    let mut parts = view["parts"].as_array().unwrap().iter();
    parts.find(|part| part["code"] == code).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_question_and_paper_is_asked_once() {
    let (_world, device) = published().await;
    let list = device.call("matters", json!({ "query": "生孩子", "tag": "" })).await;
    assert_eq!(list["matters"][0]["parts"].as_array().unwrap().len(), 3);
    let id = filled(&device, "yes").await;
    let view = device.view(&id).await;
    let asked = |name: &str| {
        let questions = view["form"]["questions"].as_array().unwrap().iter();
        questions.filter(|question| question["name"] == name).count()
    };
    assert_eq!((asked("name"), asked("phone"), asked("village")), (1, 1, 1));
    let codes: Vec<&Value> = view["materials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["asked"]["code"])
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == "id_card").count(), 1);
    assert_eq!(view["missing"], json!([]));
    assert!(part(&view, "T-CARD")["relevant"].as_bool().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn handing_in_makes_the_parts_that_apply_each_with_its_own() {
    let (world, device) = published().await;
    let id = filled(&device, "no").await;
    let view = device.call("receive", json!({ "id": id })).await;
    assert_eq!(view["status"], "received");
    let (hukou, care) = (part(&view, "T-HUKOU"), part(&view, "T-CARE"));
    assert_eq!(
        (&hukou["status"], &care["status"]),
        (&json!("received"), &json!("received"))
    );
    assert_eq!(part(&view, "T-CARD")["id"], Value::Null);
    assert_ne!(hukou["number"], care["number"]);
    let first = device.view(hukou["id"].as_str().unwrap()).await;
    assert_eq!(first["whole"]["id"], json!(id));
    assert_eq!(first["missing"], json!([]));
    let answers = |view: &Value| -> Vec<String> {
        let questions = view["form"]["questions"].as_array().unwrap().iter();
        questions
            .map(|question| question["value"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(answers(&first), ["苗小禾", ID_NUMBER, "张湾村"]);
    let pages = |view: &Value, code: &str| {
        let mut materials = view["materials"].as_array().unwrap().iter();
        let material = materials.find(|material| material["asked"]["code"] == code);
        material.map_or(0, |material| material["record"]["pages"].as_array().unwrap().len())
    };
    assert_eq!(
        (pages(&first, "id_card"), pages(&first, "birth"), pages(&first, "photo")),
        (1, 1, 0)
    );
    // One receipt names every part.
    let receipt = device.call("receipt", json!({ "id": id })).await;
    let numbers: Vec<&Value> = receipt["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| &part["number"])
        .collect();
    assert_eq!(numbers, [&hukou["number"], &care["number"]]);

    // The district takes each, and decides on each; the whole shows it.
    device.sync().await;
    let (hukou, care) = (hukou["id"].as_str().unwrap(), care["id"].as_str().unwrap());
    world.district.decide(hukou, CaseStep::accepted("2026-03-20"));
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(part(&view, "T-HUKOU")["status"], "accepted");
    assert_eq!(part(&view, "T-HUKOU")["due"], "2026-03-20");
    assert_ne!(part(&view, "T-CARE")["status"], "accepted");
    assert_eq!(view["chain"]["reached"], view["chain"]["saved"]);
    assert_eq!(device.view(care).await["chain"]["verified"], 2);
    // Both are found by the one who applied, and by the name of the bundle the whole.
    assert_eq!(device.find("新生儿").await[0]["id"], json!(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_divided_is_changed_and_withdrawn_part_by_part() {
    let (_world, device) = published().await;
    let id = filled(&device, "yes").await;
    let view = device.call("receive", json!({ "id": id })).await;
    assert_eq!(
        (&view["editable_fields"], &view["editable_materials"]),
        (&json!([]), &json!([]))
    );
    let withdrawn = json!({ "id": id, "reason": "不办了" });
    assert_eq!(
        device.code("withdraw", withdrawn, Vec::new()).await,
        FailureCode::Locked
    );
    let care = part(&view, "T-CARE")["id"].as_str().unwrap().to_owned();
    device.call("withdraw", json!({ "id": care, "reason": "不办了" })).await;
    let view = device.view(&id).await;
    assert_eq!(part(&view, "T-CARE")["status"], "withdrawn");
    assert_eq!(part(&view, "T-HUKOU")["status"], "received");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_that_hand_in_one_bundle_while_apart_make_each_part_once() {
    let (world, device) = published().await;
    let id = filled(&device, "no").await;
    device.sync().await;
    let other = world.device().await;
    other.sync().await;
    world.offline();
    let here = device.call("receive", json!({ "id": id })).await;
    let there = other.call("receive", json!({ "id": id })).await;
    assert_eq!(part(&here, "T-CARE")["id"], part(&there, "T-CARE")["id"]);
    world.online();
    for _ in 0..2 {
        device.sync().await;
        other.sync().await;
    }
    let (here, there) = (device.view(&id).await, other.view(&id).await);
    assert_eq!(here["parts"], there["parts"]);
    assert_eq!(here["refused"], json!([]));
    // The whole and its two parts, each once.
    let all = device
        .call(
            "applications",
            json!({ "query": "", "status": [], "limit": 50, "offset": 0 }),
        )
        .await;
    assert_eq!(all["total"], 3);
    let care = device.view(part(&here, "T-CARE")["id"].as_str().unwrap()).await;
    assert_eq!((&care["refused"], &care["conflicts"]), (&json!([]), &json!([])));
    assert_eq!(care["other_numbers"].as_array().unwrap().len(), 1);
    // Both gave it the pages: they are there once.
    for material in care["materials"].as_array().unwrap() {
        assert_eq!(material["record"]["pages"].as_array().unwrap().len(), 1, "{material}");
    }
    assert_eq!(here["late"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_a_bundle_after_another_device_divided_it_is_told() {
    let (world, device) = published().await;
    let id = filled(&device, "no").await;
    device.sync().await;
    let other = world.device().await;
    other.sync().await;
    other.view(&id).await;
    world.offline();
    device.call("receive", json!({ "id": id })).await;
    other.answer(&id, "phone", "13900000004").await;
    other.photograph(&id, "id_card", picture(300, 200, 99)).await;
    world.online();
    for one in [&device, &other, &device] {
        one.sync().await;
    }
    for one in [&device, &other] {
        let view = one.view(&id).await;
        assert_eq!(view["late"], json!(["电话：13900000004", "身份证：照片 1 张"]));
        let care = one.view(part(&view, "T-CARE")["id"].as_str().unwrap()).await;
        let mut questions = care["form"]["questions"].as_array().unwrap().iter();
        let phone = questions.find(|question| question["name"] == "phone").unwrap();
        assert_eq!((&phone["value"], &care["late"]), (&json!("13900000003"), &json!([])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_without_a_matter_to_apply_for_is_not_handed_in() {
    let (_world, device) = published().await;
    let id = filled(&device, "no").await;
    device.call("receive", json!({ "id": id })).await;
    // Handed in once: pressing again makes nothing more.
    assert_eq!(
        device.code("receive", json!({ "id": id }), Vec::new()).await,
        FailureCode::Locked
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_emptied_stays_empty_in_the_parts() {
    let (_world, device) = published().await;
    for (typed, stays) in [(None, "本人"), (Some(""), "")] {
        let id = filled(&device, "no").await;
        if let Some(typed) = typed {
            device.answer(&id, "payer", typed).await;
            device.sign(&id).await;
        }
        let view = device.call("receive", json!({ "id": id })).await;
        let care = device.view(part(&view, "T-CARE")["id"].as_str().unwrap()).await;
        let mut questions = care["form"]["questions"].as_array().unwrap().iter();
        let payer = questions.find(|question| question["name"] == "payer").unwrap();
        assert_eq!(payer["value"], json!(stays));
    }
}
