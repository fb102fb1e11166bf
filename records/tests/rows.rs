//! Rows of repeats: added on two devices, taken out, put back, typed into meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use doorstep_records::{ApplicationDocument, Edit};

fn two() -> (ApplicationDocument, ApplicationDocument) {
    let (first, save) = begun();
    let mut second = ApplicationDocument::empty();
    second.apply(&device(1), &save.bytes).unwrap();
    (first, second)
}

fn row(key: &str, removed: bool) -> Edit {
    Edit::Row {
        row: key.into(),
        removed,
    }
}

#[test]
fn rows_of_two_devices_are_two_rows() {
    let (mut one, mut two) = two();
    let a = one
        .edit(
            &author(1, MONDAY),
            &[row("member[a]", false), answer("member[a]/name", "田小禾")],
        )
        .unwrap();
    let b = two.edit(&author(2, MONDAY), &[row("member[b]", false)]).unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    let answers = one.view().plain_answers();
    assert_eq!(
        answers.keys().collect::<Vec<_>>(),
        ["member[a]", "member[a]/name", "member[b]"]
    );
    assert!(one.view().conflicts().is_empty());
}

#[test]
fn what_was_typed_in_a_row_that_somebody_took_out_stays_and_comes_back_with_it() {
    let (mut one, mut two) = two();
    let begun = one.edit(&author(1, MONDAY), &[row("member[a]", false)]).unwrap();
    two.apply(&device(1), &begun.bytes).unwrap();
    let out = one.edit(&author(1, MONDAY + 1), &[row("member[a]", true)]).unwrap();
    let typed = two
        .edit(&author(2, MONDAY + 1), &[answer("member[a]/name", "田小禾")])
        .unwrap();
    one.apply(&device(2), &typed.bytes).unwrap();
    two.apply(&device(1), &out.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    let view = one.view();
    assert_eq!(view.row_out("member[a]/name"), Some("member[a]"));
    // The repeat does not begin with a row of its own again.
    assert_eq!(
        view.plain_answers().into_iter().collect::<Vec<_>>(),
        [("member".into(), String::new())]
    );
    assert_eq!(view.answers_with_rows_out()["member[a]/name"], "田小禾");
    one.edit(&author(1, MONDAY + 2), &[row("member[a]", false)]).unwrap();
    assert_eq!(one.view().plain_answers()["member[a]/name"], "田小禾");
}

#[test]
fn a_row_that_somebody_typed_in_while_it_was_taken_out_is_a_person_s_to_choose() {
    let (mut one, mut two) = two();
    let begun = one.edit(&author(1, MONDAY), &[row("member[a]", false)]).unwrap();
    two.apply(&device(1), &begun.bytes).unwrap();
    let typed = two
        .edit(&author(2, MONDAY + 1), &[answer("member[a]/name", "田小禾")])
        .unwrap();
    let out = one.edit(&author(1, MONDAY + 2), &[row("member[a]", true)]).unwrap();
    one.apply(&device(2), &typed.bytes).unwrap();
    two.apply(&device(1), &out.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    assert_eq!(one.view().conflicts(), ["rows.member[a]"]);
    let told: Vec<(String, String)> = one.view().contested["member[a]"]
        .versions
        .iter()
        .map(|version| (version.value.clone(), version.staff.clone()))
        .collect();
    let who = |value: &str, staff: &str| (value.to_owned(), staff.to_owned());
    assert_eq!(told, [who("true", "T0101"), who("false", "T0102")]);
    for (value, stands) in [("true", false), ("false", true)] {
        let mut settled = one.clone();
        let choice = Edit::Chosen {
            path: "rows.member[a]".into(),
            value: value.into(),
        };
        let chosen = settled.edit(&author(1, MONDAY + 3), &[choice]).unwrap();
        let mut other = two.clone();
        other.apply(&device(1), &chosen.bytes).unwrap();
        assert_eq!(settled.view(), other.view());
        assert!(other.view().conflicts().is_empty());
        assert_eq!(other.view().row_out("member[a]/name").is_none(), stands);
        assert_eq!(other.view().answers["member[a]/name"].value, "田小禾");
    }
    // Who had seen what was typed has chosen already.
    let (mut alone, _) = common::begun();
    let edits = [row("member[a]", false), answer("member[a]/name", "田小禾")];
    alone.edit(&author(1, MONDAY), &edits).unwrap();
    alone.edit(&author(1, MONDAY + 1), &[row("member[a]", true)]).unwrap();
    assert!(alone.view().conflicts().is_empty());
}

#[test]
fn a_row_is_out_only_when_all_rivals_say_so_and_can_then_be_taken_out_for_good() {
    let (mut one, mut two) = two();
    let begun = one.edit(&author(1, MONDAY), &[row("member[a]", true)]).unwrap();
    two.apply(&device(1), &begun.bytes).unwrap();
    let back = one.edit(&author(1, MONDAY + 1), &[row("member[a]", false)]).unwrap();
    // The other one puts it back and takes it out again.
    let first = two.edit(&author(2, MONDAY + 1), &[row("member[a]", false)]).unwrap();
    let second = two.edit(&author(2, MONDAY + 2), &[row("member[a]", true)]).unwrap();
    for save in [first, second] {
        one.apply(&device(2), &save.bytes).unwrap();
    }
    two.apply(&device(1), &back.bytes).unwrap();
    assert_eq!(one.view(), two.view());
    assert!(!one.view().rows["member[a]"]);
    for document in [&mut one, &mut two] {
        let mut after = document.clone();
        after.edit(&author(3, MONDAY + 3), &[row("member[a]", true)]).unwrap();
        assert!(after.view().rows["member[a]"]);
    }
}

#[test]
fn rivals_in_a_row_that_was_taken_out_wait_until_it_is_put_back() {
    let (mut one, mut two) = two();
    let a = one
        .edit(&author(1, MONDAY), &[answer("member[a]/name", "田小禾")])
        .unwrap();
    let b = two
        .edit(&author(2, MONDAY), &[answer("member[a]/name", "田小和")])
        .unwrap();
    one.apply(&device(2), &b.bytes).unwrap();
    two.apply(&device(1), &a.bytes).unwrap();
    assert_eq!(one.view().conflicts(), ["answers.member[a]/name"]);
    one.edit(&author(1, MONDAY + 1), &[row("member[a]", true)]).unwrap();
    assert!(one.view().conflicts().is_empty());
    assert_eq!(one.view().answers["member[a]/name"].versions.len(), 2);
    one.edit(&author(1, MONDAY + 2), &[row("member[a]", false)]).unwrap();
    assert_eq!(one.view().conflicts().len(), 1);
}

#[test]
fn nothing_but_a_truth_is_written_for_a_row() {
    let (mut document, _) = begun();
    document
        .edit(&author(1, MONDAY), &[row("member[a]/card[1]", false)])
        .unwrap();
    let same = document
        .edit(&author(1, MONDAY), &[row("member[a]/card[1]", false)])
        .unwrap();
    assert!(same.is_empty());
    assert!(document.edit(&author(1, MONDAY), &[row("", false)]).is_err());
}

#[test]
fn what_a_refused_item_did_to_rows_can_be_told() {
    let (mut document, _) = begun();
    let save = document
        .edit(
            &author(1, MONDAY),
            &[row("member[a]", true), answer("member[b]/name", "田小禾")],
        )
        .unwrap();
    let contents = ApplicationDocument::contents(&save.bytes);
    assert!(contents.contains(&("rows.member[a]".into(), "true".into())));
    assert!(contents.contains(&("answers.member[b]/name".into(), "田小禾".into())));
}
