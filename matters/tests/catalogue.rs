//! The workbooks of the catalogue: every one is read without a problem, complete in both languages, and filled through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use common::{answers, code, context, error, evaluate, question, value};
use doorstep_matters::{Catalogue, Context, Effect, Language, Matter, catalogue, read, scenario};

/// The files of a folder beside these tests, by name.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The catalogue, read once for all tests.
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| catalogue::read(&files("catalogue")).unwrap_or_else(|faults| panic!("{faults:#?}")));

fn load(name: &str) -> Arc<Matter> {
    let file = format!("{name}.xlsx");
    let code = CATALOGUE.files.iter().find(|(_, in_file)| **in_file == file);
    let (code, _) = code.unwrap_or_else(|| panic!("no matter in {file}"));
    Arc::clone(&CATALOGUE.matters[code])
}

/// All matters, bundles among them, by code.
fn all() -> &'static BTreeMap<String, Arc<Matter>> {
    &CATALOGUE.matters
}

#[test]
fn every_workbook_is_read_and_complete_in_english() {
    assert!(all().len() >= 20, "{}", all().len());
    for (name, matter) in all() {
        assert_eq!(matter.untranslated(), Vec::<String>::new(), "{name}");
        let asked = matter
            .form
            .questions()
            .iter()
            .filter(|question| question.is_asked())
            .count();
        assert!((12..=60).contains(&asked), "{name} asks {asked}");
        let english = Context {
            language: Language::English,
            ..context()
        };
        let view = matter.form.evaluate(&answers(&[]), &english);
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for question in &view.questions {
            assert!(
                !chinese(&question.label) && !chinese(&question.hint),
                "{name} {}",
                question.name
            );
        }
    }
}

#[test]
fn every_scenario_comes_out_as_its_workbook_says() {
    for (name, matter) in all() {
        assert!(matter.scenarios.len() >= 5, "{name} has {}", matter.scenarios.len());
        assert_eq!(scenario::run(matter), Vec::new(), "{name}");
    }
}

#[test]
fn every_matter_guides_checks_and_names_its_steps() {
    for (name, matter) in all() {
        let guide = matter.guide.as_ref().unwrap_or_else(|| panic!("{name} has no guide"));
        assert!((3..=6).contains(&guide.steps.len()), "{name} guide");
        assert!(!matter.synonyms.is_empty() && !matter.channels.is_empty(), "{name}");
        assert!(
            !matter.basis.zh.is_empty() && !matter.conditions.zh.is_empty(),
            "{name}"
        );
        assert!(!matter.who.zh.is_empty() && !matter.result.zh.is_empty(), "{name}");
        for material in &matter.materials {
            assert!(material.retention_years.is_some(), "{name} {}", material.code);
            assert!(!material.evidence.is_empty(), "{name} {}", material.code);
        }
        if matter.parts.is_empty() {
            assert!(matter.rules.len() >= 3 && !matter.steps.is_empty(), "{name}");
            // Whether a service is done at once is settled by rules, not by whoever is on duty.
            let at_once = matter.rules.iter().any(|rule| rule.effect == Effect::AutoAccept);
            assert!(!at_once || matter.promised.count == 0, "{name} accepts by itself");
        }
    }
}

#[test]
fn what_is_not_confirmed_is_marked() {
    // The field notes leave these limits open; a district that confirms one takes the mark away.
    for name in [
        "高龄津贴",
        "特困人员认定",
        "社会保障卡申领",
        "农村宅基地建房",
        "公民身后一件事",
    ] {
        let marks = &load(name).unconfirmed;
        assert!(marks.iter().any(|mark| mark.name == "promised_days"), "{name}");
    }
    for name in ["残疾人证", "最低生活保障", "城乡居民养老参保", "新生儿出生一件事"] {
        let marks = &load(name).unconfirmed;
        assert!(!marks.iter().any(|mark| mark.name == "promised_days"), "{name}");
    }
}

