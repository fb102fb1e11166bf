//! Questions that depend on each other in a circle are found when the workbook is read, and named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NONE, errors, matter};

#[test]
fn every_circle_is_named_once() {
    let found = errors(
        "type | name | label | calculation | relevant | default
         calculate | a | | ${b} + 1 | |
         calculate | b | | ${c} + 1 | |
         calculate | c | | ${a} + 1 | |
         calculate | beside | | ${a} | |
         text | x | X | | ${y} = '1' |
         text | y | Y | | | ${x}
         text | self | S | | ${self} = '1' |
         text | free | F | | |",
        NONE,
    );
    let circles: Vec<(&str, u32)> = found
        .iter()
        .map(|error| (error.problem.rsplit('：').next().unwrap(), error.row))
        .collect();
    assert_eq!(circles, [("a → b → c → a", 2), ("x → y → x", 6), ("self → self", 8)]);
    assert!(
        found
            .iter()
            .all(|error| error.code == "cycle" && !error.remedy.is_empty())
    );
}

#[test]
fn a_group_that_depends_on_its_member_is_a_circle() {
    let found = errors(
        "type | name | label | relevant
         begin_group | g | G | ${inside} = '1'
         text | inside | I |
         end_group | | |",
        NONE,
    );
    assert_eq!(found.len(), 1);
    assert!(found[0].problem.contains("g → inside → g"));
}

#[test]
fn constraints_filters_and_labels_make_no_circle() {
    matter(
        "type | name | label | constraint | required
         text | a | 见${b} | . != ${b} | ${b} != ''
         text | b | 见${a} | . != ${a} | ${a} != ''",
        NONE,
    );
}
