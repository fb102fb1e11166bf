//! Accounts, staff, stand-ins and who decides: what an administrator does, what it leads to, and the logs of it.

use crate::support::{self, DAY, Device, Person, START, World, case, read};
use axum::http::{Method, StatusCode};
use doorstep_records::{CaseStep, StationDetails};
use doorstep_sync::Kind;
use doorstep_sync::payload::Grant;
use serde_json::{Value, json};

async fn signs_in(world: &World, name: &str, password: &str) -> (StatusCode, Value) {
    let body = json!({ "name": name, "password": password });
    read(world.send(support::json(Method::POST, "/api/session", &body)).await)
}

async fn post(person: &Person<'_>, path: &str, body: Value) -> (StatusCode, String) {
    let (status, body) = person.post(path, body).await;
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

/// Whom the newest whole grant of a device names: staff, and stand-ins.
fn named(device: &Device) -> (Vec<String>, Vec<String>) {
    let mut grants = device.held.iter().filter_map(|item| {
        let envelope = item.open().ok().filter(|envelope| envelope.kind == Kind::Grant)?;
        let grant = Grant::from_bytes(&envelope.payload).ok()?;
        let own = grant.public_key == device.key.verifying_key().to_bytes();
        let details: StationDetails = minicbor::decode(&grant.details).ok()?;
        own.then_some(details)
    });
    let newest = grants.next_back().unwrap();
    let stand_ins = newest.stand_ins.iter().flatten();
    (
        newest.staff.iter().map(|staff| staff.number.clone()).collect(),
        stand_ins
            .map(|duty| format!("{}>{}", duty.person.number, duty.stands_for))
            .collect(),
    )
}

#[tokio::test]
async fn an_account_is_made_changed_disabled_and_enabled_and_a_supervisor_reads_it() {
    let world = World::new();
    let administrator = world.sign_in("administrator").await;
    let new = json!({ "account": "window2", "name": "窗口 白鹭", "role": "window" });
    let (status, made) = administrator.post("/api/accounts", new.clone()).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let password = made["secret"].as_str().unwrap().to_owned();
    let (status, session) = signs_in(&world, "window2", &password).await;
    assert_eq!((status, session["role"].as_str()), (StatusCode::OK, Some("window")));
    let (status, again) = administrator.post("/api/accounts", new).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again["fields"], json!({ "account": "taken" }));

    let at = |what: &str| format!("/api/accounts/window2/{what}");
    let done = (StatusCode::NO_CONTENT, String::new());
    assert_eq!(
        post(&administrator, &at("role"), json!({ "role": "supervisor" })).await,
        done
    );
    assert_eq!(post(&administrator, &at("disable"), Value::Null).await, done);
    let (status, body) = signs_in(&world, "window2", &password).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("account_disabled"))
    );
    assert_eq!(post(&administrator, &at("enable"), Value::Null).await, done);
    let (_, fresh) = administrator.post(&at("password"), Value::Null).await;
    assert_eq!(signs_in(&world, "window2", &password).await.0, StatusCode::UNAUTHORIZED);
    let fresh = fresh["secret"].as_str().unwrap();
    assert_eq!(signs_in(&world, "window2", fresh).await.1["role"], "supervisor");

    let supervisor = world.sign_in("supervisor").await;
    let (_, log) = supervisor.get("/api/deeds").await;
    let kinds: Vec<&str> = log["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["deed"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "password_set",
            "account_enabled",
            "account_disabled",
            "role_changed",
            "account_added"
        ]
    );
    assert_eq!(log["rows"][0]["by"], "管理 江望川");
    assert!(!log.to_string().contains(fresh), "no secret stands in the log");
}

#[tokio::test]
async fn who_is_signed_in_loses_the_session_with_the_role_or_the_account() {
    let world = World::new();
    let administrator = world.sign_in("administrator").await;
    for (what, body) in [("role", json!({ "role": "supervisor" })), ("disable", Value::Null)] {
        let person = world.sign_in(if what == "role" { "window" } else { "reviewer" }).await;
        let account = if what == "role" { "window" } else { "reviewer" };
        administrator
            .post(&format!("/api/accounts/{account}/{what}"), body)
            .await;
        assert_eq!(person.get("/api/session").await.0, StatusCode::UNAUTHORIZED, "{what}");
    }
}