#[test]
fn workbooks_from_before_blocks_are_still_read_alone() {
    let files = files("tests/fixtures/before_blocks");
    assert_eq!(files.len(), 4);
    for (name, bytes) in files {
        let matter = read(&bytes).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
        let now = &all()[&matter.code];
        // What was asked then is asked now by the same name, so that nothing typed then loses its place.
        let asked = |matter: &Matter| -> BTreeSet<String> {
            let questions = matter.form.questions().iter().filter(|question| question.is_asked());
            questions.map(|question| question.name.clone()).collect()
        };
        assert!(asked(now).is_superset(&asked(&matter)), "{name}");
    }
}

#[test]
fn a_newborn_has_seven_matters_and_everything_is_asked_once() {
    let bundle = load("新生儿出生一件事");
    let parts: Vec<&str> = bundle.parts.iter().map(|part| part.code.as_str()).collect();
    assert_eq!(
        parts,
        [
            "YX-WJ-003",
            "YX-WJ-004",
            "YX-GA-001",
            "YX-WJ-001",
            "YX-YB-003",
            "YX-SW-001",
            "YX-RS-005"
        ]
    );
    let filled = answers(&[
        ("id_number", "500199199503030022"),
        ("name", "陈白鹤"),
        ("marital", "10"),
        ("child_name", "周小桃"),
        ("child_birth", "2026-02-01"),
        ("items", "vaccination household birth insurance payment card"),
    ]);
    let shares = bundle.split(&filled, &context());
    for share in &shares {
        assert_eq!(share.relevant, share.code != "YX-WJ-003", "{}", share.code);
        assert_eq!(
            share.answers.get("name").map(String::as_str),
            Some("陈白鹤"),
            "{}",
            share.code
        );
    }
    let birth = shares.iter().find(|share| share.code == "YX-WJ-001").unwrap();
    // The bundle is for children that are born, and says so to the part that asks.
    assert_eq!(birth.answers.get("stage").map(String::as_str), Some("born"));
    assert!(!birth.answers.contains_key("child_name"));
}

#[test]
fn every_matter_names_the_applicant_alike() {
    for (name, matter) in all() {
        for shared in [
            "name",
            "id_type",
            "id_number",
            "sex",
            "birth",
            "age",
            "nation",
            "phone",
            "household_address",
            "living_address",
            "declaration",
        ] {
            assert!(matter.form.question(shared).is_some(), "{name} has no {shared}");
        }
    }
}

/// What is left of a form after these answers, without the answers that a person need not give.
fn left(matter: &Matter, pairs: &[(&str, &str)]) -> Vec<String> {
    evaluate(matter, pairs).incomplete
}

const ELDER: [(&str, &str); 6] = [
    ("id_number", "999999194102140028"),
    ("name", "王桃花"),
    ("phone", "13900000000"),
    ("household_address", "3组12号"),
    ("bank_account", "6222000000000000"),
    ("declaration", "yes"),
];

#[test]
fn the_allowance_for_the_aged_needs_six_answers() {
    let matter = load("高龄津贴");
    assert_eq!(matter.summary(Language::Chinese).initials, "gljt");
    let view = evaluate(&matter, &ELDER);
    assert_eq!(view.incomplete, Vec::<String>::new(), "{view:#?}");
    assert_eq!(value(&view, "birth"), "1941-02-14");
    assert_eq!(question(&view, "sex").display, "女");
    assert_eq!(value(&view, "age"), "85");
    assert_eq!(value(&view, "allowance_level"), "80");
    assert_eq!(value(&view, "bank_holder"), "王桃花");
    assert!(!question(&view, "too_young").relevant);
    for (missing, _) in ELDER {
        let rest: Vec<(&str, &str)> = ELDER.into_iter().filter(|(name, _)| *name != missing).collect();
        assert!(
            left(&matter, &rest).contains(&missing.to_owned()),
            "{missing} is needed"
        );
    }
    let materials = matter.view(&answers(&ELDER), &context()).materials;
    assert!(materials.iter().any(|material| material.defer_until.is_some()));
    assert!(materials.iter().any(|material| material.required));
}

