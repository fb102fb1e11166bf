//! Repeats: rows, what expressions see of them, and that an answer computes again what depends on it and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, answers, context, workbook};
use doorstep_matters::form::Form;
use doorstep_matters::view::QuestionKind;
use doorstep_matters::{Answers, Context, read_form, read_form_with};
use proptest::prelude::*;

fn form(survey: &str, choices: &str) -> Form {
    read_form(&workbook(&[("survey", survey), ("choices", choices)])).unwrap()
}

fn value(form: &Form, pairs: &[(&str, &str)], key: &str) -> String {
    form.values(&answers(pairs), &context()).text(key).to_owned()
}

const HOUSEHOLD: &str = "
    type | name | label | calculation | relevant | repeat_count
    integer | least | 最低 | | |
    begin_repeat | person | 成员 | | |
    text | name | 姓名 | | |
    integer | income | 收入 | | |
    calculate | number | | position(..) | |
    calculate | share | | ${income} div sum(../../person/income) | |
    text | job | 工作 | | ${income} > ${least} |
    begin_repeat | card | 卡 | | |
    text | bank | 银行 | | |
    calculate | whose | | concat(${name}, '/', ${bank}) | |
    end_repeat | | | | |
    end_repeat | | | | |
    calculate | persons | | count(${person}) | |
    calculate | all | | sum(${income}) | |
    calculate | names | | join('、', ${name}) | |
    calculate | second | | indexed-repeat(${name}, ${person}, 2) | |
    calculate | rich | | count(/data/person[income > 100]) | |
    calculate | last | | /data/person[position() = last()]/name | |
    calculate | cards | | count(${card}) | |
    calculate | banks | | join('、', ${bank}) | |";

const TWO: [(&str, &str); 6] = [
    ("person[a]/name", "王桃花"),
    ("person[a]/income", "50"),
    ("person[a]/card[1]/bank", "农行"),
    ("person[b]/name", "李春生"),
    ("person[b]/income", "150"),
    ("least", "100"),
];

#[test]
fn rows_are_seen_from_within_and_from_outside() {
    let form = form(HOUSEHOLD, NONE);
    let evaluation = form.values(&answers(&TWO), &context()).answers().clone();
    assert_eq!(evaluation, answers(&TWO), "nothing is made up");
    for (key, expected) in [
        ("persons", "2"),
        ("all", "200"),
        ("names", "王桃花、李春生"),
        ("second", "李春生"),
        ("rich", "1"),
        ("last", "李春生"),
        ("cards", "2"),
        ("banks", "农行、"),
        ("person[a]/number", "1"),
        ("person[b]/number", "2"),
        ("person[b]/share", "0.75"),
        ("person[a]/card[1]/whose", "王桃花/农行"),
        ("person[b]/card[1]/whose", "李春生/"),
    ] {
        assert_eq!(value(&form, &TWO, key), expected, "{key}");
    }
    let evaluation_context = context();
    let evaluation = form.values(&answers(&TWO), &evaluation_context);
    assert!(!evaluation.is_relevant("person[a]/job") && evaluation.is_relevant("person[b]/job"));
}

#[test]
fn a_view_shows_rows_as_groups_within_their_repeat() {
    let form = form(HOUSEHOLD, NONE);
    let view = form.evaluate(&answers(&TWO), &context());
    let find = |name: &str| view.questions.iter().find(|view| view.name == name).unwrap();
    assert_eq!(find("person").kind, QuestionKind::Repeat);
    assert_eq!(find("person[b]").kind, QuestionKind::Group);
    assert_eq!(find("person[b]").group.as_deref(), Some("person"));
    assert_eq!(find("person[b]/income").group.as_deref(), Some("person[b]"));
    assert_eq!(find("person[a]/card").group.as_deref(), Some("person[a]"));
    assert_eq!(
        find("person[a]/card[1]/bank").group.as_deref(),
        Some("person[a]/card[1]")
    );
    let order: Vec<&str> = view.questions.iter().map(|view| view.name.as_str()).collect();
    let place = |name: &str| order.iter().position(|other| *other == name).unwrap();
    assert!(place("person") < place("person[a]") && place("person[a]/job") < place("person[b]"));
    assert!(place("person[b]/card[1]/whose") < place("persons"));
}

#[test]
fn a_repeat_begins_with_one_row_and_may_lose_it() {
    let form = form(HOUSEHOLD, NONE);
    assert_eq!(value(&form, &[], "persons"), "1");
    let around = context();
    let mut evaluation = form.values(&Answers::new(), &around);
    let changed = evaluation.remove_row("person[1]");
    assert!(
        changed.contains(&"person".to_owned()) && changed.contains(&"persons".to_owned()),
        "{changed:?}"
    );
    assert_eq!(evaluation.text("persons"), "0");
    assert_eq!(
        value(&form, &[("person", "")], "persons"),
        "0",
        "and it does not come back"
    );
    assert!(evaluation.add_row("nothing", "x").is_empty());
    assert!(evaluation.remove_row("person[nobody]").is_empty());
}

