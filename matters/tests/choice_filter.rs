//! Choices that depend on other answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{code, error, evaluate, matter, question};

const SURVEY: &str = "
type | name | label | choice_filter
select_one town | town | 镇 |
select_one village | village | 村 | town = ${town}
select_multiple village | villages | 多村 | town = ${town} and name != 'v3'
";
const CHOICES: &str = "
list_name | name | label | town
town | t1 | 云溪镇 |
town | t2 | 青石镇 |
village | v1 | 桃花村 | t1
village | v2 | 柳树村 | t1
village | v3 | 红岩村 | t2
";

fn names(view: &doorstep_matters::FormView, name: &str) -> Vec<String> {
    question(view, name)
        .choices
        .iter()
        .map(|choice| choice.name.clone())
        .collect()
}

#[test]
fn a_village_belongs_to_its_town() {
    let matter = matter(SURVEY, CHOICES);
    assert_eq!(names(&evaluate(&matter, &[]), "village"), Vec::<String>::new());
    assert_eq!(names(&evaluate(&matter, &[("town", "t1")]), "village"), ["v1", "v2"]);
    assert_eq!(names(&evaluate(&matter, &[("town", "t2")]), "village"), ["v3"]);
    assert_eq!(
        names(&evaluate(&matter, &[("town", "t2")]), "villages"),
        Vec::<String>::new()
    );
}

#[test]
fn a_choice_that_no_longer_applies_is_kept_and_said() {
    let matter = matter(SURVEY, CHOICES);
    let view = evaluate(&matter, &[("town", "t2"), ("village", "v1"), ("villages", "v1 v2")]);
    assert_eq!(code(&view, "village"), Some("choice"));
    assert!(error(&view, "village").unwrap().message.contains("不适用"));
    assert_eq!(question(&view, "village").value, "v1");
    assert_eq!(
        question(&view, "village").display,
        "桃花村",
        "people still see what it was"
    );
    assert_eq!(question(&view, "villages").display, "桃花村、柳树村");
    let view = evaluate(&matter, &[("town", "t1"), ("village", "v9")]);
    assert!(error(&view, "village").unwrap().message.contains("不在选项中"));
    assert_eq!(question(&view, "village").display, "v9");
}
