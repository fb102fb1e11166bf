//! A catalogue is read as one: blocks stand in the forms that include them, and faults are told in their own files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{MATERIALS, MATTER, answers, context, value, workbook};
use doorstep_matters::catalogue::{self, Catalogue};
use doorstep_matters::{Fault, Matter};

const PERSON: [(&str, &str); 3] = [
    ("block", "key | value\n name | person\n label | 个人信息"),
    (
        "survey",
        "type | name | relevant | constraint | label::English (en) | label::中文 (zh)
         text | name | | | Name | 姓名
         select_one yn | adult | | | Adult | 成年
         text | school | ${adult} = 'no' | string-length(.) > 1 | School of ${name} | ${name}的学校",
    ),
    ("choices", "list_name | name | label\n yn | yes | 是\n yn | no | 否"),
];

fn files(files: &[(&str, &[(&str, &str)])]) -> Vec<(String, Vec<u8>)> {
    let file = |(name, sheets): &(&str, &[(&str, &str)])| ((*name).to_owned(), workbook(sheets));
    files.iter().map(file).collect()
}

fn read(given: &[(&str, &[(&str, &str)])]) -> Catalogue {
    catalogue::read(&files(given)).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn places(faults: &[Fault]) -> Vec<(&str, String, &str)> {
    let place = |fault: &Fault| format!("{}!{}", fault.error.sheet, fault.error.cell);
    faults
        .iter()
        .map(|fault| (fault.file.as_str(), place(fault), fault.error.code.as_str()))
        .collect()
}

fn faults(given: &[(&str, &[(&str, &str)])]) -> Vec<Fault> {
    catalogue::read(&files(given)).map(|read| read.files).unwrap_err()
}

fn one(catalogue: &Catalogue) -> &Matter {
    catalogue.matters.values().next().unwrap()
}

/// A matter that includes what `survey` says.
fn with<'s>(survey: &'s str, choices: &'s str) -> [(&'s str, &'s str); 4] {
    [
        ("matter", MATTER),
        ("materials", MATERIALS),
        ("survey", survey),
        ("choices", choices),
    ]
}

const NONE: &str = "list_name | name | label";

#[test]
fn a_block_stands_in_the_form_as_it_is_and_in_a_group_with_a_prefix() {
    let survey = "type | name | label | relevant | parameters | constraint
                  include person | | | | |
                  text | phone | ${name}的电话 | | | . != ${school}
                  include person | guardian | 监护人 | ${adult} = 'no' | prefix=guardian_ |";
    let read = read(&[("a.xlsx", &with(survey, NONE)), ("b.xlsx", &PERSON)]);
    let form = &one(&read).form;
    let names: Vec<&str> = form.names().collect();
    let expected = [
        "name",
        "adult",
        "school",
        "phone",
        "guardian",
        "guardian_name",
        "guardian_adult",
        "guardian_school",
    ];
    assert_eq!(names, expected);
    let filled = answers(&[("adult", "no"), ("guardian_name", "王桃花"), ("guardian_adult", "no")]);
    let view = form.evaluate(&filled, &context());
    assert_eq!(common::question(&view, "guardian_school").label, "王桃花的学校");
    assert!(common::question(&view, "guardian_school").relevant);
    assert_eq!(value(&view, "guardian_name"), "王桃花");
    let adult = form.evaluate(&answers(&[("adult", "yes"), ("guardian_adult", "no")]), &context());
    assert!(!common::question(&adult, "guardian_school").relevant);
}

#[test]
fn blocks_stand_in_blocks() {
    let family = [
        ("block", "key | value\n name | family"),
        (
            "survey",
            "type | name | label | parameters
             begin_repeat | member | 成员 |
             include person | | | prefix=m_
             end_repeat | | |",
        ),
    ];
    let survey = "type | name | label | parameters\n include family | | | prefix=our_";
    let read = read(&[
        ("a.xlsx", &with(survey, NONE)),
        ("b.xlsx", &PERSON),
        ("c.xlsx", &family),
    ]);
    let names: Vec<&str> = one(&read).form.names().collect();
    assert_eq!(names, ["our_member", "our_m_name", "our_m_adult", "our_m_school"]);
}

