//! The sheet `scenarios` plays sample answers and tells each line that does not come out so, at its row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{MATTER, workbook};
use doorstep_matters::{catalogue, read, scenario};

const SURVEY: &str = "
    type | name | label | relevant | required | constraint | choice_filter
    date | birth | 出生 | | yes | . <= today() |
    select_one band | band | 档次 | ${birth} != '' | | | from <= age(${birth})
    begin_repeat | member | 成员 | | | |
    text | member_name | 姓名 | | yes | |
    end_repeat | | | | | |
    text | village | 村 | | | |";
const CHOICES: &str = "list_name | name | label | from\n band | b80 | 80 | 80\n band | b90 | 90 | 90";
const MATERIALS: &str = "
    code | name | required | relevant | exempt | exempt_when
    id_card | 身份证 | | | 已有 | age(${birth}) >= 90
    card | 银行卡 | no | |  |
    other | 委托书 | | ${band} = 'b90' | |";
const RULES: &str = "
    name | expression | effect | message
    named | ${member_name} != '' | warns | 没有成员
    paper | material('id_card') != '' | blocks | 没有身份证
    old | age(${birth}) >= 80 | auto_accept |";
const GUIDE: &str = "
    step | question | answer | label | go | message
    a | 满80了吗 | yes | 是 | eligible |
    a | | no | 否 | not_eligible | 以后再来";

fn sheets(scenarios: &str) -> Vec<u8> {
    workbook(&[
        ("matter", MATTER),
        ("survey", SURVEY),
        ("choices", CHOICES),
        ("materials", MATERIALS),
        ("rules", RULES),
        ("guide", GUIDE),
        ("scenarios", scenarios),
    ])
}

const GOOD: &str = "
    scenario | action | name | value
    满80 | today | – | 2026-02-14
    | station | | 500199101201
    | incomplete | |
    | error | birth | missing
    | hidden | band |
    | answer | birth | 1946年2月14日
    | value | birth | 1946-02-14
    | visible | band |
    | choices | band | b80
    | answer | band | b80
    | row | member | k1
    | visible | member[k1]/member_name |
    | error | member[k1]/member_name |
    | broken | named |
    | accepts | | no
    | answer | member[k1]/member_name | 王桃花
    | complete | |
    | valid | birth |
    | material | id_card | needed
    | material | card | optional
    | material | other | hidden
    | holds | named |
    | accepts | | yes
    | brought | id_card | deferred
    | holds | paper |
    | accepts | | no
    | brought | id_card | missing
    | broken | paper |
    引导 | guide | yes | eligible
    | guide | no | not_eligible
    满90 | answer | birth | 1936-02-14
    | material | id_card | exempt
    | choices | band | b80 b90";

#[test]
fn a_scenario_that_holds_says_nothing() {
    let matter = read(&sheets(GOOD)).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let names: Vec<&str> = matter.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["满80", "引导", "满90"]);
    assert_eq!(scenario::run(&matter), []);
}

#[test]
fn every_line_that_fails_is_a_fault_at_its_row() {
    let wrong = "
        scenario | action | name | value
        错 | visible | band |
        | valid | birth |
        | complete | |
        | answer | birth | 2030-01-01
        | error | birth | missing
        | value | birth | 2031-01-01
        | choices | band | b80
        | material | id_card | exempt
        | holds | named |
        | accepts | | yes
        | guide | maybe | eligible
        | visible | member[k9]/member_name |";
    let matter = read(&sheets(wrong)).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let rows: Vec<u32> = scenario::run(&matter).iter().map(|fault| fault.row).collect();
    assert_eq!(rows, [2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13]);
    let faults = catalogue::check(&[("a.xlsx".into(), sheets(wrong))])
        .map(|read| read.files)
        .unwrap_err();
    assert_eq!(faults.len(), 11);
    let told = |fault: &doorstep_matters::Fault| fault.error.code == "scenario" && fault.error.sheet == "scenarios";
    assert!(faults.iter().all(told), "{faults:#?}");
    assert!(faults[4].error.problem.contains("2031-01-01"), "{faults:#?}");
    // Devices read what the district published, whether it comes out as expected or not.
    assert!(catalogue::read(&[("a.xlsx".into(), sheets(wrong))]).is_ok());
}

#[test]
fn a_line_that_says_nothing_sensible_is_told_at_its_cell() {
    let wrong = "
        scenario | action | name | value
        | today | | 今天
        错 | station | | 5001
        | answer | ghost | 1
        | row | member | 第一
        | material | ghost | needed
        | material | id_card | perhaps
        | brought | id_card | lost
        | broken | ghost |
        | accepts | | maybe
        | guide | yes | perhaps
        | sing | |";
    let found = read(&sheets(wrong)).map(|matter| matter.code).unwrap_err();
    let places: Vec<(&str, &str)> = found.iter().map(|e| (e.cell.as_str(), e.code.as_str())).collect();
    let expected = [
        ("A2", "name_missing"),
        ("D2", "scenario_value"),
        ("D3", "scenario_value"),
        ("C4", "question_unknown"),
        ("D5", "scenario_value"),
        ("C6", "material_unknown"),
        ("D7", "scenario_value"),
        ("D8", "scenario_value"),
        ("C9", "rule_unknown"),
        ("D10", "scenario_value"),
        ("D11", "scenario_value"),
        ("B12", "action_unknown"),
    ];
    assert_eq!(places, expected);
}
