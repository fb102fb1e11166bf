//! Days in expressions, and working days.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::compute;
use doorstep_matters::calendar::{Calendar, add_working_days, working_days_between};
use proptest::prelude::*;

#[track_caller]
fn is(expression: &str, expected: &str) {
    assert_eq!(compute(expression, &[("d", "2026-02-14")]), expected, "{expression}");
}

#[test]
fn days_are_text_and_numbers() {
    is("today()", "2026-02-14");
    is("now()", "2026-02-14");
    is("date('2026-02-28') + 1", "20513");
    is("date(20513)", "2026-03-01");
    is("date('2026-02-30')", "");
    // Midnight in China, counted in UTC.
    is("decimal-date-time('1970-01-02')", "0.6666666666666667");
    is("date(decimal-date-time('1970-01-02') + 1)", "1970-01-03");
    is("number(date('1969-12-31'))", "-1");
    is("${d} - date('2026-02-04')", "10");
    is("format-date(${d}, '%Y年%n月%e日')", "2026年2月14日");
    is("format-date(${d}, '%y-%m-%d %b %a %%')", "26-02-14 Feb Sat %%");
    is("format-date('', '%Y')", "");
    is("date('9999-12-31') + 1", "2932897");
    is("date(1 div 0)", "");
    is("date(99999999999)", "");
}

#[test]
fn working_days_follow_the_announced_holidays() {
    // Spring Festival 2026: off from 15 to 23 February, Saturday 14 and 28 February worked.
    assert_eq!(add_working_days("2026-02-13", 1).as_deref(), Some("2026-02-14"));
    assert_eq!(add_working_days("2026-02-14", 1).as_deref(), Some("2026-02-24"));
    assert_eq!(add_working_days("2026-02-24", 4).as_deref(), Some("2026-02-28"));
    assert_eq!(add_working_days("2026-02-14", 0).as_deref(), Some("2026-02-14"));
    assert_eq!(working_days_between("2026-02-14", "2026-02-24"), Some(1));
    assert_eq!(working_days_between("2026-02-24", "2026-02-14"), Some(-1));
    assert_eq!(working_days_between("2026-02-14", "2026-02-14"), Some(0));
    assert_eq!(add_working_days("yesterday", 1), None);
    assert_eq!(add_working_days("2026-02-14", u32::MAX), None);
}

#[test]
fn years_that_are_not_announced_fall_back_to_the_law() {
    let calendar = Calendar::default();
    assert_eq!(calendar.is_working_day("2030-10-01"), Some(false));
    assert_eq!(calendar.is_working_day("2030-10-04"), Some(true));
    assert_eq!(calendar.is_working_day("2030-10-05"), Some(false), "a Saturday");
    assert_eq!(calendar.is_working_day("1990-06-05"), Some(true));
    assert_eq!(calendar.is_working_day("2026-12-31"), Some(true));
}

#[test]
fn a_district_overrides_days() {
    let calendar = Calendar::with_exceptions([("2026-03-02", false), ("2026-03-07", true), ("no day", true)]);
    assert_eq!(
        calendar.add_working_days("2026-02-28", 1).as_deref(),
        Some("2026-03-03")
    );
    assert_eq!(calendar.is_working_day("2026-03-07"), Some(true));
}

proptest! {
    #[test]
    fn adding_and_counting_agree(start in 0i64..12_000, days in 0u32..400) {
        let from = doorstep_matters::form::date::from_days(12_418.0 + start as f64).unwrap().to_string();
        let to = add_working_days(&from, days).unwrap();
        prop_assert_eq!(working_days_between(&from, &to), Some(i64::from(days)));
    }
}
