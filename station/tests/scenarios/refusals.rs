//! What the center does not take is kept here and shown, and nothing else is held up.

use doorstep_sync::payload::{Receipt, Refusal};
use doorstep_sync::{Document, Item, Kind};
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_save_is_shown_and_what_was_typed_after_it_goes_on() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.answer(&id, "name", "陶桃花").await;
    device.sync().await;
    world.offline();
    world.pass(1000);
    device.answer(&id, "phone", "13900000000").await;
    let refused_at = world.district.books(|books| books.log.len());
    device.answer(&id, "household_address", "一组1号").await;
    world.online();
    // The center takes everything but the save with the telephone number.
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| {
            let phone = envelope.payload.windows(11).any(|window| window == b"13900000000");
            let later = envelope
                .payload
                .windows("一组1号".len())
                .any(|window| window == "一组1号".as_bytes());
            (envelope.kind == Kind::Change && phone && !later).then_some("schema")
        }));
    });
    assert!(refused_at > 0);
    device.sync().await;
    device.sync().await;
    let view = device.view(&id).await;
    let answer = |name: &str| {
        let questions = view["form"]["questions"].as_array().unwrap();
        questions.iter().find(|question| question["name"] == name).unwrap()["value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (answer("name"), answer("phone"), answer("household_address")),
        ("陶桃花".into(), String::new(), "一组1号".into())
    );
    assert_eq!(view["refused"][0]["code"], "schema");
    assert_eq!(view["refused"][0]["contents"], json!(["联系电话：13900000000"]));
    assert_eq!(device.call("strip", json!({})).await["refused"], 1);
    device.call("refused_seen", json!({ "id": id })).await;
    assert_eq!(device.call("strip", json!({})).await["refused"], 0);

    // Written anew, what came after was taken.
    world.district.books(|books| books.judge = None);
    device.sync().await;
    let chain = device.view(&id).await["chain"].clone();
    assert_eq!(chain["saved"], chain["reached"]);
    // And the station can go on.
    device.answer(&id, "phone", "13900000001").await;
    assert_eq!(device.sync().await["result"], "done");
    let device = world.restart(device).await;
    let view = device.view(&id).await;
    assert_eq!(view["chain"]["saved"], view["chain"]["reached"]);
    assert!(device.station.examine().await.unwrap().same_as_items);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_as_they_were_put_after_a_refused_save() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let view = device.view(&id).await;
    let material = view["materials"][0]["asked"]["code"].as_str().unwrap().to_owned();
    for seed in 0..2 {
        device
            .photograph(&id, &material, crate::world::picture(60, 40, seed))
            .await;
    }
    let pages = |view: &serde_json::Value| view["materials"][0]["record"]["pages"].clone();
    let before = pages(&device.view(&id).await);
    device.sync().await;
    world.offline();
    device.answer(&id, "phone", "13900000000").await;
    let turn = |page: usize, rotation: Option<u16>, removed: Option<bool>| json!({ "id": id, "page": before[page]["id"], "rotation": rotation, "removed": removed, "index": null });
    device.call("page_set", turn(0, None, Some(true))).await;
    device.call("page_set", turn(1, Some(90), None)).await;
    world.online();
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| {
            let phone = envelope.payload.windows(11).any(|window| window == b"13900000000");
            (envelope.kind == Kind::Change && phone).then_some("schema")
        }));
    });
    device.sync().await;
    let after = pages(&device.view(&id).await);
    assert_eq!(
        after.as_array().unwrap().len(),
        1,
        "the page that was taken out stays out"
    );
    assert_eq!((&after[0]["id"], &after[0]["rotation"]), (&before[1]["id"], &json!(90)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_application_keeps_all_that_was_typed_to_be_read() {
    let world = World::new();
    let device = world.device().await;
    world.offline();
    let id = device.begin().await;
    device.answer(&id, "name", "陶桃花").await;
    device.answer(&id, "phone", "13900000000").await;
    device
        .photograph(&id, "id_card", crate::world::picture(60, 40, 1))
        .await;
    world.online();
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| {
            envelope.document.is_some().then_some("not_granted")
        }))
    });
    assert_eq!(device.sync().await["result"], "done");
    let strip = device.call("strip", json!({})).await;
    assert_eq!(
        (strip["waiting_items"].as_u64(), strip["refused"].as_u64()),
        (Some(0), Some(4))
    );
    assert_eq!(strip["waiting_files"], json!(0));
    let photographs = |books: &mut crate::district::Books| {
        let kinds = books.files.values().map(|(file, _)| file.media_type.clone());
        kinds.filter(|kind| kind.starts_with("image/")).count()
    };
    assert_eq!(world.district.books(photographs), 0, "the district needs nothing of it");
    // Everything about it was refused: it stays on the list, with what was typed.
    let view = device.view(&id).await;
    let contents: Vec<String> = view["refused"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|refused| {
            refused["contents"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        contents.iter().any(|line| line.contains("陶桃花")) && contents.iter().any(|line| line.contains("13900000000")),
        "{contents:?}"
    );
    assert_eq!(view["editable_fields"], json!([]));
    let more = json!({ "id": id, "name": "name", "value": "别人", "note": "" });
    assert_eq!(
        device.code("answer_set", more, Vec::new()).await,
        doorstep_station::FailureCode::Refused
    );
    assert_eq!(device.find("桃花").await.len(), 1);
    let device = world.restart(device).await;
    assert!(device.station.examine().await.unwrap().same_as_items);
    assert_eq!(device.find("桃花").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_photograph_is_named_and_its_file_stays() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.sync().await;
    world.offline();
    let view = device
        .photograph(&id, "id_card", crate::world::picture(60, 40, 1))
        .await;
    let file = view["materials"][0]["record"]["pages"][0]["file"].clone();
    world.online();
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| (envelope.kind == Kind::Change).then_some("schema")));
    });
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(view["refused"][0]["contents"], json!(["居民身份证：照片 1 张"]));
    let kept = device.call("file", json!({ "hash": file, "edge": null })).await;
    assert!(kept["bytes"].as_u64().unwrap() > 0);
    // The district was told of nothing that needs it.
    assert_eq!(device.call("strip", json!({})).await["waiting_files"], json!(0));
    let hash = file.as_str().unwrap().parse().unwrap();
    assert!(!world.district.books(|books| books.files.contains_key(&hash)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_taken_after_a_refused_save_is_named_anew_and_goes() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.sync().await;
    world.offline();
    device.answer(&id, "phone", "13900000000").await;
    let view = device
        .photograph(&id, "id_card", crate::world::picture(60, 40, 1))
        .await;
    let file = view["materials"][0]["record"]["pages"][0]["file"].clone();
    world.online();
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| {
            let phone = envelope.payload.windows(11).any(|window| window == b"13900000000");
            (envelope.kind == Kind::Change && phone).then_some("schema")
        }));
    });
    device.sync().await;
    device.sync().await;
    let hash = file.as_str().unwrap().parse().unwrap();
    world.district.books(|books| {
        assert!(books.files.contains_key(&hash));
        let written = books.log.iter().rev().map(|item| item.open().unwrap());
        let anew = written
            .into_iter()
            .find(|envelope| envelope.kind == Kind::Change)
            .unwrap();
        assert!(anew.files().iter().any(|file| file.hash == hash));
    });
    let view = device.view(&id).await;
    assert_eq!(view["chain"]["files"], view["chain"]["verified"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_with_a_clock_days_ahead_goes_up_by_itself() {
    let world = World::new();
    let device = world.device().await;
    world.offline();
    // The district's clock stands; this device's runs three days ahead of it.
    world.pass(3 * 24 * 3600 * 1000);
    let id = device.received().await;
    let before = device.view(&id).await;
    world.online();
    for _ in 0..3 {
        assert_eq!(device.sync().await["result"], "done");
    }
    let view = device.view(&id).await;
    let chain = &view["chain"];
    assert_eq!(
        (&chain["saved"], &chain["verified"]),
        (&chain["reached"], &chain["files"])
    );
    assert_eq!(chain["saved"], before["chain"]["saved"], "nothing is there twice");
    assert_eq!(view["refused"], json!([]));
    for part in ["form", "presence", "signature", "events", "number", "status"] {
        assert_eq!(view[part], before[part], "{part}");
    }
    let strip = device.call("strip", json!({})).await;
    assert_eq!(
        (strip["waiting_items"].as_u64(), strip["refused"].as_u64()),
        (Some(0), Some(0))
    );
    let saves = world.district.books(|books| {
        let changes = books
            .log
            .iter()
            .filter(|item| item.open().unwrap().kind == Kind::Change);
        changes.count() as u64
    });
    assert_eq!(chain["saved"], saves);
    let other = world.device().await;
    assert_eq!(other.view(&id).await["form"], view["form"]);
    let device = world.restart(device).await;
    assert!(device.station.examine().await.unwrap().same_as_items);
    assert_eq!(device.sync().await["result"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_by_anyone_but_the_center_is_not_taken() {
    let world = World::new();
    let device = world.device().await;
    let id = device.received().await;
    device.sync().await;
    world.district.books(|books| {
        let forger = doorstep_sync::SigningKey::from_seed(&[9; 32]);
        let own = std::mem::replace(&mut books.key, forger);
        let document = Document {
            kind: "case".into(),
            id: id.parse().unwrap(),
        };
        books.write(Kind::Change, "500199101201/2026", Some(document), Vec::new());
        books.key = own;
    });
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(
        (view["status"].as_str(), view["case"].as_array().unwrap().len()),
        (Some("received"), 0)
    );
    let health = device.station.examine().await.unwrap();
    assert_eq!(health.set_aside, [("unknown_device".to_owned(), 1)]);
    assert_eq!(device.sync().await["result"], "done", "nothing is held up by it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_and_is_there_after_all_counts_again() {
    let world = World::new();
    let (author, colleague) = (world.device().await, world.device().await);
    let id = author.begin().await;
    author.answer(&id, "name", "陶桃花").await;
    author.answer(&id, "phone", "13900000000").await;
    author.sync().await;
    colleague.sync().await;
    // After a backup was restored the center forgot that it took this, and then it heard of it.
    let lost = world.district.books(|books| {
        let has = |item: &Item| item.envelope.windows(11).any(|window| window == b"13900000000");
        let place = books.log.iter().position(has).unwrap();
        let lost = books.log.remove(place);
        let refused = vec![Refusal {
            item: lost.id(),
            code: "revoked".into(),
            reason: String::new(),
        }];
        let receipt = Receipt {
            refused,
            ..Receipt::default()
        };
        books.write(Kind::Receipt, "500199101201/2026", None, receipt.to_bytes());
        books.judge = Some(Box::new(|_| Some("waits")));
        // Nobody's place in the log has moved.
        books.write(Kind::Receipt, "500199101201/2026", None, Receipt::default().to_bytes());
        lost
    });
    author.sync().await;
    colleague.sync().await;
    let phone = async |device: &crate::world::Device| device.view(&id).await.to_string().contains("13900000000");
    assert_eq!(author.call("strip", json!({})).await["refused"], 1);
    assert!(!phone(&colleague).await, "it is left out");
    world.district.books(|books| {
        books.judge = None;
        books.log.push(lost);
    });
    for device in [&author, &colleague] {
        device.sync().await;
        assert!(phone(device).await);
        let view = device.view(&id).await;
        assert_eq!(view["refused"], json!([]));
        assert_eq!(view["chain"]["saved"], view["chain"]["reached"]);
        assert!(device.station.examine().await.unwrap().same_as_items);
    }
}

/// Refuses the saves with this telephone number, and keeps aside what has `on_top`, which builds on them.
fn refuse_the_phone(world: &World, on_top: &'static [&'static str]) {
    world.district.books(|books| {
        books.judge = Some(Box::new(|envelope| {
            let has = |text: &&str| {
                let mut parts = envelope.payload.windows(text.len());
                envelope.kind == Kind::Change && parts.any(|part| part == text.as_bytes())
            };
            let waits = on_top.iter().any(has).then_some("waits");
            has(&"13900000000").then_some("schema").or(waits)
        }));
    });
}

fn answer_of(view: &serde_json::Value, name: &str) -> String {
    let questions = view["form"]["questions"].as_array().unwrap();
    let question = questions.iter().find(|question| question["name"] == name).unwrap();
    question["value"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_windows_typed_on_top_of_a_refused_save_is_shown_and_the_rest_stays_with_who_typed_it() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.sync().await;
    world.offline();
    device.answer(&id, "phone", "13900000000").await;
    let shown = device.view(&id).await["shows"].clone();
    device.answer(&id, "name", "陶桃花").await;
    let other = json!({ "id": id, "name": "name", "value": "柳青禾", "note": "", "seen": shown });
    device.run("answer_set", other, Vec::new()).await.unwrap();
    let (staff, who, pin) = crate::district::STAFF[1];
    device.call("unlock", json!({ "staff": staff, "pin": pin })).await;
    device.view(&id).await;
    device.answer(&id, "household_address", "一组1号").await;
    device.unlock().await;
    device.answer(&id, "bank_account", "6222000000000000").await;
    world.online();
    refuse_the_phone(&world, &["陶桃花", "柳青禾"]);
    device.sync().await;
    device.sync().await;
    let view = device.view(&id).await;
    let refused = view["refused"].to_string();
    for value in ["13900000000", "陶桃花", "柳青禾"] {
        assert!(refused.contains(value), "{refused}");
    }
    assert!(!refused.contains("一组1号") && !refused.contains(who), "{refused}");
    assert_eq!(
        (answer_of(&view, "name"), &view["conflicts"]),
        (String::new(), &json!([]))
    );
    assert_eq!(answer_of(&view, "household_address"), "一组1号");
    assert_eq!(answer_of(&view, "bank_account"), "6222000000000000");
    let written_by = world.district.books(|books| {
        let has = |item: &&Item| {
            item.envelope
                .windows("一组1号".len())
                .any(|part| part == "一组1号".as_bytes())
        };
        books.log.iter().rfind(has).unwrap().open().unwrap().staff
    });
    assert_eq!(written_by, staff);
    assert!(device.station.examine().await.unwrap().same_as_items);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_on_top_of_a_refused_save_is_not_put_over_a_colleagues() {
    let world = World::new();
    let (author, colleague) = (world.device().await, world.device().await);
    let id = author.begin().await;
    author.sync().await;
    colleague.sync().await;
    world.offline();
    author.answer(&id, "phone", "13900000000").await;
    author.answer(&id, "name", "陶桃花").await;
    colleague.answer(&id, "name", "柳青禾").await;
    world.online();
    refuse_the_phone(&world, &["陶桃花"]);
    colleague.sync().await;
    author.sync().await;
    author.sync().await;
    colleague.sync().await;
    let view = author.view(&id).await;
    assert_eq!(
        (answer_of(&view, "name"), &view["conflicts"]),
        ("柳青禾".to_owned(), &json!([]))
    );
    let refused = view["refused"].to_string();
    assert!(refused.contains("陶桃花") && !refused.contains("柳青禾"), "{refused}");
    assert_eq!(answer_of(&colleague.view(&id).await, "name"), "柳青禾");
}
