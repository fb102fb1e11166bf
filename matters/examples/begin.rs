//! Says how forms begin, for `tests/oracle/begin.py`: commands come in line by line (`open`, a tab, the path of a workbook),
//! after each all nodes go out, in the words of the players there. Lists are looked for beside the form.
//!
//!     cargo run -p doorstep-matters --example begin < COMMANDS
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::io::BufRead;
use std::path::Path;

use doorstep_matters::form::Filled;
use doorstep_matters::view::QuestionKind;
use doorstep_matters::{Answers, Context, read_form_with};

use nodes::nodes;

#[path = "../tests/common/nodes.rs"]
mod nodes;

const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.3f%:z";

fn open(path: &Path) -> Result<(), String> {
    let now = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let context = Context {
        today: now.date().to_string(),
        now: now.strftime(MOMENT).to_string(),
        filled: Filled {
            begun: now.strftime(MOMENT).to_string(),
            ..Filled::default()
        },
        ..Context::default()
    };
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let files = |name: &str| std::fs::read(folder.join(Path::new(name).file_name()?)).ok();
    let (form, _) = read_form_with(&bytes, Some(&files)).map_err(|problems| {
        let problem = &problems[0];
        format!("{} {} {}", problem.cell, problem.code, problem.problem)
    })?;
    for (path, view) in nodes(&form.values(&Answers::new(), &context)) {
        let kind = match view.kind {
            QuestionKind::Group | QuestionKind::Repeat => "g",
            kind if kind.is_asked() => "v",
            // Nobody answers it, so it is locked here in any case.
            _ => "c",
        };
        let flags =
            [view.relevant, view.required, view.readonly, view.error.is_none()].map(|flag| u8::from(flag).to_string());
        let offered: Vec<&str> = view.choices.iter().map(|choice| choice.name.as_str()).collect();
        let offered = if view.choices.is_empty() {
            "-".to_owned()
        } else {
            offered.join(" ")
        };
        println!(
            "{path}\t{kind}\t{}\t{}\t{}",
            flags.join("\t"),
            told(&offered),
            told(&view.value)
        );
    }
    Ok(())
}

fn told(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
        .replace('\r', "\\r")
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        if let Err(problem) = open(Path::new(line.unwrap().trim_start_matches("open\t"))) {
            println!("!\t{}", told(&problem));
        }
        println!(".");
    }
}
