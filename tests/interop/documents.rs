//! Documents as they are saved, and what another Automerge made of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use automerge::{AutoCommit, ROOT, ReadDoc, ScalarValue, Value};
use doorstep_harness::chance::Chance;
use doorstep_records::application::{ApplicationStep, Beginning, Page, Signature};
use doorstep_records::{ApplicationDocument, Author, CaseDocument, CaseEvent, CaseStep, Edit};
use serde_json::{Value as Json, json};

/// Applications written.
const APPLICATIONS: u64 = 40;
/// Noon in China on 2026-02-14.
const NOON: u64 = 1_771_041_600_000;
/// The device that the other program writes as, and the field it fills.
const OTHER: [u8; 16] = [0xee; 16];
const FIELD: &str = "phone";
const WRITTEN: &str = "13900000000 由另一程序填写";

/// Writes `NAME.automerge` and `NAME.json` for each document.
pub fn write(folder: &Path) -> Result<Json> {
    let mut documents = Vec::new();
    for seed in 0..APPLICATIONS {
        documents.push((format!("application-{seed}"), application(seed)?));
    }
    documents.push(("case-0".to_owned(), case()?));
    for fixture in ["application-1", "case-1"] {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../records/tests/fixtures");
        let bytes = std::fs::read(kept.join(fixture).with_extension("automerge"))?;
        documents.push((format!("kept-{fixture}"), bytes));
    }
    for (name, bytes) in &documents {
        std::fs::write(folder.join(format!("{name}.automerge")), bytes)?;
        let expected = json!({ "values": values(bytes)?, "heads": heads(bytes)? });
        std::fs::write(folder.join(format!("{name}.json")), expected.to_string())?;
    }
    Ok(json!({
        "documents": documents.len(),
        "actor": hex::encode([&OTHER[..], &[0; 4]].concat()),
        "key": format!("answers.{FIELD}"),
        "value": WRITTEN,
    }))
}

/// Takes `NAME.saved` (the whole document, saved by the other program) and `NAME.change` (the change it made) back.
pub fn read(folder: &Path) -> Result<Json> {
    let (mut merged, mut applied) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "automerge") {
            continue;
        }
        let ours = std::fs::read(&path)?;
        merged += u32::from(merges(&path, &ours)?);
        applied += u32::from(applies(&path, &ours)?);
    }
    Ok(json!({ "merged": merged, "applied": applied }))
}

/// Whether what was saved elsewhere merges into the document and brings its change.
fn merges(path: &Path, ours: &[u8]) -> Result<bool> {
    let saved = std::fs::read(with(path, "saved"))?;
    let mut document = AutoCommit::load(ours)?;
    document.merge(&mut AutoCommit::load(&saved)?)?;
    let all = document.get_all(ROOT, format!("answers.{FIELD}"))?;
    ensure!(
        all.iter().any(|(value, _)| value.as_str() == Some(WRITTEN)),
        "{path:?} lost the change"
    );
    let (before, after) = (values(ours)?, values(&document.save())?);
    ensure!(
        before
            .iter()
            .all(|(key, value)| key == &format!("answers.{FIELD}") || after.get(key) == Some(value)),
        "{path:?} lost something else"
    );
    Ok(true)
}

/// Whether an application takes the change as a station takes one that has come by sync.
fn applies(path: &Path, ours: &[u8]) -> Result<bool> {
    let Ok(mut application) = ApplicationDocument::load(ours) else {
        return Ok(false);
    };
    let change = std::fs::read(with(path, "change"))?;
    application.apply(&OTHER, &change)?;
    let view = application.view();
    let field = view.answers.get(FIELD).context("the field is not there")?;
    let shown = field.value == WRITTEN || field.versions.iter().any(|version| version.value == WRITTEN);
    ensure!(shown, "{path:?}: the value is not shown");
    Ok(true)
}

fn with(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(ending)
}

