//! Workbooks, their cells, and the forms they make: from the catalogue of the demo district.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use calamine::{Reader, Xlsx};
use doorstep_center::demo::workbooks;
use doorstep_matters::catalogue;
use doorstep_matters::form::functions;

use crate::Seeds;

/// Matters that stand by themselves.
const BOOKS: [&[u8]; 4] = [
    include_bytes!("../../../../matters/tests/fixtures/before_blocks/高龄津贴.xlsx"),
    include_bytes!("../../../../matters/tests/fixtures/before_blocks/生育登记.xlsx"),
    include_bytes!("../../../../matters/tests/fixtures/before_blocks/残疾人两项补贴.xlsx"),
    include_bytes!("../../../../matters/tests/fixtures/before_blocks/城乡居民医保参保.xlsx"),
];
/// Columns that hold expressions.
const EXPRESSIONS: [&str; 7] = [
    "relevant",
    "required",
    "constraint",
    "calculation",
    "default",
    "repeat_count",
    "choice_filter",
];

pub fn seeds() -> Vec<Seeds> {
    let alone: Vec<Vec<Sheet>> = BOOKS.iter().map(|bytes| small(&read(bytes))).collect();
    let all = workbooks().into_iter().filter(|(name, _)| name.ends_with("xlsx"));
    let all: Vec<Vec<Sheet>> = all.map(|(_, bytes)| read(&bytes)).collect();
    let blocks = all
        .iter()
        .filter(|sheets| sheets.iter().any(|(name, _)| name == "block" || name == "bundle"));
    let cells = alone.iter().cloned().chain(blocks.map(|sheets| small(sheets)));
    vec![
        ("workbook", packages()),
        ("cells", cells.map(|sheets| text(&sheets).into_bytes()).collect()),
        ("expression", expressions(&all)),
        ("answers", answers()),
    ]
}

/// A name and its rows.
type Sheet = (String, Vec<Vec<String>>);

fn read(bytes: &[u8]) -> Vec<Sheet> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheets = book.worksheets().into_iter();
    let row = |row: &[calamine::Data]| row.iter().map(|cell| cell.to_string()).collect();
    sheets
        .map(|(name, range)| (name, range.rows().map(row).collect()))
        .collect()
}

/// As `cells` reads them.
fn text(sheets: &[Sheet]) -> String {
    let mut text = String::new();
    for (name, rows) in sheets {
        text.push_str(&format!("# {name}\n"));
        for row in rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| cell.replace('|', "").replace('\n', "\\n"))
                .collect();
            text.push_str(cells.join("|").trim_end_matches('|'));
            text.push('\n');
        }
    }
    text
}

/// A package, packed and part by part, and lists.
fn packages() -> Vec<Vec<u8>> {
    let parts = include_str!("parts.txt");
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for part in parts.split("==== ").skip(1) {
        let (name, content) = part.split_once('\n').unwrap();
        let options = zip::write::SimpleFileOptions::default();
        package.start_file(name, options).unwrap();
        package.write_all(content.as_bytes()).unwrap();
    }
    vec![
        package.finish().unwrap().into_inner(),
        parts.into(),
        "name,label,town\na,A,1\nb,\"B \"\"b\"\"\",2\n".into(),
        "事项编码,事项名称,材料\nYX-MZ-001,高龄津贴,身份证；户口簿\n,,照片\n".into(),
        b"\xef\xbb\xbfname\tlabel\na\tA\n".to_vec(),
    ]
}

/// The sheets without remarks and without the second language: small inputs are the better ones.
fn small(sheets: &[Sheet]) -> Vec<Sheet> {
    let read = sheets.iter().filter(|(name, _)| name.is_ascii());
    let short = |(name, rows): &Sheet| {
        let heading = rows.first().cloned().unwrap_or_default();
        let left_out = |heading: &String| {
            ["(en)", "hint", "message", "说明"]
                .iter()
                .any(|word| heading.contains(word))
        };
        let kept: Vec<usize> = (0..heading.len()).filter(|place| !left_out(&heading[*place])).collect();
        let row = |row: &Vec<String>| kept.iter().map(|place| row[*place].clone()).collect();
        (name.clone(), rows.iter().map(row).collect())
    };
    read.map(short).collect()
}

fn expressions(books: &[Vec<Sheet>]) -> Vec<Vec<u8>> {
    let mut found: BTreeSet<String> = functions()
        .map(|function| format!("{}(${{name}}, ${{age}}, 'x', 2)", function.name))
        .collect();
    for (_, rows) in books.iter().flatten().filter(|(name, _)| name == "survey") {
        let heading = rows.first().cloned().unwrap_or_default();
        for row in rows.iter().skip(1) {
            let cells = heading
                .iter()
                .zip(row)
                .filter(|(heading, _)| EXPRESSIONS.contains(&heading.as_str()));
            found.extend(cells.map(|(_, cell)| cell.clone()).filter(|cell| !cell.is_empty()));
        }
    }
    found.extend(
        [
            ". > 3 and not(${age} < 18) or ${sum} div 2 mod 3 = -1",
            "count(${member}[years > 5]) + sum(${years}) * 2",
            "${member}[position() = 2]/who | ${name}",
            "indexed-repeat(${who}, ${member}, 2)",
            "//member/who[1]/../years",
            "if(selected(${many}, 'red'), format-date(${day}, '%Y-%m-%d'), concat('a', \"b\"))",
            "join(' ', ${who}) != '' and string-length(${name}) >= 2",
            "decimal-date-time(${moment}) - decimal-date-time('2026-01-01')",
            "distance(${place}) + area(${place})",
            "current()/../name = warm",
        ]
        .map(str::to_owned),
    );
    found.into_iter().map(String::into_bytes).collect()
}

fn answers() -> Vec<Vec<u8>> {
    let matters = catalogue::read(&workbooks()).unwrap().matters;
    let one = |(place, matter): (usize, &std::sync::Arc<doorstep_matters::matter::Matter>)| {
        let mut seed = vec![place as u8];
        for question in matter.form.questions().iter().filter(|question| question.is_asked()) {
            let first = matter.form.choices(question).first().map(|choice| choice.name.clone());
            let value = first.unwrap_or_else(|| match question.name.contains("id") {
                true => "500199193001011232".into(),
                false => "2026-02-14".into(),
            });
            let key = match &question.group {
                Some(group) if group.contains("member") => format!("{group}[k3]/{}", question.name),
                _ => question.name.clone(),
            };
            seed.extend(format!("{key}={value}\n").into_bytes());
        }
        seed
    };
    matters.values().enumerate().map(one).collect()
}
