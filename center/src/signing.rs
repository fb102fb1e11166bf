//! Signing in to the console: passwords, sessions, and the token that every change needs.

use std::net::IpAddr;

use axum::http::StatusCode;
use doorstep_records::Role;
use doorstep_sync::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::disabled;
use crate::center::Center;
use crate::error::ApiError;
use crate::limiter::Guesser;
use crate::password::{self, random_password};
use crate::rights::Actor;
use crate::store;
use crate::store::Connection;
use crate::store::accounts::Account;
use crate::store::sessions::{Beginning, Life, Place};

/// Bytes of an account or a password that are looked at; names that failed are remembered for a while.
const LONGEST: usize = 256;

/// How long a session lasts: 12 hours in all, a working day; 30 minutes without use, a lunch.
pub(crate) const SESSION_LIFE: Life = Life {
    whole: 12 * 3_600_000,
    idle: 30 * 60_000,
};
/// That a session is used is written down this often.
const NOTED: Millis = 60_000;
/// Characters kept of what a browser says of itself.
const BROWSER: usize = 200;

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
    pub(crate) fn stored(&self) -> [u8; 32] {
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

/// What is left to do before an account may do anything else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Todo {
    /// To show the second factor.
    Code,
    /// To choose a password of one's own: somebody else set this one.
    Password,
    /// To set up a second factor, which this role needs.
    SecondFactor,
}

/// A session that is not over.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose, with what they may do today.
    pub account: Actor,
    /// Whether the password is one that somebody else set.
    pub initial: bool,
    /// Whether the account has a second factor.
    pub has_factor: bool,
    /// Whether the second factor was shown.
    pub proved: bool,
    /// When it was used last, as far as that is written down.
    pub used: Millis,
}

impl Session {
    /// What is left to do, in this order.
    pub fn todo(&self) -> Vec<Todo> {
        let all = [
            (Todo::Code, self.has_factor && !self.proved),
            (Todo::Password, self.initial),
            (
                Todo::SecondFactor,
                !self.has_factor && self.account.needs_second_factor(),
            ),
        ];
        all.into_iter()
            .filter(|(_, open)| *open)
            .map(|(todo, _)| todo)
            .collect()
    }
}

/// Where somebody signs in.
#[derive(Clone, Debug)]
pub struct Whence {
    /// The address, as it is counted.
    pub address: IpAddr,
    /// What the browser says of itself.
    pub browser: String,
    /// The number under which this account knows the browser, if it does.
    pub known: Option<String>,
}

impl Whence {
    /// Whoever tries this account from here.
    pub(crate) fn guesser(&self, what: &str, account: &str) -> Guesser {
        Guesser::new(what, account, self.address, self.known.as_deref())
    }
}

fn wrong_password() -> ApiError {
    let words = "the account or the password is wrong";
    ApiError::new(StatusCode::UNAUTHORIZED, "wrong_password", words)
}

impl Center {
    /// Signs in. After wrong passwords whoever tried has to wait.
    pub fn sign_in(&self, account: &str, password: &str, whence: &Whence) -> Result<(Token, Session), ApiError> {
        let account = self.who_has(account, password, whence)?;
        self.begin_session(&account, whence, false)
    }

    /// Signs in somebody whom the identity provider named. `proved`: they showed more than a password there.
    pub(crate) fn sign_in_as(
        &self,
        account: &str,
        proved: bool,
        whence: &Whence,
    ) -> Result<(Token, Session), ApiError> {
        let known = self.store.read(|sql| store::accounts::get(sql, account))?;
        let (account, _) = known.ok_or_else(|| ApiError::not_found("account"))?;
        self.begin_session(&account, whence, proved)
    }

    /// The account of this name, if this is its password.
    pub(crate) fn who_has(&self, account: &str, password: &str, whence: &Whence) -> Result<Account, ApiError> {
        if account.len() > LONGEST || password.len() > LONGEST {
            return Err(ApiError::bad_request("the account or the password is too long"));
        }
        let guesser = whence.guesser("password", account);
        self.may_try(&guesser)?;
        let known = self.store.read(|sql| store::accounts::get(sql, account))?;
        let right = match &known {
            Some((_, stored)) => password::verify(password, stored),
            None => {
                password::verify_nothing(password);
                false
            }
        };
        let Some((account, _)) = known.filter(|_| right) else {
            self.tried_wrongly(&guesser)?;
            return Err(wrong_password());
        };
        self.tried_rightly(&guesser)?;
        Ok(account)
    }