#[test]
fn the_village_of_the_station_is_preset_and_open_to_be_changed() {
    for (name, matter) in all() {
        let view = evaluate(matter, &[]);
        assert_eq!(question(&view, "household_town").display, "云溪镇", "{name}");
        assert_eq!(question(&view, "household_village").display, "桃花村", "{name}");
        assert!(question(&view, "household_village").preset, "{name}");
        let typed = evaluate(matter, &[("household_village", "500199101202")]);
        assert!(!question(&typed, "household_village").preset, "{name}");
        // Another town: its villages, none of them chosen.
        let moved = evaluate(matter, &[("household_town", "500199102000")]);
        assert_eq!(value(&moved, "household_village"), "", "{name}");
        assert_eq!(code(&moved, "household_village"), Some("missing"), "{name}");
        // A town's own station has a town and no village, a station elsewhere has neither.
        for (station, town) in [("500199102000", "青石镇"), ("500299101201", ""), ("", "")] {
            let there = Context {
                station: station.into(),
                ..context()
            };
            let view = matter.form.evaluate(&answers(&[]), &there);
            assert_eq!(question(&view, "household_town").display, town, "{name} {station}");
            assert_eq!(value(&view, "household_village"), "", "{name} {station}");
        }
    }
}

#[test]
fn what_still_follows_from_a_doubtful_number_is_filled_and_free() {
    for (name, matter) in all() {
        // The last character is wrong: birth and sex follow, and the paper may say otherwise.
        let doubtful = ("id_number", "999999194102140029");
        let view = evaluate(matter, &[doubtful]);
        assert_eq!(code(&view, "id_number"), Some("id_check"), "{name}");
        assert_eq!(value(&view, "birth"), "1941-02-14", "{name}");
        assert_eq!(question(&view, "sex").display, "女", "{name}");
        let paper = evaluate(matter, &[doubtful, ("birth", "1941-02-15")]);
        assert_eq!(code(&paper, "birth"), None, "{name}");
        // Of a number that says nothing they are asked for in words.
        let silent = evaluate(matter, &[("id_number", "9999991941021")]);
        assert!(error(&silent, "birth").unwrap().message.contains("照证件"), "{name}");
        assert!(error(&silent, "sex").unwrap().message.contains("照证件"), "{name}");
        // A number that is right binds.
        let right = evaluate(matter, &[("id_number", "999999194102140028"), ("birth", "1941-02-15")]);
        assert_eq!(code(&right, "birth"), Some("constraint"), "{name}");
    }
}

#[test]
fn cards_have_two_sides() {
    for (name, matter) in all() {
        for material in &matter.materials {
            let card = material.code.ends_with("id_card") || material.code.ends_with("permit");
            assert_eq!(material.sides, if card { 2 } else { 1 }, "{name} {}", material.code);
        }
    }
}

#[test]
fn bands_follow_age_and_the_young_are_told() {
    let matter = load("高龄津贴");
    for (birth, level) in [
        ("1946-02-14", "80"),
        ("1936-02-15", "80"),
        ("1936-02-14", "90"),
        ("1926-02-14", "100"),
    ] {
        let view = evaluate(&matter, &[("birth", birth)]);
        assert_eq!(value(&view, "allowance_level"), level, "{birth}");
        assert_eq!(question(&view, "allowance_level").choices.len(), 1);
    }
    let view = evaluate(&matter, &[("name", "李柳树"), ("birth", "1946-02-15")]);
    assert!(question(&view, "too_young").relevant);
    assert!(question(&view, "too_young").label.contains("李柳树今年79周岁"));
    assert_eq!(code(&view, "allowance_level"), Some("missing"));
    assert!(
        common::error(&view, "allowance_level")
            .unwrap()
            .message
            .contains("未满80周岁")
    );
}