#[test]
fn a_count_makes_the_rows_and_answers_beyond_it_stay() {
    let survey = "
        type | name | label | repeat_count | calculation
        integer | n | 几个 | |
        begin_repeat | r | 行 | ${n} |
        text | a | 甲 | |
        end_repeat | | | |
        calculate | all | | | join(',', ${a})";
    let form = form(survey, NONE);
    let around = context();
    let mut evaluation = form.values(&answers(&[("n", "3")]), &around);
    evaluation.answer("r[2]/a", "zwei");
    evaluation.answer("r[3]/a", "drei");
    assert_eq!(evaluation.text("all"), ",zwei,drei");
    evaluation.answer("n", "2");
    assert_eq!(evaluation.text("all"), ",zwei");
    assert_eq!(evaluation.answers().get("r[3]/a").map(String::as_str), Some("drei"));
    evaluation.answer("n", "3");
    assert_eq!(evaluation.text("all"), ",zwei,drei");
    evaluation.answer("n", "1e9");
    evaluation.answer("n", "99999999999");
    assert!(evaluation.text("all").len() < 100_000, "bounded");
}

#[test]
fn only_what_depends_on_an_answer_is_shown_anew() {
    let form = form(HOUSEHOLD, NONE);
    let around = context();
    let mut evaluation = form.values(&answers(&TWO), &around);
    assert_eq!(
        evaluation.answer("person[b]/card[1]/bank", "工行"),
        ["person[b]/card[1]/bank", "person[b]/card[1]/whose", "banks"]
    );
    assert_eq!(
        evaluation.answer("person[a]/income", "50"),
        ["person[a]/income"],
        "nothing new"
    );
    let changed = evaluation.answer("person[a]/income", "850");
    let expected = [
        "person[a]/income",
        "person[a]/share",
        "person[a]/job",
        "person[b]/share",
        "all",
        "rich",
    ];
    assert_eq!(changed, expected);
    assert!(evaluation.answer("person[z]/income", "1").is_empty(), "no such row");
    assert!(evaluation.answer("[]/[", "1").is_empty());
}

#[test]
fn lists_are_walked_like_the_form() {
    // The name of a list's root is fixed.
    let survey = "
        type | name | label | calculation | choice_filter
        select_one town | town | 镇 | |
        select_one village | village | 村 | | town = ${town}
        calculate | words | | instance('village')/ROOT/item[name = ${village}]/label |
        calculate | many | | count(instance('village')/ROOT/item[town = ${town}]) |
        calculate | pulled | | pulldata('places', 'label', 'name', ${village}) |
        calculate | none | | instance('nowhere')/ROOT/item/label |";
    let choices = "
        list_name | name | label | town
        town | t1 | 云溪镇 |
        town | t2 | 石桥镇 |
        village | v1 | 桃花村 | t1
        village | v2 | 柳树村 | t1
        village | v3 | 石桥村 | t2";
    let files = |name: &str| (name == "places.csv").then(|| "name,label\nv1,桃花村\nv2,柳树村".into());
    let survey = survey.replace("ROOT", "root");
    let (form, _) = read_form_with(&workbook(&[("survey", &survey), ("choices", choices)]), Some(&files)).unwrap();
    let given = [("town", "t1"), ("village", "v2")];
    assert_eq!(value(&form, &given, "words"), "柳树村");
    assert_eq!(value(&form, &given, "many"), "2");
    assert_eq!(value(&form, &given, "pulled"), "柳树村");
    assert_eq!(value(&form, &given, "none"), "");
    let view = form.evaluate(&answers(&given), &context());
    let village = view.questions.iter().find(|view| view.name == "village").unwrap();
    assert_eq!(village.choices.len(), 2);
}

