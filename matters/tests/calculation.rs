//! Computed values, defaults, and words with values in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, answers, context, evaluate, matter, question, value};
use doorstep_matters::{Context, Language};

#[test]
fn values_are_computed_in_the_order_of_their_needs() {
    let matter = matter(
        "type | name | label | calculation
         calculate | c | | ${b} + 1
         calculate | b | | ${a} * 2
         integer | a | A |",
        NONE,
    );
    assert_eq!(value(&evaluate(&matter, &[("a", "5")]), "c"), "11");
    assert_eq!(value(&evaluate(&matter, &[]), "c"), "", "nothing comes of nothing");
    assert_eq!(
        value(&evaluate(&matter, &[("a", "5"), ("c", "99")]), "c"),
        "11",
        "a stored value does not count"
    );
}

#[test]
fn a_computed_answer_is_an_offer_and_what_was_typed_wins() {
    let survey = "
        type | name | label | calculation | readonly
        text | id | 证件号码 | |
        date | birth | 出生日期 | id-birth(${id}) |
        date | fixed | 出生日期 | id-birth(${id}) | yes";
    let matter = matter(survey, NONE);
    let id = ("id", "999999194102140028");
    assert_eq!(value(&evaluate(&matter, &[id]), "birth"), "1941-02-14");
    let typed = evaluate(&matter, &[id, ("birth", "1941-02-20"), ("fixed", "1941-02-20")]);
    assert_eq!(value(&typed, "birth"), "1941-02-20");
    assert_eq!(value(&typed, "fixed"), "1941-02-14");
    assert!(question(&typed, "fixed").readonly && !question(&typed, "birth").readonly);
    assert_eq!(value(&evaluate(&matter, &[id, ("birth", "")]), "birth"), "1941-02-14");
}

#[test]
fn defaults_stand_until_someone_answers() {
    let survey = "
        type | name | label | default
        text | name | 姓名 |
        text | holder | 开户名 | ${name}
        integer | count | 份数 | 1
        date | day | 日期 | today()
        text | code | 编号 | 12-3
        select_one town | town | 镇 | t1";
    let matter = matter(survey, "list_name | name | label\ntown | t1 | 云溪镇");
    let view = evaluate(&matter, &[("name", "王桃花")]);
    assert_eq!(value(&view, "holder"), "王桃花");
    assert_eq!(value(&view, "count"), "1");
    assert_eq!(value(&view, "day"), "2026-02-14");
    assert_eq!(value(&view, "code"), "12-3", "a fixed default is text, not arithmetic");
    assert_eq!(question(&view, "town").display, "云溪镇");
    let view = evaluate(&matter, &[("name", "王桃花"), ("holder", "李柳树"), ("count", "")]);
    assert_eq!(value(&view, "holder"), "李柳树");
    assert_eq!(value(&view, "count"), "", "emptied by a person");
}

#[test]
fn a_number_becomes_a_day_in_a_date_question() {
    let matter = matter(
        "type | name | label | calculation\ndate | a | A |\ndate | due | 到期 | ${a} + 280",
        NONE,
    );
    assert_eq!(value(&evaluate(&matter, &[("a", "2026-01-01")]), "due"), "2026-10-08");
    assert_eq!(value(&evaluate(&matter, &[]), "due"), "");
}

#[test]
fn labels_show_values_in_words() {
    let survey = "
        type | name | label::中文 (zh) | label::English (en) | hint::中文 (zh) | relevant
        select_one town | town | 镇 | Town | |
        date | day | 日期 | Date | |
        note | words | ${town}，${day}起 | From ${ day } in ${town} | 见${town} |
        note | hidden | 没有${nothing}了 | None | |
        text | nothing | 无 | Nothing | | false()";
    let matter = matter(
        survey,
        "list_name | name | label::中文 (zh) | label::English (en)\ntown | t1 | 云溪镇 | Yunxi Town",
    );
    let pairs = [("town", "t1"), ("day", "2026-03-01"), ("nothing", "旧答案")];
    let view = evaluate(&matter, &pairs);
    assert_eq!(question(&view, "words").label, "云溪镇，2026年3月1日起");
    assert_eq!(question(&view, "words").hint, "见云溪镇");
    assert_eq!(question(&view, "hidden").label, "没有了");
    let english = matter.form.evaluate(
        &answers(&pairs),
        &Context {
            language: Language::English,
            ..context()
        },
    );
    assert_eq!(question(&english, "words").label, "From 1 March 2026 in Yunxi Town");
    assert_eq!(question(&english, "town").choices[0].label, "Yunxi Town");
}

#[test]
fn a_computed_number_is_what_its_question_can_have() {
    let survey = "
        type | name | label | calculation | default
        integer | half | 一半 | 7 div 2 |
        integer | less | 以下 | -7 div 2 |
        decimal | exact | 一半 | 7 div 2 |
        integer | word | 份数 | | foo
        text | text | 说明 | | foo";
    let view = evaluate(&matter(survey, NONE), &[]);
    assert_eq!(value(&view, "half"), "3");
    assert_eq!(value(&view, "less"), "-3");
    assert_eq!(value(&view, "exact"), "3.5");
    assert_eq!(value(&view, "word"), "", "no number is no default of a number");
    assert_eq!(value(&view, "text"), "foo");
}
