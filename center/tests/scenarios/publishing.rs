//! From an empty workbook to a published matter: filled, checked, looked at, published at the console, withdrawn again.

use crate::support::book::Book;
use crate::support::{Person, World, read};
use axum::http::{Request, StatusCode};
use doorstep_center::blank;
use doorstep_matters::catalogue;
use serde_json::{Value, json};

fn filled() -> Book {
    let mut book = Book::read(&blank().unwrap());
    book.fill("YX-NEW-001", "桃花节摊位登记");
    book
}

async fn bring(person: &Person<'_>, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let request = Request::post(format!("/api/catalogue/files?name={name}"))
        .body(bytes)
        .unwrap();
    read(person.raw(request).await)
}

#[test]
fn an_empty_workbook_lacks_four_cells_and_nothing_else() {
    let bytes = blank().unwrap();
    let faults = catalogue::check(&[("新事项.xlsx".into(), bytes)])
        .map(|_| ())
        .unwrap_err();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.error.code.as_str(), fault.error.cell.as_str()))
        .collect();
    let lacking = ["C2", "C3", "C4", "C5"].map(|cell| ("value_missing", cell));
    assert_eq!(found, lacking, "{faults:#?}");
    let read = catalogue::check(&[("新事项.xlsx".into(), filled().write())]).unwrap();
    assert_eq!(read.warnings, []);
    let matter = &read.matters["YX-NEW-001"];
    assert!(matter.guide.is_some() && matter.rules.len() == 1 && matter.materials.len() == 2);
}

#[tokio::test]
async fn a_matter_is_checked_tried_published_and_withdrawn() {
    let world = World::new();
    let person = world.sign_in("administrator").await;
    let mut book = filled();
    book.set("survey", 3, "type", "txt");
    let (status, file) = bring(&person, "摊位.xlsx", book.write()).await;
    assert_eq!((status, file["name"].as_str()), (StatusCode::OK, Some("摊位.xlsx")));
    let (_, report) = person.post("/api/catalogue/check", json!({ "files": [file] })).await;
    let fault = &report["faults"][0];
    assert_eq!(
        (
            fault["file"].as_str(),
            fault["error"]["sheet"].as_str(),
            fault["error"]["cell"].as_str()
        ),
        (Some("摊位.xlsx"), Some("survey"), Some("A3")),
        "{report:#}"
    );
    let (status, refused) = person
        .post("/api/catalogue/publish", json!({ "files": [file], "version": 1 }))
        .await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (StatusCode::CONFLICT, Some("catalogue_faults"))
    );

    // Mended: shown, tried, published.
    let (_, file) = bring(&person, "摊位.xlsx", filled().write()).await;
    let (_, report) = person.post("/api/catalogue/check", json!({ "files": [file] })).await;
    assert_eq!(
        (&report["faults"], &report["version"]),
        (&json!([]), &json!(1)),
        "{report:#}"
    );
    let page = &report["files"][0]["page"];
    assert_eq!(
        (&report["files"][0]["state"], &page["matter"]["summary"]["code"]),
        (&json!("new"), &json!("YX-NEW-001"))
    );
    let asks = |page: &Value, name: &str| {
        let questions = page["form"]["questions"].as_array().unwrap();
        questions
            .iter()
            .any(|question| question["name"] == name && question["relevant"] == true)
    };
    assert!(!asks(page, "change_reason"));
    let answers = json!({ "files": [file], "code": "YX-NEW-001", "answers": { "purpose": "change" } });
    let (_, tried) = person.post("/api/catalogue/preview", answers).await;
    assert!(asks(&tried, "change_reason"), "{tried:#}");
    let publish = json!({ "files": [file], "version": 1 });
    let (status, done) = person.post("/api/catalogue/publish", publish.clone()).await;
    assert_eq!((status, &done["version"]), (StatusCode::OK, &json!(2)));
    // Whoever looked at version 1 looks again.
    let (status, late) = person.post("/api/catalogue/publish", publish).await;
    assert_eq!(
        (status, late["code"].as_str()),
        (StatusCode::CONFLICT, Some("catalogue_changed"))
    );
    let (_, list) = person.get("/api/matters").await;
    let before = list["matters"].as_array().unwrap().len();
    assert!(before > 1, "what was published stays");

    // The same matter in another file takes its place, and is told apart by what changed.
    let mut book = filled();
    let row = book.find("survey", "name", "phone");
    book.set("survey", row, "label", "手机号码");
    book.add(
        "choices",
        &[("list_name", "purpose"), ("name", "stop"), ("label", "注销")],
    );
    let (_, file) = bring(&person, "摊位（新）.xlsx", book.write()).await;
    let (_, report) = person.post("/api/catalogue/check", json!({ "files": [file] })).await;
    let differences = report["files"][0]["differences"].as_array().unwrap();
    let told: Vec<_> = differences
        .iter()
        .map(|d| (d["change"].as_str(), d["name"].as_str(), d["after"].as_str()))
        .collect();
    let expected = [
        (Some("changed"), Some("phone"), Some("手机号码")),
        (Some("added"), Some("purpose stop"), Some("")),
    ];
    assert_eq!(told, expected);
    person
        .post("/api/catalogue/publish", json!({ "files": [file], "version": 2 }))
        .await;
    let (_, list) = person.get("/api/matters").await;
    assert_eq!(list["matters"].as_array().unwrap().len(), before);

    let (status, gone) = person.post("/api/matters/YX-NEW-001/withdraw", json!({})).await;
    assert_eq!((status, &gone["version"]), (StatusCode::OK, &json!(4)));
    assert_eq!(person.get("/api/matters/YX-NEW-001").await.0, StatusCode::NOT_FOUND);
    let (status, _) = person.post("/api/matters/YX-NEW-001/withdraw", json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_differs_from_the_upper_list_is_told() {
    let world = World::new();
    let person = world.sign_in("administrator").await;
    let mut book = filled();
    let row = book.find("matter", "key", "basis");
    book.set("matter", row, "value", "《摊位管理办法》第三条");
    let (_, file) = bring(&person, "a.xlsx", book.write()).await;
    let list = "全区目录,,,,\n编码,事项名称,事项类型,设定依据,申请材料\n\
        YX-NEW-001,桃花节摊位登记,05 行政给付,《摊位管理办法》 第三条,居民身份证;营业执照\n\
        YX-NONE-1,不存在的事项,,,\n";
    let (_, upper) = bring(&person, "目录.csv", list.into()).await;
    let (_, report) = person
        .post("/api/catalogue/check", json!({ "files": [file], "upper": upper }))
        .await;
    let told: Vec<_> = report["disagreements"].as_array().unwrap().iter().collect();
    let of = |code: &str| -> Vec<_> {
        let mine = told.iter().filter(|told| told["code"] == code);
        mine.map(|told| (told["element"].as_str(), told["upper"].as_str(), told["ours"].as_str()))
            .collect()
    };
    let expected = [
        (Some("kind"), Some("05 行政给付"), Some("20 公共服务")),
        (Some("materials"), Some("营业执照"), Some("能说明变更的材料")),
    ];
    assert_eq!(of("YX-NEW-001"), expected, "{report:#}");
    assert_eq!(of("YX-NONE-1"), [(Some("not_here"), Some("不存在的事项"), Some(""))]);
    assert_eq!(of("YX-MZ-001")[0].0, Some("not_listed"));
    let (_, no_list) = bring(&person, "b.csv", "a,b\n1,2\n".into()).await;
    let (status, refused) = person
        .post("/api/catalogue/check", json!({ "files": [file], "upper": no_list }))
        .await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("upper_list"))
    );
}

