//! What a workbook says of the district's own work: rules that check and accept, stages, rows, exempt materials, bundles.

use crate::support::{DAY, Device, Paper, START, World, case};
use axum::http::StatusCode;
use doorstep_records::application::{ApplicationStep, Beginning, Page, Signature};
use doorstep_records::{ApplicationDocument, CaseStep, Edit};
use doorstep_sync::{DocumentId, FileHash, Item};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

const SURVEY: &str = "
    type | name | label | required | relevant
    text | name | 姓名 | yes |
    text | id_number | 身份证号码 | |
    integer | age | 年龄 | yes |
    text | phone | 电话 | |
    begin_repeat | member | 家庭成员 | | ${age} >= 18
    text | relation | 关系 | |
    end_repeat | | | |
";
const MATTER: &str = "
    key | value
    code | T-RULES
    name | 测试津贴
    kind | 05
    handling | 2
    level | 4
    department | 云溪区民政局
    promised_days | 30 天
    statutory_days | 2 个月
";
const MATERIALS: &str = "
    code | name | evidence | exempt
    id_card | 身份证 | B |
    household | 户口簿 | | 公安户籍库已有
";
const RULES: &str = "
    name | expression | effect | message
    adult | ${age} >= 18 | blocks | 未满十八岁
    reachable | ${phone} != '' | warns | 没有电话
    elder | ${age} >= 60 and material('id_card') = 'given' and material('household') = 'exempt' | auto_accept | 六十岁以上
";
const STEPS: &str = "
    name | label | office | days | pauses | relevant
    visit | 入户核查 | 桃花镇 | 5 | |
    notice | 村公示 | 桃花村 | 7 天 | yes | ${age} >= 16
    record | 建档 | 桃花镇 | | | ${age} >= 100
    approve | 审批 | 云溪区民政局 | 3 | |
";

