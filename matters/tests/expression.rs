//! What expressions compute: XPath 1.0 as XLSForm uses it, and the functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::{compute, evaluate, matter, value};
use doorstep_matters::form::{Expression, ExpressionError, Ground};

#[track_caller]
fn is(expression: &str, expected: &str) {
    assert_eq!(
        compute(
            expression,
            &[("a", "云溪 Town"), ("n", "7"), ("d", "2026-02-14"), ("m", "x z")]
        ),
        expected,
        "{expression}"
    );
}

#[test]
fn arithmetic_has_the_precedence_of_xpath() {
    is("1 + 2 * 3", "7");
    is("(1 + 2) * 3", "9");
    is("10 - 4 - 3", "3");
    is("7 div 2", "3.5");
    is("7 mod 3", "1");
    is("-7 mod 3", "-1");
    is("7 mod -3", "1");
    is("-${n} + 10", "3");
    is("--${n}", "7");
    is("2 * -3", "-6");
    is(".5 + 1.", "1.5");
    is("1 div 0", "Infinity");
    is("${b} + 1", "");
    is("${n}-1", "6");
    is("${n} div${n}", "1");
}

#[test]
fn comparisons_follow_the_kinds_of_their_operands() {
    is("1 = 1.0", "true");
    is("'1' = '1.0'", "false");
    is("${n} = '7'", "true");
    is("${n} != 7", "false");
    is("${b} = ''", "true");
    is("${b} = 0", "false");
    is("${b} < 5", "false");
    is("${b} >= 0", "false");
    is("${n} > 6 and ${n} <= 7", "true");
    is("1 = 2 or 2 = 2 and 1 = 1", "true");
    is("1 < 2 = true()", "true");
    is("${d} = '2026-02-14'", "true");
    is("${d} > '2025-12-31'", "true");
    is("${d} < today() + 1", "true");
    is("true() = 'anything'", "true");
    is("number('x') = number('x')", "false");
    is("number('x') != number('x')", "true");
}

#[test]
fn text_functions_count_characters() {
    is("concat(${a}, '-', ${n})", "云溪 Town-7");
    is("string-length(${a})", "7");
    is("substr(${a}, 0, 2)", "云溪");
    is("substr(${a}, 3)", "Town");
    is("substr(${a}, -4, -1)", "Tow");
    is("substr(${a}, 5, 2)", "");
    is("substring-before(${a}, ' ')", "云溪");
    is("substring-after(${a}, ' ')", "Town");
    is("substring-after(${a}, '无')", "");
    is("contains(${a}, '溪')", "true");
    is("starts-with(${a}, '云')", "true");
    is("ends-with(${a}, 'wn')", "true");
    is("normalize-space('  a   b ')", "a b");
    is("translate('abcabc', 'abc', 'AB')", "ABAB");
    is(
        "translate('x', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')",
        "X",
    );
    is("regex('13900000000', '1[3-9]\\d{9}')", "true");
    is("regex('139000000001', '1[3-9]\\d{9}')", "false");
    is("regex('a|b', 'a\\|b|c')", "true");
    is("string(1 div 4)", "0.25");
    is("\"it's\"", "it's");
}

#[test]
fn truth_functions() {
    is("not(${b})", "true");
    is("boolean('false')", "true");
    is("boolean-from-string('1')", "true");
    is("boolean-from-string('no')", "false");
    is("if(${n} > 5, 'many', 'few')", "many");
    is("coalesce(${b}, ${a})", "云溪 Town");
    is("coalesce(${a}, ${n})", "云溪 Town");
}

#[test]
fn number_functions() {
    is("round(2.5)", "3");
    is("round(-2.5)", "-2");
    is("round(3.14159, 2)", "3.14");
    is("round(1234, -2)", "1200");
    is("int(-3.9)", "-3");
    is("floor(-3.1)", "-4");
    is("ceiling(3.1)", "4");
    is("abs(-2)", "2");
    is("min(3, 1, 2)", "1");
    is("max(3, ${n})", "7");
    is("sum(1, 2, ${n})", "10");
    is("max(1, ${b})", "");
    is("0.1 * 3", "0.30000000000000004");
    is("1000000 * 1000000", "1000000000000");
}

#[test]
fn choice_functions() {
    is("selected(${m}, 'x')", "true");
    is("selected(${m}, 'y')", "false");
    is("count-selected(${m})", "2");
    is("count-selected(${b})", "0");
    is("selected-at(${m}, 1)", "z");
    is("selected-at(${m}, 5)", "");
    is("jr:choice-name('y', '${m}')", "乙");
    is("jr:choice-name(${m}, '${m}')", "甲、丙");
}

