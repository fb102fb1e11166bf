//! The keys file of a backup.

use std::fs;
use std::path::Path;

use doorstep_sync::SigningKey;
use minicbor::bytes::ByteVec;
use zeroize::Zeroizing;

use super::BackupError;
use crate::key::write_private;
use crate::seal::Key;

const VERSION: u8 = 1;
/// Bytes of the hash with which the file begins.
const HASH: usize = blake3::OUT_LEN;

/// The keys of a backup.
pub struct Keyring {
    /// The district's, in the order of time: the last one signs.
    pub district: Vec<SigningKey>,
    /// The one of second factors.
    pub factors: Key,
    /// Those of applications and files: name and key, an empty one when it was destroyed.
    pub content: Vec<(Vec<u8>, Vec<u8>)>,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Written {
    #[n(0)]
    version: u8,
    #[n(1)]
    district: Vec<ByteVec>,
    #[n(2)]
    factors: ByteVec,
    #[n(3)]
    content: Vec<(ByteVec, ByteVec)>,
}

impl Keyring {
    /// Takes the place of the keys file that was there, or nothing happens.
    pub fn write(self, path: &Path) -> std::io::Result<()> {
        let seed = |key: &SigningKey| key.seed().to_vec().into();
        let written = Written {
            version: VERSION,
            district: self.district.iter().map(seed).collect(),
            factors: self.factors.to_vec().into(),
            content: self
                .content
                .into_iter()
                .map(|(name, key)| (name.into(), key.into()))
                .collect(),
        };
        // Writing into a vector cannot fail.
        let body = Zeroizing::new(minicbor::to_vec(written).unwrap_or_default());
        let whole = Zeroizing::new([&blake3::hash(&body).as_bytes()[..], &body].concat());
        write_private(path, &whole)
    }

    /// Reads a keys file.
    pub fn read(path: &Path) -> Result<Self, BackupError> {
        let whole = Zeroizing::new(fs::read(path)?);
        let (hash, body) = whole.split_at_checked(HASH).ok_or(BackupError::Keys)?;
        if blake3::hash(body).as_bytes() != hash {
            return Err(BackupError::Keys);
        }
        let written: Written = minicbor::decode(body).map_err(|_| BackupError::Keys)?;
        let key = |bytes: &ByteVec| <[u8; 32]>::try_from(&bytes[..]).ok().map(Key::new);
        let district: Option<Vec<SigningKey>> = written
            .district
            .iter()
            .map(|bytes| key(bytes).map(|seed| SigningKey::from_seed(&seed)))
            .collect();
        match (district, key(&written.factors)) {
            (Some(district), Some(factors)) if written.version == VERSION && !district.is_empty() => Ok(Self {
                district,
                factors,
                content: written
                    .content
                    .into_iter()
                    .map(|(name, key)| (name.into(), key.into()))
                    .collect(),
            }),
            _ => Err(BackupError::Keys),
        }
    }
}
