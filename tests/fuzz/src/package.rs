//! The package that a workbook is: a zip with parts of XML.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip of these parts, stored as they are, so that the cost of a run lies in reading it.
pub(crate) fn zipped(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in parts {
        // A name that no part may have leaves the part out.
        if zip.start_file(name.as_str(), options).is_ok() {
            let _ = zip.write_all(bytes);
        }
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// A workbook of these sheets: a name, and rows of cells that are text. A cell that is a number is one.
pub(crate) fn workbook(sheets: &[(String, Vec<Vec<String>>)]) -> Vec<u8> {
    let (mut list, mut relations) = (String::new(), String::new());
    let mut parts = Vec::new();
    for (place, (name, rows)) in sheets.iter().enumerate() {
        let id = place + 1;
        // Writing into a text cannot fail.
        let _ = write!(
            list,
            "<sheet name=\"{}\" sheetId=\"{id}\" r:id=\"r{id}\"/>",
            escaped(name)
        );
        let _ = write!(
            relations,
            "<Relationship Id=\"r{id}\" Type=\"{NAMES}/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        );
        parts.push((format!("xl/worksheets/sheet{id}.xml"), sheet(rows).into_bytes()));
    }
    let workbook = format!(
        "<workbook xmlns=\"{NAMES}/spreadsheetml/2006/main\" xmlns:r=\"{NAMES}/officeDocument/2006/relationships\"><sheets>{list}</sheets></workbook>"
    );
    let relations = format!("<Relationships xmlns=\"{NAMES}/package/2006/relationships\">{relations}</Relationships>");
    let root = format!(
        "<Relationships xmlns=\"{NAMES}/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{NAMES}/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    parts.push(("_rels/.rels".into(), root.into_bytes()));
    parts.push(("xl/workbook.xml".into(), workbook.into_bytes()));
    parts.push(("xl/_rels/workbook.xml.rels".into(), relations.into_bytes()));
    zipped(&parts)
}

const NAMES: &str = "http://schemas.openxmlformats.org";

fn sheet(rows: &[Vec<String>]) -> String {
    let mut data = String::new();
    for (row, cells) in rows.iter().enumerate() {
        let _ = write!(data, "<row r=\"{}\">", row + 1);
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let place = format!("{}{}", letters(column), row + 1);
            let _ = match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => write!(data, "<c r=\"{place}\"><v>{cell}</v></c>"),
                _ => write!(
                    data,
                    "<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                    escaped(cell)
                ),
            };
        }
        data.push_str("</row>");
    }
    format!("<worksheet xmlns=\"{NAMES}/spreadsheetml/2006/main\"><sheetData>{data}</sheetData></worksheet>")
}

/// `A` to `ZZ`.
fn letters(column: usize) -> String {
    let letter = |number: usize| char::from(b'A' + (number % 26) as u8);
    match column / 26 {
        0 => letter(column).to_string(),
        more => format!("{}{}", letter(more - 1), letter(column)),
    }
}

fn escaped(text: &str) -> String {
    let plain = text.chars().filter(|c| *c >= ' ' || *c == '\n').collect::<String>();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
