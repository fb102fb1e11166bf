//! What the form itself makes an answer of: it stays, whatever is typed afterwards and wherever it is read.

use serde_json::{Value, json};

use crate::workbook::matter;
use crate::world::{Device, World};

const FORM: &str = "
    type | name | label | trigger | calculation
    text | name | 申请人 | |
    integer | age | 年龄 | |
    text | greeting | 称呼 | ${name} | concat(${name}, ' ', ${age})
    calculate | first | | | once(${age})";

async fn device() -> (World, Device, String) {
    let world = World::new();
    world.district.publish(2, &matter(FORM, "list_name | name | label"));
    let device = world.device().await;
    let view = device.call("begin", json!({ "matter": "T-1" })).await;
    (world, device, view["id"].as_str().unwrap().to_owned())
}

fn settled(view: &Value) -> [&str; 2] {
    let questions = view["form"]["questions"].as_array().unwrap();
    let value = |name: &str| {
        let question = questions.iter().find(|question| question["name"] == name);
        question.and_then(|question| question["value"].as_str()).unwrap()
    };
    [value("greeting"), value("first")]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_an_answer_and_what_is_computed_once_stays() {
    let (world, device, id) = device().await;
    device.answer(&id, "age", "30").await;
    let view = device.answer(&id, "name", "田小禾").await;
    assert_eq!(settled(&view), ["田小禾 30", "30"]);
    let view = device.answer(&id, "age", "31").await;
    assert_eq!(settled(&view), ["田小禾 30", "30"]);
    // From the document alone, as the center and other devices have it.
    device.sync().await;
    let other = world.device().await;
    other.sync().await;
    assert_eq!(settled(&other.view(&id).await), ["田小禾 30", "30"]);
    let view = device.answer(&id, "name", "田大禾").await;
    assert_eq!(settled(&view), ["田大禾 31", "30"]);
}
