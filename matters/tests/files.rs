//! Lists from files beside the form, and forms in the old format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, answers, context, errors, workbook};
use doorstep_matters::{read, read_form, read_form_with};

const SURVEY: &str = "
    type | name | label | choice_filter | parameters | calculation
    text | town | 镇 | | |
    select_one_from_file villages.csv | village | 村 | town = ${town} | value=code label=title |
    calculate | head | | | | pulldata('villages', 'head', 'code', ${village})";

fn villages(name: &str) -> Option<Vec<u8>> {
    (name == "villages.csv")
        .then(|| "code,title,town,head\nv1,桃花村,t1,王桃花\nv2,柳树村,t1,李春生\nv3,石桥村,t2,赵石桥\n".into())
}

#[test]
fn a_list_comes_from_a_file() {
    let bytes = workbook(&[("survey", SURVEY)]);
    let (form, warnings) = read_form_with(&bytes, Some(&villages)).unwrap();
    assert_eq!(warnings, []);
    let view = form.evaluate(&answers(&[("town", "t1"), ("village", "v2")]), &context());
    let offered: Vec<&str> = view.questions[1]
        .choices
        .iter()
        .map(|choice| choice.label.as_str())
        .collect();
    assert_eq!(offered, ["桃花村", "柳树村"]);
    assert_eq!(
        (view.questions[1].display.as_str(), view.questions[2].value.as_str()),
        ("柳树村", "李春生")
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let (form, warnings) = read_form_with(&workbook(&[("survey", SURVEY)]), None).unwrap();
    let view = form.evaluate(&answers(&[("village", "v9")]), &context());
    assert_eq!(view.questions[1].error, None, "a list that is not there finds no fault");
    assert!(
        warnings
            .iter()
            .any(|warning| warning.code == "file_missing" && warning.problem.contains("villages.csv"))
    );
    let found = errors(SURVEY, NONE);
    let place = |code: &str| {
        found
            .iter()
            .find(|error| error.code == code)
            .map(|error| (error.row, error.column.clone()))
    };
    assert_eq!(place("file_missing"), Some((3, "type".to_owned())));
    let without = |_: &str| Some("name,label\nv1,桃花村\n".into());
    let (_, warnings) = read_form_with(&workbook(&[("survey", SURVEY)]), Some(&without)).unwrap();
    assert_eq!(warnings[0].code, "file_column");
}

#[test]
fn one_name_is_one_list() {
    let survey = "type | name | label\n select_one_from_file l.csv | a | A";
    let lists = "list_name | name | label\n l | x | 甲";
    let found = read_form(&workbook(&[("survey", survey), ("choices", lists)]))
        .map(|_| ())
        .unwrap_err();
    assert_eq!(found[0].code, "list_conflict");
    for file in ["l", "l.txt", "l.x.csv"] {
        let survey = format!("type | name | label\n select_one_from_file {file} | a | A");
        let found = read_form(&workbook(&[("survey", &survey)])).map(|_| ()).unwrap_err();
        assert_eq!(found[0].code, "list_file", "{file}");
    }
}

#[test]
fn a_form_in_the_old_format_is_read_and_a_matter_is_not() {
    let bytes = include_bytes!("form.xls");
    let form = read_form(bytes).unwrap();
    assert_eq!(form.names().collect::<Vec<_>>(), ["age", "since", "end_note"]);
    assert_eq!(read(bytes).map(|_| ()).unwrap_err()[0].code, "file_unreadable");
    for length in (0..bytes.len()).step_by(97) {
        assert!(read_form(&bytes[..length]).is_err() || length > 4_000);
    }
}
