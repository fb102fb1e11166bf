//! A catalogue is a folder of files that belong together: workbooks (of a matter, a bundle or a block), lists (`.csv`) and
//! sample pictures (`.jpg`, `.png`). Both ends read it here and alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::form::{Answers, Context};
use crate::matter::Matter;
use crate::scenario;
use crate::workbook::{self, Around, Kind, Opened, WorkbookError};

/// Largest sample picture, in bytes: every station fetches it, some over a weak mobile link.
const LARGEST_PICTURE: usize = 1 << 20;
/// Largest list, in bytes.
const LARGEST_LIST: usize = 8 << 20;

/// The matters of a version.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By code. A bundle is a matter whose `parts` is not empty.
    pub matters: BTreeMap<String, Arc<Matter>>,
    /// In which file each matter stands, by code.
    pub files: BTreeMap<String, String>,
    /// What is worth a look and stands in nobody's way.
    pub warnings: Vec<Fault>,
}

/// Something wrong in one file of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// File name.
    pub file: String,
    /// What, where, and how to mend it.
    pub error: WorkbookError,
}

/// The media type of a file that may stand in a catalogue, by its name; `None` for any other file.
pub fn media_type(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match ending.as_str() {
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv" => "text/csv",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        _ => return None,
    })
}

/// Reads a catalogue as one does before publishing it: its scenarios are played as well, and a line that fails is a fault
/// at its row.
pub fn check(files: &[(String, Vec<u8>)]) -> Result<Catalogue, Vec<Fault>> {
    let (catalogue, mut faults, opened) = gather(files);
    for (code, matter) in &catalogue.matters {
        let file = catalogue.files.get(code).cloned().unwrap_or_default();
        let context = Context::default();
        let evaluation = matter.form.values(&Answers::new(), &context);
        evaluation.view();
        if evaluation.is_too_costly() {
            let error = about_file(
                "form_too_costly",
                "表单一打开就要算太久".to_owned(),
                "减少 repeat_count 的行数，不要在每一行里再数所有的行，也不要让 calculation 的文字一题比一题长",
            );
            faults.push(Fault { file, error });
            continue;
        }
        let place = files.iter().position(|(name, _)| *name == file);
        let workbook = place.and_then(|place| opened.get(&place));
        faults.extend(scenario::run(matter).into_iter().map(|fault| {
            Fault {
                file: file.clone(),
                error: WorkbookError {
                    sheet: "scenarios".into(),
                    row: fault.row,
                    column: fault.column.into(),
                    cell: workbook
                        .map(|workbook| workbook.cell("scenarios", fault.row, fault.column))
                        .unwrap_or_default(),
                    code: "scenario".into(),
                    problem: format!(
                        "场景“{}”不成立：应为“{}”，实际是“{}”",
                        fault.scenario, fault.expected, fault.found
                    ),
                    remedy: "改正表单，或者改正这一行的预期".into(),
                },
            }
        }));
    }
    if faults.is_empty() { Ok(catalogue) } else { Err(faults) }
}

/// Reads a catalogue, or everything that is wrong with it.
pub fn read(files: &[(String, Vec<u8>)]) -> Result<Catalogue, Vec<Fault>> {
    let (catalogue, faults) = open(files);
    if faults.is_empty() { Ok(catalogue) } else { Err(faults) }
}

/// Reads of a catalogue what can be read, and tells what is wrong with the rest: a published version stays of use when one
/// of its files is lost.
pub fn open(files: &[(String, Vec<u8>)]) -> (Catalogue, Vec<Fault>) {
    let (catalogue, faults, _) = gather(files);
    (catalogue, faults)
}

/// With the workbooks as they lie there, by the place of their file.
fn gather(files: &[(String, Vec<u8>)]) -> (Catalogue, Vec<Fault>, BTreeMap<usize, Opened>) {
    let mut faults = Faults {
        files,
        list: Vec::new(),
    };
    let mut opened: BTreeMap<usize, Opened> = BTreeMap::new();
    for (file, (name, bytes)) in files.iter().enumerate() {
        match media_type(name) {
            Some(kind) if kind.ends_with("sheet") => match workbook::open(bytes) {
                Ok(workbook) => {
                    opened.insert(file, workbook);
                }
                Err(errors) => errors.into_iter().for_each(|error| faults.add(file, error)),
            },
            kind => faults.extend_from(file, kind.map_or_else(unknown, |kind| beside(kind, bytes))),
        }
    }
    let mut around = Around {
        files: Some(
            files
                .iter()
                .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
                .collect(),
        ),
        workbooks: opened.iter().map(|(file, workbook)| (*file, workbook)).collect(),
        ..Around::default()
    };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, workbook) in &opened {
        match &workbook.kind {
            Kind::Block(name) => {
                if let Some(other) = around.blocks.insert(name.clone(), *file) {
                    faults.add(*file, twice(workbook, "block", name, faults.name(other)));
                }
            }
            Kind::Matter(code) | Kind::Bundle(code) => {
                around.codes.insert(code.clone());
                if let Some(other) = places.insert(code, *file) {
                    let sheet = if matches!(workbook.kind, Kind::Matter(_)) {
                        "matter"
                    } else {
                        "bundle"
                    };
                    faults.add(*file, twice(workbook, sheet, code, faults.name(other)));
                }
            }
        }
    }
    let mut catalogue = Catalogue::default();
    let mut warnings = BTreeSet::new();
    // Matters before the bundles that name them.
    let bundled = |workbook: &Opened| matches!(workbook.kind, Kind::Bundle(_));
    let matters = opened.iter().filter(|(_, workbook)| !bundled(workbook));
    let bundles = opened.iter().filter(|(_, workbook)| bundled(workbook));
    for (file, workbook) in matters.chain(bundles) {
        let read = workbook::read_among(workbook, &around);
        for error in read.faults {
            faults.place(*file, error, &opened);
        }
        let mut found = Faults {
            files,
            list: Vec::new(),
        };
        for error in read.warnings {
            found.place(*file, error, &opened);
        }
        warnings.extend(found.list.into_iter().map(Sorted));
        let Some(matter) = read.matter.map(Arc::new) else {
            continue;
        };
        if catalogue.matters.contains_key(&matter.code) {
            continue;
        }
        if matter.parts.is_empty() {
            around.matters.insert(matter.code.clone(), (*file, Arc::clone(&matter)));
        }
        catalogue
            .files
            .insert(matter.code.clone(), faults.name(*file).to_owned());
        catalogue.matters.insert(matter.code.clone(), matter);
    }
    catalogue.warnings = warnings.into_iter().map(|Sorted(fault)| fault).collect();
    (catalogue, faults.finish(), opened)
}

