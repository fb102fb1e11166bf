//! Errors at their fields: missing, of the wrong type, against a constraint, kept by a clerk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{answers, code, context, error, evaluate, matter};
use doorstep_matters::{Context, Language};

const SURVEY: &str = "
type | name | label | required | constraint | constraint_message::中文 (zh) | constraint_message::English (en) | doorstep::keep | appearance | required_message
integer | children | 子女数 | ${married} = 'yes' | . >= 0 and . <= 15 | 请填0到15 | Enter 0 to 15. | | |
text | married | 已婚 | | | | | | |
decimal | area | 面积 | | . > 0 | | | yes | |
date | day | 日期 | | . <= today() | | | | |
text | id | 证件号码 | yes | . != '999999194102140028' | 换一个 | | | id-number | 请填证件号码
select_one yn | choice | 选择 | | | | | | |
select_multiple yn | several | 多选 | | | | | | |
note | words | 说明 | yes | | | | | |
";
const CHOICES: &str = "list_name | name | label\nyn | y | 是\nyn | n | 否";

#[test]
fn required_follows_its_expression_and_its_own_words() {
    let matter = matter(SURVEY, CHOICES);
    let view = evaluate(&matter, &[]);
    assert_eq!(view.incomplete, ["id"]);
    assert_eq!(error(&view, "id").unwrap().message, "请填证件号码");
    let view = evaluate(&matter, &[("married", "yes"), ("children", "  ")]);
    assert_eq!(code(&view, "children"), Some("missing"));
    assert_eq!(code(&view, "words"), None, "a note is not answered");
}

#[test]
fn types_are_checked_before_constraints() {
    let matter = matter(SURVEY, CHOICES);
    let wrong = [
        ("children", "两个"),
        ("area", "12平方"),
        ("day", "2026-02-30"),
        ("choice", "x"),
        ("several", "y x"),
    ];
    let view = evaluate(&matter, &wrong);
    for (name, _) in wrong {
        let expected = if name == "choice" || name == "several" {
            "choice"
        } else {
            "type"
        };
        assert_eq!(code(&view, name), Some(expected), "{name}");
        assert!(!error(&view, name).unwrap().may_keep);
    }
    for bad in ["3.0", "+3", "1e3", "-", "99999999999999999999"] {
        assert_eq!(
            code(&evaluate(&matter, &[("children", bad)]), "children"),
            Some("type"),
            "{bad}"
        );
    }
    for bad in ["inf", "NaN", "2026-02-14", "1.2.3", "."] {
        assert_eq!(
            code(&evaluate(&matter, &[("area", bad)]), "area"),
            Some("type"),
            "{bad}"
        );
    }
    assert_eq!(
        code(&evaluate(&matter, &[("area", "12.5"), ("several", "y n")]), "area"),
        None
    );
}

#[test]
fn a_constraint_holds_for_answers_only_and_speaks_both_languages() {
    let matter = matter(SURVEY, CHOICES);
    assert_eq!(code(&evaluate(&matter, &[]), "children"), None);
    let view = evaluate(&matter, &[("children", "16")]);
    assert_eq!(error(&view, "children").unwrap().message, "请填0到15");
    let english = Context {
        language: Language::English,
        ..context()
    };
    let view = matter
        .form
        .evaluate(&answers(&[("children", "16"), ("area", "-1"), ("day", "x")]), &english);
    assert_eq!(error(&view, "children").unwrap().message, "Enter 0 to 15.");
    assert!(error(&view, "area").unwrap().message.is_ascii() && error(&view, "day").unwrap().message.is_ascii());
    assert_eq!(
        code(&evaluate(&matter, &[("day", "2026-02-15")]), "day"),
        Some("constraint")
    );
}

#[test]
fn a_clerk_keeps_what_may_be_kept_and_nothing_else() {
    let matter = matter(SURVEY, CHOICES);
    let kept = Context {
        kept: vec!["id".into(), "area".into(), "children".into()],
        ..context()
    };
    let pairs = [("id", "999999194102140027"), ("area", "-1"), ("children", "16")];
    let before = evaluate(&matter, &pairs);
    assert_eq!(code(&before, "id"), Some("id_check"));
    assert!(error(&before, "id").unwrap().may_keep && error(&before, "area").unwrap().may_keep);
    let view = matter.form.evaluate(&answers(&pairs), &kept);
    assert_eq!(view.incomplete, ["children"], "this constraint may not be kept");
    let view = matter.form.evaluate(&answers(&[]), &kept);
    assert_eq!(code(&view, "id"), Some("missing"), "an empty field cannot be kept");
}

#[test]
fn a_good_number_still_meets_its_constraint() {
    let matter = matter(SURVEY, CHOICES);
    let view = evaluate(&matter, &[("id", "999999194102140028")]);
    assert_eq!(error(&view, "id").unwrap().message, "换一个");
    let view = evaluate(&matter, &[("id", "999999209901010018")]);
    assert_eq!(code(&view, "id"), Some("id_date"), "born in the future");
}
