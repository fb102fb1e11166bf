//! Bundles (一件事): one form in which each shared question is asked once, materials merged, each matter decided by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;

use common::{MATTER, answers, context, question, workbook};
use doorstep_matters::catalogue;
use doorstep_matters::{Context, Fault, Matter};

const CHOICES: &str = "list_name | name | label\n yn | yes | 是\n yn | no | 否";
const BUNDLE: &str = "
    key | value
    code | B-1
    name | 新生儿出生一件事
    kind | 20
    handling | 2
    level | 4
    department | 云溪区政务服务办";
const PARTS: &str = "
    matter | relevant | label
    T-1 | | 出生登记
    T-2 | ${insure} = 'yes' |
    T-3 | ${household} = 'yes' |";
const OWN: &str = "
    type | name | label | default
    text | name | 婴儿姓名 |
    select_one yn | insure | 办医保 |
    select_one yn | household | 落户 |
    text | phone | 电话 | concat('139', '00000000')";
const FIRST: &str = "
    type | name | label | relevant
    text | name | 姓名 |
    begin_group | birth | 出生 |
    text | hospital | 医院 |
    end_group | | |";
const SECOND: &str = "
    type | name | label | relevant
    text | name | 姓名 |
    text | phone | 电话 |
    begin_group | account | 账户 | ${name} != ''
    text | bank | 银行 |
    text | number | 账号 | ${bank} != ''
    end_group | | |
    select_one rank | level | 档次 |";
const THIRD: &str = "
    type | name | label | relevant
    text | name | 姓名 |
    text | bank | 银行 |
    begin_repeat | member | 成员 |
    text | member_name | 成员姓名 |
    end_repeat | | |
    text | village | 村 |";
const PAPERS: [&str; 3] = [
    "code | name | required | copies\n id_card | 身份证 | | 1\n birth | 出生医学证明 | | 1",
    "code | name | required | copies\n id_card | 身份证 | no | 2\n form | 登记表 | |",
    "code | name | required | relevant\n form | 登记表 | ${village} != '' | ${bank} != ''",
];

fn part(code: &str, days: &str, survey: &str, choices: &str, materials: &str) -> Vec<u8> {
    let about = MATTER
        .replace("T-1", code)
        .replace("promised_days | 5", &format!("promised_days | {days}"));
    workbook(&[
        ("matter", &about),
        ("survey", survey),
        ("choices", choices),
        ("materials", materials),
    ])
}

fn parts() -> Vec<(String, Vec<u8>)> {
    let lists = "list_name | name | label\n rank | one | 一档\n rank | two | 二档";
    vec![
        ("1.xlsx".into(), part("T-1", "5", FIRST, CHOICES, PAPERS[0])),
        ("2.xlsx".into(), part("T-2", "20", SECOND, lists, PAPERS[1])),
        ("3.xlsx".into(), part("T-3", "2 个月", THIRD, CHOICES, PAPERS[2])),
    ]
}

fn whole(bundle: &[(&str, &str)]) -> Result<Arc<Matter>, Vec<Fault>> {
    let usual = [
        ("bundle", BUNDLE),
        ("matters", PARTS),
        ("survey", OWN),
        ("choices", CHOICES),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| bundle.iter().all(|(other, _)| other != name));
    let sheets: Vec<(&str, &str)> = kept.chain(bundle).copied().collect();
    let mut files = vec![("0.xlsx".to_owned(), workbook(&sheets))];
    files.extend(parts());
    catalogue::read(&files).map(|read| read.matters["B-1"].clone())
}