/// The faults of a catalogue; what is wrong with a block is found wherever it is included and told once.
struct Faults<'f> {
    files: &'f [(String, Vec<u8>)],
    list: Vec<Fault>,
}

impl<'f> Faults<'f> {
    fn name(&self, file: usize) -> &'f str {
        self.files.get(file).map(|(name, _)| name.as_str()).unwrap_or_default()
    }

    fn add(&mut self, file: usize, error: WorkbookError) {
        let file = self.name(file).to_owned();
        self.list.push(Fault { file, error });
    }

    fn extend_from(&mut self, file: usize, error: Option<WorkbookError>) {
        if let Some(error) = error {
            self.add(file, error);
        }
    }

    /// A fault found while `file` was read, told in the file whose row it is.
    fn place(&mut self, file: usize, mut error: WorkbookError, opened: &BTreeMap<usize, Opened>) {
        let (other, row) = workbook::origin(error.row);
        let place = other.unwrap_or(file);
        error.row = row;
        if let Some(workbook) = opened.get(&place) {
            error.cell = workbook.cell(&error.sheet, row, &error.column);
        }
        self.add(place, error);
    }

    fn finish(self) -> Vec<Fault> {
        let mut seen = BTreeSet::new();
        let place = |file: &str| self.files.iter().position(|(name, _)| name == file);
        let mut list = self.list;
        list.retain(|fault| seen.insert(Sorted(fault.clone())));
        list.sort_by_key(|fault| place(&fault.file));
        list
    }
}

/// A fault in the order of files, sheets and rows, so that each is told once.
#[derive(PartialEq, Eq)]
struct Sorted(Fault);

impl Sorted {
    fn key(&self) -> (&str, &str, u32, &str, &str, &str) {
        let error = &self.0.error;
        (
            &self.0.file,
            &error.sheet,
            error.row,
            &error.column,
            &error.code,
            &error.problem,
        )
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn about_file(code: &str, problem: String, remedy: &str) -> WorkbookError {
    WorkbookError {
        sheet: String::new(),
        row: 0,
        column: String::new(),
        cell: String::new(),
        code: code.into(),
        problem,
        remedy: remedy.into(),
    }
}

fn unknown() -> Option<WorkbookError> {
    let problem = "目录里不用这种文件".to_owned();
    Some(about_file(
        "file_unknown",
        problem,
        "只放 .xlsx 工作簿、.csv 列表和 .jpg、.png 样图",
    ))
}

/// What is wrong with a list or a picture as a file.
fn beside(kind: &str, bytes: &[u8]) -> Option<WorkbookError> {
    let (right, most) = match kind {
        "image/jpeg" => (bytes.starts_with(&[0xff, 0xd8, 0xff]), LARGEST_PICTURE),
        "image/png" => (bytes.starts_with(b"\x89PNG\r\n\x1a\n"), LARGEST_PICTURE),
        _ => (workbook::is_list(bytes), LARGEST_LIST),
    };
    if bytes.len() > most {
        let problem = format!("文件太大，最多 {} KB", most >> 10);
        return Some(about_file("file_too_large", problem, "把图片缩小、把列表拆开再上传"));
    }
    (!right).then(|| {
        let problem = "文件内容和扩展名不符".to_owned();
        about_file(
            "file_unreadable",
            problem,
            "图片另存为 .jpg 或 .png，列表另存为“CSV UTF-8”",
        )
    })
}

fn twice(workbook: &Opened, sheet: &str, name: &str, other: &str) -> WorkbookError {
    let (key, code, what) = match sheet {
        "block" => ("name", "same_block", "块的名称"),
        _ => ("code", "same_code", "事项编码"),
    };
    let row = workbook.row(sheet, key);
    WorkbookError {
        sheet: sheet.into(),
        row,
        column: "value".into(),
        cell: workbook.cell(sheet, row, "value"),
        code: code.into(),
        problem: format!("{what} {name} 与 {other} 相同"),
        remedy: "每个事项、每个块用自己的".into(),
    }
}
