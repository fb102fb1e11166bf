//! The columns of the form sheets: how they are written, what they may say, and what is only warned of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, answers, context, errors, matter, workbook};
use doorstep_matters::form::Form;
use doorstep_matters::{Language, WorkbookError, read_form, read_form_with};

const LISTS: &str = "list_name | name | label\n yn | y | 是\n yn | n | 否";

fn read(survey: &str) -> Result<(Form, Vec<WorkbookError>), Vec<WorkbookError>> {
    read_form_with(&workbook(&[("survey", survey), ("choices", LISTS)]), None)
}

fn refused(survey: &str) -> Vec<(u32, String, String)> {
    let errors = read(survey).map(|_| ()).unwrap_err();
    errors
        .into_iter()
        .map(|error| (error.row, error.column, error.code))
        .collect()
}

#[test]
fn old_spellings_are_read() {
    let survey = "Type | NAME | Caption | Relevance | bind::calculate | read_only | bind::jr:constraintMsg | constraint
        integer | a | A | | | | 太小 | . > 5
        text | b | B | ${a} > 7 | | | |
        text | c | C | | ${a} + 1 | yes | |";
    let (form, warnings) = read(survey).unwrap();
    let view = form.evaluate(&answers(&[("a", "3")]), &context());
    let [a, b, c] = &view.questions[..] else { panic!() };
    assert_eq!(a.error.as_ref().unwrap().message, "太小");
    assert!(!b.relevant && c.readonly && c.value == "4" && warnings.is_empty());
    let twice = "type | name | label | relevant | relevance\n text | a | A | |";
    assert_eq!(refused(twice), [(1, "relevant".to_owned(), "column_twice".to_owned())]);
}

#[test]
fn parameters_are_checked_by_type() {
    for (written, parameters, code) in [
        ("range", "start=0 end", "parameters_shape"),
        ("range", "start=0 end=5 step=6", "parameters_wrong"),
        ("range", "start=0 end=5 step=0", "parameters_wrong"),
        ("range", "start=a", "parameters_wrong"),
        ("range", "start=0 end=1 step=0.3 placeholder=0.5", "parameters_wrong"),
        ("text", "rows=many", "parameters_wrong"),
        ("text", "lines=3", "parameters_wrong"),
        ("image", "max-pixels=big", "parameters_wrong"),
        ("select_one yn", "randomize=maybe", "parameters_wrong"),
        ("select_one yn", "seed=3", "parameters_wrong"),
        ("geopoint", "capture-accuracy=near", "parameters_wrong"),
    ] {
        let survey = format!("type | name | label | parameters\n {written} | q | Q | {parameters}");
        assert_eq!(
            refused(&survey),
            [(2, "parameters".to_owned(), code.to_owned())],
            "{written} {parameters}"
        );
    }
    let survey = "type | name | label | parameters
        text | a | A | rows=3
        select_one yn | b | B | randomize=true, seed=${a}";
    let (form, _) = read(survey).unwrap();
    assert_eq!(form.question("a").unwrap().parameters["rows"], "3");
    let b = form.question("b").unwrap();
    assert!(b.randomize && b.seed.is_some());
}

#[test]
fn a_trigger_is_a_question_that_people_answer() {
    let survey = |trigger: &str| {
        format!(
            "type | name | label | calculation | trigger
            begin_group | g | G | |
            text | a | A | |
            calculate | c | | 1 + 1 |
            end_group | | | |
            dateTime | when | | now() | {trigger}"
        )
    };
    let (form, _) = read(&survey("${a}")).unwrap();
    assert_eq!(form.question("when").unwrap().trigger, ["a"]);
    for (trigger, code) in [
        ("a", "reference_shape"),
        ("${a} ${c}", "reference_shape"),
        ("${nobody}", "question_unknown"),
        ("${g}", "question_unknown"),
        ("${c}", "trigger_hidden"),
    ] {
        assert_eq!(
            refused(&survey(trigger)),
            [(6, "trigger".to_owned(), code.to_owned())],
            "{trigger}"
        );
    }
}

