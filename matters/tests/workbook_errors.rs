//! Everything wrong in a workbook is reported at once: sheet, row, column, what, and how to mend it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{MATERIALS, MATTER, NONE, errors, workbook};
use doorstep_matters::{WorkbookError, read};

fn places(errors: &[WorkbookError]) -> Vec<(&str, u32, &str, &str)> {
    errors
        .iter()
        .map(|e| (e.sheet.as_str(), e.row, e.column.as_str(), e.code.as_str()))
        .collect()
}

fn of(sheets: &[(&str, &str)]) -> Vec<WorkbookError> {
    read(&workbook(sheets)).map(|matter| matter.code).unwrap_err()
}

#[test]
fn all_problems_come_at_once_with_their_places() {
    let found = errors(
        "type | name | label | relevant | constraint | default | choice_filter | requird
         text | a b | A | | | | |
         geotrace | road | 路线 | | | | |
         image | photo | 照片 | | | | |
         magic | m | M | | | | |
         select_one missing | s | S | | | | |
         select_one | s2 | S | | | | |
         select_one yn or_other | s3 | S | | | | true() |
         text | t | T | ${ghost} = 1 | | | |
         text | t | T | . = 1 | frobnicate('x') | | |
         text | u | 见${nobody} | if(1) | /data/nobody = 1 | | |
         select_one yn | v | V | | | maybe | town = 1 |
         text | w | W | ${u} = ‘x | | | |
         text | x | | ../nobody | ${u} ∪ 1 | | | 
         integer | y | Y | | regex(., '(') | | |
         calculate | z | | | | | |
         end_group | | | | | | |
         begin_group | g | G | | | | |",
        "list_name | name | label\nyn | y | 是\nyn | n | 否",
    );
    let expected = [
        ("survey", 1, "requird", "column_unsupported"),
        ("survey", 2, "name", "name_shape"),
        ("survey", 3, "type", "type_unsupported"),
        ("survey", 4, "type", "type_unsupported"),
        ("survey", 5, "type", "type_unknown"),
        ("survey", 6, "type", "list_unknown"),
        ("survey", 7, "type", "list_missing"),
        ("survey", 8, "choice_filter", "or_other"),
        ("survey", 9, "relevant", "question_unknown"),
        ("survey", 10, "name", "name_twice"),
        ("survey", 10, "constraint", "function_unknown"),
        ("survey", 11, "label", "question_unknown"),
        ("survey", 11, "relevant", "function_arguments"),
        ("survey", 11, "constraint", "question_unknown"),
        ("survey", 12, "choice_filter", "column_unknown"),
        ("survey", 12, "default", "choice_unknown"),
        ("survey", 13, "relevant", "expression_syntax"),
        ("survey", 14, "label", "label_missing"),
        ("survey", 14, "relevant", "question_unknown"),
        ("survey", 14, "constraint", "expression_unsupported"),
        ("survey", 15, "constraint", "expression_pattern"),
        ("survey", 16, "calculation", "calculation_missing"),
        ("survey", 17, "type", "group_close"),
        ("survey", 18, "type", "group_open"),
    ];
    for place in expected {
        assert!(
            places(&found).contains(&place),
            "{place:?} is not among {:#?}",
            places(&found)
        );
    }
    assert!(
        found
            .iter()
            .all(|error| !error.problem.is_empty() && !error.remedy.is_empty())
    );
    let unknown = found.iter().find(|error| error.code == "function_unknown").unwrap();
    assert!(unknown.problem.contains("frobnicate()"));
    let geotrace = found.iter().find(|error| error.row == 3).unwrap();
    assert!(geotrace.problem.contains("geotrace") && geotrace.remedy.contains("geopoint"));
}

#[test]
fn choices_are_checked() {
    let found = errors(
        "type | name | label\nselect_one l | a | A",
        "list_name | name | label\nl | x | 甲\nl | x | 乙\nl | a b | 丙\n | y | 丁\nl | z |",
    );
    let expected = [
        ("choices", 3, "name", "choice_twice"),
        ("choices", 4, "name", "choice_name"),
        ("choices", 5, "list_name", "list_missing"),
        ("choices", 6, "label", "label_missing"),
    ];
    assert_eq!(places(&found), expected);
}

