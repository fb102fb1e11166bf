//! Signing in to the console: passwords, sessions, and the token that every change needs.

use std::net::IpAddr;

use axum::http::StatusCode;
use doorstep_records::Role;
use doorstep_sync::Millis;

use crate::accounts::disabled;
use crate::center::Center;
use crate::error::ApiError;
use crate::password::{self, random_password};
use crate::rights::Actor;
use crate::store;
use crate::store::accounts::Account;

/// Bytes of an account or a password that are looked at; names that failed are remembered for a while.
const LONGEST: usize = 256;

/// How long a session lasts: 12 hours.
pub const SESSION_LIFE: Millis = 12 * 3_600_000;

/// The secret of a session, which only the browser has.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Reads the cookie's value.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The cookie's value.
    pub fn text(&self) -> String {
        hex::encode(self.0)
    }

    /// What the database keeps of it.
    fn stored(&self) -> [u8; 32] {
        blake3::derive_key("doorstep center session", &self.0)
    }

    /// The token that goes into the header `x-csrf`. It follows from the secret, so no other page can know it.
    pub fn csrf(&self) -> String {
        hex::encode(blake3::derive_key("doorstep center csrf", &self.0))
    }

    /// Whether this is its csrf token, in time that tells nothing.
    pub fn fits(&self, csrf: &str) -> bool {
        let mut said = [0; 32];
        hex::decode_to_slice(csrf, &mut said).is_ok()
            && blake3::Hash::from_bytes(said) == blake3::derive_key("doorstep center csrf", &self.0)
    }
}

impl Center {
    /// Signs in. After wrong passwords for an account from an address, both have to wait.
    pub fn sign_in(&self, account: &str, password: &str, address: IpAddr) -> Result<(Token, Actor), ApiError> {
        if account.len() > LONGEST || password.len() > LONGEST {
            return Err(ApiError::bad_request("the account or the password is too long"));
        }
        let now = self.clock.now();
        let key = format!("{account}\n{address}");
        self.sign_ins.check(&key, now).map_err(ApiError::wait)?;
        let known = self.store.read(|sql| store::accounts::get(sql, account))?;
        let right = match &known {
            Some((_, stored)) => password::verify(password, stored),
            None => {
                password::verify_nothing(password);
                false
            }
        };
        let Some((account, _)) = known.filter(|_| right) else {
            self.sign_ins.failed(&key, now);
            return Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                "wrong_password",
                "the account or the password is wrong",
            ));
        };
        self.sign_ins.succeeded(&key);
        if self
            .store
            .read(|sql| store::accounts::is_disabled(sql, &account.account))?
        {
            return Err(disabled());
        }
        let mut secret = [0; 32];
        self.random.fill(&mut secret);
        let token = Token(secret);
        self.store
            .write(|sql| store::accounts::sign_in(sql, &token.stored(), &account.account, now, now + SESSION_LIFE))?;
        let actor = self.store.read(|sql| self.actor(sql, account))?;
        Ok((token, actor))
    }

    /// Who is signed in under this token.
    pub fn signed_in(&self, token: &Token) -> Result<Option<Actor>, ApiError> {
        self.store.read(|sql| {
            let account = store::accounts::signed_in(sql, &token.stored(), self.clock.now())?;
            Ok(account.map(|account| self.actor(sql, account)).transpose()?)
        })
    }

    /// Signs out.
    pub fn sign_out(&self, token: &Token) -> Result<(), ApiError> {
        Ok(self
            .store
            .write(|sql| store::accounts::sign_out(sql, &token.stored()))?)
    }

    /// Adds an account with a random password, or gives it one; the password, which is stored nowhere.
    pub fn new_account(&self, account: &str, name: &str, role: Role) -> Result<String, ApiError> {
        let password = random_password(&*self.random);
        let account = Account {
            account: account.to_owned(),
            name: name.to_owned(),
            role,
        };
        self.put_account(&account, &password)?;
        Ok(password)
    }

    /// Adds an account, or gives it another name, role and password.
    pub(crate) fn put_account(&self, account: &Account, password: &str) -> Result<(), ApiError> {
        let stored =
            password::hash(password, &*self.random).ok_or_else(|| ApiError::bad_request("the password is too long"))?;
        self.store.write(|sql| {
            if store::accounts::is_taken(sql, account)? {
                return Err(ApiError::bad_request("this name belongs to another account"));
            }
            Ok(store::accounts::put(sql, account, &stored)?)
        })
    }
}