#[tokio::test]
async fn only_an_administrator_publishes_and_bad_uploads_are_refused_by_code() {
    let world = World::new();
    let reviewer = world.sign_in("reviewer").await;
    assert_eq!(bring(&reviewer, "a.xlsx", vec![1]).await.0, StatusCode::FORBIDDEN);
    for path in [
        "/api/catalogue/check",
        "/api/catalogue/publish",
        "/api/catalogue/preview",
    ] {
        let body = json!({ "files": [], "version": 1, "code": "", "answers": {} });
        assert_eq!(reviewer.post(path, body).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let withdraw = reviewer.post("/api/matters/YX-MZ-001/withdraw", json!({})).await;
    assert_eq!(withdraw.0, StatusCode::FORBIDDEN);
    let person = world.sign_in("administrator").await;
    for (name, bytes, code) in [
        ("a.exe", vec![1], "catalogue_kind"),
        ("a.xlsx", vec![0; (8 << 20) + 1], "catalogue_size"),
        ("a.xlsx", Vec::new(), "bad_request"),
        ("../a.xlsx", vec![1], "bad_request"),
    ] {
        assert_eq!(bring(&person, name, bytes).await.1["code"], code, "{name}");
    }
    // What is no workbook is a fault like any other, and not a failure.
    let (_, file) = bring(&person, "a.xlsx", b"PK\x03\x04 broken".to_vec()).await;
    let (status, report) = person.post("/api/catalogue/check", json!({ "files": [file] })).await;
    assert_eq!(
        (status, &report["faults"][0]["error"]["code"]),
        (StatusCode::OK, &json!("file_unreadable"))
    );
    // Nobody reaches other files of the center by their hash.
    let (_, known) = person.get("/api/matters").await;
    assert_eq!(known["version"], 1);
    let other = json!({ "files": [{ "name": "a.xlsx", "hash": "00".repeat(32) }] });
    assert_eq!(
        person.post("/api/catalogue/check", other).await.1["code"],
        "catalogue_gone"
    );
}
