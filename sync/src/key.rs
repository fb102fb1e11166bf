//! Signing keys of devices and of the center.

use crate::id::DeviceId;
use crate::world::Random;

/// The signature algorithm. Named in every item so that another (SM2) can follow.
/// On the wire it is one small number; a number this program does not know is carried, so that one such item is
/// refused by itself and the message around it still reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// Ed25519, RFC 8032: number 0.
    Ed25519,
    /// Another one: no signature of it is ever taken for good.
    Unknown(u8),
}

impl<C> minicbor::Encode<C> for Algorithm {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(match self {
            Self::Ed25519 => 0,
            Self::Unknown(number) => *number,
        })?;
        Ok(())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Algorithm {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(match d.u8()? {
            0 => Self::Ed25519,
            number => Self::Unknown(number),
        })
    }
}

/// A private key. Zeroed when dropped.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey(of {:?})", self.verifying_key().device())
    }
}

/// A public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl SigningKey {
    /// A new key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut seed = [0; 32];
        random.fill(&mut seed);
        Self::from_seed(&seed)
    }

    /// The key of a stored 32-byte seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, to be stored sealed.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// The private half on the Montgomery curve, to open what was sealed for this key. That one key pair signs and
    /// opens is sound for Ed25519 and X25519 (eprint.iacr.org/2021/509).
    pub(crate) fn x25519(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_scalar_bytes())
    }

    /// Signs `message`: 64 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        use ed25519_dalek::Signer;
        self.0.sign(message).to_bytes().to_vec()
    }
}

impl VerifyingKey {
    /// Reads 32 bytes; `None` when they are not a key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        ed25519_dalek::VerifyingKey::from_bytes(bytes).ok().map(Self)
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// The public half on the Montgomery curve, to seal for this key.
    pub(crate) fn x25519(&self) -> [u8; 32] {
        self.0.to_montgomery().to_bytes()
    }

    /// Which device this key belongs to.
    pub fn device(&self) -> DeviceId {
        let hash = blake3::hash(self.0.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        DeviceId(id)
    }

    /// Whether `signature` is this key's over `message` (strict: no malleable forms).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature).is_ok_and(|s| self.0.verify_strict(message, &s).is_ok())
    }
}