#[test]
fn materials_and_shared_answers_come_with_a_block() {
    let mut person = PERSON.to_vec();
    person.push(("materials", "code | name | relevant\n photo | 照片 | ${adult} = 'yes'"));
    person.push(("shared", "question | source\n name | application"));
    let survey = "type | name | label | parameters\n include person | | | prefix=p_";
    let read = read(&[("a.xlsx", &with(survey, NONE)), ("b.xlsx", &person)]);
    let matter = one(&read);
    let codes: Vec<&str> = matter.materials.iter().map(|material| material.code.as_str()).collect();
    assert_eq!(codes, ["id_card", "p_photo"]);
    let relevant = |pairs: &[(&str, &str)]| matter.view(&answers(pairs), &context()).materials[1].relevant;
    assert!(relevant(&[("p_adult", "yes")]) && !relevant(&[]));
    assert_eq!(
        (matter.shared[0].question.as_str(), matter.shared[0].from.as_str()),
        ("p_name", "name")
    );
}

#[test]
fn a_fault_in_a_block_is_told_once_in_its_file_at_its_cell() {
    let mut person = PERSON.to_vec();
    person[1].1 = "type | name | relevant | constraint | label::English (en) | label::中文 (zh)
                   text | name | | . = ${ghost} | Name | 姓名
                   select_one nobody | adult | | | Adult | 成年";
    let survey = "type | name | label | parameters
                  text | first | 第一 |
                  include person | | |";
    let other = "type | name | label | parameters
                 include person | | | prefix=p_";
    let second = MATTER.replace("T-1", "T-2");
    let second = [("matter", second.as_str()), ("materials", MATERIALS), ("survey", other)];
    let found = faults(&[
        ("a.xlsx", &with(survey, NONE)),
        ("b.xlsx", &person),
        ("c.xlsx", &second),
    ]);
    let expected = [
        ("b.xlsx", "survey!D2".to_owned(), "question_unknown"),
        ("b.xlsx", "survey!A3".to_owned(), "list_unknown"),
    ];
    assert_eq!(places(&found), expected);
}

#[test]
fn what_is_wrong_with_an_include_is_told_at_its_line() {
    let survey = "type | name | label | relevant | parameters | required
                  text | name | 姓名 | | |
                  include person | | | | |
                  include nobody | | | | |
                  include person | | | 1 = 1 | prefix=x_ |
                  include person | | | | suffix=y_ |
                  include person | | | | prefix=z_ | yes";
    let choices = "list_name | name | label\n yn | yes | 对\n yn | no | 错";
    let found = faults(&[("a.xlsx", &with(survey, choices)), ("b.xlsx", &PERSON)]);
    for (cell, code) in [
        ("survey!A3", "include_name"),
        ("survey!A3", "list_differs"),
        ("survey!A4", "block_unknown"),
        ("survey!D5", "include_relevant"),
        ("survey!E6", "parameters_unknown"),
        ("survey!F7", "include_column"),
    ] {
        let place = ("a.xlsx", cell.to_owned(), code);
        assert!(
            places(&found).contains(&place),
            "{place:?} is not among {:#?}",
            places(&found)
        );
    }
    assert!(
        found.iter().all(|fault| fault.file == "a.xlsx"),
        "{:#?}",
        places(&found)
    );
}

#[test]
fn circles_of_blocks_and_blocks_without_end_are_refused() {
    let one = [
        ("block", "key | value\n name | one"),
        (
            "survey",
            "type | name | label | parameters\n include two | | | prefix=a_",
        ),
    ];
    let two = [
        ("block", "key | value\n name | two"),
        (
            "survey",
            "type | name | label | parameters\n include one | | | prefix=b_",
        ),
    ];
    let found = faults(&[("one.xlsx", &one), ("two.xlsx", &two)]);
    assert!(
        !found.is_empty() && found.iter().any(|fault| fault.error.code == "include_circle"),
        "{found:#?}"
    );
    // Eight blocks that include the next one forty times would make trillions of lines.
    let names = ["b0", "b1", "b2", "b3", "b4", "b5", "b6"];
    let heads: Vec<String> = names
        .iter()
        .map(|name| format!("key | value\n name | {name}"))
        .collect();
    let lines = |next: usize| {
        let include = |n: usize| format!("include b{next} | | | prefix=p{n}_\n");
        let lines: String = (0..40).map(include).collect();
        format!("type | name | label | parameters\n{lines}")
    };
    let mut bodies: Vec<String> = (1..names.len()).map(lines).collect();
    bodies.push("type | name | label | parameters\n text | a | A |".into());
    let files: Vec<(String, Vec<u8>)> = names
        .iter()
        .zip(heads.iter().zip(&bodies))
        .map(|(name, (head, body))| (format!("{name}.xlsx"), workbook(&[("block", head), ("survey", body)])))
        .collect();
    let found = catalogue::read(&files).map(|read| read.files).unwrap_err();
    assert!(
        found.iter().any(|fault| fault.error.code == "include_too_large"),
        "{:#?}",
        places(&found)
    );
}