/// Every value of every key, rivals too, in a form that both languages write alike.
fn values(bytes: &[u8]) -> Result<BTreeMap<String, Vec<String>>> {
    let document = AutoCommit::load(bytes)?;
    let mut values = BTreeMap::new();
    for key in document.keys(ROOT) {
        let mut all = Vec::new();
        for (value, _) in document.get_all(ROOT, &key)? {
            let Value::Scalar(scalar) = value else {
                anyhow::bail!("{key} is no scalar");
            };
            all.push(match scalar.as_ref() {
                ScalarValue::Str(text) => format!("s:{text}"),
                ScalarValue::Bytes(bytes) => format!("x:{}", hex::encode(bytes)),
                ScalarValue::Uint(number) => format!("n:{number}"),
                ScalarValue::Int(number) => format!("n:{number}"),
                ScalarValue::F64(number) => format!("n:{number}"),
                ScalarValue::Boolean(yes) => format!("b:{yes}"),
                other => anyhow::bail!("{key} holds {other:?}"),
            });
        }
        all.sort();
        values.insert(key, all);
    }
    Ok(values)
}

fn heads(bytes: &[u8]) -> Result<Vec<String>> {
    let mut heads: Vec<String> = AutoCommit::load(bytes)?
        .get_heads()
        .iter()
        .map(ToString::to_string)
        .collect();
    heads.sort();
    Ok(heads)
}

fn author(device: u8, time: u64) -> Author {
    Author {
        actor: [vec![device; 16], vec![device, 1, 2, 3]].concat(),
        staff: format!("T01{device:02}"),
        time,
    }
}

fn answer(name: &str, value: String) -> Edit {
    Edit::Answer {
        name: name.to_owned(),
        value,
        note: String::new(),
    }
}

/// An application on which one device works, or two apart from each other.
fn application(seed: u64) -> Result<Vec<u8>> {
    let mut chance = Chance::new(seed);
    let (first, second) = (author(1, NOON), author(2, NOON + 5_000));
    let beginning = Beginning {
        matter: "YX-MZ-001".into(),
        catalogue: 1,
        station: "500199101201".into(),
    };
    let (mut document, begun) = ApplicationDocument::create(&first, &beginning);
    let mut fork = ApplicationDocument::empty();
    fork.apply(&[1; 16], &begun.bytes)?;
    // The other device hears of a few changes, and then of none.
    let mut follows = true;
    let names = ["name", "id_number", FIELD, "household_address", "declaration"];
    for (at, name) in names.iter().enumerate() {
        let value = format!("陶桃花 {seed} {at} {}", chance.below(1000));
        let save = document.edit(&first, &[answer(name, value)])?;
        follows &= chance.percent(70);
        if follows {
            fork.apply(&[1; 16], &save.bytes)?;
        }
    }
    let note = Edit::Answer {
        name: "household_address".into(),
        value: "一组1号".into(),
        note: "门牌 缺失".into(),
    };
    let apart = fork.edit(&second, &[answer("name", format!("向远山 {seed}")), note])?;
    document.apply(&[2; 16], &apart.bytes)?;
    let page = |position: f64| Edit::PageAdded {
        material: "id_card".into(),
        page: Page {
            id: format!("p{:.0}", position * 10.0),
            file: hex::encode([7; 32]),
            media_type: "image/jpeg".into(),
            len: 200_000 + seed,
            rotation: 90,
            position,
            staff: "T0101".into(),
            time: NOON,
        },
    };
    let late = author(1, NOON + 60_000);
    document.edit(&late, &[page(1.0), page(1.5)])?;
    let signature = Signature {
        file: hex::encode([8; 32]),
        len: 9_000,
        time: NOON,
    };
    document.edit(&late, &[Edit::Signed { signature }])?;
    if chance.below(2) == 0 {
        let number = format!("500199101201-20260214-A1-{seed:04}");
        let note = String::new();
        let step = ApplicationStep::Received;
        document.edit(&late, &[Edit::Numbered { number }, Edit::Step { step, note }])?;
    }
    Ok(document.save())
}

fn case() -> Result<Vec<u8>> {
    let mut case = CaseDocument::empty();
    let center = author(9, NOON);
    let event = |id: &str, step| CaseEvent {
        id: id.to_owned(),
        step,
        staff: "周审核".into(),
        stands_for: None,
        time: NOON,
    };
    let problems = vec!["缺少 身份证 照片".to_owned()];
    case.append(&center, &[event("e1", CaseStep::Arrived)])?;
    case.append(&center, &[event("e2", CaseStep::prechecked(problems))])?;
    Ok(case.save())
}