#[test]
fn the_matter_is_checked() {
    let about = "
        key | value
        code | 含 空格
        name |
        kind | 06x
        handling | 承诺件
        level | 4 县级
        promised_days | 30
        statutory_days | 20
        tags | 马上办、随便办
        colour | 红";
    let found = of(&[
        ("survey", "type | name | label\ntext | a | A"),
        ("matter", about),
        ("materials", MATERIALS),
    ]);
    let expected = [
        ("matter", 0, "value", "value_missing"),
        ("matter", 2, "value", "code_shape"),
        ("matter", 3, "value", "value_missing"),
        ("matter", 4, "value", "code_unknown"),
        ("matter", 7, "value", "limit_order"),
        ("matter", 9, "value", "tag_unknown"),
        ("matter", 10, "key", "key_unknown"),
    ];
    assert_eq!(places(&found), expected);
}

#[test]
fn materials_are_checked() {
    let materials = "
        code | name | required | copies | kinds | defer_days | may_declare | relevant
        id | 身份证 | yes | 1 | original、复印件 | 5 | 是 |
        id | 户口簿 | maybe | many | scan | -1 | 也许 | ${ghost} = 1
        2x | | no | | | | |";
    let found = of(&[
        ("survey", "type | name | label\ntext | a | A"),
        ("matter", MATTER),
        ("materials", materials),
    ]);
    let expected = [
        ("materials", 3, "code", "name_twice"),
        ("materials", 3, "required", "column_unknown"),
        ("materials", 3, "relevant", "question_unknown"),
        ("materials", 3, "copies", "number_expected"),
        ("materials", 3, "kinds", "material_kind"),
        ("materials", 3, "defer_days", "number_expected"),
        ("materials", 3, "may_declare", "yes_or_no"),
        ("materials", 4, "code", "name_shape"),
        ("materials", 4, "name", "label_missing"),
    ];
    assert_eq!(places(&found), expected);
}

#[test]
fn proofs_that_villages_may_not_issue_are_refused_by_name() {
    let materials = |line: &str| format!("code | name | hint | issuer\nm | {line}");
    for (line, title) in [
        ("健在证明 | |", "健在证明"),
        ("村委会开具的亲属关系证明 | |", "亲属关系证明"),
        ("婚姻状况证明 | 到社区开 | 民政局", "婚姻状况证明"),
        ("家庭财产状况证明 | |", "居民财产证明"),
        ("身份证件遗失证明 | | 桃花村村民委员会", "证件遗失证明"),
        ("残疾状况证明 | |", "残疾状况证明"),
        ("死亡证明 | |", "死亡证明"),
    ] {
        let found = of(&[
            ("survey", "type | name | label\ntext | a | A"),
            ("matter", MATTER),
            ("materials", &materials(line)),
        ]);
        assert_eq!(places(&found), [("materials", 2, "name", "proof_forbidden")], "{line}");
        assert!(found[0].problem.contains(title), "{line}");
    }
    for line in [
        "死亡证明 | | 医疗机构",
        "出生医学证明 | | 助产医疗机构",
        "收入情况说明 | |",
        "结婚证 | |",
    ] {
        let sheets = [
            ("survey", "type | name | label\ntext | a | A"),
            ("matter", MATTER),
            ("materials", &materials(line)),
        ];
        assert!(read(&workbook(&sheets)).is_ok(), "{line}");
    }
}

#[test]
fn missing_and_empty_sheets_and_headings_are_named() {
    assert_eq!(places(&of(&[("other", "a | b")])).len(), 3);
    let found = of(&[("survey", ""), ("matter", MATTER), ("materials", MATERIALS)]);
    assert_eq!(places(&found), [("survey", 0, "", "sheet_empty")]);
    let found = of(&[
        ("survey", "type | label\ntext | A"),
        ("matter", MATTER),
        ("materials", MATERIALS),
    ]);
    assert_eq!(places(&found), [("survey", 1, "name", "column_missing")]);
}

