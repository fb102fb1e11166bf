#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::world::SystemRandom;

fn stored(content: &[u8]) -> (tempfile::TempDir, FileStore, Written) {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::open(folder.path()).unwrap();
    let mut written = files.write(content, &SystemRandom).unwrap();
    files.name(&mut written).unwrap();
    (folder, files, written)
}

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 % 251) as u8).collect()
}

#[test]
fn any_part_can_be_read() {
    for len in [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17] {
        let plain = content(len);
        let (_folder, files, written) = stored(&plain);
        for (offset, take) in [(0, len), (0, 1), (len - 1, 100), (len / 2, CHUNK + 3), (len, 5)] {
            let read = files
                .read(&written.hash, &written.key, len as u64, offset as u64, take)
                .unwrap();
            assert_eq!(read, plain[offset..len.min(offset + take)], "{len} from {offset}");
        }
    }
}

#[test]
fn the_disk_holds_nothing_that_can_be_read() {
    let plain = b"an address nobody may see, again and again ".repeat(4000);
    let (_folder, files, written) = stored(&plain);
    let raw = fs::read(files.path(&written.hash)).unwrap();
    assert!(!raw.windows(9).any(|w| w == b"addresses" || w == &plain[..9]));
}

#[test]
fn a_changed_or_shortened_file_is_noticed() {
    let plain = content(2 * CHUNK + 5);
    let (_folder, files, written) = stored(&plain);
    let path = files.path(&written.hash);
    let raw = fs::read(&path).unwrap();
    let read = || files.read(&written.hash, &written.key, plain.len() as u64, 0, plain.len());
    let mut flipped = raw.clone();
    flipped[SEALED + 3] ^= 1;
    fs::write(&path, &flipped).unwrap();
    assert!(matches!(read(), Err(StoreError::Damaged(_))));
    fs::write(&path, &raw[..2 * SEALED]).unwrap();
    assert!(matches!(read(), Err(StoreError::Damaged(_))));
}

#[test]
fn leftovers_go_and_known_files_stay() {
    let (folder, files, kept) = stored(b"kept");
    std::mem::forget(files.write(b"cut off before it had a name", &SystemRandom).unwrap());
    drop(files.write(b"given up", &SystemRandom).unwrap());
    assert_eq!(fs::read_dir(folder.path().join("files")).unwrap().count(), 2);
    assert_eq!(files.clear_leftovers(&[kept.hash]).unwrap(), 1);
    assert_eq!(files.read(&kept.hash, &kept.key, 4, 0, 4).unwrap(), b"kept");
}
