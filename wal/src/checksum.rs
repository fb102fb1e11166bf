//! The checksum of the log: two sums over words of 32 bits, taken in pairs.

/// Both sums, as they go from one frame to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum(pub u32, pub u32);

impl Sum {
    pub(crate) const ZERO: Sum = Sum(0, 0);

    /// Sums always lie in the log with the highest byte first.
    pub(crate) fn read(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Sum(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
    }

    pub(crate) fn bytes(self) -> [u8; 8] {
        (u64::from(self.0) << 32 | u64::from(self.1)).to_be_bytes()
    }

    fn less(self, other: Sum) -> Sum {
        Sum(self.0.wrapping_sub(other.0), self.1.wrapping_sub(other.1))
    }

    /// What a change of one in a word comes to when another pair has been summed.
    fn one_pair_on(self) -> Sum {
        let first = self.0.wrapping_add(self.1);
        Sum(first, self.1.wrapping_add(first))
    }

    fn times(self, change: u32) -> Sum {
        Sum(self.0.wrapping_mul(change), self.1.wrapping_mul(change))
    }
}

/// The order of the bytes in the words that are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    BigEndian,
    LittleEndian,
}

impl Order {
    fn word(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::BigEndian => u32::from_be_bytes(bytes),
            Order::LittleEndian => u32::from_le_bytes(bytes),
        }
    }

    /// Which byte of a word, and which bit of it, is bit `bit` of its value.
    fn place(self, bit: u32) -> (usize, u8) {
        let byte = match self {
            Order::BigEndian => 3 - bit / 8,
            Order::LittleEndian => bit / 8,
        };
        (byte as usize, 1 << (bit % 8))
    }

    fn words(self, bytes: &[u8]) -> impl DoubleEndedIterator<Item = u32> {
        let (words, _) = bytes.as_chunks::<4>();
        words.iter().map(move |word| self.word(*word))
    }

    /// `sum` and then `bytes`, whose number is a multiple of eight.
    pub(crate) fn sum(self, sum: Sum, bytes: &[u8]) -> Sum {
        let (pairs, _) = bytes.as_chunks::<8>();
        pairs.iter().fold(sum, |Sum(first, second), &[a, b, c, d, e, f, g, h]| {
            let first = first.wrapping_add(self.word([a, b, c, d])).wrapping_add(second);
            Sum(first, second.wrapping_add(self.word([e, f, g, h])).wrapping_add(first))
        })
    }

    /// Every single bit of `bytes` (its byte, and the bit in it) that makes the sum what it `should` be when it is turned. The
    /// low bits of a word are told from all others. Of the highest ones a sum keeps too little: there may be some hundred
    /// places that make it right.
    pub(crate) fn turned(self, bytes: &[u8], is: Sum, should: Sum) -> Vec<(usize, u8)> {
        let lacks = should.less(is);
        let mut found = Vec::new();
        // From the last pair on: what one more in the first and in the second word of a pair changes in the sum.
        let (mut of_first, mut of_second) = (Sum(1, 1), Sum(0, 1));
        for (back, word) in self.words(bytes).rev().enumerate() {
            let weight = if back % 2 == 0 { of_second } else { of_first };
            for bit in 0..u32::BITS {
                let change = 1_u32 << bit;
                let change = if word & change == 0 {
                    change
                } else {
                    change.wrapping_neg()
                };
                if weight.times(change) == lacks {
                    let (byte, mask) = self.place(bit);
                    found.push((bytes.len() - 4 * (back + 1) + byte, mask));
                }
            }
            if back % 2 == 1 {
                (of_first, of_second) = (of_first.one_pair_on(), of_second.one_pair_on());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_turned_bit_is_found(
            pairs in prop::collection::vec(any::<[u8; 8]>(), 1..64),
            begin in any::<(u32, u32)>(),
            chance in any::<usize>(),
            big in any::<bool>(),
        ) {
            let order = if big { Order::BigEndian } else { Order::LittleEndian };
            let (begin, mut bytes) = (Sum(begin.0, begin.1), pairs.concat());
            let should = order.sum(begin, &bytes);
            let (at, mask) = (chance / 8 % bytes.len(), 1 << (chance % 8));
            bytes[at] ^= mask;
            let found = order.turned(&bytes, order.sum(begin, &bytes), should);
            prop_assert!(found.contains(&(at, mask)), "{:?}", found);
            for (at, mask) in found {
                let mut bytes = bytes.clone();
                bytes[at] ^= mask;
                prop_assert_eq!(order.sum(begin, &bytes), should);
            }
        }
    }
}
