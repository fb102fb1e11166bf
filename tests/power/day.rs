//! A day's work in a folder, for `tests/power/main.rs` to run over its file layer.
//! usage: day FOLDER work SEED STEPS | day FOLDER full station|center

#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use doorstep_harness::power::day;
use doorstep_harness::power::full::{self, Whose};

fn main() -> Result<()> {
    let mut given = std::env::args().skip(1);
    let mut next = || {
        given
            .next()
            .context("usage: day FOLDER work SEED STEPS | day FOLDER full station|center")
    };
    let folder = PathBuf::from(next()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match next()?.as_str() {
        "work" => runtime.block_on(day::work(&folder, next()?.parse()?, next()?.parse()?)),
        "full" => {
            let whose = if next()? == "center" {
                Whose::Center
            } else {
                Whose::Station
            };
            println!("{}", runtime.block_on(full::work(&folder, whose))?);
            Ok(())
        }
        other => bail!("no work is named {other}"),
    }
}
