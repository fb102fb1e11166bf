//! A matter is published anew while a draft of it is open.

use doorstep_station::FailureCode;
use serde_json::{Value, json};

use crate::books;
use crate::world::{Device, World};

async fn draft() -> (World, Device, String) {
    let world = World::new();
    let first = [
        books::real(),
        ("入学.xlsx".to_owned(), books::school()),
        books::sample(),
    ];
    world.district.publish_files(2, &first);
    let device = world.device().await;
    let view = device.call("begin", json!({ "matter": "T-SCHOOL" })).await;
    let id = view["id"].as_str().unwrap().to_owned();
    for (name, value) in [("name", "苗小禾"), ("stage", "primary"), ("nickname", "禾禾")] {
        device.answer(&id, name, value).await;
    }
    device
        .photograph(&id, "letter", crate::world::picture(300, 200, 9))
        .await;
    assert_eq!(device.view(&id).await["newer"], Value::Null);
    world
        .district
        .publish_files(3, &[books::real(), ("入学.xlsx".to_owned(), books::school_anew())]);
    device.sync().await;
    (world, device, id)
}

fn lines(list: &Value) -> Vec<(String, String)> {
    let list = list.as_array().unwrap().iter();
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    list.map(|line| (text(line, "kind"), text(line, "label"))).collect()
}

fn labels(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|line| line["label"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_moved_keeps_all_and_is_moved_back() {
    let (_world, device, id) = draft().await;
    // It goes on with the version it began with until somebody moves it.
    let view = device.view(&id).await;
    assert_eq!((&view["newer"], &view["moved"]), (&json!(3), &Value::Null));
    let change = device.call("edition_look", json!({ "id": id })).await;
    let has = |list: &Value, kind: &str, label: &str| lines(list).contains(&(kind.to_owned(), label.to_owned()));
    assert!(has(&change["questions"], "added", "学校"));
    assert!(has(&change["questions"], "removed", "小名"));
    assert!(has(&change["questions"], "changed", "联系电话"));
    assert!(has(&change["questions"], "changed", "学段"));
    assert!(has(&change["materials"], "added", "学籍证明"));
    assert!(has(&change["materials"], "removed", "说明"));
    assert_eq!(labels(&change["left_over"]), ["小名", "说明"]);

    let view = device.call("edition_set", json!({ "id": id, "version": 3 })).await;
    assert_eq!((&view["newer"], &view["moved"]), (&Value::Null, &json!(2)));
    let questions = view["form"]["questions"].as_array().unwrap();
    let value = |name: &str| questions.iter().find(|q| q["name"] == name).map(|q| q["value"].clone());
    assert_eq!(value("name"), Some(json!("苗小禾")));
    assert_eq!(value("stage"), Some(json!("primary")));
    assert_eq!((value("nickname"), value("school")), (None, Some(json!(""))));
    // What has no place is kept and readable, in the words it was given under.
    assert_eq!(labels(&view["left_over"]), ["小名", "说明"]);
    assert_eq!(view["left_over"][0]["value"], "禾禾");
    assert_eq!(view["left_over"][1]["pages"].as_array().unwrap().len(), 1);

    let view = device.call("edition_set", json!({ "id": id, "version": 2 })).await;
    assert_eq!((&view["newer"], &view["moved"]), (&json!(3), &Value::Null));
    let questions = view["form"]["questions"].as_array().unwrap();
    let nickname = questions
        .iter()
        .find(|question| question["name"] == "nickname")
        .unwrap();
    assert_eq!((&nickname["value"], &view["left_over"]), (&json!("禾禾"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_moved_only_to_a_version_that_is_here() {
    let (_world, device, id) = draft().await;
    let to = |version: u64| json!({ "id": id, "version": version });
    assert_eq!(
        device.code("edition_set", to(9), Vec::new()).await,
        FailureCode::NotFound
    );
    // Version 1 has other matters.
    assert_eq!(
        device.code("edition_set", to(1), Vec::new()).await,
        FailureCode::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_on_the_disk_and_reaches_the_other_device() {
    let (world, device, id) = draft().await;
    let other = world.device().await;
    device.call("edition_set", json!({ "id": id, "version": 3 })).await;
    device.sync().await;
    let device = world.restart(device).await;
    assert_eq!(device.view(&id).await["moved"], 2);
    other.sync().await;
    assert_eq!(other.view(&id).await["moved"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_says_the_same_of_its_matter_is_nothing_new_for_a_draft() {
    let (world, device, id) = draft().await;
    let renamed = ("入学（改名）.xlsx".to_owned(), books::school());
    let again = [books::real(), renamed, books::sample()];
    world.district.publish_files(4, &again);
    device.sync().await;
    let list = device.call("matters", json!({ "query": "", "tag": "" })).await;
    assert_eq!(list["catalogue"], 4);
    assert_eq!(device.view(&id).await["newer"], Value::Null);
}
