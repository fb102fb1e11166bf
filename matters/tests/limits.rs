//! Time limits: what people write, and the last day.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use doorstep_matters::calendar::add_limit;
use doorstep_matters::{Limit, LimitUnit};

#[test]
fn limits_are_read_as_people_write_them() {
    use LimitUnit::{Days, Months, WorkingDays};
    for (text, count, unit) in [
        ("20", 20, WorkingDays),
        ("20 工作日", 20, WorkingDays),
        ("20个工作日", 20, WorkingDays),
        ("30 日", 30, Days),
        ("30天", 30, Days),
        ("30 自然日", 30, Days),
        ("2 个月", 2, Months),
        ("即办", 0, WorkingDays),
        ("0", 0, WorkingDays),
        ("3 working days", 3, WorkingDays),
    ] {
        assert_eq!(Limit::parse(text), Some(Limit { count, unit }), "{text}");
    }
    for text in ["", "二十", "-1", "1001", "101 月", "5 周", "20 工作日内", "99999999999"] {
        assert_eq!(Limit::parse(text), None, "{text}");
    }
}

#[test]
fn a_limit_ends_on_a_working_day() {
    let last = |from: &str, text: &str| add_limit(from, Limit::parse(text).unwrap()).unwrap();
    // 14 February 2026 is worked, 15 to 23 February is the Spring Festival.
    assert_eq!(last("2026-02-14", "1"), "2026-02-24");
    assert_eq!(last("2026-02-14", "3 日"), "2026-02-24");
    assert_eq!(last("2026-02-14", "12 日"), "2026-02-26");
    // A month ends on the same day, or on its last; 31 January is a Saturday, 28 February is worked.
    assert_eq!(last("2026-01-31", "1 个月"), "2026-02-28");
    assert_eq!(last("2026-03-10", "2 个月"), "2026-05-11");
    assert_eq!(last("2026-02-15", "即办"), "2026-02-15");
    assert_eq!(add_limit("never", Limit::working_days(1)), None);
}

#[test]
fn a_limit_is_longer_only_when_it_is_so_everywhere() {
    let longer = |one: &str, other: &str| Limit::parse(one).unwrap().is_longer_than(Limit::parse(other).unwrap());
    assert!(longer("21", "20") && !longer("20", "20"));
    assert!(longer("2 个月", "20 工作日"));
    assert!(!longer("30 日", "20 工作日") && !longer("20 工作日", "30 日"));
    assert!(longer("60 工作日", "2 个月"));
}
