//! The center's signing key: in a file of its own, apart from the database, readable by the owner alone.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use doorstep_sync::{Random, SigningKey};
use zeroize::Zeroizing;

/// Reads the key, or makes one the first time.
pub fn load_or_create(path: &Path, random: &dyn Random) -> io::Result<SigningKey> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => {
            let mut seed = Zeroizing::new([0; 32]);
            hex::decode_to_slice(text.trim(), &mut *seed)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the key file is damaged"))?;
            Ok(SigningKey::from_seed(&seed))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = SigningKey::generate(random);
            write_private(path, Zeroizing::new(hex::encode(*key.seed())).as_bytes())?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
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
    let part = path.with_extension("part");
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
