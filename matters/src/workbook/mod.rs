//! Reads a workbook (`.xlsx`): the sheets `survey`, `choices` and `settings` as XLSForm has them, and those that a matter
//! needs beside them: `matter`, `materials`, `guide`, `rules`, `steps`, `shared`, `scenarios`; `bundle` and `matters` of a
//! bundle, `block` of a block. Other sheets are left alone. Everything that is wrong is reported, all at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::form::{Form, Question};
use crate::matter::Matter;
use crate::text::Text;

mod about;
mod around;
mod block;
mod bundle;
mod cell;
mod choices;
mod code;
mod compared;
mod default;
mod difference;
mod external;
mod file;
mod guide;
mod heading;
mod kind;
mod known;
mod lines;
mod list;
mod materials;
mod matter;
mod merger;
mod parameters;
mod problem;
mod proofs;
mod question;
mod rules;
mod scenarios;
mod settings;
mod shared;
mod steps;
mod survey;
mod table;
mod upper;

pub(crate) use around::{Around, Kind, Opened, open};
pub use code::code;
pub use difference::{Change, Difference, differences};
pub use problem::WorkbookError;
pub use upper::{Disagreement, Element, UpperMatter, disagreements, read_upper};

use choices::Lists;
pub(crate) use external::Files;
pub(crate) use lines::origin;
use problem::Problems;
use survey::Beside;
use table::Table;

/// Reads a matter by itself, or everything that is wrong with it. What it includes and what it names beside it are
/// found only when it is read with its catalogue: [`crate::catalogue::read`]. Memory is bounded, whatever the bytes are.
pub fn read(bytes: &[u8]) -> Result<Matter, Vec<WorkbookError>> {
    let opened = open(bytes)?;
    let read = read_among(&opened, &Around::default());
    match read.matter {
        Some(matter) if read.faults.is_empty() => Ok(matter),
        _ => Err(read.faults),
    }
}

/// What came of a workbook: rows as [`origin`] takes them apart.
pub(crate) struct Read {
    /// The matter; `None` when something is wrong with it, and for a block.
    pub(crate) matter: Option<Matter>,
    pub(crate) faults: Vec<WorkbookError>,
    pub(crate) warnings: Vec<WorkbookError>,
}

/// Reads a matter, a bundle or a block among the files of its catalogue.
pub(crate) fn read_among(opened: &Opened, around: &Around<'_>) -> Read {
    let mut problems = Problems::default();
    let matter = match opened.kind {
        Kind::Block(_) => {
            matter::check_block(opened, around, &mut problems);
            None
        }
        _ => matter::read(opened, around, &mut problems),
    };
    let (mut faults, mut warnings) = problems.into_lists();
    // Lines are put together before the columns of their sheet are known.
    for error in faults
        .iter_mut()
        .chain(&mut warnings)
        .filter(|error| error.cell.is_empty())
    {
        error.cell = opened.cell(&error.sheet, error.row, &error.column);
    }
    Read {
        matter,
        faults,
        warnings,
    }
}

/// Reads the form alone, as any XLSForm has it: `survey`, `choices` and `settings`; or everything that is wrong with it.
/// What other tools take, it takes: the old binary format, too, whose reader takes the memory that a few cells far apart
/// claim. So it is for bytes that are trusted, or are a package.
pub fn read_form(bytes: &[u8]) -> Result<Form, Vec<WorkbookError>> {
    read_form_with(bytes, None).map(|(form, _)| form)
}

/// Reads the form alone with the files beside it, and what is worth a look; or everything that is wrong with it.
pub fn read_form_with(
    bytes: &[u8],
    files: Option<Files<'_>>,
) -> Result<(Form, Vec<WorkbookError>), Vec<WorkbookError>> {
    let mut problems = Problems::of_plain_form();
    let Some(sheets) = file::read(bytes, &mut problems) else {
        return Err(problems.into_list());
    };
    let survey = table(&sheets, "survey", true, &mut problems);
    let questions = questions(&sheets, survey.as_ref(), files, &mut problems);
    match form(Text::default(), questions, &mut problems) {
        Some(form) if problems.is_empty() => Ok((form, problems.take_warnings())),
        _ => Err(problems.into_list()),
    }
}