#[tokio::test]
async fn nobody_changes_their_own_rights_and_the_last_administrator_stays() {
    let world = World::new();
    let administrator = world.sign_in("administrator").await;
    let yourself = (StatusCode::CONFLICT, "yourself".to_owned());
    for (what, body) in [
        ("role", json!({ "role": "reviewer" })),
        ("password", Value::Null),
        ("disable", Value::Null),
    ] {
        let path = format!("/api/accounts/administrator/{what}");
        assert_eq!(post(&administrator, &path, body).await, yourself, "{what}");
    }
    let day = "2026-03-05";
    let own = json!({ "at_station": false, "who": "administrator", "whom": "reviewer", "from": day, "until": day });
    assert_eq!(post(&administrator, "/api/stand-ins", own).await, yourself);

    // A supervisor who stands in for the administrator has their rights, and cannot make away with them.
    let duty = json!({ "at_station": false, "who": "supervisor", "whom": "administrator", "from": day, "until": day });
    assert_eq!(
        post(&administrator, "/api/stand-ins", duty).await.0,
        StatusCode::NO_CONTENT
    );
    let supervisor = world.sign_in("supervisor").await;
    let last = (StatusCode::CONFLICT, "last_administrator".to_owned());
    assert_eq!(
        post(&supervisor, "/api/accounts/administrator/disable", Value::Null).await,
        last
    );
    let role = json!({ "role": "window" });
    assert_eq!(post(&supervisor, "/api/accounts/administrator/role", role).await, last);
    assert_eq!(
        post(&supervisor, "/api/accounts/window/disable", Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, log) = supervisor.get("/api/deeds").await;
    assert_eq!(log["rows"][0]["by"], "监察 罗知秋");
    assert_eq!(log["rows"][0]["stands_for"], "管理 江望川");
}

#[tokio::test]
async fn staff_come_change_and_go_and_the_stations_devices_hear_of_it() {
    let world = World::new();
    let administrator = world.sign_in("administrator").await;
    let mut device = world.device(0, 0).await;
    let station = world.demo.stations[0].division.clone();
    let staff = format!("/api/stations/{station}/staff");
    let new = json!({ "number": "T0109", "name": "云归处", "role": "agent" });
    let (status, pin) = administrator.post(&staff, new.clone()).await;
    assert_eq!(status, StatusCode::OK, "{pin}");
    assert_eq!(pin["secret"].as_str().unwrap().len(), 6);
    device.sync(&world, Vec::new()).await;
    assert_eq!(named(&device).0, ["T0101", "T0102", "T0109"]);
    assert_eq!(
        administrator.post(&staff, new).await.1["fields"],
        json!({ "number": "taken" })
    );

    // A grant that says the same at the same moment is the same item.
    world.pass(1_000);
    let elsewhere = world.demo.stations[1].division.clone();
    let change = json!({ "name": "云归处", "role": "village_clerk", "station": elsewhere });
    assert_eq!(
        post(&administrator, "/api/staff/T0109", change).await.0,
        StatusCode::NO_CONTENT
    );
    device.sync(&world, Vec::new()).await;
    assert_eq!(named(&device).0, ["T0101", "T0102"]);

    world.pass(1_000);
    assert_eq!(
        post(&administrator, "/api/staff/T0102/remove", Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    device.sync(&world, Vec::new()).await;
    assert_eq!(named(&device).0, ["T0101"], "out at next contact");
    assert_eq!(
        post(&administrator, "/api/staff/T0102/remove", Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
    // The number stands for its owner for ever: it is given to nobody else, and back to them.
    let somebody = json!({ "number": "T0102", "name": "别的人", "role": "agent" });
    assert_eq!(
        administrator.post(&staff, somebody).await.1["fields"],
        json!({ "number": "taken" })
    );
    let back = json!({ "number": "T0102", "name": "向远山", "role": "agent" });
    assert_eq!(administrator.post(&staff, back).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_stand_in_at_a_station_comes_with_the_grant_and_goes_with_it() {
    let world = World::new();
    let administrator = world.sign_in("administrator").await;
    let mut device = world.device(0, 0).await;
    let duty =
        json!({ "at_station": true, "who": "T0201", "whom": "T0101", "from": "2026-03-06", "until": "2026-03-08" });
    assert_eq!(
        post(&administrator, "/api/stand-ins", duty.clone()).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        administrator.post("/api/stand-ins", duty).await.1["fields"],
        json!({ "from": "taken" })
    );
    device.sync(&world, Vec::new()).await;
    assert_eq!(named(&device).1, ["T0201>T0101"]);
    let (_, list) = administrator.get("/api/stand-ins").await;
    assert_eq!(
        (list[0]["who_name"].as_str(), list[0]["state"].as_str()),
        (Some("柳青禾"), Some("coming"))
    );
    let end = format!("/api/stand-ins/{}/end", list[0]["id"]);
    world.pass(1_000);
    assert_eq!(post(&administrator, &end, Value::Null).await.0, StatusCode::NO_CONTENT);
    device.sync(&world, Vec::new()).await;
    assert!(named(&device).1.is_empty());
    for (from, until, fields) in [
        ("2026-03-05", "2026-03-04", json!({ "until": "past" })),
        ("2026-03-01", "2026-03-04", json!({ "until": "past" })),
        ("2026-02-30", "", json!({ "from": "date", "until": "required" })),
        ("2026-03-05", "2027-12-31", json!({ "until": "too_long" })),
    ] {
        let body = json!({ "at_station": true, "who": "T0201", "whom": "T0101", "from": from, "until": until });
        assert_eq!(
            administrator.post("/api/stand-ins", body).await.1["fields"],
            fields,
            "{from} {until}"
        );
    }
    let body =
        json!({ "at_station": true, "who": "T0201", "whom": "window", "from": "2026-03-05", "until": "2026-03-05" });
    assert_eq!(
        administrator.post("/api/stand-ins", body).await.1["fields"],
        json!({ "whom": "unknown" })
    );
}

#[tokio::test]
async fn a_stand_in_has_the_others_rights_and_queue_and_every_step_says_for_whom() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    device.sync(&world, paper.items.clone()).await;
    let path = format!("/api/cases/{}", paper.id);
    let reviewer = world.sign_in("reviewer").await;
    let (_, page) = reviewer.get(&path).await;
    let (status, page) = reviewer
        .post(
            &format!("{path}/accept"),
            json!({ "expected": page["seen"], "reason": "" }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{page}");
    reviewer.to_last_stage(&path).await;
    let decide = |page: &Value| json!({ "expected": page["seen"], "granted": true, "number": "云民1号", "reason": "", "remedies": "", "file": null });
    let end = format!("{path}/decide");

    let window = world.sign_in("window").await;
    let (_, page) = window.get(&path).await;
    assert_eq!(page["stands_for"], json!(null));
    assert_eq!(post(&window, &end, decide(&page)).await.1, "not_allowed");
    let administrator = world.sign_in("administrator").await;
    let duty = json!({ "at_station": false, "who": "window", "whom": "reviewer", "from": "2026-03-06", "until": "2026-03-06" });
    assert_eq!(
        post(&administrator, "/api/stand-ins", duty).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        post(&window, &end, decide(&page)).await.1,
        "not_allowed",
        "not before its day"
    );

    world.pass(DAY);
    let window = world.sign_in("window").await;
    let (_, session) = window.get("/api/session").await;
    assert_eq!(session["stands_for"][0]["name"], "审核 秦明舟");
    let (_, mine) = window.get("/api/cases?queue=mine").await;
    assert_eq!(
        (mine["total"].as_u64(), mine["rows"][0]["stands_for"].as_str()),
        (Some(1), Some("审核 秦明舟"))
    );
    let (_, page) = window.get(&path).await;
    assert_eq!(page["stands_for"], "审核 秦明舟");
    let (status, page) = window.post(&end, decide(&page)).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    device.sync(&world, Vec::new()).await;
    let decided = case(&device.held, &paper.id).events.pop().unwrap();
    assert_eq!(
        (decided.staff.as_str(), decided.stands_for.as_deref()),
        ("窗口 杨小禾", Some("审核 秦明舟"))
    );
    let CaseStep::Decided { seal, .. } = decided.step else {
        panic!("not decided")
    };
    assert_eq!(seal.as_deref(), Some("云溪区行政审批专用章"));

    world.pass(DAY);
    let window = world.sign_in("window").await;
    assert_eq!(
        window.get("/api/session").await.1["stands_for"],
        json!([]),
        "it ends by itself"
    );
    assert_eq!(window.get("/api/cases?queue=mine").await.1["total"], 0);

    // The seal's log follows from the cases: it is the same when it is made again.
    world.center.rebuild().unwrap();
    let supervisor = world.sign_in("supervisor").await;
    let (_, log) = supervisor.get("/api/seal-uses").await;
    assert_eq!(log["total"], 1);
    let used = &log["rows"][0];
    assert_eq!(used["by"], "窗口 杨小禾");
    assert_eq!(used["stands_for"], "审核 秦明舟");
    assert_eq!(
        (used["number"].as_str(), used["granted"].as_bool()),
        (Some(paper.number.as_str()), Some(true))
    );
}

#[tokio::test]
async fn a_district_may_leave_decisions_to_its_chief_representatives() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    device.sync(&world, paper.items.clone()).await;
    let path = format!("/api/cases/{}", paper.id);
    let administrator = world.sign_in("administrator").await;
    let chiefs = json!({ "deciders": "chief_representatives" });
    assert_eq!(
        post(&administrator, "/api/rights/deciders", chiefs).await.0,
        StatusCode::NO_CONTENT
    );
    let reviewer = world.sign_in("reviewer").await;
    let (_, table) = reviewer.get("/api/rights").await;
    let may = |role: &str| {
        let roles = table["roles"].as_array().unwrap();
        let row = roles.iter().find(|row| row["role"] == role).unwrap();
        row["rights"].as_array().unwrap().contains(&json!("decide"))
    };
    assert_eq!((may("reviewer"), may("chief_representative")), (false, true));
    let (_, page) = reviewer.get(&path).await;
    let (status, page) = reviewer
        .post(
            &format!("{path}/accept"),
            json!({ "expected": page["seen"], "reason": "" }),
        )
        .await;
    assert_eq!(
        (status, page["actions"].to_string().contains("decide")),
        (StatusCode::OK, false)
    );
    let page = reviewer.to_last_stage(&path).await;
    let decision =
        json!({ "expected": page["seen"], "granted": true, "number": "", "reason": "", "remedies": "", "file": null });
    assert_eq!(
        post(&reviewer, &format!("{path}/decide"), decision.clone()).await.1,
        "not_allowed"
    );
    let chief = world.sign_in("chief").await;
    assert_eq!(chief.post(&format!("{path}/decide"), decision).await.0, StatusCode::OK);
}
