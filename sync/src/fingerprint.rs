//! 32 bytes that tell whether two sets of items are equal.

use crate::id::ItemId;

/// The sum of all item ids modulo 2^256, little-endian, kept up to date by adding each new item once. Order does not
/// matter and an item can be taken out again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Fingerprint(#[cbor(with = "minicbor::bytes")] pub [u8; 32]);

impl Fingerprint {
    /// Puts an item into the set.
    pub fn add(&mut self, id: &ItemId) {
        let mut carry = 0u16;
        for (a, b) in self.0.iter_mut().zip(id.0) {
            let sum = u16::from(*a) + u16::from(b) + carry;
            *a = sum as u8;
            carry = sum >> 8;
        }
    }

    /// Puts in all of another set, which must have no item in common with this one.
    pub fn join(&mut self, other: &Self) {
        // A sum is added as an id is.
        self.add(&ItemId(other.0));
    }

    /// Takes an item out of the set.
    pub fn remove(&mut self, id: &ItemId) {
        let mut borrow = 0i16;
        for (a, b) in self.0.iter_mut().zip(id.0) {
            let difference = i16::from(*a) - i16::from(b) - borrow;
            *a = difference as u8;
            borrow = i16::from(difference < 0);
        }
    }
}

impl Fingerprint {
    /// The first 4 bytes of BLAKE3 of the sum. Two sets that differ look equal once in four thousand million times, and
    /// only until the next item comes: so much can be borne, and each scope costs this with every contact.
    pub fn short(&self) -> [u8; 4] {
        let mut short = [0; 4];
        short.copy_from_slice(&blake3::hash(&self.0).as_bytes()[..4]);
        short
    }
}

/// A fingerprint as a message carries it: 32 bytes in version 1, 4 from version 2 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Print {
    /// The sum itself.
    Whole(Fingerprint),
    /// [`Fingerprint::short`].
    Short([u8; 4]),
}

impl Print {
    /// Whether this is the print of `fingerprint`.
    pub fn is_of(&self, fingerprint: &Fingerprint) -> bool {
        match self {
            Self::Whole(whole) => whole == fingerprint,
            Self::Short(short) => *short == fingerprint.short(),
        }
    }

    /// The short form.
    pub fn short(&self) -> [u8; 4] {
        match self {
            Self::Whole(whole) => whole.short(),
            Self::Short(short) => *short,
        }
    }
}

impl<C> minicbor::Encode<C> for Print {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Whole(whole) => e.bytes(&whole.0)?,
            Self::Short(short) => e.bytes(short)?,
        };
        Ok(())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Print {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if let Ok(whole) = bytes.try_into() {
            return Ok(Self::Whole(Fingerprint(whole)));
        }
        let short = bytes.try_into();
        short
            .map(Self::Short)
            .map_err(|_| minicbor::decode::Error::message("not a fingerprint"))
    }
}