/// A workbook of these sheets: a sheet is lines, a line is cells between ` | `.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, text) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in (0u32..).zip(text.trim().lines()) {
            for (column, cell) in (0u16..).zip(line.split('|').map(str::trim)) {
                if !cell.is_empty() {
                    sheet.write_string(row, column, cell).unwrap();
                }
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn matter() -> (String, Vec<u8>) {
    let sheets = [
        ("survey", SURVEY),
        ("matter", MATTER),
        ("materials", MATERIALS),
        ("rules", RULES),
        ("steps", STEPS),
    ];
    ("津贴.xlsx".into(), workbook(&sheets))
}

/// A district that has published the matter, as version 2.
fn world() -> World {
    let world = World::new();
    world.center.publish(&[matter()]).unwrap();
    world
}

fn answer(name: &str, value: &str) -> Edit {
    Edit::Answer {
        name: name.into(),
        value: value.into(),
        note: String::new(),
    }
}

/// What every application is handed in with: an identity card, a signature, a number.
fn handed_in(device: &Device, scan: &[u8], number: &str) -> Vec<Edit> {
    let page = Page {
        id: "p1".into(),
        file: FileHash::of(scan).to_string(),
        media_type: "image/jpeg".into(),
        len: scan.len() as u64,
        rotation: 0,
        position: 1.0,
        staff: device.staff.clone(),
        time: START,
    };
    vec![
        Edit::Presence {
            name: "who".into(),
            value: "applicant".into(),
        },
        Edit::PageAdded {
            material: "id_card".into(),
            page,
        },
        Edit::Evidence {
            material: "id_card".into(),
            level: "B".into(),
        },
        Edit::Signed {
            signature: Signature {
                file: FileHash::of(b"signature").to_string(),
                len: 9,
                time: START,
            },
        },
        Edit::Numbered { number: number.into() },
        Edit::Step {
            step: ApplicationStep::Received,
            note: String::new(),
        },
    ]
}

/// A picture that nobody else has.
fn picture(shade: u8) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::GrayImage::from_pixel(8, 8, image::Luma([shade]));
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// An application of the matter, handed in with one scan.
fn paper(device: &Device, id: u8, answers: &[(&str, &str)]) -> Paper {
    let author = device.author(START);
    let id = DocumentId([id; 16]);
    let beginning = Beginning {
        matter: "T-RULES".into(),
        catalogue: 2,
        station: device.scope.division().into(),
    };
    let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
    let scan = picture(id.0[0]);
    let number = format!("{}-20260305-A1-{:04}", device.scope.division(), id.0[0]);
    let mut edits: Vec<Edit> = answers.iter().map(|(name, value)| answer(name, value)).collect();
    edits.extend(handed_in(device, &scan, &number));
    let save = document.edit(&author, &edits).unwrap();
    let items = vec![
        device.change(id, &begun, START),
        device.file(id, &scan, "image/jpeg", START),
        device.file(id, b"signature", "image/png", START),
        device.change(id, &save, START),
    ];
    Paper {
        id,
        document,
        items,
        number,
        scan,
    }
}

fn path(paper: &Paper) -> String {
    format!("/api/cases/{}", paper.id)
}

fn kinds(case: &doorstep_records::Case) -> Vec<String> {
    let kind = |event: &doorstep_records::CaseEvent| {
        serde_json::to_value(&event.step).unwrap()["kind"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    case.events.iter().map(kind).collect()
}

#[tokio::test]
async fn a_rule_that_blocks_wants_a_reason_and_the_stages_follow_one_another() {
    let world = world();
    let mut device = world.device(0, 0).await;
    let child = paper(&device, 1, &[("name", "高山月"), ("age", "17")]);
    device.sync(&world, child.items.clone()).await;
    let came = case(&device.held, &child.id);
    let CaseStep::Prechecked { rules, problems } = &came.events[1].step else {
        panic!("not checked")
    };
    assert_eq!(problems, &Vec::<String>::new());
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!((names, came.events.len()), (vec!["adult", "reachable"], 2));

    let reviewer = world.sign_in("reviewer").await;
    let (_, page) = reviewer.get(&path(&child)).await;
    assert_eq!(
        page["rules"],
        json!([
            { "name": "adult", "effect": "blocks", "message": "未满十八岁" },
            { "name": "reachable", "effect": "warns", "message": "没有电话" },
        ])
    );
    let (_, list) = reviewer.get("/api/cases").await;
    assert_eq!(
        (&list["rows"][0]["problems"], &list["rows"][0]["bundle"]),
        (&json!(2), &Value::Null)
    );
    let accept = |expected: &Value, reason: &str| json!({ "expected": expected, "reason": reason });
    let address = format!("{}/accept", path(&child));
    let (status, body) = reviewer.post(&address, accept(&page["seen"], " ")).await;
    assert_eq!(
        (status, &body["fields"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!({ "reason": "required" }))
    );
    let (status, page) = reviewer.post(&address, accept(&page["seen"], "由监护人代领 ")).await;
    assert_eq!((status, &page["status"]), (StatusCode::OK, &json!("accepted")));

    // Thirty days end on a Saturday: the Tuesday after Qingming is the last one. The law gives two months.
    assert_eq!(
        (&page["deadline"]["due"], &page["statutory"]["due"]),
        (&json!("2026-04-07"), &json!("2026-05-06"))
    );
    let stages = |page: &Value| -> Vec<(String, bool, bool)> {
        let flow = page["flow"].as_array().unwrap().iter();
        flow.map(|stage| {
            let is = |name: &str| stage[name].is_u64();
            (stage["name"].as_str().unwrap().to_owned(), is("begun"), is("ended"))
        })
        .collect()
    };
    let flow = |visit, notice, approve| -> Vec<(String, bool, bool)> {
        let stage = |name: &str, (begun, ended): (bool, bool)| (name.to_owned(), begun, ended);
        vec![
            stage("visit", visit),
            stage("notice", notice),
            stage("approve", approve),
        ]
    };
    let (done, now, coming) = ((true, true), (true, false), (false, false));
    assert_eq!(stages(&page), flow(now, coming, coming));
    assert_eq!(page["flow"][0]["due"], "2026-03-12");

    // Nobody grants before the last stage, and nothing is passed over.
    let advance = |page: &Value, opinion: &str| json!({ "expected": page["seen"], "opinion": opinion });
    let decide = |page: &Value| {
        let number = "云民〔2026〕1号";
        json!({ "expected": page["seen"], "granted": true, "number": number, "reason": "", "remedies": "", "file": null })
    };
    let (on, end) = (format!("{}/advance", path(&child)), format!("{}/decide", path(&child)));
    let (status, body) = reviewer.post(&end, decide(&page)).await;
    assert_eq!(
        (status, &body["fields"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!({ "granted": "stages_left" }))
    );
    let (_, body) = reviewer.post(&on, advance(&page, "")).await;
    assert_eq!(body["fields"], json!({ "opinion": "required" }));
    world.pass(4 * DAY);
    let reviewer = world.sign_in("reviewer").await;
    let (_, page) = reviewer.post(&on, advance(&page, "情况属实")).await;
    assert_eq!(stages(&page), flow(done, now, coming));
    assert_eq!(
        (&page["deadline"]["light"], &page["statutory"]["light"]),
        (&json!("paused"), &json!("paused"))
    );
    let (status, body) = reviewer
        .post(
            &on,
            json!({ "expected": page["seen"].as_u64().unwrap() - 1, "opinion": "同意" }),
        )
        .await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("changed")));
    world.pass(7 * DAY);
    let reviewer = world.sign_in("reviewer").await;
    let (_, page) = reviewer.post(&on, advance(&page, "公示无异议")).await;
    assert_eq!(stages(&page), flow(done, done, now));
    assert_eq!(page["deadline"]["due"], "2026-04-14", "seven days more");
    let (status, page) = reviewer.post(&end, decide(&page)).await;
    assert_eq!((status, &page["status"]), (StatusCode::OK, &json!("granted")));
    assert_eq!(stages(&page), flow(done, done, done));

    // The station has all of it: who, what they said, from when to when.
    device.sync(&world, Vec::new()).await;
    let known = case(&device.held, &child.id);
    assert_eq!(
        kinds(&known)[2..],
        [
            "accepted",
            "stage_begun",
            "stage_ended",
            "stage_begun",
            "stage_ended",
            "stage_begun",
            "stage_ended",
            "decided"
        ]
    );
    let CaseStep::Accepted { rule, reason, .. } = &known.events[2].step else {
        panic!("not accepted")
    };
    assert_eq!((rule, reason.as_deref()), (&None, Some("由监护人代领")));
    let CaseStep::StageEnded { stage, opinion, begun } = &known.events[6].step else {
        panic!("no end of a stage")
    };
    assert_eq!(
        (stage.as_str(), opinion.as_str(), *begun),
        ("notice", "公示无异议", START + 4 * DAY)
    );
    assert_eq!(known.events[6].staff, "审核 秦明舟");
}

#[tokio::test]
async fn what_a_rule_allows_is_accepted_once_when_the_last_scan_is_verified() {
    let world = world();
    let mut device = world.device(0, 0).await;
    let answers = [("name", "高山月"), ("age", "81"), ("phone", "13900000000")];
    let elder = paper(&device, 1, &answers);
    device.sync(&world, elder.items.clone()).await;
    assert_eq!(
        kinds(&case(&device.held, &elder.id)),
        ["arrived", "prechecked"],
        "the scans are on their way"
    );
    assert_eq!(device.upload(&world, &elder.scan).await.status(), StatusCode::CREATED);
    device.sync(&world, Vec::new()).await;
    assert_eq!(
        case(&device.held, &elder.id).events.len(),
        2,
        "the signature is on its way"
    );
    assert_eq!(device.upload(&world, b"signature").await.status(), StatusCode::CREATED);
    device.sync(&world, Vec::new()).await;
    let accepted = case(&device.held, &elder.id);
    assert_eq!(kinds(&accepted), ["arrived", "prechecked", "accepted", "stage_begun"]);
    let CaseStep::Accepted { rule, due, .. } = &accepted.events[2].step else {
        panic!("not accepted")
    };
    assert_eq!(
        (rule.as_deref(), due.as_str(), accepted.events[2].staff.as_str()),
        (Some("elder"), "2026-04-07", "")
    );

    // Again, after a restart, and with a file that comes twice: nothing is accepted twice.
    let world = world.restart();
    device.sync(&world, elder.items.clone()).await;
    device.upload(&world, &elder.scan).await;
    device.upload(&world, b"signature").await;
    device.sync(&world, Vec::new()).await;
    assert_eq!(case(&device.held, &elder.id), accepted);

    // All files are here already: it is accepted as it arrives. A person may still ask, as of any acceptance.
    let mut second = paper(&device, 2, &answers);
    device.upload(&world, &second.scan).await;
    let scan = second.scan.clone();
    device.names_scan(&world, &scan).await;
    device.upload(&world, &scan).await;
    device.sync(&world, second.items.clone()).await;
    let known = case(&device.held, &second.id);
    assert_eq!(kinds(&known), ["arrived", "prechecked", "accepted", "stage_begun"]);
    let reviewer = world.sign_in("reviewer").await;
    let (_, page) = reviewer.get(&path(&second)).await;
    assert_eq!(page["actions"], json!(["advance", "correction", "decide", "verify"]));
    let point = json!([{ "name": "phone", "words": "打不通" }]);
    let ask = json!({ "expected": page["seen"], "message": "", "fields": point, "materials": [], "due": "2026-03-20" });
    let (status, _) = reviewer.post(&format!("{}/correction", path(&second)), ask).await;
    assert_eq!(status, StatusCode::OK);
    device.sync(&world, Vec::new()).await;
    let asked = case(&device.held, &second.id).events.last().unwrap().id.clone();
    let back = [
        answer("phone", "13911111111"),
        Edit::Step {
            step: ApplicationStep::Resubmitted,
            note: asked,
        },
    ];
    let save = second.document.edit(&device.author(START + DAY), &back).unwrap();
    let item = device.change(second.id, &save, START + DAY);
    device.sync(&world, vec![item]).await;
    let known = kinds(&case(&device.held, &second.id));
    assert_eq!(
        known[5..],
        ["arrived", "prechecked"],
        "checked again, and accepted once"
    );
}

#[tokio::test]
async fn no_rule_accepts_what_a_person_has_to_judge() {
    let world = world();
    let mut device = world.device(0, 0).await;
    let mut other = world.device(0, 1).await;
    let answers = [("name", "高山月"), ("age", "81"), ("phone", "13900000000")];
    let scan = picture(200);
    for file in [&b"signature"[..], &scan] {
        device.names_scan(&world, file).await;
        device.upload(&world, file).await;
    }
    let with = |device: &Device, id: u8, change: &dyn Fn(&mut Vec<Edit>)| {
        let author = device.author(START);
        let id = DocumentId([id; 16]);
        let beginning = Beginning {
            matter: "T-RULES".into(),
            catalogue: 2,
            station: device.scope.division().into(),
        };
        let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
        let mut edits: Vec<Edit> = answers.iter().map(|(name, value)| answer(name, value)).collect();
        edits.extend(handed_in(device, &scan, &format!("N-{}", id.0[0])));
        change(&mut edits);
        let save = document.edit(&author, &edits).unwrap();
        (
            id,
            document,
            vec![device.change(id, &begun, START), device.change(id, &save, START)],
        )
    };
    type Spoil<'a> = (&'a str, &'a dyn Fn(&mut Vec<Edit>));
    let cases: [Spoil<'_>; 5] = [
        ("a value kept against its check", &|edits| {
            edits.push(Edit::Answer {
                name: "id_number".into(),
                value: "1".into(),
                note: "旧证".into(),
            });
        }),
        ("a level below what is asked for", &|edits| {
            edits.push(Edit::Evidence {
                material: "id_card".into(),
                level: "C".into(),
            });
        }),
        ("a page that is no picture", &|edits| {
            for edit in edits {
                if let Edit::PageAdded { page, .. } = edit {
                    page.file = FileHash::of(b"signature").to_string();
                    page.len = 9;
                }
            }
        }),
        ("no signature", &|edits| {
            edits.retain(|edit| !matches!(edit, Edit::Signed { .. }))
        }),
        ("a paper promised for later", &|edits| {
            edits.retain(|edit| !matches!(edit, Edit::PageAdded { .. } | Edit::Evidence { .. }));
            edits.push(Edit::DeferredUntil {
                material: "id_card".into(),
                day: "2026-03-09".into(),
            });
        }),
    ];
    for (number, (what, change)) in (10u8..).zip(cases) {
        let (id, _, items) = with(&device, number, change);
        device.sync(&world, items).await;
        assert_eq!(kinds(&case(&device.held, &id)), ["arrived", "prechecked"], "{what}");
    }
    // Two people wrote different ages.
    let (id, _, items) = with(&device, 20, &|_| {});
    let mut rival = ApplicationDocument::empty();
    let begun = doorstep_sync::payload::Change::from_bytes(&items[0].open().unwrap().payload).unwrap();
    rival
        .apply(&device.key.verifying_key().device().0, &begun.automerge)
        .unwrap();
    let save = rival.edit(&other.author(START), &[answer("age", "18")]).unwrap();
    let before = other.change(id, &save, START);
    other.sync(&world, vec![items[0].clone(), before]).await;
    device.sync(&world, items[1..].to_vec()).await;
    assert_eq!(
        kinds(&case(&device.held, &id)),
        ["arrived", "prechecked"],
        "rival values"
    );
    // Something that was written for it was refused before.
    let (id, _, items) = with(&device, 21, &|_| {});
    device.sync(&world, vec![items[0].clone()]).await;
    let refused = device.sign(&device.envelope(doorstep_sync::Kind::Change, id, b"?".to_vec(), START));
    device.sync(&world, vec![refused]).await;
    device.sync(&world, items[1..].to_vec()).await;
    assert_eq!(
        kinds(&case(&device.held, &id)),
        ["arrived", "prechecked"],
        "a refused item"
    );
    // A row was taken out after the signature.
    let row = |removed| Edit::Row {
        row: "member[k]".into(),
        removed,
    };
    let received = Edit::Step {
        step: ApplicationStep::Received,
        note: String::new(),
    };
    let (id, mut document, mut items) = with(&device, 23, &|edits| {
        edits.pop();
        edits.push(row(false));
    });
    let save = document.edit(&device.author(START), &[row(true), received]).unwrap();
    items.push(device.change(id, &save, START));
    device.sync(&world, items).await;
    assert_eq!(kinds(&case(&device.held, &id)), ["arrived", "prechecked"], "a row out");
    // A person asked for something: it is that person's from then on.
    let (id, mut document, items) = with(&device, 24, &|edits| {
        edits.push(Edit::Answer {
            name: "id_number".into(),
            value: "1".into(),
            note: "旧证".into(),
        });
    });
    device.sync(&world, items).await;
    let reviewer = world.sign_in("reviewer").await;
    let (_, page) = reviewer.get(&format!("/api/cases/{id}")).await;
    let ask = json!({
        "expected": page["seen"], "message": "", "materials": [], "due": "2026-03-20",
        "fields": [{ "name": "id_number", "words": "查不到" }],
    });
    let (status, page) = reviewer.post(&format!("/api/cases/{id}/correction"), ask).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    device.sync(&world, Vec::new()).await;
    let asked = case(&device.held, &id).events.last().unwrap().id.clone();
    let again = [
        answer("id_number", ""),
        Edit::Signed {
            signature: Signature {
                file: FileHash::of(b"signature").to_string(),
                len: 9,
                time: START + 1,
            },
        },
        Edit::Step {
            step: ApplicationStep::Resubmitted,
            note: asked,
        },
    ];
    let save = document.edit(&device.author(START), &again).unwrap();
    device.sync(&world, vec![device.change(id, &save, START)]).await;
    let case_now = kinds(&case(&device.held, &id));
    assert_eq!(
        case_now[2..],
        ["correction_asked", "arrived", "prechecked"],
        "a person has it"
    );
    // Nothing of that: it is accepted at once.
    let (id, _, items) = with(&device, 22, &|_| {});
    device.sync(&world, items).await;
    assert_eq!(kinds(&case(&device.held, &id)).len(), 4);
    // So is a part of a bundle, but for one whose whole was changed after it was signed, and one whose whole is not here.
    for (number, changed, accepted) in [(30, None, 4), (32, Some("82"), 2), (34, Some(""), 2)] {
        let (whole, mut document, mut items) = with(&device, number, &|edits| {
            edits.pop();
        });
        let (record, part) = (document.view(), DocumentId([number + 1; 16]));
        let received = Edit::Step {
            step: ApplicationStep::Received,
            note: String::new(),
        };
        let edits: Vec<Edit> = changed
            .map(|age| answer("age", age))
            .into_iter()
            .chain([received])
            .collect();
        let save = document.edit(&device.author(START), &edits).unwrap();
        items.push(device.change(whole, &save, START));
        let mut edits: Vec<Edit> = answers.iter().map(|(name, value)| answer(name, value)).collect();
        edits.extend(handed_in(&device, &scan, &format!("N-{number}-1")));
        let (_, save) =
            ApplicationDocument::create_part(&device.author(START), &whole.to_string(), &record, "T-RULES", &edits)
                .unwrap();
        if changed == Some("") {
            items.clear();
        }
        items.push(device.change(part, &save, START));
        device.sync(&world, items).await;
        assert_eq!(kinds(&case(&device.held, &part)).len(), accepted, "{changed:?}");
        let (_, page) = reviewer.get(&format!("/api/cases/{part}")).await;
        let late = page["since_signature"].as_array().unwrap();
        assert_eq!(late.contains(&json!("answers.age")), changed == Some("82"), "{late:?}");
    }
}

#[tokio::test]
async fn rows_are_read_and_asked_for_and_what_need_not_be_brought_is_looked_up() {
    let world = world();
    let mut device = world.device(0, 0).await;
    let answers = [
        ("name", "高山月"),
        ("age", "40"),
        ("phone", "13900000000"),
        ("member[k1]/relation", "配偶"),
        ("member[k2]/relation", "子"),
    ];
    let mut family = paper(&device, 1, &answers);
    let out = Edit::Row {
        row: "member[k2]".into(),
        removed: true,
    };
    let save = family.document.edit(&device.author(START), &[out]).unwrap();
    family.items.push(device.change(family.id, &save, START));
    device.sync(&world, family.items.clone()).await;
    let window = world.sign_in("window").await;
    let (_, page) = window.get(&path(&family)).await;
    let questions = page["form"]["questions"].as_array().unwrap();
    let names: Vec<&str> = questions
        .iter()
        .filter_map(|question| question["name"].as_str())
        .collect();
    assert!(
        names.contains(&"member[k1]") && names.contains(&"member[k1]/relation"),
        "{names:?}"
    );
    assert!(!names.contains(&"member[k2]/relation"));
    assert_eq!(
        page["taken_out"][0]["name"], "member[k2]/relation",
        "{}",
        page["taken_out"]
    );

    // Looked up once, by somebody who may; what must be brought is not looked up.
    let household = |page: &Value| {
        let materials = page["materials"].as_array().unwrap();
        materials
            .iter()
            .find(|m| m["asked"]["code"] == "household")
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&household(&page)["looked_up"], &household(&page)["asked"]["required"]),
        (&json!(false), &json!(false))
    );
    let verify = |page: &Value, material: &str| json!({ "expected": page["seen"], "material": material });
    let address = format!("{}/verify", path(&family));
    let (status, body) = window.post(&address, verify(&page, "id_card")).await;
    assert_eq!(
        (status, &body["fields"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!({ "material": "unknown" }))
    );
    let (status, page) = window.post(&address, verify(&page, "household")).await;
    assert_eq!((status, &household(&page)["looked_up"]), (StatusCode::OK, &json!(true)));
    let (status, _) = window.post(&address, verify(&page, "household")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    // A correction names a field of a row, or a row; none that is not there.
    let ask = |page: &Value, name: &str| {
        let point = json!([{ "name": name, "words": "请核对" }]);
        json!({ "expected": page["seen"], "message": "", "fields": point, "materials": [], "due": "2026-03-20" })
    };
    let address = format!("{}/correction", path(&family));
    for wrong in ["member[k2]", "member[k9]/relation", "member"] {
        let (status, _) = window.post(&address, ask(&page, wrong)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let (status, page) = window.post(&address, ask(&page, "member[k1]")).await;
    assert_eq!((status, &page["status"]), (StatusCode::OK, &json!("correction_asked")));
}

#[tokio::test]
async fn a_draft_that_was_moved_is_checked_under_the_version_it_moved_to() {
    let world = world();
    let mut device = world.device(0, 0).await;
    let strict = RULES
        .replace("${age} >= 18", "${age} >= 50")
        .replace("${age} >= 60", "${age} >= 99");
    let sheets = [
        ("survey", SURVEY),
        ("matter", MATTER),
        ("materials", MATERIALS),
        ("rules", strict.as_str()),
    ];
    assert_eq!(
        world
            .center
            .publish(&[("津贴.xlsx".into(), workbook(&sheets))])
            .unwrap(),
        3
    );
    let answers = [("name", "高山月"), ("age", "40"), ("phone", "13900000000")];
    let stays = paper(&device, 1, &answers);
    let author = device.author(START);
    let id = DocumentId([2; 16]);
    let beginning = Beginning {
        matter: "T-RULES".into(),
        catalogue: 2,
        station: device.scope.division().into(),
    };
    let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
    let mut edits = vec![Edit::Edition { version: 3 }];
    edits.extend(answers.iter().map(|(name, value)| answer(name, value)));
    edits.extend(handed_in(&device, b"scan", "N-2"));
    let save = document.edit(&author, &edits).unwrap();
    let moved = vec![device.change(id, &begun, START), device.change(id, &save, START)];
    device.sync(&world, [stays.items.clone(), moved].concat()).await;
    let unmet = |id: &DocumentId| match &case(&device.held, id).events[1].step {
        CaseStep::Prechecked { rules, .. } => rules.iter().map(|rule| rule.name.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!((unmet(&stays.id), unmet(&id)), (vec![], vec!["adult".to_owned()]));
}

#[tokio::test]
async fn an_older_rule_accepts_nobody_whom_that_of_today_would_not() {
    let world = world();
    let mut device = world.device(0, 0).await;
    let strict = RULES.replace("${age} >= 60", "${age} >= 99");
    let sheets = [
        ("survey", SURVEY),
        ("matter", MATTER),
        ("materials", MATERIALS),
        ("rules", strict.as_str()),
        ("steps", STEPS),
    ];
    let files = [("津贴.xlsx".into(), workbook(&sheets))];
    assert_eq!(world.center.publish(&files).unwrap(), 3);
    for (id, age, steps) in [(1, "81", 2), (2, "100", 4)] {
        let paper = paper(
            &device,
            id,
            &[("name", "高山月"), ("age", age), ("phone", "13900000000")],
        );
        device.sync(&world, paper.items.clone()).await;
        device.upload(&world, &paper.scan).await;
        device.upload(&world, b"signature").await;
        device.sync(&world, Vec::new()).await;
        assert_eq!(kinds(&case(&device.held, &paper.id)).len(), steps, "{age}");
    }
}

/// An application for two matters at once, of one person: the application itself, its parts, and everything they are made of.
pub async fn in_two_parts(world: &World) -> (Device, DocumentId, Vec<DocumentId>, Vec<Item>) {
    let second = MATTER.replace("T-RULES", "T-CARD").replace("测试津贴", "测试办证");
    let plain = [
        ("survey", SURVEY),
        ("matter", second.as_str()),
        ("materials", MATERIALS),
    ];
    let whole = MATTER.replace("T-RULES", "T-BOTH").replace("测试津贴", "测试一件事");
    let matters = "
        matter | relevant
        T-RULES |
        T-CARD | ${age} < 90
    ";
    let bundle = [("bundle", whole.as_str()), ("matters", matters)];
    world
        .center
        .publish(&[
            matter(),
            ("办证.xlsx".into(), workbook(&plain)),
            ("一件事.xlsx".into(), workbook(&bundle)),
        ])
        .unwrap();
    let device = world.device(0, 0).await;
    let author = device.author(START);
    let id = DocumentId([9; 16]);
    let beginning = Beginning {
        matter: "T-BOTH".into(),
        catalogue: 2,
        station: device.scope.division().into(),
    };
    let (mut parent, begun) = ApplicationDocument::create(&author, &beginning);
    let answers = [("name", "高山月"), ("age", "17"), ("phone", "13900000000")];
    let mut edits: Vec<Edit> = answers.iter().map(|(name, value)| answer(name, value)).collect();
    edits.extend(handed_in(&device, b"scan", "N-9"));
    let save = parent.edit(&author, &edits).unwrap();
    let mut items = vec![device.change(id, &begun, START), device.change(id, &save, START)];
    let mut parts = Vec::new();
    for (number, code) in [(1u8, "T-RULES"), (2, "T-CARD")] {
        let part = DocumentId([number; 16]);
        let mut edits: Vec<Edit> = answers.iter().map(|(name, value)| answer(name, value)).collect();
        edits.extend(handed_in(&device, b"scan", &format!("N-{number}")));
        let (_, save) =
            ApplicationDocument::create_part(&author, &id.to_string(), &parent.view(), code, &edits).unwrap();
        items.push(device.change(part, &save, START));
        parts.push(part);
    }
    (device, id, parts, items)
}

#[tokio::test]
async fn the_parts_of_a_bundle_know_each_other_and_are_decided_apart() {
    let world = World::new();
    let (mut device, id, parts, mut items) = in_two_parts(&world).await;
    // The second part comes later.
    let late = items.pop().unwrap();
    device.sync(&world, items).await;
    let reviewer = world.sign_in("reviewer").await;
    let (_, list) = reviewer.get("/api/cases").await;
    assert_eq!(list["total"], 1, "the bundle itself is nobody's to decide");
    assert_eq!(
        list["rows"][0]["bundle"],
        json!({ "name": "测试一件事", "place": 1, "of": 2 })
    );
    assert_eq!(reviewer.get(&format!("/api/cases/{id}")).await.0, StatusCode::NOT_FOUND);
    let (_, page) = reviewer.get(&format!("/api/cases/{}", parts[0])).await;
    assert_eq!(
        (&page["bundle"]["parts"][1]["id"], &page["bundle"]["parts"][1]["name"]),
        (&Value::Null, &json!("测试办证"))
    );
    device.sync(&world, vec![late]).await;

    let accept = json!({ "expected": page["seen"], "reason": "由监护人代领" });
    let (status, page) = reviewer.post(&format!("/api/cases/{}/accept", parts[0]), accept).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let (_, page) = reviewer.get(&format!("/api/cases/{}", parts[1])).await;
    let siblings: Vec<(&str, &str)> = page["bundle"]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["id"].as_str().unwrap(), part["status"].as_str().unwrap()))
        .collect();
    let ids: Vec<String> = parts.iter().map(DocumentId::to_string).collect();
    assert_eq!(siblings, [(ids[0].as_str(), "accepted"), (ids[1].as_str(), "arrived")]);

    // What is shown follows from the items: it is the same when it is made again.
    world.center.rebuild().unwrap();
    let (_, again) = reviewer.get("/api/cases?queue=all").await;
    let marks: Vec<&Value> = again["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["bundle"]["place"])
        .collect();
    assert_eq!(marks.len(), 2);
    assert!(marks.contains(&&json!(1)) && marks.contains(&&json!(2)), "{again}");
}
