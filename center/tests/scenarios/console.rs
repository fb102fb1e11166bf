//! The console: signing in, rights, the queue, and the review of a case from arrival to decision.

use crate::support::{self, DAY, MATTER, Paper, START, World, case, read};
use axum::http::{Method, Request, StatusCode, header};
use doorstep_records::application::ApplicationStep;
use doorstep_records::{CaseStep, Edit};
use serde_json::{Value, json};

async fn arrived(world: &World) -> (support::Device, Paper, String) {
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    device.sync(world, paper.items.clone()).await;
    let path = format!("/api/cases/{}", paper.id);
    (device, paper, path)
}

#[tokio::test]
async fn only_who_is_signed_in_sees_and_only_with_the_token_changes() {
    let world = World::new();
    let (_, _, path) = arrived(&world).await;
    let (status, body) = read(world.send(Request::get("/api/cases").body(Vec::new()).unwrap()).await);
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("not_signed_in"))
    );

    let mut reviewer = world.sign_in("reviewer").await;
    let (status, session) = reviewer.get("/api/session").await;
    assert_eq!(
        (status, session["csrf"].as_str()),
        (StatusCode::OK, Some(reviewer.csrf.as_str()))
    );
    let right = std::mem::replace(&mut reviewer.csrf, "00".repeat(32));
    let (status, body) = reviewer.post(&format!("{path}/accept"), json!({ "expected": 2 })).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::FORBIDDEN, Some("csrf")));
    reviewer.csrf = right;

    for (account, reads, accepts, decides, manages) in [
        ("window", 200, 409, 403, 403),
        ("supervisor", 200, 403, 403, 403),
        ("administrator", 403, 403, 403, 404),
    ] {
        let person = world.sign_in(account).await;
        assert_eq!(person.get(&path).await.0, reads, "{account} reads");
        assert_eq!(person.get("/api/cases").await.0, reads);
        assert_eq!(
            person.post(&format!("{path}/accept"), json!({ "expected": 0 })).await.0,
            accepts,
            "{account} accepts"
        );
        let decision =
            json!({ "expected": 2, "granted": true, "number": "", "reason": "", "remedies": "", "file": null });
        assert_eq!(
            person.post(&format!("{path}/decide"), decision).await.0,
            decides,
            "{account} decides"
        );
        let code = person
            .post("/api/stations/500199101999/enrolment-codes", json!({ "label": "" }))
            .await;
        assert_eq!(code.0, manages, "{account} manages");
    }
    let out = reviewer
        .raw(Request::delete("/api/session").body(Vec::new()).unwrap())
        .await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(reviewer.get("/api/session").await.0, StatusCode::UNAUTHORIZED);
    let window = world.sign_in("window").await;
    world.pass(DAY / 2);
    assert_eq!(
        window.get("/api/session").await.0,
        StatusCode::UNAUTHORIZED,
        "a session ends after 12 hours"
    );
}

