//! Reads forms (`.xlsx`, `.xls`) as other tools do and says of each, in one line, whether it is accepted, how long it took,
//! and what is wrong with it. Lists are looked for beside the form.
//!
//!     cargo run -p doorstep-matters --example convert -- FORM…

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use doorstep_matters::{WorkbookError, read_form_with};

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                println!("unreadable\t{path}\t0\t{error}");
                continue;
            }
        };
        let folder = Path::new(&path).parent().unwrap_or(Path::new("."));
        let files = |name: &str| std::fs::read(folder.join(Path::new(name).file_name()?)).ok();
        let begin = Instant::now();
        let read = read_form_with(&bytes, Some(&files));
        let took = begin.elapsed().as_millis();
        match read {
            Ok((_, warnings)) => println!("accepted\t{path}\t{took}\t{}", told(&warnings)),
            Err(errors) => println!("refused\t{path}\t{took}\t{}", told(&errors)),
        }
    }
}

fn told(problems: &[WorkbookError]) -> String {
    let one = |problem: &WorkbookError| {
        let WorkbookError {
            sheet,
            row,
            column,
            code,
            problem,
            ..
        } = problem;
        format!("{sheet}:{row}:{column} {code} {problem}").replace(['\n', '\t'], " ")
    };
    problems.iter().map(one).collect::<Vec<_>>().join(" | ")
}
