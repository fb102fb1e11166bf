//! What is asked, and what happens to answers that are not asked for any more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, code, evaluate, matter, question, value};

const SURVEY: &str = "
type | name | label | relevant | required | calculation
text | marital | 婚姻 | | |
begin_group | spouse | 配偶 | ${marital} = 'yes' | |
text | spouse_name | 配偶姓名 | | yes |
begin_group | job | 工作 | ${spouse_name} != '' | |
text | employer | 单位 | | yes |
end_group | | | | |
end_group | | | | |
calculate | greeting | 称呼 | | | concat('您好', ${employer})
";

#[test]
fn a_group_hides_its_members_and_theirs() {
    let matter = matter(SURVEY, NONE);
    let view = evaluate(&matter, &[]);
    for name in ["spouse", "spouse_name", "job", "employer"] {
        assert!(!question(&view, name).relevant, "{name}");
        assert!(!question(&view, name).required, "{name}");
    }
    assert!(view.incomplete.is_empty());
    let view = evaluate(&matter, &[("marital", "yes")]);
    assert!(question(&view, "spouse_name").relevant);
    assert!(!question(&view, "job").relevant);
    assert_eq!(view.incomplete, ["spouse_name"]);
    let view = evaluate(&matter, &[("marital", "yes"), ("spouse_name", "周大柳")]);
    assert_eq!(view.incomplete, ["employer"]);
    assert_eq!(question(&view, "employer").group.as_deref(), Some("job"));
    assert_eq!(question(&view, "job").group.as_deref(), Some("spouse"));
}

#[test]
fn an_answer_that_is_not_asked_counts_as_empty_but_stays() {
    let matter = matter(SURVEY, NONE);
    let all = [("marital", "yes"), ("spouse_name", "周大柳"), ("employer", "石桥小学")];
    assert_eq!(value(&evaluate(&matter, &all), "greeting"), "您好石桥小学");
    let view = evaluate(&matter, &[("marital", "no"), all[1], all[2]]);
    assert_eq!(value(&view, "greeting"), "您好");
    assert_eq!(value(&view, "employer"), "石桥小学", "what was typed is still there");
    assert_eq!(code(&view, "employer"), None);
}

#[test]
fn relevance_may_look_ahead() {
    let matter = matter(
        "type | name | label | relevant\ntext | a | A | ${b} = '1'\ntext | b | B |",
        NONE,
    );
    assert!(question(&evaluate(&matter, &[("b", "1")]), "a").relevant);
    assert!(!question(&evaluate(&matter, &[]), "a").relevant);
}
