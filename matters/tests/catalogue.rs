//! The workbooks of the catalogue: every one is read without a problem, complete in both languages, and filled through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use common::{answers, code, context, error, evaluate, question, value};
use doorstep_matters::{Context, Language, Matter, read};

fn load(name: &str) -> Matter {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("catalogue")
        .join(format!("{name}.xlsx"));
    read(&std::fs::read(path).unwrap()).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"))
}

fn all() -> Vec<(String, Matter)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let names = names.filter(|path| path.extension().is_some_and(|extension| extension == "xlsx"));
    names
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .map(|name| (name.clone(), load(&name)))
        .collect()
}

#[test]
fn every_workbook_is_read_and_complete_in_english() {
    let all = all();
    assert!(all.len() >= 4);
    for (name, matter) in &all {
        assert_eq!(matter.untranslated(), Vec::<String>::new(), "{name}");
        let asked = matter
            .form
            .questions()
            .iter()
            .filter(|question| question.is_asked())
            .count();
        assert!((12..=40).contains(&asked), "{name} asks {asked}");
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
    let mut codes: Vec<&str> = all.iter().map(|(_, matter)| matter.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all.len(), "codes are unique");
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
        let view = evaluate(&matter, &[]);
        assert_eq!(question(&view, "household_town").display, "云溪镇", "{name}");
        assert_eq!(question(&view, "household_village").display, "桃花村", "{name}");
        assert!(question(&view, "household_village").preset, "{name}");
        let typed = evaluate(&matter, &[("household_village", "500199101202")]);
        assert!(!question(&typed, "household_village").preset, "{name}");
        // Another town: its villages, none of them chosen.
        let moved = evaluate(&matter, &[("household_town", "500199102000")]);
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
        let view = evaluate(&matter, &[doubtful]);
        assert_eq!(code(&view, "id_number"), Some("id_check"), "{name}");
        assert_eq!(value(&view, "birth"), "1941-02-14", "{name}");
        assert_eq!(question(&view, "sex").display, "女", "{name}");
        let paper = evaluate(&matter, &[doubtful, ("birth", "1941-02-15")]);
        assert_eq!(code(&paper, "birth"), None, "{name}");
        // Of a number that says nothing they are asked for in words.
        let silent = evaluate(&matter, &[("id_number", "9999991941021")]);
        assert!(error(&silent, "birth").unwrap().message.contains("照证件"), "{name}");
        assert!(error(&silent, "sex").unwrap().message.contains("照证件"), "{name}");
        // A number that is right binds.
        let right = evaluate(&matter, &[("id_number", "999999194102140028"), ("birth", "1941-02-15")]);
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
