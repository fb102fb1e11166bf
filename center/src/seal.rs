//! Sealing under a key that lies elsewhere: XChaCha20-Poly1305.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit};
use doorstep_sync::Random;
use zeroize::Zeroizing;

/// A key.
pub type Key = Zeroizing<[u8; 32]>;

/// A new key.
pub fn new_key(random: &dyn Random) -> Key {
    let mut key = Key::default();
    random.fill(&mut *key);
    key
}

/// Seals what is called `name`. Under one key a name is given to one content alone: the nonce follows from it. `None` when it
/// is larger than the cipher takes.
pub fn seal(key: &[u8; 32], name: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    cipher(key).encrypt(&nonce(name).into(), plain).ok()
}

/// What was sealed under this name; `None` when that is not what it is.
pub fn unseal(key: &[u8; 32], name: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    cipher(key).decrypt(&nonce(name).into(), sealed).ok()
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

fn nonce(name: &[u8]) -> [u8; 24] {
    let mut nonce = [0; 24];
    let mut hasher = blake3::Hasher::new_derive_key("doorstep center nonce 1");
    hasher.update(name).finalize_xof().fill(&mut nonce);
    nonce
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn it_opens_under_its_key_and_its_name_alone() {
        let sealed = seal(&[1; 32], b"name", b"words").unwrap();
        assert_eq!(unseal(&[1; 32], b"name", &sealed).as_deref(), Some(&b"words"[..]));
        assert_eq!(unseal(&[2; 32], b"name", &sealed), None);
        assert_eq!(unseal(&[1; 32], b"other", &sealed), None);
        for place in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[place] ^= 1;
            assert_eq!(unseal(&[1; 32], b"name", &bent), None);
        }
    }
}