#[test]
fn lists_that_are_included_again_and_again_are_refused() {
    let lines: String = (0..2_000).map(|n| format!("\n l | c{n} | 项")).collect();
    let choices = format!("list_name | name | label{lines}");
    let block = [
        ("block", "key | value\n name | long"),
        ("survey", "type | name | label\n text | a | A"),
        ("choices", choices.as_str()),
    ];
    let includes: String = (0..100)
        .map(|n| format!("\n include long | | | prefix=p{n}_"))
        .collect();
    let survey = format!("type | name | label | parameters{includes}");
    let found = faults(&[("a.xlsx", &with(&survey, NONE)), ("b.xlsx", &block)]);
    assert_eq!(
        places(&found),
        [("a.xlsx", "survey!A26".to_owned(), "include_too_large")]
    );
}

#[test]
fn files_are_checked_as_a_whole() {
    let survey = "type | name | label\n text | a | A";
    let materials = "code | name | sample\n id_card | 身份证 | 样图.jpg\n b | 乙 | 没有.png";
    let one = [("matter", MATTER), ("materials", materials), ("survey", survey)];
    let two = [("matter", MATTER), ("materials", MATERIALS), ("survey", survey)];
    let block = [("block", "key | value\n name | person"), PERSON[1], PERSON[2]];
    let mut all = files(&[
        ("a.xlsx", &one),
        ("b.xlsx", &two),
        ("c.xlsx", &block),
        ("d.xlsx", &PERSON),
    ]);
    all.push(("样图.jpg".into(), b"\xff\xd8\xff\xe0 picture".to_vec()));
    all.push(("图.png".into(), b"GIF89a".to_vec()));
    all.push(("说明.docx".into(), b"words".to_vec()));
    let found = catalogue::read(&all).map(|read| read.files).unwrap_err();
    let expected = [
        ("a.xlsx", "materials!C3".to_owned(), "sample_missing"),
        ("b.xlsx", "matter!B2".to_owned(), "same_code"),
        ("d.xlsx", "block!B2".to_owned(), "same_block"),
        ("图.png", "!".to_owned(), "file_unreadable"),
        ("说明.docx", "!".to_owned(), "file_unknown"),
    ];
    assert_eq!(places(&found), expected);
}

#[test]
fn what_can_be_read_stays_of_use_when_a_file_is_lost() {
    let survey = "type | name | label\n include person | | ";
    let own = "type | name | label\n text | a | A";
    let second = MATTER.replace("T-1", "T-2");
    let second = [("matter", second.as_str()), ("materials", MATERIALS), ("survey", own)];
    let (read, faults) = catalogue::open(&files(&[("a.xlsx", &with(survey, NONE)), ("c.xlsx", &second)]));
    assert_eq!(read.matters.keys().collect::<Vec<_>>(), ["T-2"]);
    assert_eq!(faults[0].error.code, "block_unknown");
}

#[test]
fn values_that_are_not_confirmed_are_warned_of() {
    let about = MATTER.replace("promised_days | 5", "promised_days | 5 [?]");
    let survey = "type | name | label\n text | a | A";
    // Words in both languages are nothing to be warned of.
    let choices = "list_name | name | label::中文 (zh) | label::English (en)\n yn | yes | 是 | Yes";
    let matter = [
        ("matter", about.as_str()),
        ("materials", MATERIALS),
        ("survey", survey),
        ("choices", choices),
    ];
    let warnings = read(&[("a.xlsx", &matter)]).warnings;
    assert_eq!(places(&warnings), [("a.xlsx", "matter!B8".to_owned(), "unconfirmed")]);
}

#[test]
fn a_long_block_is_not_included_without_end() {
    let words = "长".repeat(3_000);
    let lines: String = (0..100).map(|n| format!("\n text | a{n} | {words}")).collect();
    let survey = format!("type | name | label{lines}");
    let block = [("block", "key | value\n name | long"), ("survey", survey.as_str())];
    let includes: String = (0..12).map(|n| format!("\n include long | | | prefix=p{n}_")).collect();
    let survey = format!("type | name | label | parameters{includes}");
    let found = faults(&[("a.xlsx", &with(&survey, NONE)), ("b.xlsx", &block)]);
    assert_eq!(
        places(&found),
        [("a.xlsx", "survey!A11".to_owned(), "include_too_large")]
    );
}