#[test]
fn headings_may_carry_remarks_and_sheets_any_case() {
    let sheets = [
        (
            "Survey",
            "Type | Name | label::中文 (zh) | label::English (en) | 备注（内部） | # own\ntext | a | 甲 | A | 随便 | x",
        ),
        ("MATTER", MATTER),
        ("materials", MATERIALS),
        ("说明", "任何内容"),
    ];
    assert_eq!(
        read(&workbook(&sheets)).unwrap().form.names().collect::<Vec<_>>(),
        ["a"]
    );
}

#[test]
fn groups_end_as_they_began_and_nothing_hangs_on_itself() {
    let survey = "type | name | label | relevant
         begin_repeat | members | 成员 |
         text | a | A | . = 1
         end_group | | |";
    let found = errors(survey, common::NONE);
    for place in [("survey", 3, "", "cycle"), ("survey", 4, "type", "group_close")] {
        assert!(places(&found).contains(&place), "{place:?}: {:#?}", places(&found));
    }
}

#[test]
fn what_a_matter_cannot_serve_is_named_with_what_to_write_instead() {
    for (source, code, instead) in [
        ("version()", "function_unknown", "写成文字"),
        ("property('deviceid')", "function_unknown", "username"),
        ("jr:itext('a')", "function_unknown", "jr:choice-name"),
        ("${last-saved#name}", "last_saved", "shared"),
        ("pulldata('towns', 'head', 'name', ${name})", "file_missing", "事项目录"),
        (
            concat!("instance('towns')/", "root/item[1]/label"),
            "file_missing",
            "事项目录",
        ),
    ] {
        let survey = format!("type | name | label | calculation\ntext | name | 姓名 |\ncalculate | known | | {source}");
        let found = errors(&survey, NONE);
        assert_eq!(places(&found), [("survey", 3, "calculation", code)], "{source}");
        assert!(found[0].remedy.contains(instead), "{source}: {}", found[0].remedy);
    }
    let materials = concat!(
        "code | name | required\nid_card | 身份证 | count(instance('towns')/",
        "root/item) > 0"
    );
    let found = of(&[
        ("survey", "type | name | label\ntext | name | 姓名"),
        ("matter", MATTER),
        ("materials", materials),
    ]);
    assert_eq!(places(&found), [("materials", 2, "required", "list_unknown")]);
}

#[test]
fn expressions_from_a_chinese_keyboard_are_read_with_a_warning() {
    let read_as = |written: &str| {
        let survey = format!(
            "type | name | label | required | relevant
             text | a | A | √ |
             integer | n | N | 必填 |
             text | b | B | | {written}"
        );
        let files = [(
            "m.xlsx".to_owned(),
            workbook(&[
                ("survey", &survey),
                ("choices", NONE),
                ("matter", MATTER),
                ("materials", MATERIALS),
            ]),
        )];
        let catalogue = doorstep_matters::catalogue::read(&files).map_err(|faults| format!("{faults:?}"))?;
        let warnings = catalogue
            .warnings
            .iter()
            .filter(|fault| fault.error.code == "punctuation");
        Ok::<_, String>(
            warnings
                .map(|fault| (fault.error.cell.clone(), fault.error.problem.clone()))
                .collect::<Vec<_>>(),
        )
    };
    for (written, read) in [
        ("${a} = ‘甲，乙’", "${a} = '甲，乙'"),
        ("＄｛a｝＝“是”", "${a}=\"是\""),
        ("（${n} ≥ 1） and ${n} ≤ 10", "(${n} >= 1) and ${n} <= 10"),
        ("if（${n} ＞ 3，${a} ≠ ''，1=1）", "if(${n} > 3,${a} != '',1=1)"),
    ] {
        let expected = vec![("E4".to_owned(), format!("公式里有中文标点，读作 {read}"))];
        assert_eq!(read_as(written), Ok(expected), "{written}");
    }
    assert_eq!(
        read_as("${a} = '“甲”（乙）'"),
        Ok(Vec::new()),
        "what stands in quotes is theirs"
    );
    assert!(read_as("${a} = ‘x").is_err());
}