#[test]
fn names_are_unique_where_they_stand() {
    let survey = "type | name | label
        begin_group | mother | 母亲
        text | name | 姓名
        end_group | |
        begin_group | father | 父亲
        text | name | 姓名
        end_group | |";
    assert_eq!(read(survey).unwrap().0.names().count(), 4);
    let named = format!("{survey}\n note | n | 见${{name}}");
    assert_eq!(
        refused(&named),
        [(8, "label".to_owned(), "question_ambiguous".to_owned())]
    );
    assert_eq!(
        errors(survey, NONE)[0].code,
        "name_twice",
        "papers name a question of a matter by its name alone"
    );
    for (name, code) in [
        ("mother", "name_twice"),
        ("1x", "name_shape"),
        ("meta", "name_reserved"),
    ] {
        let again = format!("{survey}\n text | {name} | X");
        assert_eq!(refused(&again), [(8, "name".to_owned(), code.to_owned())], "{name}");
    }
}

#[test]
fn other_tools_let_pass_what_a_matter_may_not_have() {
    let survey = "type | name | label | relevant | colour
        text | a | A | frobnicate('x') | 红
        text | b | B | ${a} = ‘x’ |";
    let (form, warnings) = read(survey).unwrap();
    let codes: Vec<&str> = warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["column_unsupported", "function_unknown"]);
    let view = form.evaluate(&answers(&[("a", "x")]), &context());
    assert!(view.questions[1].relevant, "quotes that a program made round");
    let found = errors(survey, NONE);
    let codes: Vec<&str> = found.iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["column_unsupported", "function_unknown"]);
}

#[test]
fn further_languages_are_left() {
    let survey = "type | name | label::Deutsch (de) | hint::Deutsch (de)\n text | a | Name | Vor- und Nachname";
    let (form, warnings) = read(survey).unwrap();
    let view = form.evaluate(&answers(&[]), &context());
    assert_eq!((view.questions[0].label.as_str(), warnings.len()), ("Name", 2));
    let matter = matter(
        "type | name | label::中文 (zh) | label::Deutsch (de)\n text | a | 姓名 | Name",
        NONE,
    );
    assert_eq!(matter.form.title(Language::Chinese), matter.name.zh);
}

#[test]
fn what_is_shown_has_words_and_what_is_not_needs_none() {
    for (line, fits) in [
        ("text | a | | | |", false),
        ("text | a | | 提示 | |", true),
        ("text | a | | | | 1 + 1", true),
        ("text | a | | | 只有说明 |", false),
        ("hidden | a | | | |", true),
        ("username | a | | | |", true),
        ("calculate | a | | | | 1", true),
        ("calculate | a | | | |", false),
    ] {
        let survey = format!("type | name | label | hint | guidance_hint | calculation\n {line}");
        assert_eq!(read(&survey).is_ok(), fits, "{line}");
    }
}

#[test]
fn lines_may_be_disabled_and_comments_stand_between() {
    let survey = "type | name | label | disabled | note
        text | a | A | |
        | | | | 以下是住址
        text | b | B | yes |";
    let (form, warnings) = read(survey).unwrap();
    assert_eq!((form.names().collect::<Vec<_>>(), warnings.len()), (vec!["a"], 2));
}

#[test]
fn entities_are_refused_by_name() {
    let survey = ("survey", "type | name | label\n text | a | A");
    let found = read_form(&workbook(&[survey, ("entities", "list_name | label\n trees | a")])).map(|_| ());
    assert_eq!(found.unwrap_err()[0].code, "entities_unsupported");
}

#[test]
fn a_choice_stands_twice_only_when_the_settings_say_so() {
    let lists = "list_name | name | label\n l | x | 甲\n l | x | 乙";
    let with = |settings: &str| {
        let survey = ("survey", "type | name | label\n select_one l | a | A");
        read_form(&workbook(&[survey, ("choices", lists), ("settings", settings)])).is_ok()
    };
    assert!(with("allow_choice_duplicates\n yes") && !with("allow_choice_duplicates\n no"));
}
