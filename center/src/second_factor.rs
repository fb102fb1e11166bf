//! The second factor: a code of six digits that a telephone makes every 30 seconds (TOTP, RFC 6238, with the values that
//! every such program takes: SHA-1, 6 digits, 30 s), and ten codes on paper for when the telephone is gone.

use axum::http::StatusCode;
use doorstep_sync::Millis;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::center::Center;
use crate::error::ApiError;
use crate::password::{code_hash, random_code};
use crate::rights::Actor;
use crate::seal;
use crate::signing::{Session, Token, Whence};
use crate::store::{self, StoreError};

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4, R6).
const SECRET: usize = 20;
/// Seconds that a code stands for.
const STEP: u64 = 30;
/// Digits of a code.
const DIGITS: u8 = 6;
/// Steps that a telephone's clock may be off (RFC 6238, 5.2 and 6).
const SKEW: u16 = 1;
/// Recovery codes of an account.
const RECOVERY: usize = 10;
/// Bytes before a sealed secret, which no other has.
const SALT: usize = 16;
/// The fact that no secret lies open.
const SEALED: &str = "factors_sealed";

/// What is shown once, so that a telephone can take it.
pub struct SetUp {
    /// The secret, base32, to be typed.
    pub secret: String,
    /// The same as a line that telephones read from a QR code.
    pub line: String,
}

/// How an account's second factor stands.
pub struct Standing {
    /// Whether there is one.
    pub is_set: bool,
    /// Recovery codes that are left.
    pub recovery_left: u32,
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(SKEW)
        .with_step_duration(STEP)
        .with_secret(Secret::new(secret.into()))
        .build()
        .ok()
}

/// The code of a secret (base32) at a time; `None` when that is no secret.
pub fn code(secret: &str, at: Millis) -> Option<String> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Some(totp(secret.as_bytes())?.generate(at / 1_000).to_string())
}

/// The step a code stands for, if it is of now, of the step before or of the one after, and later than `last`.
fn step(secret: &[u8], typed: &str, now: Millis, last: u64) -> Option<u64> {
    totp(secret)?.check(typed, now / 1_000).filter(|step| *step > last)
}

/// As it is typed: spaces do not matter.
fn plain(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

fn wrong_code() -> ApiError {
    let words = "the code is wrong, or was used before";
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong_second_factor", words)
}

impl Center {
    /// Somebody who gave the password shows the second factor: a code of their telephone, or one on paper.
    pub(crate) fn prove(&self, session: &Session, token: &Token, typed: &str, whence: &Whence) -> Result<(), ApiError> {
        self.check_code(&session.account, typed, whence)?;
        Ok(self.store.write(|sql| store::sessions::proved(sql, &token.stored()))?)
    }

    /// Takes a code, which is good no more; after wrong ones whoever tried has to wait.
    fn check_code(&self, account: &Actor, typed: &str, whence: &Whence) -> Result<(), ApiError> {
        let guesser = whence.guesser("code", &account.account);
        self.may_try(&guesser)?;
        let typed = plain(typed);
        let is_right = self.store.write(|sql| {
            let mut factor = store::factors::get(sql, &account.account)?;
            let secret = self.open_secret(&account.account, factor.secret.as_deref())?;
            let step = secret.and_then(|secret| step(&secret, &typed, self.clock.now(), factor.step));
            if let Some(step) = step {
                factor.step = step;
                store::factors::put(sql, &account.account, &factor)?;
                return Ok(true);
            }
            store::factors::take_recovery(sql, &account.account, &recovery_hash(&account.account, &typed))
        })?;
        if is_right {
            return self.tried_rightly(&guesser);
        }
        self.tried_wrongly(&guesser)?;
        Err(wrong_code())
    }

    /// Begins to set up a second factor. What stands stays in force until a code of the new one was typed. Whoever has one
    /// shows it first.
    pub(crate) fn set_up_factor(&self, account: &Actor, code: &str, whence: &Whence) -> Result<SetUp, ApiError> {
        if self
            .store
            .read(|sql| store::factors::get(sql, &account.account))?
            .secret
            .is_some()
        {
            self.check_code(account, code, whence)?;
        }
        let mut secret = [0; SECRET];
        self.random.fill(&mut secret);
        let district = self.store.write(|sql| {
            let mut factor = store::factors::get(sql, &account.account)?;
            factor.pending = Some(self.seal_secret(&account.account, &secret)?);
            store::factors::put(sql, &account.account, &factor)?;
            store::meta::text(sql, "district_name")
        })?;
        Ok(set_up(&secret, &account.account, &district))
    }

    /// Ends setting up by a code of the new factor. Everywhere else the account is signed out; ten codes for paper, shown
    /// once.
    pub(crate) fn confirm_factor(&self, account: &Actor, token: &Token, typed: &str) -> Result<Vec<String>, ApiError> {
        let codes = self.new_codes();
        let (name, now) = (&account.account, self.clock.now());
        self.store.write(|sql| {
            let sealed = store::factors::get(sql, name)?.pending;
            let pending = self.open_secret(name, sealed.as_deref())?;
            let pending = pending.ok_or_else(|| ApiError::not_found("second factor"))?;
            let step = step(&pending, &plain(typed), now, 0).ok_or_else(wrong_code)?;
            let factor = store::factors::Factor {
                secret: sealed,
                pending: None,
                step,
            };
            store::factors::put(sql, name, &factor)?;
            store::factors::put_recovery(sql, name, &hashes(name, &codes))?;
            store::sessions::end_others(sql, name, &token.stored())?;
            Ok::<_, ApiError>(store::sessions::proved(sql, &token.stored())?)
        })?;
        Ok(codes)
    }

    /// Ten new codes for paper, in the place of those there were.
    pub(crate) fn renew_recovery(
        &self,
        account: &Actor,
        typed: &str,
        whence: &Whence,
    ) -> Result<Vec<String>, ApiError> {
        self.check_code(account, typed, whence)?;
        let (name, codes) = (&account.account, self.new_codes());
        self.store
            .write(|sql| store::factors::put_recovery(sql, name, &hashes(name, &codes)))?;
        Ok(codes)
    }

    /// How it stands.
    pub(crate) fn factor(&self, account: &str) -> Result<Standing, ApiError> {
        Ok(self.store.read(|sql| {
            Ok::<_, store::StoreError>(Standing {
                is_set: store::factors::get(sql, account)?.secret.is_some(),
                recovery_left: store::factors::recovery_left(sql, account)?,
            })
        })?)
    }

    /// Forgets the second factor of somebody who has lost it, codes and all; they set up another one when they sign in. They
    /// are signed out.
    pub fn forget_second_factor(&self, account: &str) -> Result<(), ApiError> {
        self.store.write(|sql| {
            if store::accounts::get(sql, account)?.is_none() {
                return Err(ApiError::not_found("account"));
            }
            store::factors::clear(sql, account)?;
            Ok(store::sessions::end_all(sql, account)?)
        })
    }

    /// Gives an account of the demo district a second factor; its secret, base32.
    pub(crate) fn give_factor(&self, account: &str) -> Result<String, ApiError> {
        let mut secret = [0; SECRET];
        self.random.fill(&mut secret);
        let factor = store::factors::Factor {
            secret: Some(self.seal_secret(account, &secret)?),
            ..Default::default()
        };
        self.store.write(|sql| store::factors::put(sql, account, &factor))?;
        Ok(set_up(&secret, account, "").secret)
    }

    /// Secrets that lie open, from before they were sealed, are sealed once; nothing is left of them in free pages.
    pub(crate) fn seal_factors(&self) -> Result<(), StoreError> {
        self.store.write(|sql| {
            if store::meta::get(sql, SEALED)?.is_some() {
                return Ok(());
            }
            for account in store::factors::accounts(sql)? {
                let mut factor = store::factors::get(sql, &account)?;
                for secret in [&mut factor.secret, &mut factor.pending].into_iter().flatten() {
                    *secret = self.seal_secret(&account, secret)?;
                }
                store::factors::put(sql, &account, &factor)?;
                Self::ask_scrub(sql)?;
            }
            store::meta::set(sql, SEALED, &[])
        })
    }

    fn seal_secret(&self, account: &str, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut salt = [0; SALT];
        self.random.fill(&mut salt);
        let sealed = seal::seal(&self.factors, &sealed_as(&salt, account), secret);
        let sealed = sealed.ok_or(StoreError::Damaged("a second factor"))?;
        Ok([&salt[..], &sealed].concat())
    }

    fn open_secret(&self, account: &str, sealed: Option<&[u8]>) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = sealed
            .split_at_checked(SALT)
            .and_then(|(salt, sealed)| seal::unseal(&self.factors, &sealed_as(salt, account), sealed));
        opened
            .map(|secret| Some(Zeroizing::new(secret)))
            .ok_or(StoreError::Damaged("a second factor"))
    }

    fn new_codes(&self) -> Vec<String> {
        (0..RECOVERY).map(|_| random_code(&*self.random)).collect()
    }
}