/// Whether bytes are a list that can be read, `.csv`.
pub(crate) fn is_list(bytes: &[u8]) -> bool {
    list::csv_rows(bytes).is_some()
}

type Sheets = BTreeMap<&'static str, Vec<file::Row>>;

fn table<'s>(sheets: &'s Sheets, name: &'static str, needed: bool, problems: &mut Problems) -> Option<Table<'s>> {
    if let Some(rows) = sheets.get(name) {
        return Table::new(name, rows, problems);
    }
    if needed {
        problems.add(
            name,
            0,
            "",
            "sheet_missing",
            format!("没有名为 {name} 的工作表"),
            format!("把写这些内容的表改名为 {name}；没有的，从现有事项复制一张"),
        );
    }
    None
}

/// The questions of a workbook with their rows, and its lists.
struct Questions {
    rows: Vec<(u32, Question)>,
    /// Names in the survey, also of lines that cannot be read.
    names: BTreeSet<String>,
    lists: Lists,
}

fn questions(
    sheets: &Sheets,
    survey: Option<&Table<'_>>,
    files: Option<Files<'_>>,
    problems: &mut Problems,
) -> Questions {
    if sheets.get("entities").is_some_and(|rows| !rows.is_empty()) {
        let remedy = "删去这张工作表：登记的内容由登记簿保存";
        problems.add(
            "entities",
            0,
            "",
            "entities_unsupported",
            "不支持实体（entities）",
            remedy,
        );
    }
    let settings_table = table(sheets, "settings", false, problems);
    let settings = settings_table
        .as_ref()
        .map(|table| settings::read(table, problems))
        .unwrap_or_default();
    let choices_table = table(sheets, "choices", false, problems);
    let read = |table: &Table<'_>, problems: &mut Problems| choices::read(table, settings.duplicates, problems);
    let mut lists = choices_table
        .as_ref()
        .map(|table| read(table, problems))
        .unwrap_or_default();
    if let Some(table) = table(sheets, "external_choices", false, problems) {
        let external = choices::read(&table, true, problems);
        lists.external = external.choices;
        lists.columns.extend(external.columns);
    }
    let beside = Beside {
        settings,
        sheets: settings_table.iter().chain(&choices_table).collect(),
        files,
    };
    let rows = survey
        .map(|table| survey::read(table, &beside, &mut lists, problems))
        .unwrap_or_default();
    let names = survey.map(survey::names).unwrap_or_default();
    Questions { rows, names, lists }
}

/// The form; circles of questions that depend on each other are reported where they begin. A form by itself goes on
/// without what closes them.
fn form(title: Text, questions: Questions, problems: &mut Problems) -> Option<Form> {
    let (rows, mut questions_alone): (Vec<u32>, Vec<Question>) = questions.rows.into_iter().unzip();
    let order: Vec<String> = questions_alone.iter().map(|question| question.name.clone()).collect();
    let lists = questions.lists.choices;
    let circles = match Form::new(title.clone(), questions_alone.clone(), lists.clone()) {
        Ok(form) => return Some(form),
        Err(circles) => circles,
    };
    let closing: Vec<&String> = circles.iter().filter_map(|circle| circle.first()).collect();
    for question in questions_alone
        .iter_mut()
        .filter(|question| closing.contains(&&question.name))
    {
        (question.relevant, question.calculation, question.default) = (None, None, None);
    }
    for circle in circles {
        let first = circle
            .first()
            .and_then(|name| order.iter().position(|other| other == name));
        let row = first.and_then(|place| rows.get(place)).copied().unwrap_or(0);
        let path = circle
            .iter()
            .chain(circle.first())
            .cloned()
            .collect::<Vec<_>>()
            .join(" → ");
        problems.doubt(
            "survey",
            row,
            "",
            "cycle",
            format!("这些问题互相依赖，绕成了圈：{path}"),
            "去掉其中一处 relevant、calculation 或 default 对另一题的引用",
        );
    }
    let opened = problems
        .is_plain()
        .then(|| Form::new(title, questions_alone, lists).ok());
    opened.flatten()
}