#[test]
fn what_people_write_who_know_excel_gets_the_remedy_for_it() {
    let found = errors(
        "type | name | label | relevant
         text | a | A |
         text | b | B | ${a} == 'x'
         text | c | C | ${a} <> 'x'
         text | d | D | ${a} = 'x' 且 ${b} = 'y'
         text | e | E | ${a} = 'x' OR ${b} = 'y'
         text | f | F | a = 'x'
         整数 | g | G |
         Text | h | H |
         单选 yn | i | I |",
        "list_name | name | label\nyn | y | 是\n | n | 否",
    );
    for (sheet, row, remedy) in [
        ("survey", 3, "只写一个 ="),
        ("survey", 4, "!="),
        ("survey", 5, "and"),
        ("survey", 6, "or"),
        ("survey", 7, "写作 ${a}"),
        ("survey", 8, "integer？"),
        ("survey", 9, "text？"),
        ("survey", 10, "select_one 选项表名？"),
        ("choices", 3, "合并的单元格"),
    ] {
        let told = found
            .iter()
            .find(|error| error.sheet == sheet && error.row == row)
            .expect(remedy);
        assert!(told.remedy.contains(remedy), "{told:?}");
    }
}

#[test]
fn a_label_where_a_name_is_needed_is_warned_of() {
    let sheets = [
        (
            "survey",
            "type | name | label | relevant | constraint | choice_filter
             select_one way | how | 怎么来 | | . != '其他' |
             text | other_way | 哪样 | ${how} = '其他' or selected(${how}, '走路') | |
             text | fine | 好 | ${how} = 'walk' or ${how} = '' or 'bus' = ${how} or ${other_way} = '其他' | |
             select_multiple way | back | 怎么回 | | | ${how} != 'fly'",
        ),
        (
            "choices",
            "list_name | name | label::中文 (zh) | label::English (en)
             way | walk | 走路 | On foot
             way | bus | 坐车 | By bus
             way | else | 其他 | Other",
        ),
        ("matter", MATTER),
        (
            "materials",
            "code | name | required
             id_card | 身份证 | ${how} = ‘Other’",
        ),
    ];
    let files = [("m.xlsx".to_owned(), workbook(&sheets))];
    let found: Vec<(String, String, String)> = doorstep_matters::catalogue::read(&files)
        .unwrap()
        .warnings
        .into_iter()
        .filter(|fault| fault.error.code != "punctuation")
        .map(|fault| (fault.error.cell, fault.error.code, fault.error.remedy))
        .collect();
    let expected = [
        ("C2", "choice_label", "把 'Other' 改成 'else'"),
        ("E2", "choice_label", "把 '其他' 改成 'else'"),
        ("D3", "choice_label", "把 '其他' 改成 'else'"),
        ("D3", "choice_label", "把 '走路' 改成 'walk'"),
        ("F5", "choice_unknown", "可用的 name：walk、bus、else"),
    ];
    let told: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|(cell, code, remedy)| (cell.as_str(), code.as_str(), remedy.as_str()))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn a_wrong_type_is_one_fault() {
    let found = of(&[
        (
            "survey",
            "type | name | label | relevant
             txt | a | A |
             begin_grop | g | G |
             text | b | B | ${a} = 'x'
             end_grop | | |
             begin repeet | r | R |
             text | c | C |
             end_repeat | | |",
        ),
        ("choices", NONE),
        ("matter", MATTER),
        ("materials", "code | name | required\nid_card | 身份证 | ${a} = 'x'"),
        (
            "guide",
            "step | question | answer | label | go | fill\nstart | 办吗 | yes | 办 | eligible | a=x",
        ),
        ("shared", "question | source\na | application"),
        ("scenarios", "scenario | action | name | value\n一 | answer | a | x"),
    ]);
    let expected = [2, 3, 5, 6].map(|row| ("survey", row, "type", "type_unknown"));
    assert_eq!(places(&found), expected, "{found:?}");
}
