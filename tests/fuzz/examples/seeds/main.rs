//! Writes what the fuzzer starts from: honest bytes of every kind, made by our own encoders. See `scripts/fuzz.sh seed`.
//! usage: seeds FOLDER
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod doors;
mod forms;
mod items;
mod papers;
mod pictures;
mod wire;

// What instrumented code calls, where it is built along with the fuzzer.
#[cfg(feature = "engine")]
use libfuzzer_sys as _;
use std::fs;
use std::path::Path;

/// Some inputs of one target.
type Seeds = (&'static str, Vec<Vec<u8>>);

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("a folder to write into");
    let all: Vec<Seeds> = [
        items::seeds(),
        wire::seeds(),
        doors::seeds(),
        papers::seeds(),
        forms::seeds(),
        pictures::seeds(),
    ]
    .concat();
    for (name, _) in doorstep_fuzz::TARGETS {
        let made = all
            .iter()
            .filter(|(target, _)| *target == name)
            .map(|(_, seeds)| seeds.len())
            .sum::<usize>();
        assert!(made > 0, "nothing to start {name} from");
    }
    for (target, seeds) in all {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        for seed in seeds {
            let name = blake3::hash(&seed).to_hex();
            fs::write(folder.join(&name[..16]), &seed)?;
        }
    }
    Ok(())
}

/// As `doorstep_fuzz::pieces` takes them apart.
fn joined(pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.extend_from_slice(&u16::try_from(piece.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(piece);
    }
    bytes
}
