//! Workbooks that ask for more than any machine can do: what they ask for comes to an end, and the check says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fmt::Write;

use common::{MATERIALS, MATTER, NONE, answers, context, matter, workbook};
use doorstep_matters::{Answers, catalogue};

fn faults(survey: &str) -> Vec<String> {
    let sheets = [("survey", survey), ("matter", MATTER), ("materials", MATERIALS)];
    let checked = catalogue::check(&[("a.xlsx".to_owned(), workbook(&sheets))]);
    let faults = checked.map(|_| ()).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.error.code).collect()
}

/// Each text is the one before twice.
fn doubling(times: usize) -> String {
    let mut survey = format!(
        "type | name | label | calculation\ncalculate | c0 | | '{}'",
        "x".repeat(1_000)
    );
    for place in 0..times {
        write!(
            survey,
            "\ncalculate | c{} | | concat(${{c{place}}}, ${{c{place}}})",
            place + 1
        )
        .unwrap();
    }
    survey
}

#[test]
fn texts_that_double_come_to_an_end() {
    assert_eq!(faults(&doubling(10)), [""; 0]);
    assert_eq!(faults(&doubling(40)), ["form_too_costly"]);
    let matter = matter(&doubling(40), NONE);
    let held: usize = matter
        .form
        .evaluate(&Answers::new(), &context())
        .questions
        .iter()
        .map(|q| q.value.len())
        .sum();
    assert!(held < 1 << 27, "{held}");
}

#[test]
fn rows_compared_with_rows_come_to_an_end() {
    let survey = |rows: u32| {
        format!(
            "type | name | label | repeat_count | calculation
            calculate | met | | | /data/r/x != /data/r/x
            begin_repeat | r | R | {rows} |
            calculate | x | | | 1
            end_repeat | | | |"
        )
    };
    assert_eq!(faults(&survey(100)), [""; 0]);
    assert_eq!(faults(&survey(20_000)), ["form_too_costly"]);
}

#[test]
fn rows_that_went_leave_room_for_others() {
    let form = matter(
        "type | name | label | repeat_count
        integer | n | N |
        begin_repeat | outer | O | ${n}
        begin_repeat | inner | I | 100
        text | t | T |
        end_repeat | | |
        end_repeat | | |",
        NONE,
    )
    .form;
    let context = context();
    let mut evaluation = form.values(&answers(&[("n", "150")]), &context);
    for _ in 0..3 {
        evaluation.answer("n", "0");
        evaluation.answer("n", "150");
    }
    assert!(evaluation.is_relevant("outer[150]/inner[100]/t"));
}

#[test]
fn rows_of_many_questions_are_fewer() {
    let mut survey = "type | name | label | repeat_count\nbegin_repeat | r | R | 20000".to_owned();
    for place in 0..1_000 {
        write!(survey, "\ntext | t{place} | T |").unwrap();
    }
    survey.push_str("\nend_repeat | | |");
    let form = matter(&survey, NONE).form;
    let context = context();
    let evaluation = form.values(&Answers::new(), &context);
    assert!(evaluation.is_relevant("r[400]/t0") && !evaluation.is_relevant("r[600]/t0"));
}
