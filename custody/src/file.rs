//! The chain of custody as a file of its own: deterministic CBOR, signed by the center. Whoever has the district's public key
//! needs nothing else to check it.

use doorstep_sync::{Millis, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::evidence::Evidence;

/// Ending of such a file.
pub const EXTENSION: &str = "custody";
/// What such a file begins with.
const NAME: &str = "doorstep custody";
const VERSION: u8 = 1;
/// Set before what is signed, so that a signature of the center over anything else is none over this.
const SIGNED_AS: &[u8] = b"doorstep custody 1\n";

/// Why bytes are no such file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FileError {
    /// Something else, or cut short, or with something behind it.
    #[error("this is no whole custody file")]
    Malformed,
    /// Made by a newer program.
    #[error("this file was made by a newer program (version {0})")]
    Version(u8),
    /// Altered, or signed by another key.
    #[error("the district did not sign this file, or it was altered")]
    Signature,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Sealed {
    #[n(0)]
    name: String,
    #[n(1)]
    version: u8,
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    signature: Vec<u8>,
}

/// What is signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Custody {
    /// When the file was made, by the center's clock.
    #[n(0)]
    pub made: Millis,
    /// What it holds.
    #[n(1)]
    pub evidence: Evidence,
}

/// The file of `custody`, signed by the center's key.
pub fn write(custody: &Custody, key: &SigningKey) -> Vec<u8> {
    let body = encode(custody);
    encode(&Sealed {
        name: NAME.to_owned(),
        version: VERSION,
        signature: key.sign(&signed(&body)),
        body,
    })
}

/// Reads what [`write`] wrote, when `key` signed it. The evidence is then as the center gave it; whether it holds,
/// [`crate::check`] says.
pub fn read(bytes: &[u8], key: &VerifyingKey) -> Result<Custody, FileError> {
    let sealed: Sealed = minicbor::decode(bytes).map_err(|_| FileError::Malformed)?;
    if sealed.name != NAME {
        return Err(FileError::Malformed);
    }
    if sealed.version != VERSION {
        return Err(FileError::Version(sealed.version));
    }
    // One form only: nothing behind it, and nothing that could be written otherwise.
    if encode(&sealed) != bytes {
        return Err(FileError::Malformed);
    }
    if !key.verify(&signed(&sealed.body), &sealed.signature) {
        return Err(FileError::Signature);
    }
    let custody: Custody = minicbor::decode(&sealed.body).map_err(|_| FileError::Malformed)?;
    if encode(&custody) == sealed.body {
        Ok(custody)
    } else {
        Err(FileError::Malformed)
    }
}

fn signed(body: &[u8]) -> Vec<u8> {
    [SIGNED_AS, body].concat()
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    // Writing into a vector cannot fail.
    minicbor::to_vec(value).unwrap_or_default()
}
