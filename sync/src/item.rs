//! An item: an envelope and a detached signature. Immutable; relays pass its bytes on as they are.

use crate::envelope::{Envelope, VERSION};
use crate::id::ItemId;
use crate::key::{Algorithm, SigningKey, VerifyingKey};

/// The largest envelope a peer takes: 1 MiB. A save is rarely above 2 KB.
pub const MAX_ENVELOPE: usize = 1 << 20;

/// Why bytes are not an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Not CBOR of the expected shape, or not in its one deterministic form.
    #[error("malformed")]
    Malformed,
    /// Larger than [`MAX_ENVELOPE`].
    #[error("too large")]
    TooLarge,
    /// A version this program does not know.
    #[error("unknown version {0}")]
    Version(u8),
    /// The signature is not the author's.
    #[error("bad signature")]
    Signature,
}

/// A signed item as it travels and as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Item {
    /// Deterministic CBOR of the [`Envelope`].
    #[cbor(n(0), with = "minicbor::bytes")]
    pub envelope: Vec<u8>,
    /// The algorithm of `signature`.
    #[n(1)]
    pub algorithm: Algorithm,
    /// Signature over `envelope`.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}

impl Item {
    /// Signs `envelope`.
    pub fn sign(envelope: &Envelope, key: &SigningKey) -> Self {
        let bytes = encode(envelope);
        let signature = key.sign(&bytes);
        Self {
            envelope: bytes,
            algorithm: Algorithm::Ed25519,
            signature,
        }
    }

    /// Deterministic CBOR of the item with its signature, as it lies in a store or a bundle.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads what [`Item::to_bytes`] wrote; trailing bytes are an error. Checks nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ItemError> {
        decode(bytes)
    }

    /// BLAKE3 of the envelope.
    pub fn id(&self) -> ItemId {
        ItemId(*blake3::hash(&self.envelope).as_bytes())
    }

    /// Reads the envelope and requires its one deterministic form, a known version and a bounded size. Does not check
    /// the signature.
    pub fn open(&self) -> Result<Envelope, ItemError> {
        if self.envelope.len() > MAX_ENVELOPE {
            return Err(ItemError::TooLarge);
        }
        let envelope: Envelope = decode(&self.envelope)?;
        if envelope.version != VERSION {
            return Err(ItemError::Version(envelope.version));
        }
        if encode(&envelope) != self.envelope {
            return Err(ItemError::Malformed);
        }
        Ok(envelope)
    }

    /// Reads the envelope and checks that `key` is its author's and signed it.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Envelope, ItemError> {
        let envelope = self.open()?;
        let signed = self.algorithm == Algorithm::Ed25519 && key.verify(&self.envelope, &self.signature);
        if signed && key.device() == envelope.device {
            Ok(envelope)
        } else {
            Err(ItemError::Signature)
        }
    }
}

/// Deterministic CBOR of `value`.
pub(crate) fn encode<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    // Writing into a `Vec` cannot fail, and derived encoders raise no errors of their own.
    minicbor::to_vec(value).unwrap_or_default()
}

/// Reads exactly one value.
pub(crate) fn decode<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, ItemError> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().map_err(|_| ItemError::Malformed)?;
    if decoder.position() == bytes.len() {
        Ok(value)
    } else {
        Err(ItemError::Malformed)
    }
}
