//! What people type, brought into the form that is stored.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use doorstep_matters::form::normalize;
use doorstep_matters::view::QuestionKind;
use proptest::prelude::*;

#[test]
fn dates_as_people_write_them() {
    for typed in [
        "2026/2/4",
        "2026.2.4",
        "2026-2-4",
        "2026年2月4日",
        "20260204",
        " 2026-02-04 ",
        "２０２６／２／４",
        "２０２６年２月４号",
        "2026。2。4",
        "2026 年 2 月 4 日",
    ] {
        assert_eq!(normalize(QuestionKind::Date, typed), "2026-02-04", "{typed}");
    }
    for typed in [
        "2026-02-30",
        "26/2/4",
        "2026-2",
        "2026/2/4/5",
        "去年",
        "",
        "2026年2月",
        "2026-13-01",
        "+2026/2/4",
    ] {
        assert_eq!(
            normalize(QuestionKind::Date, typed),
            typed,
            "what is no date stays as it was typed"
        );
    }
}

#[test]
fn numbers_lose_full_width_and_spaces() {
    assert_eq!(normalize(QuestionKind::Integer, " １２ "), "12");
    assert_eq!(normalize(QuestionKind::Decimal, "１２．５"), "12.5");
    assert_eq!(normalize(QuestionKind::Decimal, "－3"), "-3");
    assert_eq!(normalize(QuestionKind::Integer, "十二"), "十二");
}

#[test]
fn identity_numbers_are_recognised_by_their_shape() {
    assert_eq!(
        normalize(QuestionKind::Text, " 11010519491231002x"),
        "11010519491231002X"
    );
    assert_eq!(
        normalize(QuestionKind::Text, "110105 19491231 002ｘ"),
        "11010519491231002X"
    );
    assert_eq!(
        normalize(QuestionKind::Text, "１１０１０５１９４９１２３１００２Ｘ"),
        "11010519491231002X"
    );
    assert_eq!(
        normalize(QuestionKind::Text, "云溪镇 ３组"),
        "云溪镇 ３组",
        "other text stays as it was typed"
    );
    assert_eq!(normalize(QuestionKind::SelectMultiple, " a  b "), "a b");
}

#[test]
fn a_form_knows_its_number_questions() {
    let matter = common::matter(
        "type | name | label | appearance\ntext | phone | 电话 | numbers\ntext | name | 姓名 |",
        common::NONE,
    );
    assert_eq!(matter.form.normalize("phone", "139 0000 ００００"), "13900000000");
    assert_eq!(matter.form.normalize("name", " 王 桃花 "), "王 桃花");
    assert_eq!(matter.form.normalize("unknown", " x "), " x ");
}

proptest! {
    #[test]
    fn it_settles_at_once(typed in "\\PC{0,30}") {
        for kind in [QuestionKind::Text, QuestionKind::Integer, QuestionKind::Date, QuestionKind::SelectMultiple] {
            let once = normalize(kind, &typed);
            prop_assert_eq!(normalize(kind, &once), once);
        }
    }
}
