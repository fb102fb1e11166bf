//! Passwords of the console and PINs of stations, by Argon2id; and random secrets that people can type.

pub mod rules;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use doorstep_sync::Random;

/// A PIN's salt and hash, as a grant carries them to a device.
pub struct Pin {
    /// 16 bytes.
    pub salt: Vec<u8>,
    /// 32 bytes.
    pub hash: Vec<u8>,
}

/// Argon2id with m = 19 MiB, t = 2, p = 1, the parameters `doorstep_records::people::Staff` names.
fn argon2() -> Option<Argon2<'static>> {
    Some(Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19_456, 2, 1, Some(32)).ok()?,
    ))
}

/// A password as it is stored; `None` when it is longer than Argon2 takes.
pub fn hash(password: &str, random: &dyn Random) -> Option<String> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let salt = SaltString::encode_b64(&salt).ok()?;
    Some(argon2()?.hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

/// Whether this is the password.
pub fn verify(password: &str, stored: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else {
        return false;
    };
    argon2().is_some_and(|argon2| argon2.verify_password(password.as_bytes(), &stored).is_ok())
}

/// Takes as long as [`verify`]: so that nobody learns from the time which accounts there are.
pub fn verify_nothing(password: &str) {
    let mut out = [0; 32];
    if let Some(argon2) = argon2() {
        let _ = argon2.hash_password_into(password.as_bytes(), b"no such account.", &mut out);
    }
}

/// A PIN, salted and hashed.
pub fn hash_pin(pin: &str, random: &dyn Random) -> Option<Pin> {
    let (mut salt, mut hash) = (vec![0; 16], vec![0; 32]);
    random.fill(&mut salt);
    argon2()?.hash_password_into(pin.as_bytes(), &salt, &mut hash).ok()?;
    Some(Pin { salt, hash })
}

/// Letters and digits that cannot be taken for one another.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKLMNPQRSTUVWXY";

/// `len` random characters of `alphabet`, each equally likely.
fn random_text(random: &dyn Random, alphabet: &[u8], len: usize) -> String {
    let most = 256 - 256 % alphabet.len().max(1);
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let mut byte = [0];
        random.fill(&mut byte);
        let index = usize::from(byte[0]);
        if index < most {
            text.extend(alphabet.get(index % alphabet.len()).map(|&c| char::from(c)));
        }
    }
    text
}

/// A random PIN of six digits.
pub fn random_pin(random: &dyn Random) -> String {
    random_text(random, b"0123456789", 6)
}

/// A random password of 12 characters (59 bits).
pub fn random_password(random: &dyn Random) -> String {
    random_text(random, ALPHABET, 12).to_lowercase()
}

/// A random enrolment code of 12 characters (59 bits), in groups of four.
pub fn random_code(random: &dyn Random) -> String {
    let code = random_text(random, ALPHABET, 12);
    let groups: Vec<String> = code
        .as_bytes()
        .chunks(4)
        .map(|g| String::from_utf8_lossy(g).into_owned())
        .collect();
    groups.join("-")
}

/// What is hashed of a typed enrolment code: case, spaces and dashes do not matter.
pub fn code_hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    blake3::derive_key("doorstep center enrolment code", plain.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::world::SystemRandom;

    #[test]
    fn a_password_fits_its_hash_alone() {
        let stored = hash("right", &SystemRandom).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("right", &stored) && !verify("wrong", &stored) && !verify("right", "nonsense"));
    }

    #[test]
    fn a_code_is_typed_in_any_form() {
        let code = random_code(&SystemRandom);
        assert_eq!(code.len(), 14);
        assert_eq!(
            code_hash(&code),
            code_hash(&format!(" {} ", code.to_lowercase().replace('-', " ")))
        );
        assert!(random_pin(&SystemRandom).bytes().all(|b| b.is_ascii_digit()));
    }
}
