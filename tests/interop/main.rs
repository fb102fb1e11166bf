//! The end in Rust of the interop tests, which are written for Node in this folder:
//!
//! - `interop write FOLDER` writes documents as stations and the center save them, each beside what is in it, as JSON.
//! - `interop read FOLDER` takes back what Automerge for JavaScript made of them, and says how many.
//! - `interop name ADDRESS SEED SCOPE HASH:LENGTH…` names files at a center, by items of a station with this key (hex).
//! - `interop upload ADDRESS FOLDER SEED SCOPE` sends the files of a folder to a tus server, as a station with this key (hex)
//!   does, until all are there.

// Node reads what it says.
#![allow(clippy::print_stdout)]

mod documents;
mod naming;
mod upload;

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use doorstep_sync::SigningKey;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = match arguments.as_slice() {
        ["write", folder] => documents::write(Path::new(folder))?,
        ["read", folder] => documents::read(Path::new(folder))?,
        ["name", address, seed, scope, files @ ..] => naming::all(address, &sender(seed, scope)?, files).await?,
        ["upload", address, folder, seed, scope] => {
            upload::all(address, Path::new(folder), sender(seed, scope)?).await?
        }
        _ => bail!(
            "interop write FOLDER | read FOLDER | name ADDRESS SEED SCOPE HASH:LENGTH… | upload ADDRESS FOLDER SEED SCOPE"
        ),
    };
    println!("{said}");
    Ok(())
}

fn sender(seed: &str, scope: &str) -> Result<upload::Sender> {
    let seed = hex::decode(seed)?.try_into();
    Ok(upload::Sender {
        key: SigningKey::from_seed(&seed.map_err(|_| anyhow!("a seed has 32 bytes"))?),
        scope: scope.parse()?,
    })
}
