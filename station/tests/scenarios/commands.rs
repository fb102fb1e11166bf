//! An application from its beginning to the decision.

use doorstep_records::case::{CorrectionPoint, CorrectionRequest};
use doorstep_records::{CaseStep, Staff};
use doorstep_station::FailureCode;
use serde_json::json;

use crate::district::{STAFF, pin_hash};
use crate::world::{APPLICANT, ID_NUMBER, World, picture};

#[tokio::test(flavor = "multi_thread")]
async fn taken_offline_decided_online() {
    let world = World::new();
    let device = world.device().await;
    world.offline();

    let found = device.call("matters", json!({ "query": "glj", "tag": "" })).await;
    assert_eq!(found["matters"][0]["name"], "高龄津贴");
    // By its whole pinyin from any place in it, and by a tag; and not by what it is not.
    for (query, many) in [
        ("gaolingjintie", 1),
        ("jintie", 1),
        ("就近办", 1),
        ("网上办", 0),
        ("jintei", 0),
    ] {
        let found = device.call("matters", json!({ "query": query, "tag": "" })).await;
        assert_eq!(found["matters"].as_array().unwrap().len(), many, "{query}");
    }
    let id = device.begin().await;
    let view = device.view(&id).await;
    assert_eq!(view["status"], "draft");
    assert_eq!(
        view["missing"],
        json!(["answers", "presence", "materials", "signature"])
    );

    let view = device
        .answer(&id, "id_number", "５００１９９１９４１０１０１００１９")
        .await;
    let question = view["form"]["questions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|q| q["name"] == "id_number")
        .unwrap();
    assert_eq!(question["value"], "500199194101010019");
    assert_eq!(question["error"]["code"], "id_check");

    device.fill(&id).await;
    assert_eq!(device.view(&id).await["missing"], json!(["signature"]));
    let incomplete = device
        .try_call("receive", json!({ "id": id }), Vec::new())
        .await
        .unwrap_err();
    assert_eq!(
        (incomplete.code, incomplete.fields),
        (FailureCode::Incomplete, Some(vec!["signature".to_owned()]))
    );
    device.sign(&id).await;
    let view = device.call("receive", json!({ "id": id })).await;
    assert_eq!(view["number"], "500199101201-20260214-A1-0001");
    assert_eq!(
        (
            view["status"].as_str(),
            view["editable_fields"].as_array().unwrap().len()
        ),
        (Some("received"), 0)
    );
    let locked = json!({ "id": id, "name": "name", "value": "别人", "note": "" });
    assert_eq!(device.code("answer_set", locked, Vec::new()).await, FailureCode::Locked);

    let receipt = device.call("receipt", json!({ "id": id })).await;
    assert_eq!(
        (receipt["applicant"].as_str(), receipt["id_masked"].as_str()),
        (Some(APPLICANT), Some("500***********0018"))
    );
    assert_eq!(receipt["materials"].as_array().unwrap().len(), 3);
    assert!(receipt["qr"].as_str().unwrap().contains("<svg"));

    assert_eq!(device.sync().await["result"], "offline");
    let strip = device.call("strip", json!({})).await;
    assert_eq!(
        (strip["link"].as_str(), strip["waiting_files"].as_u64()),
        (Some("offline"), Some(4))
    );

    world.online();
    assert_eq!(device.sync().await["result"], "done");
    let chain = device.view(&id).await["chain"].clone();
    assert_eq!(
        (chain["saved"].clone(), chain["files"].clone()),
        (chain["reached"].clone(), chain["verified"].clone())
    );
    assert_eq!(chain["files"], 4);
    let strip = device.call("strip", json!({})).await;
    assert_eq!(
        (strip["waiting_items"].as_u64(), strip["waiting_files"].as_u64()),
        (Some(0), Some(0))
    );

    // A correction opens exactly what it names.
    let point = |name: &str| CorrectionPoint {
        name: name.into(),
        words: "请更正".into(),
    };
    let request = CorrectionRequest {
        message: "号码不清楚".into(),
        fields: vec![point("phone")],
        materials: vec![point("id_card")],
        due: "2026-03-01".into(),
    };
    world.district.decide(&id, CaseStep::Arrived);
    world.district.decide(&id, CaseStep::CorrectionAsked { request });
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(view["status"], "correction_asked");
    assert_eq!(
        (view["editable_fields"].clone(), view["editable_materials"].clone()),
        (json!(["phone"]), json!(["id_card"]))
    );
    assert_eq!(device.call("strip", json!({})).await["corrections"], 1);
    let other = json!({ "id": id, "name": "name", "value": "别人", "note": "" });
    assert_eq!(device.code("answer_set", other, Vec::new()).await, FailureCode::Locked);
    device.answer(&id, "phone", "13900000001").await;
    let view = device.call("resubmit", json!({ "id": id })).await;
    assert_eq!(view["status"], "resubmitted");
    assert_eq!(view["events"][1]["note"], view["case"][1]["id"]);

    let granted = CaseStep::Decided {
        granted: true,
        number: "云民〔2026〕1号".into(),
        reason: String::new(),
        remedies: String::new(),
        file: None,
        seal: None,
    };
    world.district.decide(&id, CaseStep::accepted("2026-03-20"));
    world.district.decide(&id, granted);
    device.sync().await;
    assert_eq!(device.view(&id).await["status"], "granted");
    assert_eq!(device.find("").await[0]["status"], "granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_begun_and_left_empty_is_gone_on_with() {
    let world = World::new();
    let (device, other) = (world.device().await, world.device().await);
    let id = device.begin().await;
    assert_eq!(device.begin().await, id);
    let device = world.restart(device).await;
    assert_eq!(device.begin().await, id);
    // Neither another device nor another person is given it.
    device.sync().await;
    other.sync().await;
    assert_eq!(other.find("").await.len(), 1);
    assert_ne!(other.begin().await, id);
    let (staff, _, pin) = STAFF[1];
    device.call("lock", json!({})).await;
    device.call("unlock", json!({ "staff": staff, "pin": pin })).await;
    let theirs = device.begin().await;
    assert_ne!(theirs, id);
    // Who has typed anything at all is not disturbed.
    let who = json!({ "id": theirs, "name": "who", "value": "applicant" });
    device.call("presence_set", who).await;
    let next = device.begin().await;
    assert!(next != theirs && next != id);
    device.photograph(&next, "id_card", picture(60, 40, 1)).await;
    let last = device.begin().await;
    assert_ne!(last, next);
    device.answer(&last, "phone", "13900000000").await;
    device.answer(&last, "phone", "").await;
    assert_ne!(device.begin().await, last);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_of_one_clerk_are_not_given_one_application() {
    let world = World::new();
    let device = world.device().await;
    let begin = async |device: &crate::world::Device, window: &str| {
        let begun = json!({ "matter": "YX-MZ-001", "window": window });
        device.call("begin", begun).await["id"].as_str().unwrap().to_owned()
    };
    let one = begin(&device, "one").await;
    let other = begin(&device, "other").await;
    assert_ne!(one, other);
    // Who turns back and begins again has the same.
    assert_eq!(begin(&device, "one").await, one);
    assert_eq!(begin(&device, "other").await, other);
    // Opened from the list, it is on a screen, too.
    device
        .call("application", json!({ "id": one, "window": "other" }))
        .await;
    let next = begin(&device, "one").await;
    assert!(next != one && next != other);
    let device = world.restart(device).await;
    assert!([one, other, next].contains(&begin(&device, "third").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_day_follow_each_other_and_never_repeat() {
    let world = World::new();
    let device = world.device().await;
    for expected in ["A1-0001", "A1-0002"] {
        let id = device.received().await;
        assert!(device.view(&id).await["number"].as_str().unwrap().ends_with(expected));
    }
    let device = world.restart(device).await;
    let id = device.received().await;
    assert!(device.view(&id).await["number"].as_str().unwrap().ends_with("A1-0003"));
    world.pass(24 * 3600 * 1000);
    let id = device.received().await;
    assert_eq!(device.view(&id).await["number"], "500199101201-20260215-A1-0001");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_says_who_and_why() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let set = async |name: &str, value: &str| {
        device
            .call("presence_set", json!({ "id": id, "name": name, "value": value }))
            .await
    };
    let view = set("who", "relative").await;
    let wrong: Vec<&String> = view["presence_errors"].as_object().unwrap().keys().collect();
    assert_eq!(wrong, ["id_number", "name", "phone", "reason", "relation"]);
    for (name, value) in [
        ("reason", "行动不便"),
        ("name", "陶小溪"),
        ("relation", "女儿"),
        ("phone", "139 0000 0000"),
    ] {
        set(name, value).await;
    }
    let view = set("id_number", "500199197001010010").await;
    assert_eq!(view["presence"]["phone"]["value"], "13900000000");
    assert_eq!(
        view["presence_errors"].as_object().unwrap().len(),
        1,
        "the check digit is wrong"
    );
    let view = set("id_number_note", "旧证，已与原件核对").await;
    assert_eq!(view["presence_errors"], json!({}));
    let nobody = json!({ "id": id, "name": "who", "value": "neighbour" });
    assert_eq!(
        device.code("presence_set", nobody, Vec::new()).await,
        FailureCode::BadRequest
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_catalogue_leaves_the_last_good_one_and_applications_keep_theirs() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    world.district.publish(2, b"no workbook at all");
    device.sync().await;
    assert_eq!(
        device.call("matters", json!({ "query": "", "tag": "" })).await["catalogue"],
        1
    );
    world.district.publish(
        3,
        include_bytes!("../../../matters/tests/fixtures/before_blocks/生育登记.xlsx"),
    );
    device.sync().await;
    let matters = device.call("matters", json!({ "query": "", "tag": "" })).await;
    assert_eq!(
        (
            matters["catalogue"].as_u64(),
            matters["matters"].as_array().unwrap().len()
        ),
        (Some(3), 1)
    );
    // Begun under version 1, which had it.
    assert_eq!(device.view(&id).await["matter"]["name"], "高龄津贴");
    let device = world.restart(device).await;
    assert_eq!(device.view(&id).await["matter"]["name"], "高龄津贴");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_grant_changes_who_can_unlock() {
    let world = World::new();
    let device = world.device().await;
    world.district.books(|books| {
        books.staff.remove(0);
        books.staff[0] = Staff {
            pin_hash: pin_hash("111222", b"another salt now"),
            pin_salt: b"another salt now".to_vec(),
            ..books.staff[0].clone()
        };
        let key = books.devices()[0].to_bytes();
        books.grant(key, "A1");
    });
    device.sync().await;
    let strip = device.call("strip", json!({})).await;
    assert_eq!(strip["staff"], json!(null), "who no longer works here is shown out");
    let staff = device.call("staff_list", json!({})).await;
    assert_eq!(staff["staff"].as_array().unwrap().len(), 1);
    let old = json!({ "staff": "T0101", "pin": "135790" });
    assert_eq!(device.code("unlock", old, Vec::new()).await, FailureCode::WrongPin);
    device
        .call("unlock", json!({ "staff": "T0102", "pin": "111222" }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_with_a_code() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    for (name, args, code) in [
        ("no_such_command", json!({}), FailureCode::NotFound),
        ("begin", json!({ "matter": "NONE" }), FailureCode::NotFound),
        ("begin", json!({ "matter": 7 }), FailureCode::BadRequest),
        ("application", json!({ "id": "00" }), FailureCode::NotFound),
        ("application", json!({ "id": "00".repeat(16) }), FailureCode::NotFound),
        (
            "answer_set",
            json!({ "id": id, "name": "no_such", "value": "x", "note": "" }),
            FailureCode::NotFound,
        ),
        (
            "answer_set",
            json!({ "id": id, "name": "age", "value": "90", "note": "" }),
            FailureCode::NotFound,
        ),
        (
            "answer_set",
            json!({ "id": id, "name": "name", "value": "长".repeat(70_000), "note": "" }),
            FailureCode::BadRequest,
        ),
        (
            "page_set",
            json!({ "id": id, "page": "none", "rotation": 90, "index": null, "removed": null }),
            FailureCode::NotFound,
        ),
        (
            "resolve",
            json!({ "id": id, "path": "answers.name", "value": "x" }),
            FailureCode::NotFound,
        ),
        ("withdraw", json!({ "id": id, "reason": " " }), FailureCode::BadRequest),
        ("receipt", json!({ "id": id }), FailureCode::NotFound),
        (
            "file",
            json!({ "hash": "00".repeat(32), "edge": null }),
            FailureCode::NotFound,
        ),
        (
            "enrol",
            json!({ "center": "https://x", "code": "y" }),
            FailureCode::AlreadyEnrolled,
        ),
        (
            "preferences_set",
            json!({ "size": "tiny", "language": "en" }),
            FailureCode::BadRequest,
        ),
    ] {
        assert_eq!(device.code(name, args.clone(), Vec::new()).await, code, "{name}");
    }
    assert_eq!(
        device.view(&id).await["chain"]["saved"],
        1,
        "nothing was changed by any of it"
    );
    device.answer(&id, "id_number", ID_NUMBER).await;
}
