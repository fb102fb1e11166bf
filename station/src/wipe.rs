//! Remote wipe: the center has revoked this device. Its keys go first, so that nothing can be read any more even if the
//! power is cut there; then everything else. How the screen looks stays, and that it was wiped.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use doorstep_sync::Item;

use crate::files::{replace, sync_folder};
use crate::station::{Station, blocking, lock};
use crate::store::Stored;
use crate::{Failure, FailureCode};

/// That the device was wiped and has not been enrolled since. It is written first: a wipe that was cut off goes on.
const MARK: &str = "wiped";
/// What every one who opens the database needs.
const KEYS: &str = "keys.json";
/// What stays: neither says anything of a person.
const STAYS: [&str; 3] = [MARK, "station.lock", "preferences.json"];

impl Station {
    /// Wipes this device when the center's key says that it was revoked (`said`, or what came before), and it has nothing to
    /// hand over. Whether it did.
    pub(crate) async fn obey(&self, said: Option<Item>) -> Result<bool, Failure> {
        let must = self.work(move |desk| {
            if let Some(item) = said {
                desk.ledger.hear(&item);
            }
            Ok(desk.ledger.must_wipe()?)
        });
        match must.await {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(failure) if matches!(failure.code, FailureCode::LockedDevice | FailureCode::NotEnrolled) => {
                return Ok(false);
            }
            Err(failure) => return Err(failure),
        }
        let inner = self.inner.clone();
        blocking(move || {
            // Always the keyring first: unlocking does the same.
            let mut keyring = lock(&inner.keyring);
            // Closes the database, and forgets its key.
            drop(lock(&inner.desk).take());
            *keyring = None;
            *lock(&inner.bundle) = None;
            wipe(&inner.config.data)?;
            inner.near.turn();
            tracing::warn!("this device was revoked and has wiped itself");
            Ok(true)
        })
        .await
    }
}

/// Takes everything out of `data`.
fn wipe(data: &Path) -> Stored<()> {
    replace(&data.join(MARK), b"")?;
    let keys = data.join(KEYS);
    match File::options().write(true).open(&keys) {
        Ok(mut file) => {
            // What lies under the name may outlive it.
            let len = usize::try_from(file.metadata()?.len()).unwrap_or_default();
            file.write_all(&vec![0; len])?;
            file.sync_all()?;
            drop(file);
            fs::remove_file(&keys)?;
            sync_folder(data)?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if STAYS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    sync_folder(data)
}

/// Goes on with a wipe that was cut off.
pub(crate) fn resume(data: &Path) -> Stored<()> {
    match is_wiped(data) {
        true => wipe(data),
        false => Ok(()),
    }
}

/// Whether the device was wiped and has not been enrolled since.
pub(crate) fn is_wiped(data: &Path) -> bool {
    data.join(MARK).exists()
}

/// The device is enrolled anew.
pub(crate) fn forget(data: &Path) -> Stored<()> {
    match fs::remove_file(data.join(MARK)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => sync_folder(data),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_wipe_that_was_cut_off_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let lay = |name: &str| fs::write(data.join(name), b"something").unwrap();
        [KEYS, "station.db", "station.7.db", "attempts.json"]
            .into_iter()
            .for_each(lay);
        fs::create_dir(data.join("files")).unwrap();
        ["files/ab", "preferences.json", "station.lock"]
            .into_iter()
            .for_each(lay);
        resume(data).unwrap();
        assert!(data.join(KEYS).exists(), "nobody said so");
        // The power goes when the mark has been made, or when the keys have gone.
        lay(MARK);
        resume(data).unwrap();
        let mut left: Vec<_> = fs::read_dir(data).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["preferences.json", "station.lock", "wiped"]);
        forget(data).unwrap();
        assert!(!is_wiped(data));
    }
}
