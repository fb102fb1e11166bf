//! Every type of question that XLSForm has: how it is written, and what an answer to it looks like.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, answers, context, errors, matter, workbook};
use doorstep_matters::form::{Form, Metadata};
use doorstep_matters::read_form;
use doorstep_matters::view::QuestionKind as Kind;

const LISTS: &str = "list_name | name | label\n yn | y | 是\n yn | n | 否";

fn form(survey: &str) -> Form {
    read_form(&workbook(&[("survey", survey), ("choices", LISTS)])).unwrap()
}

#[test]
fn every_type_is_read_in_all_its_spellings() {
    for (written, kind) in [
        ("text", Kind::Text),
        ("int", Kind::Integer),
        ("decimal", Kind::Decimal),
        ("range", Kind::Range),
        ("date", Kind::Date),
        ("time", Kind::Time),
        ("dateTime", Kind::DateTime),
        ("select_one yn", Kind::SelectOne),
        ("select one from yn", Kind::SelectOne),
        ("select1 yn", Kind::SelectOne),
        ("select all that apply yn", Kind::SelectMultiple),
        ("rank yn", Kind::Rank),
        ("note", Kind::Note),
        ("gps", Kind::Geopoint),
        ("geotrace", Kind::Geotrace),
        ("geoshape", Kind::Geoshape),
        ("photo", Kind::Image),
        ("audio", Kind::Audio),
        ("video", Kind::Video),
        ("file", Kind::File),
        ("barcode", Kind::Barcode),
        ("trigger", Kind::Acknowledge),
        ("hidden", Kind::Hidden),
        ("start", Kind::Metadata),
        ("select_one_from_file towns.csv", Kind::SelectOne),
    ] {
        let form = form(&format!("type | name | label\n {written} | q | Q"));
        assert_eq!(form.question("q").unwrap().kind, kind, "{written}");
    }
    let form = form("type | name | label\n deviceid | device |\n today | day |");
    let metadata = |name: &str| form.question(name).unwrap().metadata;
    assert_eq!(
        (metadata("device"), metadata("day")),
        (Some(Metadata::Device), Some(Metadata::Today))
    );
}

#[test]
fn what_is_no_type_is_refused() {
    for written in [
        "Text",
        "select_one",
        "select_one nowhere",
        "select_one yn or_else",
        "loop",
        "include x",
    ] {
        let survey = format!("type | name | label\n {written} | q | Q");
        let read = read_form(&workbook(&[("survey", &survey), ("choices", LISTS)]));
        let errors = read.map(|_| ()).expect_err(written);
        assert_eq!((errors[0].row, errors[0].column.as_str()), (2, "type"), "{written}");
    }
}

#[test]
fn answers_have_the_shape_of_their_type() {
    for (written, parameters, good, bad) in [
        ("integer", "", "12", "1.5"),
        ("range", "start=0 end=10 step=2", "4", "5"),
        ("range", "start=0 end=1 step=0.1", "0.3", "1.1"),
        ("range", "", "10", "11"),
        ("time", "", "08:30", "25:00"),
        ("dateTime", "", "2026-02-14T08:30:00.000+08:00", "2026-02-14"),
        ("geopoint", "", "30.1 106.2 250 5", "95 106"),
        ("geotrace", "", "30 106;30.1 106.1", "30 106"),
        ("geoshape", "", "30 106;30 107;31 107;30 106", "30 106;30 107;31 107"),
        ("acknowledge", "", "OK", "好"),
        ("rank yn", "", "n y", "x y"),
        ("barcode", "", "6901234567892", ""),
    ] {
        let form = form(&format!(
            "type | name | label | parameters\n {written} | q | Q | {parameters}"
        ));
        let wrong = |answer: &str| {
            let view = form.evaluate(&answers(&[("q", answer)]), &context());
            view.questions[0].error.is_some()
        };
        assert!(!wrong(good), "{written} {good}");
        assert!(bad.is_empty() || wrong(bad), "{written} {bad}");
    }
}

#[test]
fn or_other_brings_a_choice_and_a_question() {
    let form = form("type | name | label\n select_one yn or_other | q | Q");
    assert_eq!(form.names().collect::<Vec<_>>(), ["q", "q_other"]);
    let relevant = |answer: &str| {
        let view = form.evaluate(&answers(&[("q", answer)]), &context());
        assert!(view.questions[0].choices.iter().any(|choice| choice.name == "other"));
        view.questions[1].relevant
    };
    assert!(relevant("other") && !relevant("y"));
}

#[test]
fn a_matter_names_what_its_screens_cannot_serve() {
    for written in [
        "image",
        "audio",
        "video",
        "file",
        "geotrace",
        "geoshape",
        "audit",
        "background-audio",
        "csv-external",
        "xml-external",
    ] {
        let name = if written == "audit" { "" } else { "q" };
        let found = errors(
            &format!("type | name | label\n text | a | A\n {written} | {name} | Q"),
            NONE,
        );
        let error = found
            .iter()
            .find(|error| error.code == "type_unsupported")
            .expect(written);
        assert!((error.row, error.column.as_str()) == (3, "type") && error.problem.contains(written));
    }
    let survey = "type | name | label
        begin_repeat | member | 成员
        time | hour | 几点
        range | score | 评分
        end_repeat | |
        hidden | source |
        today | day |
        acknowledge | read | 已读";
    assert_eq!(matter(survey, NONE).form.names().count(), 6);
}
