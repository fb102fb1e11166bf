//! Hundreds of files go into parts and out of them again within a few megabytes of memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};

use doorstep_sync::bundle::*;
use doorstep_sync::payload::FileName;
use doorstep_sync::replica::Outgoing;
use doorstep_sync::{BundleId, DeviceId, FileHash, Item, SigningKey, VerifyingKey};

const FILES: usize = 200;
const LEN: u64 = 600_000;
/// A frame, its sealed form, buffers, and names.
const BOUND: u64 = 24 << 20;

/// The most memory this process has had, bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes of file `number`, made when they are asked for.
fn bytes(number: u32, offset: u64, len: u64) -> Vec<u8> {
    let mut out = vec![0; usize::try_from(len).unwrap()];
    let mut content = blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof();
    content.set_position(offset);
    content.fill(&mut out);
    out
}

struct Made(Vec<FileHash>);

impl Source for Made {
    fn items(&mut self, _: &Batch) -> Result<Vec<Item>, SourceError> {
        Ok(Vec::new())
    }
    fn read(&mut self, hash: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError> {
        let number = self.0.iter().position(|known| known == hash).unwrap();
        Ok(bytes(u32::try_from(number).unwrap(), offset, len))
    }
}

/// Hashes the one file that is coming, as a store does on its disk.
#[derive(Default)]
struct Hashing {
    now: blake3::Hasher,
    at: u64,
    whole: usize,
}

impl Sink for Hashing {
    fn head(&mut self, _: &DeviceId, _: &Head) -> Result<(), SinkError> {
        Ok(())
    }
    fn items(&mut self, _: &DeviceId, _: &[Item], _: Option<&Step>) -> Result<u64, SinkError> {
        Ok(0)
    }
    fn piece(&mut self, _: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        assert_eq!(piece.offset, self.at, "pieces come in order");
        self.now.update(&piece.bytes);
        self.at += piece.bytes.len() as u64;
        if self.at < piece.file.len {
            return Ok(Kept::Partial(self.at));
        }
        assert_eq!(*self.now.finalize().as_bytes(), piece.file.hash.0);
        (self.now, self.at) = (blake3::Hasher::new(), 0);
        self.whole += 1;
        Ok(Kept::Whole)
    }
}

#[test]
fn memory_does_not_grow_with_what_is_carried() {
    let Some(before) = peak() else {
        eprintln!("this machine does not tell how much memory a program has had");
        return;
    };
    let mut made = Made(Vec::new());
    for number in 0..FILES as u32 {
        made.0.push(FileHash::of(&bytes(number, 0, LEN)));
    }
    let outgoing = |hash: &FileHash| Outgoing {
        file: FileName {
            hash: *hash,
            len: LEN,
            media_type: "image/jpeg".into(),
        },
        scope: "500199101201/2026".parse().unwrap(),
    };
    let contents = Contents {
        files: made.0.iter().map(outgoing).collect(),
        ..Contents::default()
    };
    let plan = Plan::cut(BundleId([7; 16]), 1, contents, 40 << 20);
    let (device, center) = (SigningKey::from_seed(&[2; 32]), SigningKey::from_seed(&[1; 32]));
    let ends = Ends {
        sender: &device,
        receiver: &center.verifying_key(),
    };
    let sender = |id: &DeviceId| -> Option<VerifyingKey> {
        let key = device.verifying_key();
        (*id == key.device()).then_some(key)
    };
    let receiver = Receiver {
        key: &center,
        sender: &sender,
    };
    let path = std::env::temp_dir().join(format!("doorstep-bundle-{}", std::process::id()));
    let mut sink = Hashing::default();
    let mut report = Report::default();
    for part in 1..=plan.parts() {
        let mut out = BufWriter::new(File::create(&path).unwrap());
        write_part(&plan, part, &ends, &mut made, &mut out).unwrap();
        out.flush().unwrap();
        report.merge(read_part(BufReader::new(File::open(&path).unwrap()), &receiver, &mut sink).unwrap());
    }
    std::fs::remove_file(&path).unwrap();
    assert!(report.complete() && sink.whole == FILES && plan.parts() == 3);
    let grown = peak().unwrap() - before;
    eprintln!(
        "{} MB carried, {} KB of memory",
        (FILES as u64 * LEN) >> 20,
        grown >> 10
    );
    assert!(grown < BOUND, "{grown} bytes of memory");
}