#[tokio::test]
async fn wrong_passwords_have_to_wait() {
    let world = World::new();
    let attempt = async || {
        let body = json!({ "name": "reviewer", "password": "guess" });
        world.send(support::json(Method::POST, "/api/session", &body)).await
    };
    for _ in 0..5 {
        let (status, body) = read(attempt().await);
        assert_eq!(
            (status, body["code"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("wrong_password"))
        );
    }
    let blocked = attempt().await;
    assert_eq!(
        (blocked.status(), blocked.headers()[header::RETRY_AFTER].as_bytes()),
        (StatusCode::TOO_MANY_REQUESTS, &b"5"[..])
    );
    world.pass(5_000);
    world.sign_in("reviewer").await;
}

#[tokio::test]
async fn an_endless_name_is_not_remembered() {
    let world = World::new();
    for body in [
        json!({ "name": "x".repeat(15 << 10), "password": "guess" }),
        json!({ "name": "reviewer", "password": "x".repeat(15 << 10) }),
    ] {
        let answer = world.send(support::json(Method::POST, "/api/session", &body)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn little_is_read_of_a_stranger() {
    let world = World::new();
    let signs_in = json!({ "name": "reviewer", "password": "x".repeat(16 << 10) });
    let enrols = json!({ "code": "x".repeat(16 << 10), "public_key": "" });
    for (path, body) in [("/api/session", &signs_in), ("/enrol", &enrols)] {
        let answer = world.send(support::json(Method::POST, path, body)).await;
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let mut form = support::json(Method::POST, path, &json!({}));
        let answer = world.send(form.clone()).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        form.headers_mut()
            .insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
        let answer = world.send(form).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{path}: another page's form"
        );
    }
}

#[tokio::test]
async fn the_queue_finds_cases_and_hides_drafts() {
    let world = World::new();
    let (mut device, paper, _) = arrived(&world).await;
    let draft = device.application(START, "草中人");
    device.sync(&world, draft.items[..3].to_vec()).await;
    let person = world.sign_in("window").await;
    let (_, list) = person.get("/api/cases?queue=all").await;
    assert_eq!(
        (list["total"].as_u64(), list["counts"]["open"].as_u64()),
        (Some(1), Some(1))
    );
    let row = &list["rows"][0];
    assert_eq!(
        (row["applicant"].as_str(), row["status"].as_str()),
        (Some("高山月"), Some("arrived"))
    );
    assert_eq!(
        (row["deadline"]["due"].as_str(), row["deadline"]["days_left"].as_i64()),
        (Some("2026-03-12"), Some(5))
    );
    assert_eq!(
        (row["files"].as_u64(), row["files_verified"].as_u64()),
        (Some(2), Some(0))
    );
    for (q, found) in [
        ("gsy", 1),
        ("山月", 1),
        ("1232", 1),
        (paper.number.as_str(), 1),
        ("zzz", 0),
        ("%", 0),
    ] {
        let encoded: String = q.bytes().map(|b| format!("%{b:02X}")).collect();
        let (_, list) = person.get(&format!("/api/cases?q={encoded}")).await;
        assert_eq!(list["total"], found, "{q}");
    }
    assert_eq!(
        person
            .get(&format!("/api/cases?matter={MATTER}&station=500199101202"))
            .await
            .1["total"],
        0
    );
    assert_eq!(
        person.get(&format!("/api/cases/{}", draft.id)).await.0,
        StatusCode::NOT_FOUND,
        "a draft is the station's"
    );
    world.pass(10 * DAY);
    let person = world.sign_in("supervisor").await;
    let (_, list) = person.get("/api/cases").await;
    assert_eq!(list["rows"][0]["deadline"]["light"], "red");
    let (_, overview) = person.get("/api/overview").await;
    assert_eq!(overview["by_light"], json!([{ "light": "red", "count": 1 }]));
    let village = overview["by_station"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["station"]["division"] == "500199101201");
    assert_eq!(village.unwrap()["red"], 1);
}

#[tokio::test]
async fn a_case_is_one_page_with_custody() {
    let world = World::new();
    let (device, paper, path) = arrived(&world).await;
    assert_eq!(device.upload(&world, &paper.scan).await.status(), StatusCode::CREATED);
    let person = world.sign_in("reviewer").await;
    let (status, page) = person.get(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (page["number"].as_str(), page["station"]["name"].as_str()),
        (Some(paper.number.as_str()), Some("桃花村便民服务站"))
    );
    let names: Vec<&str> = page["form"]["questions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|q| q["name"].as_str())
        .collect();
    assert!(names.contains(&"id_number"));
    let material = page["materials"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["record"]["pages"] != json!([]))
        .unwrap();
    assert_eq!(material["verified"].as_array().unwrap().len(), 1);
    assert_eq!(page["people"]["T0101"], "陶春晓");
    assert_eq!(page["actions"], json!(["accept", "not_accept", "correction", "verify"]));
    let custody = page["custody"].as_array().unwrap();
    let received = custody
        .iter()
        .find(|entry| entry["changed"].as_array().unwrap().contains(&json!("收件")))
        .unwrap();
    assert_eq!(
        (received["device_code"].as_str(), received["staff_name"].as_str()),
        (Some("A1"), Some("陶春晓"))
    );
    assert!(
        custody
            .iter()
            .any(|entry| entry["document"] == "case" && entry["device"] == "")
    );
    assert!(
        page["problems"]
            .as_array()
            .unwrap()
            .iter()
            .all(|problem| problem["words"] != "")
    );
    let mut request = Request::get(&path).header("x-language", "en").body(Vec::new()).unwrap();
    request
        .headers_mut()
        .insert(header::ACCEPT, "application/json".parse().unwrap());
    let (_, english) = read(person.raw(request).await);
    assert_ne!(english["form"]["title"], page["form"]["title"]);
}

#[tokio::test]
async fn a_case_is_corrected_accepted_and_decided() {
    let world = World::new();
    let (mut device, mut paper, path) = arrived(&world).await;
    let window = world.sign_in("window").await;
    let reviewer = world.sign_in("reviewer").await;

    // A correction names what is really there.
    let point = |name: &str, words: &str| json!({ "name": name, "words": words });
    let ask = |fields: Value, due: &str| json!({ "expected": 7, "message": "", "fields": fields, "materials": [], "due": due });
    let (status, body) = window
        .post(
            &format!("{path}/correction"),
            ask(json!([point("no_such", "x")]), "2026-02-30"),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["fields"], json!({ "fields.no_such": "unknown", "due": "date" }));
    let (_, body) = window
        .post(
            &format!("{path}/correction"),
            ask(json!([point("phone", " ")]), "2026-03-01"),
        )
        .await;
    assert_eq!(body["fields"], json!({ "fields.phone": "required", "due": "past" }));
    let (_, body) = window.post(&format!("{path}/correction"), ask(json!([]), "")).await;
    assert_eq!(body["fields"], json!({ "fields": "required", "due": "required" }));
    let good = ask(json!([point("phone", "缺少电话")]), "2026-03-20");
    let (status, page) = window.post(&format!("{path}/correction"), good.clone()).await;
    assert_eq!(
        (status, page["status"].as_str(), page["deadline"]["light"].as_str()),
        (StatusCode::OK, Some("correction_asked"), Some("paused"))
    );
    assert_eq!(
        (&page["since_correction"], &page["since_signature"]),
        (&json!([]), &json!([]))
    );
    // The second reviewer has not seen that.
    let (status, body) = reviewer.post(&format!("{path}/accept"), json!({ "expected": 7 })).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("changed")));
    let (status, body) = reviewer.post(&format!("{path}/accept"), json!({ "expected": 8 })).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("status")));

    // The station answers.
    device.sync(&world, Vec::new()).await;
    let asked = case(&device.held, &paper.id);
    let CaseStep::CorrectionAsked { request } = &asked.events[2].step else {
        panic!("not asked")
    };
    assert_eq!(
        (request.fields[0].name.as_str(), asked.events[2].staff.as_str()),
        ("phone", "窗口 杨小禾")
    );
    world.pass(DAY / 4);
    let (window, reviewer) = (world.sign_in("window").await, world.sign_in("reviewer").await);
    let edits = [
        Edit::Answer {
            name: "phone".into(),
            value: "13900000000".into(),
            note: String::new(),
        },
        Edit::Step {
            step: ApplicationStep::Resubmitted,
            note: asked.events[2].id.clone(),
        },
    ];
    let save = paper.document.edit(&device.author(world.now()), &edits).unwrap();
    let item = device.change(paper.id, &save, world.now());
    device.sync(&world, vec![item]).await;
    assert_eq!(
        case(&device.held, &paper.id).events.len(),
        5,
        "arrived and checked again"
    );

    // What was asked for is different now, what was not is as it was; nobody signed that.
    let (_, page) = window.get(&path).await;
    let changed = page["since_correction"].as_array().unwrap();
    assert!(changed.contains(&json!({ "path": "answers.phone", "before": "" })));
    assert!(!changed.iter().any(|one| one["path"] == "answers.name"));
    assert_eq!(page["since_signature"], json!(["answers.phone"]));

    let (status, page) = window.post(&format!("{path}/accept"), json!({ "expected": 10 })).await;
    assert_eq!((status, page["status"].as_str()), (StatusCode::OK, Some("accepted")));
    assert_eq!(
        page["actions"],
        json!(["advance", "correction", "verify"]),
        "the window does not decide"
    );
    let seen = reviewer.to_last_stage(&path).await["seen"].clone();
    let refuse =
        json!({ "expected": seen, "granted": false, "number": "", "reason": "", "remedies": " ", "file": null });
    let (_, body) = reviewer.post(&format!("{path}/decide"), refuse).await;
    assert_eq!(body["fields"], json!({ "reason": "required", "remedies": "required" }));

    // Decided with a result file, which the station may fetch.
    let upload = Request::post("/api/results?name=..%2Fresult.pdf")
        .body(b"%PDF-1.4 a result".to_vec())
        .unwrap();
    let (status, file) = read(reviewer.raw(upload).await);
    assert_eq!(
        (status, file["name"].as_str(), file["media_type"].as_str()),
        (StatusCode::OK, Some("result.pdf"), Some("application/pdf"))
    );
    let not_a_result = Request::post("/api/results?name=x.html")
        .body(b"<script>".to_vec())
        .unwrap();
    assert_eq!(
        reviewer.raw(not_a_result).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let grant = json!({ "expected": seen, "granted": true, "number": "云民津〔2026〕1号", "reason": "", "remedies": "", "file": file });
    let (status, page) = reviewer.post(&format!("{path}/decide"), grant).await;
    assert_eq!(
        (
            status,
            page["status"].as_str(),
            page["actions"].as_array().map(Vec::len)
        ),
        (StatusCode::OK, Some("granted"), Some(0))
    );
    device.sync(&world, Vec::new()).await;
    let CaseStep::Decided {
        granted: true,
        file: Some(result),
        ..
    } = &case(&device.held, &paper.id).events.last().unwrap().step.clone()
    else {
        panic!("not decided")
    };
    let fetch = Request::get(format!("/files/{}", result.hash))
        .body(Vec::new())
        .unwrap();
    assert_eq!(
        device.signed(&world, fetch).await.body().as_slice(),
        b"%PDF-1.4 a result"
    );
    let shown = reviewer
        .raw(
            Request::get(format!("/api/files/{}", result.hash))
                .body(Vec::new())
                .unwrap(),
        )
        .await;
    // A PDF is never shown as part of the console: it is saved, by a type that no browser opens, in a box of its own.
    let said = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(said("content-disposition"), "attachment");
    assert_eq!(said("content-type"), "application/octet-stream");
    assert_eq!(said("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(said("x-content-type-options"), "nosniff");
    let (_, list) = reviewer.get("/api/cases?queue=done").await;
    assert_eq!(list["rows"][0]["status"], "granted");
}

#[tokio::test]
async fn pictures_are_drawn_again_and_nothing_else_is_shown() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut paper = device.application(START, "高山月");
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(300, 200, image::Rgb([200, 30, 30]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png = png.into_inner();
    let hash = doorstep_sync::FileHash::of(&png).to_string();
    let signature = doorstep_records::application::Signature {
        file: hash.clone(),
        len: png.len() as u64,
        time: START,
    };
    let save = paper
        .document
        .edit(&device.author(START), &[Edit::Signed { signature }])
        .unwrap();
    paper.items.push(device.change(paper.id, &save, START));
    device.sync(&world, paper.items.clone()).await;
    device.names_scan(&world, &png).await;
    device.upload(&world, &png).await;
    device.upload(&world, &paper.scan).await;
    let reviewer = world.sign_in("reviewer").await;
    let shown = reviewer
        .raw(
            Request::get(format!("/api/files/{hash}?edge=100"))
                .body(Vec::new())
                .unwrap(),
        )
        .await;
    assert_eq!(
        (shown.status(), shown.headers()[header::CONTENT_TYPE].as_bytes()),
        (StatusCode::OK, &b"image/jpeg"[..])
    );
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert!(
        shown.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
    let picture = image::load_from_memory(shown.body()).unwrap();
    assert_eq!((picture.width(), picture.height()), (100, 67));
    // It says it is a picture and is not.
    let scan = doorstep_sync::FileHash::of(&paper.scan);
    let broken = reviewer
        .raw(Request::get(format!("/api/files/{scan}")).body(Vec::new()).unwrap())
        .await;
    assert_eq!(broken.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // A workbook is no file of a case.
    let unknown = reviewer
        .raw(
            Request::get(format!("/api/files/{}", doorstep_sync::FileHash([3; 32])))
                .body(Vec::new())
                .unwrap(),
        )
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_code_for_a_new_device_is_shown_once_with_its_picture() {
    let world = World::new();
    let admin = world.sign_in("administrator").await;
    let path = "/api/stations/500199101202/enrolment-codes";
    let (status, code) = admin.post(path, json!({ "label": "柳树村 平板" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        code["payload"],
        format!(
            "doorstep-enrol http://127.0.0.1:8600 {}",
            code["code"].as_str().unwrap()
        )
    );
    assert_eq!(code["expires"], START + DAY);
    assert!(code["qr"].as_str().unwrap().contains("<svg"));
    let key = doorstep_sync::SigningKey::from_seed(&[42; 32])
        .verifying_key()
        .to_bytes();
    let body = json!({ "code": code["code"], "public_key": hex::encode(key), "label": "" });
    assert_eq!(
        world.send(support::json(Method::POST, "/enrol", &body)).await.status(),
        StatusCode::OK
    );
    let (_, stations) = admin.get("/api/stations").await;
    let station = stations
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["division"] == "500199101202")
        .unwrap();
    assert_eq!(
        (station["devices"][0]["label"].as_str(), station["open_codes"].as_u64()),
        (Some("柳树村 平板"), Some(3))
    );
}

#[tokio::test]
async fn nobody_decides_about_words_that_came_after_the_look() {
    let world = World::new();
    let (mut device, mut paper, path) = arrived(&world).await;
    let reviewer = world.sign_in("reviewer").await;
    let (_, shown) = reviewer.get(&path).await;
    let late = Edit::Answer {
        name: "phone".into(),
        value: "13900000000".into(),
        note: String::new(),
    };
    let save = paper.document.edit(&device.author(world.now()), &[late]).unwrap();
    let item = device.change(paper.id, &save, world.now());
    device.sync(&world, vec![item]).await;
    let accept = async |seen: &Value| {
        reviewer
            .post(&format!("{path}/accept"), json!({ "expected": seen }))
            .await
    };
    let (status, body) = accept(&shown["seen"]).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("changed")));
    let (_, shown) = reviewer.get(&path).await;
    assert_eq!(accept(&shown["seen"]).await.0, StatusCode::OK);
}
