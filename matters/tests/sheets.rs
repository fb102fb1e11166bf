//! The sheets that a matter has beside its form: each is read, and each fault is told once at its cell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use common::{MATTER, answers, context, workbook};
use doorstep_matters::guide::GuideView;
use doorstep_matters::matter::Source;
use doorstep_matters::{Effect, Limit, LimitUnit, Matter, Standing, Standings, WorkbookError, read};

const SURVEY: &str = "
    type | name | label | relevant | required
    select_one yn | living | 健在 | | yes
    integer | age | 年龄 | |
    text | phone | 电话 | |";
const CHOICES: &str = "
    list_name | name | label
    yn | yes | 是
    yn | no | 否";
const MATERIALS: &str = "
    code | name | required | exempt | exempt_when | evidence | sample | defer_days | defer_until | max_pixels
    id_card | 身份证 | yes | 公安户籍库已有 | ${age} >= 60 | b | | | |
    bank_card | 银行卡 | | | | | | 10 | 发放前补齐 | 1600
    death | 火化证 | ${living} = 'no' | | | A | | | |";

/// A matter with these sheets beside the usual ones; a sheet of the same name takes the place of the usual one.
fn sheets(more: &[(&str, &str)]) -> Vec<u8> {
    let usual = [
        ("survey", SURVEY),
        ("choices", CHOICES),
        ("matter", MATTER),
        ("materials", MATERIALS),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let all: Vec<(&str, &str)> = kept.chain(more).copied().collect();
    workbook(&all)
}

fn matter(more: &[(&str, &str)]) -> Matter {
    read(&sheets(more)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn places(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let errors = read(&sheets(more)).map(|matter| matter.code).unwrap_err();
    let told = |error: &WorkbookError| !error.problem.is_empty() && !error.remedy.is_empty();
    assert!(errors.iter().all(told), "{errors:#?}");
    let place = |e: WorkbookError| (format!("{}!{}", e.sheet, e.cell), e.code);
    errors.into_iter().map(place).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(place, code): &(&str, &str)| ((*place).to_owned(), (*code).to_owned());
    expected.iter().map(owned).collect()
}

#[test]
fn the_sheet_of_the_matter_is_read_whole() {
    let about = "
        key | value
        code | T-1
        name | 测试事项
        kind | 05
        handling | 2 承诺件
        level | 4
        department | 云溪区民政局
        promised_days | 30 自然日
        statutory_days | 2 个月 [?]
        basic_code | 00050100100Y
        channels | 1 窗口、移动
        coverage | 全区、川渝
        synonyms | 老年补贴、尊老金
        result | 《发放通知书》
        phone | 023-00000000
        who | 年满80周岁的老年人";
    let matter = matter(&[("matter", about)]);
    let days = Limit {
        count: 30,
        unit: LimitUnit::Days,
    };
    let months = Limit {
        count: 2,
        unit: LimitUnit::Months,
    };
    assert_eq!((matter.promised, matter.statutory), (days, Some(months)));
    assert_eq!(
        (matter.channels.join(" "), matter.coverage.join(" ")),
        ("1 3".into(), "全区 川渝".into())
    );
    assert_eq!(matter.synonyms, ["老年补贴", "尊老金"]);
    assert_eq!(
        (matter.basic_code.as_str(), matter.phone.as_str()),
        ("00050100100Y", "023-00000000")
    );
    let marks: Vec<(u32, &str)> = matter
        .unconfirmed
        .iter()
        .map(|mark| (mark.row, mark.name.as_str()))
        .collect();
    assert_eq!(marks, [(9, "statutory_days")]);
    let view = matter.view(&answers(&[]), &context());
    assert_eq!(view.unconfirmed, ["statutory_days"]);
    assert_eq!(
        (view.result.as_str(), view.who.as_str()),
        ("《发放通知书》", "年满80周岁的老年人")
    );
}

#[test]
fn faults_of_the_matter_are_told_at_their_cells() {
    let about = "
        key | value
        code | T-1
        name | 测试事项
        kind | 05
        handling | 2
        level | 4
        department | 云溪区民政局
        promised_days | 30 周
        statutory_days | 2001
        basic_code | 1234
        channels | 窗口、电报
        coverage | 全国";
    let expected = [
        ("matter!B8", "limit_shape"),
        ("matter!B9", "limit_shape"),
        ("matter!B10", "code_shape"),
        ("matter!B11", "code_unknown"),
        ("matter!B12", "code_unknown"),
    ];
    assert_eq!(places(&[("matter", about)]), pairs(&expected));
}

#[test]
fn materials_are_exempt_where_government_holds_them() {
    let matter = matter(&[]);
    let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, doorstep_matters::MaterialView> {
        let materials = matter.view(&answers(pairs), &context()).materials;
        materials
            .into_iter()
            .map(|material| (material.code.clone(), material))
            .collect()
    };
    let young = of(&[("age", "59")]);
    assert!(young["id_card"].required && young["id_card"].exempt.is_empty());
    let old = of(&[("age", "60"), ("living", "no")]);
    assert!(!old["id_card"].required);
    assert_eq!(old["id_card"].exempt, "公安户籍库已有");
    assert_eq!(
        (old["id_card"].evidence.as_str(), old["death"].evidence.as_str()),
        ("B", "A")
    );
    assert!(old["death"].required && !young["death"].required);
    assert_eq!(old["bank_card"].defer_words, "发放前补齐");
    assert_eq!(old["bank_card"].defer_until.as_deref(), Some("2026-03-06"));
    assert_eq!(old["bank_card"].max_pixels, Some(1600));
}

#[test]
fn faults_of_materials_are_told_at_their_cells() {
    let materials = "
        code | name | exempt_when | evidence | defer_until | relevant
        a | 甲 | ${age} > 1 | | | material('a') = 'given'
        b | 乙 | | E | |
        c | 丙 | | | 以后补 |";
    let expected = [
        ("materials!", "exempt_missing"),
        ("materials!F2", "expression_unsupported"),
        ("materials!D3", "evidence_unknown"),
        ("materials!", "defer_missing"),
    ];
    let found = places(&[("materials", materials)]);
    assert_eq!(found, pairs(&expected));
}

const GUIDE: &str = "
    step | question | answer | label | go | fill | materials | message
    who | 老人还健在吗 | yes | 健在 | age | living=yes | |
    who | | no | 已去世 | not_eligible | living = no | | 请办理养老注销
    age | 老人多大 | old | 满80 | eligible | age=８５ | bank_card |
    age | | young | 不满80 | not_eligible | | | 满80周岁再来办";

#[test]
fn a_guide_leads_to_a_filled_form_and_a_list() {
    let matter = matter(&[("guide", GUIDE)]);
    assert!(matter.view(&answers(&[]), &context()).guided);
    let none: [&str; 0] = [];
    let Some(GuideView::Question {
        step,
        question,
        answers,
    }) = matter.guided(&none, &context())
    else {
        panic!("no question")
    };
    assert_eq!(
        (step.as_str(), question.as_str(), answers.len()),
        ("who", "老人还健在吗", 2)
    );
    let Some(GuideView::End {
        eligible,
        fill,
        materials,
        ..
    }) = matter.guided(&["yes", "old"], &context())
    else {
        panic!("no end")
    };
    assert!(eligible);
    assert_eq!(fill, common::answers(&[("living", "yes"), ("age", "85")]));
    let needed: Vec<&str> = materials
        .iter()
        .filter(|m| m.required)
        .map(|m| m.code.as_str())
        .collect();
    // The identity card is exempt at that age; the bank card is needed on this way.
    assert_eq!(needed, ["bank_card"]);
    let Some(GuideView::End { eligible, message, .. }) = matter.guided(&["no"], &context()) else {
        panic!("no end")
    };
    assert!(!eligible && message.contains("养老注销"));
    assert_eq!(matter.guided(&["perhaps"], &context()), None);
    assert_eq!(matter.guided(&["no", "old"], &context()), None);
}

#[test]
fn faults_of_a_guide_are_told_at_their_cells() {
    let guide = "
        step | question | answer | label | go | fill | materials | message
        a | 甲 | x | 一 | b | living=maybe; ghost=1; half | ghost |
        a | | x | 二 | nowhere | | |
        b | | y | | a | | |
        b | | z | 丙 | not_eligible | | |
        c | 丁 | z | 丁 | eligible | | |";
    let expected = [
        ("guide!F2", "choice_unknown"),
        ("guide!F2", "question_unknown"),
        ("guide!F2", "fill_shape"),
        ("guide!G2", "material_unknown"),
        ("guide!E2", "guide_circle"),
        ("guide!E3", "guide_way"),
        ("guide!C3", "name_twice"),
        ("guide!D4", "label_missing"),
        ("guide!B4", "label_missing"),
        ("guide!H5", "message_missing"),
        ("guide!A6", "guide_unreached"),
    ];
    let mut found = places(&[("guide", guide)]);
    let mut expected = pairs(&expected);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn sheets_without_end_are_refused() {
    let lines = |head: &str, line: &str, count: usize| format!("{head}{}", format!("\n{line}").repeat(count));
    let guide = lines(
        "step | question | answer | label | go",
        "a | 甲 | b | 乙 | eligible",
        501,
    );
    assert_eq!(places(&[("guide", &guide)]), pairs(&[("guide!", "sheet_too_large")]));
    let scenarios = lines("scenario | action | name | value", "a | complete | |", 5_001);
    assert_eq!(
        places(&[("scenarios", &scenarios)]),
        pairs(&[("scenarios!", "sheet_too_large")])
    );
}

const RULES: &str = "
    name | expression | effect | message
    reachable | ${phone} != '' | warns | 没有留电话
    alive | ${living} = 'yes' | blocks | 老人已去世
    paper | material('bank_card') != 'deferred' | warns | 银行卡还没有带来
    at_once | ${age} >= 80 | auto_accept |";

#[test]
fn rules_are_broken_or_accept_by_themselves() {
    let matter = matter(&[("rules", RULES)]);
    let given = |codes: &[(&str, Standing)]| -> Standings {
        codes
            .iter()
            .map(|(code, standing)| ((*code).to_owned(), *standing))
            .collect()
    };
    let good = answers(&[("living", "yes"), ("age", "85"), ("phone", "13900000000")]);
    let brought = given(&[("bank_card", Standing::Given)]);
    assert_eq!(matter.broken(&good, &brought, &context()), []);
    assert_eq!(matter.accepts(&good, &brought, &context()).unwrap().name, "at_once");
    // Nobody is accepted whose paper is missing or promised, who is too young, or whose form is not complete.
    let nothing = Standings::new();
    assert!(matter.accepts(&good, &nothing, &context()).is_none());
    let young = answers(&[("living", "yes"), ("age", "79"), ("phone", "13900000000")]);
    let all = given(&[("bank_card", Standing::Given), ("id_card", Standing::Given)]);
    assert!(matter.accepts(&young, &all, &context()).is_none());
    let open = answers(&[("age", "85"), ("phone", "13900000000")]);
    assert!(matter.accepts(&open, &all, &context()).is_none());
    let promised = given(&[("bank_card", Standing::Deferred)]);
    assert!(matter.accepts(&good, &promised, &context()).is_none());
    let broken = matter.broken(&answers(&[("living", "no")]), &promised, &context());
    let names: Vec<(&str, Effect)> = broken.iter().map(|rule| (rule.name.as_str(), rule.effect)).collect();
    assert_eq!(
        names,
        [
            ("reachable", Effect::Warns),
            ("alive", Effect::Blocks),
            ("paper", Effect::Warns)
        ]
    );
    assert_eq!(broken[1].message, "老人已去世");
}

#[test]
fn what_is_exempt_is_so_in_rules() {
    let rules = "
        name | expression | effect | message
        held | material('id_card') = 'exempt' | warns | 身份证要核验";
    let matter = matter(&[("rules", rules)]);
    let nothing = Standings::new();
    assert_eq!(matter.broken(&answers(&[("age", "60")]), &nothing, &context()), []);
    assert_eq!(matter.broken(&answers(&[("age", "59")]), &nothing, &context()).len(), 1);
}

#[test]
fn faults_of_rules_are_told_at_their_cells() {
    let rules = "
        name | expression | effect | message
        a b | ${ghost} = 1 | warns | 一
        c | material('ghost') = 'given' | warns | 二
        c | 1 = 1 | refuses | 三
        d | | blocks |";
    let expected = [
        ("rules!A2", "name_shape"),
        ("rules!B2", "question_unknown"),
        ("rules!B3", "material_unknown"),
        ("rules!A4", "name_twice"),
        ("rules!B5", "value_missing"),
        ("rules!C4", "effect_unknown"),
        ("rules!D5", "message_missing"),
    ];
    let mut found = places(&[("rules", rules)]);
    let mut expected = pairs(&expected);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn steps_follow_the_answers() {
    let steps = "
        name | label | office | days | pauses | relevant
        first | 初审 | 云溪镇 | 3 [?] | |
        visit | 入户核查 | 云溪镇 | 5 工作日 | | ${age} < 90
        notice | 公示 | 桃花村 | 7 日 | yes |";
    let matter = matter(&[("steps", steps)]);
    let flow = matter.flow(&answers(&[("age", "95")]), &context());
    let names: Vec<(&str, bool)> = flow.iter().map(|step| (step.name.as_str(), step.pauses)).collect();
    assert_eq!(names, [("first", false), ("notice", true)]);
    assert_eq!(flow[0].limit, Some(Limit::working_days(3)));
    assert_eq!(flow[0].unconfirmed, ["days"]);
    assert_eq!(flow[1].limit.map(|limit| limit.unit), Some(LimitUnit::Days));
    let wrong = "
        name | label | days | pauses | relevant
        a | | 三天 | maybe | ${ghost}
        a | 乙 | | |";
    let expected = [
        ("steps!D2", "yes_or_no"),
        ("steps!E2", "question_unknown"),
        ("steps!B2", "label_missing"),
        ("steps!C2", "limit_shape"),
        ("steps!A3", "name_twice"),
    ];
    let mut found = places(&[("steps", wrong)]);
    let mut expected = pairs(&expected);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn shared_answers_name_where_they_come_from() {
    let shared = "
        question | source | from | matter
        phone | application | |
        age | register | years |";
    let matter = matter(&[("shared", shared)]);
    assert_eq!(
        (matter.shared[0].from.as_str(), matter.shared[0].source),
        ("phone", Source::Application)
    );
    assert_eq!(
        (matter.shared[1].from.as_str(), matter.shared[1].source),
        ("years", Source::Register)
    );
    let wrong = "
        question | source
        ghost | register
        phone | memory";
    let expected = [("shared!A2", "question_unknown"), ("shared!B3", "source_unknown")];
    assert_eq!(places(&[("shared", wrong)]), pairs(&expected));
}

#[test]
fn every_value_that_is_not_confirmed_is_noted_and_none_is_shown_with_its_mark() {
    let materials = "
        code | name | copies | required
        id_card | 身份证 | 2 [?] | ${age} > 1 [?]";
    let matter = matter(&[("materials", materials)]);
    let view = matter.view(&answers(&[("age", "2")]), &context());
    assert_eq!((view.materials[0].copies, view.materials[0].required), (2, true));
    assert_eq!(view.materials[0].unconfirmed, ["copies", "required"]);
}