/// A secret is its account's: in another row it does not open.
fn sealed_as(salt: &[u8], account: &str) -> Vec<u8> {
    [salt, account.as_bytes()].concat()
}

/// The line is as telephones read it (the key URI format that Google Authenticator began).
pub(crate) fn set_up(secret: &[u8], account: &str, district: &str) -> SetUp {
    let secret = Secret::new(secret.into()).to_base32();
    let issuer = escaped(&format!("到家办 {district}"));
    let line = format!(
        "otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
        escaped(account)
    );
    SetUp { secret, line }
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text.trim(), percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A code for paper as it is kept. It has 59 random bits, so a quick hash is enough.
fn recovery_hash(account: &str, code: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("doorstep center recovery code");
    hasher.update(&code_hash(code)).update(account.as_bytes());
    *hasher.finalize().as_bytes()
}

fn hashes(account: &str, codes: &[String]) -> Vec<[u8; 32]> {
    codes.iter().map(|code| recovery_hash(account, code)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits.
    const VECTORS: [(u64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = set_up(KEY, "a", "").secret;
        for (seconds, expected) in VECTORS {
            assert_eq!(code(&secret, seconds * 1_000).as_deref(), Some(expected));
            assert_eq!(step(KEY, expected, seconds * 1_000, 0), Some(seconds / STEP));
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_never_twice() {
        let (seconds, typed) = VECTORS[3];
        let at = seconds / STEP;
        for (off, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let now = at.saturating_add_signed(off) * STEP * 1_000;
            assert_eq!(step(KEY, typed, now, 0), taken.then_some(at), "{off}");
        }
        assert_eq!(step(KEY, typed, seconds * 1_000, at), None);
        for nonsense in ["", "05924", "0059240", "+05924", "abcdef", "00592４"] {
            assert_eq!(step(KEY, nonsense, seconds * 1_000, 0), None, "{nonsense}");
        }
    }

    #[test]
    fn the_line_can_be_read_by_telephones() {
        let line = set_up(KEY, "window 1", "云溪区").line;
        assert!(line.is_ascii() && line.starts_with("otpauth://totp/"));
        assert!(line.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") && line.contains("window%201"));
    }
}
