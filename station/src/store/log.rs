//! The write-ahead log, looked through before the database is opened.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use doorstep_wal::Mended;
use hmac::{Hmac, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::Stored;

/// What SQLCipher 4 keeps at the end of a page: 16 random bytes, and the seal over them, the page and its number.
const SEAL: usize = 64;
const SALT: usize = 16;

/// Turns bits back that have turned in the log of the database under `data`. Nobody may have it open.
pub(crate) fn mend(data: &Path, key: &[u8; 32]) -> Stored<Mended> {
    let database = data.join("station.db");
    let mended = match seal_key(&database, key) {
        Some(key) => doorstep_wal::mend(&database, Some(&|number, page| is_sealed(&key, number, page)))?,
        None => doorstep_wal::mend(&database, None)?,
    };
    Ok(mended)
}

/// The key of the pages' seals: PBKDF2 of the database's own key, two rounds, under the salt with which the database
/// begins, each byte of it changed by 0x3a (SQLCipher's design, "Encryption and authentication").
fn seal_key(database: &Path, key: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let mut salt = [0; SALT];
    File::open(database).ok()?.read_exact(&mut salt).ok()?;
    let first = hash(key, &[&salt.map(|byte| byte ^ 0x3a), &1_u32.to_be_bytes()])?;
    let second = hash(key, &[&*first])?;
    let mut seal = Zeroizing::new([0; 32]);
    for (to, (one, other)) in seal.iter_mut().zip(first.iter().zip(second.iter())) {
        *to = one ^ other;
    }
    Some(seal)
}

fn is_sealed(key: &[u8; 32], number: u32, page: &[u8]) -> bool {
    // The first page begins with the salt, which is not sealed.
    let from = if number == 1 { SALT } else { 0 };
    let sealed = page.len().checked_sub(SEAL).and_then(|at| page.split_at_checked(at));
    let Some((text, seal)) = sealed else { return false };
    let text = text.get(from..).unwrap_or_default();
    hash(key, &[text, &number.to_le_bytes()]).is_some_and(|hash| *hash == seal)
}

fn hash(key: &[u8; 32], parts: &[&[u8]]) -> Option<Zeroizing<[u8; SEAL]>> {
    let mut hash = <Hmac<Sha512> as Mac>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| hash.update(part));
    Some(Zeroizing::new(hash.finalize().into_bytes().into()))
}
