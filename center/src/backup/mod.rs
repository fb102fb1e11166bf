//! A backup is a folder: the database as it was at one moment, every file, and the keys to both. Only the keys can be read
//! without the keys. They are one small file, to be kept apart, and only ever its newest copy: what the center forgets loses
//! its key there, and is then forgotten in every copy of the rest, however old.

mod keyring;
mod make;
mod restore;
mod vault;

use std::io;
use std::path::{Path, PathBuf};

use doorstep_sync::{FileHash, SigningKey};

pub use make::BackedUp;
pub use restore::{Restored, restore};

use crate::center::OpenError;
use crate::error::ApiError;
use crate::seal::Key;
use crate::store::StoreError;

/// Why a backup was not made, or not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Folder or file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Another one is being made there.
    #[error("another backup is being made there")]
    Busy,
    /// The folder to restore into holds something.
    #[error("a backup is put back into an empty folder: {0} holds something")]
    NotEmpty(PathBuf),
    /// The keys file is damaged or of another program.
    #[error("the keys file is damaged")]
    Keys,
    /// None of the keys opens the database.
    #[error("the keys file is of another center, or older than the backup")]
    OtherKeys,
    /// Pages of the database are damaged.
    #[error("the database of the backup is damaged: {}", .0.join("; "))]
    Damaged(Vec<String>),
    /// What was put back does not open.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// What was put back does not work.
    #[error("{}", .0.message)]
    Work(ApiError),
}

/// Where things lie in a backup.
struct Layout {
    /// The database.
    database: PathBuf,
    /// The folder of files.
    files: PathBuf,
    /// The keys.
    keys: PathBuf,
}

impl Layout {
    fn of(folder: &Path) -> Self {
        Self {
            database: folder.join("district.db"),
            files: folder.join("files"),
            keys: folder.join("keys"),
        }
    }
}

/// The key of the database of a backup follows from the district's key.
fn database_key(district: &SigningKey) -> Key {
    Key::new(blake3::derive_key(
        "doorstep center backup database 1",
        &*district.seed(),
    ))
}

/// Names of files as they are printed.
fn listed(hashes: &[FileHash]) -> String {
    hashes
        .iter()
        .map(|hash| format!("file {hash} does not hold\n"))
        .collect()
}