fn bundle() -> Arc<Matter> {
    whole(&[]).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn each_question_is_asked_once_where_it_comes_first() {
    let names: Vec<String> = bundle().form.names().map(str::to_owned).collect();
    let expected = [
        "name",
        "insure",
        "household",
        "phone",
        "part_1",
        "birth",
        "hospital",
        "part_2",
        "account",
        "bank",
        "number",
        "level",
        "part_3",
        "member",
        "member_name",
        "village",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_question_is_asked_as_soon_as_one_matter_needs_it() {
    let bundle = bundle();
    let asked = |pairs: &[(&str, &str)]| -> Vec<String> {
        let view = bundle.form.evaluate(&answers(pairs), &context());
        let asked = view.questions.iter().filter(|question| question.relevant);
        asked.map(|question| question.name.clone()).collect()
    };
    let none = asked(&[("name", "王小桃")]);
    assert!(none.contains(&"hospital".into()) && !none.contains(&"bank".into()) && !none.contains(&"village".into()));
    // The bank is asked by the second and the third; what only the second asks stays hidden for the third.
    let third = asked(&[("name", "王小桃"), ("household", "yes"), ("bank", "农商行")]);
    for name in ["part_2", "account", "bank", "part_3", "village"] {
        assert!(third.contains(&name.into()), "{name} is not among {third:?}");
    }
    assert!(
        !third.contains(&"number".into()) && !third.contains(&"level".into()),
        "{third:?}"
    );
    let second = asked(&[("name", "王小桃"), ("insure", "yes"), ("bank", "农商行")]);
    assert!(
        second.contains(&"number".into()) && second.contains(&"level".into()) && !second.contains(&"village".into())
    );
}

#[test]
fn materials_are_merged_by_code() {
    let bundle = bundle();
    let of = |pairs: &[(&str, &str)]| -> Vec<(String, bool, bool, u32)> {
        let materials = bundle.view(&answers(pairs), &context()).materials;
        let told = materials
            .into_iter()
            .map(|m| (m.code, m.relevant, m.required, m.copies));
        told.collect()
    };
    let one = |code: &str, relevant, required, copies| (code.to_owned(), relevant, required, copies);
    let none = [
        one("id_card", true, true, 2),
        one("birth", true, true, 1),
        one("form", false, false, 1),
    ];
    assert_eq!(of(&[("name", "王小桃")]), none);
    assert_eq!(of(&[("insure", "yes")])[2], one("form", true, true, 1));
    // For the third the form is welcome, and needed once the village is known.
    let third = [("name", "王小桃"), ("household", "yes"), ("bank", "农商行")];
    assert_eq!(of(&third)[2], one("form", true, false, 1));
    assert_eq!(
        of(&[&third[..], &[("village", "桃花村")]].concat())[2],
        one("form", true, true, 1)
    );
}

#[test]
fn a_bundle_names_its_matters_and_promises_what_the_slowest_does() {
    let bundle = bundle();
    let labels: Vec<(&str, &str)> = bundle
        .parts
        .iter()
        .map(|p| (p.code.as_str(), p.label.zh.as_str()))
        .collect();
    assert_eq!(labels, [("T-1", "出生登记"), ("T-2", "测试事项"), ("T-3", "测试事项")]);
    assert_eq!(bundle.summary(Default::default()).parts.len(), 3);
    assert_eq!(bundle.promised, doorstep_matters::Limit::parse("2 个月").unwrap());
}

#[test]
fn the_answers_are_split_among_the_matters() {
    let bundle = bundle();
    let given = answers(&[
        ("name", "王小桃"),
        ("insure", "yes"),
        ("household", "no"),
        ("hospital", "区医院"),
        ("bank", "农商行"),
        ("member[k1]", ""),
        ("member[k1]/member_name", "王大柳"),
    ]);
    let shares = bundle.split(&given, &Context { ..context() });
    let relevant: Vec<(&str, bool)> = shares
        .iter()
        .map(|share| (share.code.as_str(), share.relevant))
        .collect();
    assert_eq!(relevant, [("T-1", true), ("T-2", true), ("T-3", false)]);
    assert_eq!(
        shares[0].answers,
        answers(&[("name", "王小桃"), ("hospital", "区医院")])
    );
    // The telephone is preset by the bundle alone; the matter by itself would stay empty.
    let second = [("name", "王小桃"), ("bank", "农商行"), ("phone", "13900000000")];
    assert_eq!(shares[1].answers, answers(&second));
    assert_eq!(shares[2].answers["member[k1]/member_name"], "王大柳");
}

#[test]
fn lists_of_one_name_and_other_content_stay_apart() {
    let choices = format!("{CHOICES}\n rank | high | 高");
    let survey = format!("{OWN}\n select_one rank | rank | 级别 |");
    let bundle = whole(&[("choices", &choices), ("survey", &survey)]).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let view = bundle.form.evaluate(&answers(&[("insure", "yes")]), &context());
    let names = |name: &str| -> Vec<String> {
        question(&view, name)
            .choices
            .iter()
            .map(|choice| choice.name.clone())
            .collect()
    };
    assert_eq!(
        (names("rank"), names("level")),
        (vec!["high".to_owned()], vec!["one".to_owned(), "two".to_owned()])
    );
}

#[test]
fn a_matter_whose_groups_have_no_end_is_no_part() {
    let begin = |n: usize| format!("begin_group | g{n} | G\n");
    let deep: String = (0..300).map(begin).chain(["text | a | A\n".into()]).collect();
    let survey = format!("type | name | label\n{deep}{}", "end_group | |\n".repeat(300));
    let bundle = [
        ("bundle", BUNDLE),
        ("matters", "matter\nT-1"),
        ("survey", OWN),
        ("choices", CHOICES),
    ];
    let files = vec![
        ("0.xlsx".into(), workbook(&bundle)),
        ("1.xlsx".into(), part("T-1", "5", &survey, CHOICES, PAPERS[0])),
    ];
    let found = catalogue::read(&files).map(|read| read.files).unwrap_err();
    assert!(
        found.iter().any(|fault| fault.error.code == "groups_too_deep"),
        "{found:#?}"
    );
}

#[test]
fn faults_of_a_bundle_are_told_where_they_are() {
    let parts = "
        matter | relevant | label
        T-1 | ${ghost} = 1 |
        T-9 | |
        T-1 | |
        T-2 | |";
    let survey = "type | name | label\n integer | name | 婴儿姓名";
    let found = whole(&[("matters", parts), ("survey", survey)]).unwrap_err();
    let places: Vec<(&str, String, &str)> = found
        .iter()
        .map(|f| {
            (
                f.file.as_str(),
                format!("{}!{}", f.error.sheet, f.error.cell),
                f.error.code.as_str(),
            )
        })
        .collect();
    let expected = [
        ("0.xlsx", "matters!B2".to_owned(), "question_unknown"),
        ("0.xlsx", "matters!A3".to_owned(), "matter_unknown"),
        ("0.xlsx", "matters!A4".to_owned(), "name_twice"),
        ("1.xlsx", "survey!A2".to_owned(), "bundle_type"),
        ("2.xlsx", "survey!A2".to_owned(), "bundle_type"),
    ];
    assert_eq!(places, expected);
    assert!(found[3].error.problem.contains("survey 第 2 行"), "{found:#?}");
}
