//! The center's signing keys: in files of their own, apart from the database, readable by the owner alone. `center.key`
//! signs; `center.key.1`, `center.key.2` … did before it, in that order, and still open what was sealed for them.
//! `center.factors.key` seals the secrets of second factors.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use doorstep_sync::{Random, SigningKey};
use zeroize::Zeroizing;

use crate::seal::{Key, new_key};

/// The keys of a center.
pub struct Keys {
    /// The one that signs.
    pub current: SigningKey,
    /// Those that did before, in the order of time.
    pub former: Vec<SigningKey>,
}

impl Keys {
    /// Reads the keys under `data`, or makes one the first time.
    pub fn load_or_create(data: &Path, random: &dyn Random) -> io::Result<Self> {
        let current = match read(&current(data))? {
            Some(key) => key,
            None => {
                let key = SigningKey::generate(random);
                write(&current(data), &key)?;
                key
            }
        };
        let mut former = Vec::new();
        while let Some(key) = read(&nth(data, former.len() + 1))? {
            former.push(key);
        }
        Ok(Self { current, former })
    }

    /// Puts the keys of a center into an empty folder: in the order of time, the last one signs.
    pub fn write(data: &Path, mut keys: Vec<SigningKey>, factors: &Key) -> io::Result<()> {
        write_hex(&factors_place(data), factors)?;
        let signs = keys.pop();
        for (number, key) in keys.iter().enumerate() {
            write(&nth(data, number + 1), key)?;
        }
        signs.map_or(Ok(()), |key| write(&current(data), &key))
    }

    /// The key that is to follow, when one was made and a power cut came between.
    pub fn next(data: &Path) -> io::Result<Option<SigningKey>> {
        read(&next(data))
    }

    /// Keeps the key that is to follow, durably.
    pub fn keep_next(data: &Path, key: &SigningKey) -> io::Result<()> {
        write(&next(data), key)
    }

    /// Forgets the key that was to follow: nobody has heard of it.
    pub fn drop_next(data: &Path) -> io::Result<()> {
        fs::remove_file(next(data))
    }

    /// The key that was to follow signs from now on. Each step may be the last before a power cut: none takes a key away.
    pub fn advance(self, data: &Path) -> io::Result<Self> {
        let Some(following) = Self::next(data)? else {
            return Ok(self);
        };
        let mut former = self.former;
        let kept = former
            .last()
            .is_some_and(|last| last.verifying_key() == self.current.verifying_key());
        if !kept {
            write(&nth(data, former.len() + 1), &self.current)?;
            former.push(self.current);
        }
        fs::rename(next(data), current(data))?;
        crate::disk::sync_folder(data)?;
        Ok(Self {
            current: following,
            former,
        })
    }
}

/// The key of second factors under `data`; made the first time.
pub fn factors(data: &Path, random: &dyn Random) -> io::Result<Key> {
    let place = factors_place(data);
    if let Some(key) = read_hex(&place)? {
        return Ok(key);
    }
    let key = new_key(random);
    write_hex(&place, &key)?;
    Ok(key)
}

fn factors_place(data: &Path) -> PathBuf {
    data.join("center.factors.key")
}

fn current(data: &Path) -> PathBuf {
    data.join("center.key")
}

fn next(data: &Path) -> PathBuf {
    data.join("center.key.next")
}

fn nth(data: &Path, number: usize) -> PathBuf {
    data.join(format!("center.key.{number}"))
}

fn read(path: &Path) -> io::Result<Option<SigningKey>> {
    Ok(read_hex(path)?.map(|seed| SigningKey::from_seed(&seed)))
}

fn write(path: &Path, key: &SigningKey) -> io::Result<()> {
    write_hex(path, &key.seed())
}

fn read_hex(path: &Path) -> io::Result<Option<Key>> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => {
            let mut key = Key::default();
            hex::decode_to_slice(text.trim(), &mut *key)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a key file is damaged"))?;
            Ok(Some(key))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_hex(path: &Path, key: &Key) -> io::Result<()> {
    write_private(path, Zeroizing::new(hex::encode(**key)).as_bytes())
}

/// Keeps everybody but the owner out of a folder.
pub fn make_private(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    let _ = folder;
    Ok(())
}

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    crate::disk::sync_folder(path.parent().unwrap_or(Path::new(".")))
}
