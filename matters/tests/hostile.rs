//! Bytes that are no workbook, or only part of one: words, never a panic, bounded memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::Write;

use common::{MATERIALS, MATTER, workbook};
use doorstep_matters::read;
use proptest::prelude::*;

fn sample() -> Vec<u8> {
    let survey = "type | name | label | relevant\ntext | a | A |\ntext | b | B | ${a} != ''";
    workbook(&[("survey", survey), ("matter", MATTER), ("materials", MATERIALS)])
}

fn codes(bytes: &[u8]) -> Vec<String> {
    read(bytes)
        .map(|_| ())
        .unwrap_err()
        .into_iter()
        .map(|error| error.code)
        .collect()
}

#[test]
fn what_is_no_workbook_is_said_to_be_none() {
    assert_eq!(codes(b""), ["file_unreadable"]);
    assert_eq!(codes(b"name,label\na,b"), ["file_unreadable"]);
    assert_eq!(
        codes(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        ["file_unreadable"]
    );
    assert_eq!(codes(&vec![b'x'; 9 << 20]), ["file_too_large"]);
}

#[test]
fn a_package_that_unpacks_to_too_much_is_refused() {
    let mut package = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    package
        .start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default())
        .unwrap();
    let block = vec![b' '; 1 << 20];
    for _ in 0..64 {
        package.write_all(&block).unwrap();
    }
    let bytes = package.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20);
    assert_eq!(codes(&bytes), ["file_too_large"]);
}

#[test]
fn a_cell_at_the_far_corner_costs_nothing() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("survey").unwrap();
    sheet.write_string(0, 0, "type").unwrap();
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    assert!(codes(&workbook.save_to_buffer().unwrap()).contains(&"sheet_too_large".to_owned()));
}

#[test]
fn excel_errors_and_typed_cells_are_understood() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (name, text) in [
        ("survey", "type | name | label | required\ntext | a | A |"),
        ("materials", MATERIALS),
    ] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, line) in text.trim().lines().enumerate() {
            for (column, cell) in line.split('|').map(str::trim).enumerate() {
                sheet.write_string(row as u32, column as u16, cell).unwrap();
            }
        }
        if name == "survey" {
            sheet.write_boolean(1, 3, true).unwrap();
        }
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name("matter").unwrap();
    let rows = [
        "key",
        "code",
        "name",
        "kind",
        "handling",
        "level",
        "department",
        "promised_days",
    ];
    for (row, key) in rows.iter().enumerate() {
        sheet.write_string(row as u32, 0, *key).unwrap();
        sheet
            .write_string(row as u32, 1, if row == 0 { "value" } else { "云溪" })
            .unwrap();
    }
    for (row, number) in [(3, 5.0), (4, 2.0), (5, 4.0), (7, 20.0)] {
        sheet.write_number(row, 1, number).unwrap();
    }
    let matter = read(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!((matter.kind.as_str(), matter.promised.count), ("05", 20));
    assert!(
        matter.form.question("a").unwrap().required.is_some(),
        "TRUE of Excel is yes"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn truncated_workbooks(keep in 0.0f64..1.0) {
        let bytes = sample();
        let length = (bytes.len() as f64 * keep) as usize;
        prop_assert!(read(&bytes[..length]).is_err());
    }

    #[test]
    fn altered_workbooks(places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = sample();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn any_expression(source in "\\PC{0,60}") {
        let _ = doorstep_matters::form::Expression::parse(&source);
    }

    #[test]
    fn any_expression_of_its_own_alphabet(source in "[-+*/|=<>!.,()\\[\\]$\\{\\}'\" a-c0-9:@]{0,60}") {
        let _ = doorstep_matters::form::Expression::parse(&source);
    }
}
