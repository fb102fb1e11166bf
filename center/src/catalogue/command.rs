//! `doorstep-center catalogue …`: workbooks are made, checked, put beside each other and published, from a command line.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use doorstep_matters::catalogue::{self, Fault};
use doorstep_matters::workbook::{Change, Difference, Disagreement, Element, UpperMatter, disagreements, read_upper};
use serde::Serialize;

use super::{FileState, Named, PublishError, blank, read_files, report};
use crate::center::Center;

/// What can be done with a catalogue.
#[derive(Subcommand)]
pub enum CatalogueCommand {
    /// Says everything that is wrong with the files, which together are one catalogue. Needs no center.
    Check {
        /// Workbooks, lists and pictures, or folders of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Writes an empty workbook, with drop-down lists, remarks and an example.
    New {
        /// Its name, ending in .xlsx; a file that is there is left alone.
        file: PathBuf,
    },
    /// Says what the files change: of the published catalogue (--data), or beside an upper-level list (--upper).
    Diff {
        /// Workbooks, lists and pictures, or folders of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Folder of the center's data.
        #[arg(long, env = "DOORSTEP_CENTER_DATA")]
        data: Option<PathBuf>,
        /// An upper-level list (.xlsx or .csv) with code and name, and kind, basis and materials where it has them.
        #[arg(long)]
        upper: Option<PathBuf>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Publishes the files. What is published already stays, but for files of the same name or about the same matter.
    Publish {
        /// Folder of the center's data.
        #[arg(long, env = "DOORSTEP_CENTER_DATA")]
        data: PathBuf,
        /// Workbooks, lists and pictures, or folders of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Withdraws everything else.
        #[arg(long)]
        alone: bool,
    },
    /// Takes a matter out of the catalogue. What was begun under it goes on.
    Withdraw {
        /// Folder of the center's data.
        #[arg(long, env = "DOORSTEP_CENTER_DATA")]
        data: PathBuf,
        /// Code of the matter.
        code: String,
    },
}

/// What `check` prints as JSON.
#[derive(Serialize)]
struct Checked {
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
    /// Codes of the matters that were read.
    matters: Vec<String>,
}

/// What `diff` prints as JSON.
#[derive(Serialize)]
struct Compared {
    files: Vec<ComparedFile>,
    disagreements: Vec<Disagreement>,
}

#[derive(Serialize)]
struct ComparedFile {
    file: String,
    state: FileState,
    differences: Vec<Difference>,
}

impl CatalogueCommand {
    /// Does it. `open` opens the center of a data folder.
    pub fn run(self, open: impl Fn(&Path) -> anyhow::Result<Center>) -> anyhow::Result<()> {
        match self {
            Self::Check { files, json } => check(&read(&files)?, json),
            Self::New { file } => new(&file),
            Self::Diff {
                files,
                data,
                upper,
                json,
            } => {
                let center = data.as_deref().map(open).transpose()?;
                diff(&read(&files)?, center.as_ref(), upper.as_deref(), json)
            }
            Self::Publish { data, files, alone } => {
                let (center, files) = (open(&data)?, read(&files)?);
                published(if alone {
                    center.publish(&files)
                } else {
                    center.publish_more(None, &files)
                })
            }
            Self::Withdraw { data, code } => published(open(&data)?.withdraw_matter(&code)),
        }
    }
}

fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Named>> {
    let files = read_files(paths).context("cannot read the files")?;
    if files.is_empty() {
        bail!("{}", PublishError::Empty);
    }
    Ok(files)
}

fn check(files: &[Named], json: bool) -> anyhow::Result<()> {
    let (catalogue, faults) = match catalogue::check(files) {
        Ok(catalogue) => (catalogue, Vec::new()),
        Err(faults) => (catalogue::Catalogue::default(), faults),
    };
    let checked = Checked {
        matters: catalogue.matters.into_keys().collect(),
        warnings: catalogue.warnings,
        faults,
    };
    if json {
        say(&serde_json::to_string_pretty(&checked)?)?;
    } else {
        tell(&checked.faults, "")?;
        tell(&checked.warnings, "提醒 ")?;
    }
    if !checked.faults.is_empty() {
        bail!("{} faults", checked.faults.len());
    }
    if !json {
        say(&format!("检查通过：{} 个事项", checked.matters.len()))?;
    }
    Ok(())
}

/// `文件 · survey!C7 constraint: what → how to mend it`.
fn tell(faults: &[Fault], kind: &str) -> anyhow::Result<()> {
    for Fault { file, error } in faults {
        let place = match (error.cell.as_str(), error.row) {
            ("", 0) => error.sheet.clone(),
            ("", row) => format!("{}!{row}", error.sheet),
            (cell, _) => format!("{}!{cell}", error.sheet),
        };
        let place: Vec<&str> = [file.as_str(), &place, &error.column]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        say(&format!(
            "{kind}{}: {} → {}",
            place.join(" · "),
            error.problem,
            error.remedy
        ))?;
    }
    Ok(())
}

fn new(file: &Path) -> anyhow::Result<()> {
    let written = || format!("cannot write {}", file.display());
    let mut target = std::fs::File::create_new(file).with_context(written)?;
    target.write_all(&blank::blank()?).with_context(written)?;
    say(&format!("{}", file.display()))
}

fn diff(files: &[Named], center: Option<&Center>, upper: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let current = match center {
        Some(center) => center.current_files()?.1,
        None if upper.is_none() => bail!("give --data, to compare with what is published, or --upper, or both"),
        None => Vec::new(),
    };
    let mut compared = Compared {
        files: Vec::new(),
        disagreements: Vec::new(),
    };
    if center.is_some() {
        let reports = files.iter().map(|file| report::beside(file, &current));
        compared.files = reports
            .map(|report| ComparedFile {
                file: report.file,
                state: report.state,
                differences: report.differences,
            })
            .collect();
    }
    if let Some(path) = upper {
        let list = upper_list(path)?;
        let (catalogue, faults) = catalogue::open(files);
        tell(&faults, "")?;
        compared.disagreements = disagreements(&list, catalogue.matters.values().map(|matter| &**matter));
    }
    if json {
        return say(&serde_json::to_string_pretty(&compared)?);
    }
    for file in &compared.files {
        let state = match file.state {
            FileState::New => "新增",
            FileState::Changed => "有改动",
            FileState::Same => "没有改动",
        };
        say(&format!("{}: {state}", file.file))?;
        for difference in &file.differences {
            say(&format!("  {}", in_words(difference)))?;
        }
    }
    for Disagreement {
        code,
        name,
        element,
        upper,
        ours,
    } in &compared.disagreements
    {
        let element = match element {
            Element::Name => "名称不同",
            Element::Code => "编码不同",
            Element::Kind => "类型不同",
            Element::Basis => "依据不同",
            Element::Materials => "材料不同",
            Element::NotHere => "本级没有",
            Element::NotListed => "上级目录没有",
        };
        say(&format!("{code} {name}: {element}　上级“{upper}”　本级“{ours}”"))?;
    }
    Ok(())
}

fn in_words(difference: &Difference) -> String {
    let Difference {
        sheet,
        name,
        words,
        column,
        before,
        after,
        ..
    } = difference;
    match difference.change {
        Change::Added => format!("+ {sheet} {name} {words}"),
        Change::Removed => format!("- {sheet} {name} {words}"),
        Change::Changed => format!("~ {sheet} {name} {column}: “{before}” → “{after}”"),
    }
}

fn upper_list(path: &Path) -> anyhow::Result<Vec<UpperMatter>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    read_upper(&name, &bytes).context("the upper-level list has no columns for code and name")
}

fn published(done: Result<u64, PublishError>) -> anyhow::Result<()> {
    match done {
        Ok(version) => say(&format!("version {version}")),
        Err(PublishError::Workbooks(faults)) => {
            tell(&faults, "")?;
            bail!("{} faults; the published catalogue stays as it is", faults.len())
        }
        Err(error) => Err(error.into()),
    }
}

fn say(words: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "{words}")?)
}
