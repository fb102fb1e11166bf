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