    /// Begins a session. `proved`: the second factor was shown already.
    pub(crate) fn begin_session(
        &self,
        account: &Account,
        whence: &Whence,
        proved: bool,
    ) -> Result<(Token, Session), ApiError> {
        let is_disabled = |sql: &Connection| store::accounts::is_disabled(sql, &account.account);
        if self.store.read(is_disabled)? {
            return Err(disabled());
        }
        let now = self.clock.now();
        let mut secret = [0; 32];
        self.random.fill(&mut secret);
        let token = Token(secret);
        let hash = token.stored();
        let beginning = Beginning {
            hash: &hash,
            account: &account.account,
            now,
            address: &whence.address.to_string(),
            browser: &whence.browser.chars().take(BROWSER).collect::<String>(),
            proved,
        };
        let session = self.store.write(|sql| {
            store::sessions::begin(sql, &beginning, SESSION_LIFE)?;
            self.session(sql, &hash, now)
        })?;
        let session = session.ok_or_else(|| ApiError::not_found("session"))?;
        Ok((token, session))
    }

    /// Whose session this is. `used`: somebody is there; a page that only looks again by itself keeps no session alive.
    pub fn signed_in(&self, token: &Token, used: bool) -> Result<Option<Session>, ApiError> {
        let (hash, now) = (token.stored(), self.clock.now());
        let session = self.store.read(|sql| self.session(sql, &hash, now))?;
        if used && session.as_ref().is_some_and(|session| session.used + NOTED <= now) {
            self.store.write(|sql| store::sessions::used(sql, &hash, now))?;
        }
        Ok(session)
    }

    fn session(&self, sql: &Connection, hash: &[u8; 32], now: Millis) -> store::Result<Option<Session>> {
        let Some(found) = store::sessions::get(sql, hash, now, SESSION_LIFE)? else {
            return Ok(None);
        };
        Ok(Some(Session {
            account: self.actor(sql, found.account)?,
            initial: found.initial,
            has_factor: found.has_factor,
            proved: found.proved,
            used: found.used,
        }))
    }

    /// Signs out.
    pub fn sign_out(&self, token: &Token) -> Result<(), ApiError> {
        Ok(self.store.write(|sql| store::sessions::end(sql, &token.stored()))?)
    }

    /// Signs an account out everywhere.
    pub fn sign_out_everywhere(&self, account: &str) -> Result<(), ApiError> {
        Ok(self.store.write(|sql| store::sessions::end_all(sql, account))?)
    }

    /// Where an account is signed in.
    pub(crate) fn sessions(&self, account: &str) -> Result<Vec<Place>, ApiError> {
        let now = self.clock.now();
        Ok(self
            .store
            .read(|sql| store::sessions::of(sql, account, now, SESSION_LIFE))?)
    }

    /// Ends one session of an account, named as the list names it.
    pub(crate) fn end_session(&self, account: &str, id: &str) -> Result<(), ApiError> {
        let found = self.sessions(account)?.into_iter().find(|place| place.id() == id);
        let place = found.ok_or_else(|| ApiError::not_found("session"))?;
        Ok(self.store.write(|sql| store::sessions::end(sql, &place.hash))?)
    }

    /// A person chooses another password. They are signed out everywhere else.
    pub(crate) fn change_password(
        &self,
        account: &Actor,
        token: &Token,
        old: &str,
        new: &str,
        whence: &Whence,
    ) -> Result<(), ApiError> {
        self.who_has(&account.account, old, whence)?;
        let fault = match password::rules::fault(new, &[&account.account, &account.name]) {
            None if new == old => Some("same"),
            fault => fault,
        };
        if let Some(code) = fault {
            return Err(ApiError::fields([("new_password".to_owned(), code)]));
        }
        let stored = self.hashed(new)?;
        Ok(self.store.write(|sql| {
            store::accounts::set_password(sql, &account.account, &stored)?;
            store::sessions::end_others(sql, &account.account, &token.stored())
        })?)
    }

    fn hashed(&self, password: &str) -> Result<String, ApiError> {
        password::hash(password, &*self.random).ok_or_else(|| ApiError::bad_request("the password is too long"))
    }

    /// Adds an account with a random password, or gives it one; the password, which is stored nowhere. Whoever gets it
    /// chooses another one first.
    pub fn new_account(&self, account: &str, name: &str, role: Role) -> Result<String, ApiError> {
        let password = random_password(&*self.random);
        let account = Account {
            account: account.to_owned(),
            name: name.to_owned(),
            role,
        };
        self.put_account(&account, &password, true)?;
        Ok(password)
    }

    /// Adds an account, or gives it another name, role and password. `initial`: it has to be changed at the first sign-in.
    pub(crate) fn put_account(&self, account: &Account, password: &str, initial: bool) -> Result<(), ApiError> {
        let stored = self.hashed(password)?;
        self.store.write(|sql| {
            if store::accounts::is_taken(sql, account)? {
                return Err(ApiError::bad_request("this name belongs to another account"));
            }
            Ok(store::accounts::put(sql, account, &stored, initial)?)
        })
    }
}

impl Place {
    /// How its owner names it: nothing that opens it.
    pub fn id(&self) -> String {
        hex::encode(blake3::derive_key("doorstep center session id", &self.hash))[..16].to_owned()
    }
}
