//! `doorstep-verify`: checks a custody file with the district's public key alone.

use std::fs;
use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use doorstep_custody::{check, file, moment, report};
use doorstep_sync::{FileHash, VerifyingKey};

/// Checks who wrote an application, by a file that the district's center made.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The custody file.
    file: PathBuf,
    /// The district's public key, hex: the console shows it, and `doorstep-center key` prints it.
    #[arg(long)]
    key: String,
    /// A scan or another file that came with it: is it one of those that the application names?
    #[arg(long = "with")]
    scans: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(stderr(), "doorstep-verify: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything holds.
fn run() -> anyhow::Result<bool> {
    let cli = Cli::parse();
    let key = hex::decode(cli.key.trim()).ok();
    let Some(key) = key.as_deref().and_then(VerifyingKey::from_bytes) else {
        bail!("--key is no public key of 64 hex digits");
    };
    let bytes = fs::read(&cli.file).with_context(|| format!("cannot read {}", cli.file.display()))?;
    let custody = file::read(&bytes, &key)?;
    let chain = check(&key, &custody.evidence);
    let mut out = stdout();
    writeln!(out, "made by the center {}", moment(custody.made))?;
    write!(out, "{}", report(&chain, &custody.evidence.people))?;
    let mut holds = chain.faults.is_empty();
    for path in &cli.scans {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let hash = FileHash::of(&bytes);
        let is_named = chain.files().iter().any(|file| file.hash == hash);
        holds &= is_named;
        let words = if is_named {
            "is named by it"
        } else {
            "IS NOT NAMED by it"
        };
        writeln!(out, "{} {hash} {words}", path.display())?;
    }
    Ok(holds)
}
