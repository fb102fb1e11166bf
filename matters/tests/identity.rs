//! Identity numbers, GB 11643.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use doorstep_matters::identity::{IdentityError, check_character, parse};
use proptest::prelude::*;

#[test]
fn a_number_tells_birth_and_sex() {
    let identity = parse(" 999999194102140028 ").unwrap();
    assert_eq!(identity.birth.as_deref(), Some("1941-02-14"));
    assert_eq!(identity.sex, Some('2'));
    // The example in the standard's own annex.
    assert_eq!(check_character("11010519491231002"), Some('X'));
    assert_eq!(parse("11010519491231002x").unwrap().number, "11010519491231002X");
}

#[test]
fn any_area_is_taken() {
    // Born so long ago that the numbers belong to nobody.
    for area in ["510202", "000000", "810000", "820000", "830000", "911156"] {
        let body = format!("{area}18600229001");
        let number = format!("{body}{}", check_character(&body).unwrap());
        assert_eq!(parse(&number).unwrap().birth.as_deref(), Some("1860-02-29"), "{area}");
    }
}

#[test]
fn first_generation_numbers_are_converted() {
    let identity = parse("999999410214002").unwrap();
    assert_eq!(identity.number, "999999194102140028");
    assert_eq!(identity.birth.as_deref(), Some("1941-02-14"));
    assert_eq!(parse("999999411314002"), Err(IdentityError::Date));
    assert_eq!(parse("99999941021400X"), Err(IdentityError::Character));
}

#[test]
fn foreigners_older_cards_are_taken_as_they_are() {
    let identity = parse("abc110105123456").unwrap();
    assert_eq!(
        (identity.number.as_str(), identity.birth, identity.sex),
        ("ABC110105123456", None, None)
    );
    assert_eq!(parse("AB1110105123456"), Err(IdentityError::Character));
}

#[test]
fn every_fault_has_its_code() {
    for (number, code) in [
        ("", "id_length"),
        ("99999919410214002", "id_length"),
        ("9999991941021400288", "id_length"),
        ("99999919410214O028", "id_character"),
        ("X99999194102140028", "id_character"),
        ("身份证号码身份证号码身份证号码身份证", "id_character"),
        ("999999194102300020", "id_date"),
        ("999999190002290020", "id_date"),
        ("999999184902140020", "id_date"),
        ("999999194102140029", "id_check"),
    ] {
        let error = parse(number).unwrap_err();
        assert_eq!(error.code(), code, "{number}");
        assert!(!error.words().zh.is_empty() && error.words().en.is_ascii());
    }
}

proptest! {
    #[test]
    fn one_wrong_digit_is_always_noticed(year in 1900u32..2025, day in 1u32..29, month in 1u32..13, sequence in 0u32..1000, place in 0usize..6, digit in 0u32..10) {
        let body = format!("999999{year}{month:02}{day:02}{sequence:03}");
        let number = format!("{body}{}", check_character(&body).unwrap());
        prop_assert!(parse(&number).is_ok());
        let mut wrong: Vec<char> = number.chars().collect();
        wrong[place] = char::from_digit(digit, 10).unwrap();
        let wrong: String = wrong.into_iter().collect();
        prop_assert_eq!(parse(&wrong).is_ok(), wrong == number);
    }

    #[test]
    fn two_digits_swapped_are_always_noticed(sequence in 0u32..1000, place in 0usize..5) {
        let body = format!("12345619600101{sequence:03}");
        let number = format!("{body}{}", check_character(&body).unwrap());
        let mut swapped: Vec<char> = number.chars().collect();
        swapped.swap(place, place + 1);
        prop_assert!(parse(&swapped.into_iter().collect::<String>()).is_err());
    }

    #[test]
    fn nothing_typed_makes_it_fail(text in "\\PC{0,24}") {
        let _ = parse(&text);
    }
}