#[test]
fn both_subsidies_follow_from_the_certificate() {
    let matter = load("残疾人两项补贴");
    let filled = [
        ("id_number", "999999198001010011"),
        ("name", "赵石桥"),
        ("phone", "13900000001"),
        ("household_village", "500199101203"),
        ("household_address", "1组"),
        ("disability_number", "99999919800101001141"),
        ("disability_valid", "2030-01-01"),
        ("low_income", "yes"),
        ("needs_care", "yes"),
        ("subsidies", "living care"),
        ("bank_account", "6222000000000000"),
        ("declaration", "yes"),
    ];
    let view = evaluate(&matter, &filled);
    assert_eq!(view.incomplete, Vec::<String>::new());
    assert_eq!(question(&view, "disability_kind").display, "肢体");
    assert_eq!(question(&view, "disability_grade").display, "一级");
    assert!(!question(&view, "guardian").relevant);
    let materials = matter.view(&answers(&filled), &context()).materials;
    let material = |code: &str| materials.iter().find(|material| material.code == code).unwrap();
    assert!(material("low_income_certificate").relevant && material("low_income_certificate").may_declare);
    assert!(!material("guardian_id_card").relevant && !material("guardian_id_card").required);

    // A mental disability needs a guardian; grade 3 takes the care subsidy away.
    let mut mental = filled.to_vec();
    mental.retain(|(name, _)| *name != "disability_number");
    mental.push(("disability_number", "99999919800101001163"));
    let view = evaluate(&matter, &mental);
    assert!(view.incomplete.contains(&"guardian_name".to_owned()));
    assert_eq!(code(&view, "subsidies"), Some("choice"));
    assert_eq!(question(&view, "subsidies").choices.len(), 1);
    assert!(
        matter
            .view(&answers(&mental), &context())
            .materials
            .iter()
            .any(|m| m.code == "guardian_id_card" && m.required)
    );
}

#[test]
fn a_newborn_is_insured_by_a_guardian() {
    let matter = load("城乡居民医保参保");
    let filled = [
        ("id_number", "999999202601010022"),
        ("name", "周小桃"),
        ("phone", "13900000002"),
        ("household_village", "500199101202"),
        ("household_address", "2组"),
        ("guardian_name", "周大柳"),
        ("guardian_id_number", "999999199001010016"),
        ("guardian_relation", "51"),
        ("declaration", "yes"),
    ];
    let view = evaluate(&matter, &filled);
    assert_eq!(view.incomplete, Vec::<String>::new());
    assert_eq!(value(&view, "insured_as"), "newborn");
    assert_eq!(value(&view, "insurance_year"), "2026");
    assert!(question(&view, "newborn_rule").relevant);
    assert_eq!(matter.promised.count, 0);

    let view = evaluate(
        &matter,
        &[
            ("birth", "1990-01-01"),
            ("subsidised", "yes"),
            ("subsidised_as", "orphan"),
        ],
    );
    assert_eq!(value(&view, "insured_as"), "adult");
    assert_eq!(value(&view, "payer"), "full");
    assert!(!question(&view, "guardian_name").relevant);
}

#[test]
fn a_pregnancy_is_registered() {
    let matter = load("生育登记");
    let filled = [
        ("id_number", "999999199503030025"),
        ("name", "陈白鹤"),
        ("phone", "13900000003"),
        ("household_village", "500199101201"),
        ("household_address", "5组"),
        ("marital", "20"),
        ("marriage_date", "2020-05-20"),
        ("spouse_name", "周大柳"),
        ("spouse_id_number", "999999199001010016"),
        ("spouse_household_address", "2组"),
        ("last_period", "2026-01-01"),
        ("declaration", "yes"),
    ];
    let view = evaluate(&matter, &filled);
    assert_eq!(view.incomplete, Vec::<String>::new());
    assert_eq!(value(&view, "expected_date"), "2026-10-08");
    assert_eq!(value(&view, "child_order"), "1");
    assert_eq!(value(&view, "spouse_age"), "36");
    let unmarried = evaluate(&matter, &[("marital", "10")]);
    assert!(!question(&unmarried, "spouse_name").relevant);
    let materials = matter.view(&answers(&[("marital", "10")]), &context()).materials;
    assert!(
        materials
            .iter()
            .any(|material| material.code == "marriage_certificate" && !material.relevant)
    );
}