#[test]
fn identity_functions() {
    is("id-valid('999999194102140028')", "true");
    is("id-valid('999999194102140029')", "false");
    is("id-birth('999999194102140028')", "1941-02-14");
    is("id-birth('nonsense')", "");
    is("id-sex('999999194102140028')", "2");
    is("age(id-birth('999999194102140028'))", "85");
    is("age('1941-02-15')", "84");
    is("age('2000-02-29', '2026-02-28')", "25");
    is("age('2000-02-29', '2026-03-01')", "26");
    is("age('2030-01-01')", "");
    is("age('')", "");
}

#[test]
fn once_keeps_what_was_there() {
    let matter = matter(
        "type | name | label | calculation\ninteger | n | N |\ncalculate | first | | once(${n})",
        common::NONE,
    );
    assert_eq!(value(&evaluate(&matter, &[("n", "3")]), "first"), "3");
    assert_eq!(value(&evaluate(&matter, &[("n", "4"), ("first", "3")]), "first"), "3");
}

#[test]
fn what_cannot_be_read_is_located() {
    for source in [
        "1 +",
        "(1",
        "'open",
        "${a",
        "1 2",
        "a b",
        "f(,)",
        "concat(‘a’)",
        "1 = = 2",
        ")",
        "",
        "${}",
        "a[1",
        "==",
        "1 === 1",
    ] {
        assert!(
            matches!(Expression::parse(source), Err(ExpressionError::Syntax { .. })),
            "{source}: {:?}",
            Expression::parse(source)
        );
    }
    let Err(error) = Expression::parse("${a} = “是”") else {
        panic!("read")
    };
    assert!(error.remedy().contains("中文标点"), "{error:?} {}", error.remedy());
}

#[test]
fn what_cannot_mean_anything_is_refused_by_name() {
    let questions = BTreeSet::from(["a".to_owned()]);
    let columns = BTreeSet::from(["town".to_owned()]);
    for (source, named) in [
        ("/data/name", "name"),
        ("current()/../x", "x"),
        ("'a' | 'b'", "“|”"),
        ("village = 'x'", "village"),
        ("${a}/b", "b"),
        ("count(${a}, 2)", "count()"),
        ("indexed-repeat(${a}, 1)", "indexed-repeat()"),
        ("jr:choice-name(${a}, ${a})", "jr:choice-name"),
        ("count(${b}[. = 1])", "b"),
        ("nonsense(1)[2]", "nonsense()"),
    ] {
        let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error:?}"));
        let problems = expression.problems(Ground {
            questions: &questions,
            columns: Some(&columns),
            current: true,
            lists: None,
            materials: None,
        });
        assert!(
            problems.iter().any(|problem| problem.to_string().contains(named)),
            "{source}: {problems:?}"
        );
    }
    let alone = Ground {
        questions: &questions,
        columns: None,
        current: false,
        lists: None,
        materials: None,
    };
    for source in [".", "..", "../a", ". > 1"] {
        let problems = Expression::parse(source).unwrap().problems(alone);
        assert_eq!(problems, [ExpressionError::Current], "{source}");
    }
    let expression = Expression::parse("string_length(${a})").unwrap();
    let problems = expression.problems(Ground {
        questions: &questions,
        columns: None,
        current: false,
        lists: None,
        materials: None,
    });
    assert!(
        problems[0].remedy().contains("string-length()"),
        "a name that is nearly right is recognised"
    );
}

#[test]
fn hostile_expressions_end_in_words() {
    let sources = [
        "(".repeat(8_000),
        "-".repeat(8_000),
        format!("{}1", "1+".repeat(20_000)),
        "f(".repeat(4_000),
        "a[".repeat(4_000),
        "x".repeat(100_000),
    ];
    for source in sources {
        assert!(Expression::parse(&source).is_err());
    }
    // As many as allowed are parsed, and evaluated without exhausting the stack of a thread.
    let long = format!("{}1", "1+".repeat(9_000));
    let deep = format!("{}1{}", "(".repeat(240), ")".repeat(240));
    let ifs = format!("{}'z'{}", "if(${n} = 0, 'a', ".repeat(120), ")".repeat(120));
    let brackets = format!("count(${{a}}{}{})", "[count(../a".repeat(60), ") = 1]".repeat(60));
    let many_calls = vec!["today()"; 100].join(" = ");
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            is(&long, "9001");
            is(&deep, "1");
            is(&ifs, "z");
            is(&brackets, "1");
            assert!(Expression::parse(&many_calls).is_ok());
        })
        .unwrap()
        .join()
        .unwrap();
}