#[test]
fn axes_and_unions() {
    let survey = "
        type | name | label | calculation
        begin_group | g | G |
        text | a | A |
        text | b | B |
        end_group | | |
        begin_repeat | r | R |
        integer | x | X |
        calculate | before | | sum(../preceding-sibling::r/x)
        calculate | after | | count(../following-sibling::*)
        end_repeat | | |
        calculate | both | | join('-', ${b} ∪ ${a})
        calculate | up | | name(/data/g/a/..)
        calculate | kids | | count(/data/g/*)
        calculate | deep | | count(//x)
        calculate | anc | | count(/data/r[2]/x/ancestor::node())
        calculate | desc | | count(/data/g/descendant-or-self::node())
        calculate | own | | string-length(normalize-space(/data/g/a))
        calculate | nth | | /data/r[2]/x
        calculate | text | | count(/data/g/a/text())";
    let form = form(survey, NONE);
    let given = [
        ("a", " eins "),
        ("b", "zwei"),
        ("r[1]/x", "1"),
        ("r[2]/x", "2"),
        ("r[3]/x", "4"),
    ];
    for (key, expected) in [
        ("both", " eins -zwei"),
        ("up", "g"),
        ("kids", "2"),
        ("deep", "3"),
        ("anc", "3"),
        ("desc", "3"),
        ("own", "4"),
        ("nth", "2"),
        ("text", "0"),
        ("r[3]/before", "3"),
        ("r[1]/before", "0"),
        ("r[1]/after", "11"),
    ] {
        assert_eq!(value(&form, &given, key), expected, "{key}");
    }
}

#[test]
fn lots_are_drawn_alike_at_both_ends_and_otherwise_for_each_application() {
    let survey = "
        type | name | label | calculation
        calculate | key | | uuid()
        calculate | other | | uuid()";
    let form = form(survey, NONE);
    let drawn = |seed| {
        let around = Context { seed, ..context() };
        let evaluation = form.values(&Answers::new(), &around);
        (evaluation.text("key").to_owned(), evaluation.text("other").to_owned())
    };
    let (key, other) = drawn(7);
    assert_eq!((key.len(), drawn(7)), (36, (key.clone(), other.clone())));
    assert!(key != other && drawn(8).0 != key);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// Whatever is answered in whatever order, computing again what depends on it gives what computing everything gives.
    #[test]
    fn computing_again_is_computing_all(steps in proptest::collection::vec((0u8..8, 0u8..4, 0u16..300), 1..30)) {
        let form = form(HOUSEHOLD, NONE);
        let around = context();
        let mut evaluation = form.values(&Answers::new(), &around);
        for (what, row, number) in steps {
            match what {
                0 => { evaluation.add_row("person", &format!("p{row}")); }
                1 => { evaluation.remove_row(&format!("person[p{row}]")); }
                2 => { evaluation.add_row(&format!("person[p{row}]/card"), "c"); }
                3 => { evaluation.answer("least", &number.to_string()); }
                4 => { evaluation.answer(&format!("person[p{row}]/name"), &format!("n{number}")); }
                5 => { evaluation.answer(&format!("person[p{row}]/card[1]/bank"), &format!("b{number}")); }
                6 => { evaluation.answer("person[1]/income", &number.to_string()); }
                _ => { evaluation.answer(&format!("person[p{row}]/income"), &number.to_string()); }
            }
        }
        let all = form.values(evaluation.answers(), &around);
        let (all, kept) = (all.view().questions, evaluation.view().questions);
        for (fresh, kept) in all.iter().zip(&kept) {
            prop_assert_eq!(fresh, kept);
        }
        prop_assert_eq!(all.len(), kept.len());
    }
}

#[test]
fn rows_that_people_add_in_a_row_that_is_counted_are_there_after_all_is_computed_anew() {
    let form = form(
        "
    type | name | label | repeat_count
    integer | homes | 几处 |
    begin_repeat | home | 住处 | ${homes}
    begin_repeat | room | 房间 |
    text | use | 用途 |
    end_repeat | | |
    end_repeat | | |",
        NONE,
    );
    let given = answers(&[("homes", "2"), ("home[2]/room[a]/use", "厨房"), ("home[2]/room[b]", "")]);
    let given_context = context();
    let view = form.values(&given, &given_context).view();
    let rows: Vec<&str> = view.questions.iter().map(|question| question.name.as_str()).collect();
    assert!(
        rows.contains(&"home[2]/room[a]/use") && rows.contains(&"home[2]/room[b]/use"),
        "{rows:?}"
    );
    assert!(
        rows.contains(&"home[1]/room[1]/use") && !rows.contains(&"home[2]/room[1]"),
        "{rows:?}"
    );
}

#[test]
fn a_key_is_known_whatever_rows_there_are() {
    let form = form(HOUSEHOLD, NONE);
    let kind = |key: &str| form.keyed(key).map(|question| (question.name.as_str(), question.kind));
    assert_eq!(kind("person[x]/income"), Some(("income", QuestionKind::Integer)));
    assert_eq!(kind("person[x]/card[y]/bank"), Some(("bank", QuestionKind::Text)));
    assert_eq!(kind("person"), Some(("person", QuestionKind::Repeat)));
    assert_eq!(kind("person[x]"), Some(("person", QuestionKind::Repeat)));
    for wrong in [
        "income",
        "card[y]/bank",
        "person[x]/bank",
        "least[x]",
        "person[x]/",
        "",
        "nobody",
    ] {
        assert_eq!(kind(wrong), None, "{wrong}");
    }
}

#[test]
fn a_repeat_whose_rows_are_counted_says_so() {
    let form = form(
        "
    type | name | label | repeat_count
    begin_repeat | home | 住处 | 2
    text | use | 用途 |
    end_repeat | | |
    begin_repeat | pet | 动物 |
    text | kind | 种类 |
    end_repeat | | |",
        NONE,
    );
    let view = form.evaluate(&Answers::new(), &context());
    let fixed: Vec<&str> = view
        .questions
        .iter()
        .filter(|question| question.kind == QuestionKind::Repeat && question.readonly)
        .map(|question| question.name.as_str())
        .collect();
    assert_eq!(fixed, ["home"]);
}
