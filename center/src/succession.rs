//! The district's key is followed by another: `doorstep-center rotate-key`. Every device learns it from an item that both
//! keys have signed, at its next contact, by whatever way; it then takes nothing that the former key signs later.

use std::path::Path;

use doorstep_sync::payload::Succession;
use doorstep_sync::{Envelope, Item, Kind, Millis, Scope, SigningKey, VerifyingKey, envelope};

use crate::center::{Center, OpenError};
use crate::enrolment::station_scope;
use crate::error::ApiError;
use crate::key::Keys;
use crate::store::{self, Connection, Store};

/// Ends what a power cut may have interrupted, and finds the keys of a database: a restored one may know a former key
/// alone, and then hears once more what followed.
pub(crate) fn keys(store: &Store, data: &Path, keys: Keys, now: Millis) -> Result<Keys, OpenError> {
    let known = store.read(|sql| store::meta::get(sql, "public_key"))?;
    let is_known = |key: &SigningKey| {
        known
            .as_ref()
            .is_some_and(|known| *known == key.verifying_key().to_bytes())
    };
    let keys = match Keys::next(data)? {
        Some(next) if is_known(&next) => keys.advance(data)?,
        Some(_) => {
            Keys::drop_next(data)?;
            keys
        }
        None => keys,
    };
    let public = keys.current.verifying_key().to_bytes();
    store.write(|sql| {
        if let Some(behind) = keys.former.iter().position(is_known) {
            let line: Vec<&SigningKey> = keys.former[behind..].iter().chain([&keys.current]).collect();
            for pair in line.windows(2) {
                if let [before, after] = pair {
                    announce(sql, before, &Succession::of(&before.verifying_key(), after, now), now)?;
                }
            }
        } else if known.is_some() && !is_known(&keys.current) {
            return Err(OpenError::OtherKey);
        }
        Ok(store::meta::set(sql, "public_key", &public)?)
    })?;
    Ok(keys)
}

/// Tells every station which key follows `before`.
fn announce(
    sql: &Connection,
    before: &SigningKey,
    succession: &Succession,
    now: Millis,
) -> Result<(), store::StoreError> {
    for station in store::stations::all(sql)? {
        let scope = station_scope(&station.division)?;
        let item = signed(scope, succession, before);
        if store::items::position(sql, &item.id())?.is_none() {
            store::items::append(
                sql,
                &item,
                &item.open().map_err(|_| store::StoreError::TooLarge)?,
                now,
                &[],
            )?;
        }
    }
    Ok(())
}

fn signed(scope: Scope, succession: &Succession, before: &SigningKey) -> Item {
    let envelope = Envelope {
        version: envelope::VERSION,
        kind: Kind::Succession,
        scope,
        document: None,
        device: before.verifying_key().device(),
        staff: String::new(),
        // The last that this key signs.
        time: succession.at,
        payload: succession.to_bytes(),
    };
    Item::sign(&envelope, before)
}

impl Center {
    /// Gives the district another key. Nothing else may have this center open. The new public key.
    ///
    /// Devices that run a program from before successions do not understand it: they are brought up to date first.
    pub fn rotate_key(self, data: &Path) -> Result<VerifyingKey, OpenError> {
        let now = self.clock.now();
        // Whatever is dated latest of what this key signed: a clock may have stood ahead once.
        let device = self.key.verifying_key().device();
        let latest = self.store.read(|sql| store::items::latest_of(sql, &device))?;
        let following = SigningKey::generate(&*self.random);
        Keys::keep_next(data, &following)?;
        let succession = Succession::of(&self.key.verifying_key(), &following, now.max(latest));
        self.store.write(|sql| {
            announce(sql, &self.key, &succession, now)?;
            store::meta::set(sql, "public_key", &following.verifying_key().to_bytes())
        })?;
        let keys = Keys::load_or_create(data, &*self.random)?.advance(data)?;
        Ok(keys.current.verifying_key())
    }

    /// Tells a station that is new who signed before: what it hears from its neighbours may be older than the key.
    pub(crate) fn tell_successions(&self, sql: &Connection, division: &str, now: Millis) -> Result<(), ApiError> {
        let scope = station_scope(division)?;
        let mut known = Vec::new();
        for item in store::items::grants(sql)? {
            let envelope = item.open().ok().filter(|envelope| envelope.kind == Kind::Succession);
            let Some(succession) = envelope.and_then(|envelope| Succession::from_bytes(&envelope.payload).ok()) else {
                continue;
            };
            if !known.contains(&succession) {
                known.push(succession);
            }
        }
        for succession in known {
            let before = self
                .former
                .iter()
                .find(|key| key.verifying_key().to_bytes() == succession.before);
            if let Some(before) = before {
                let item = signed(scope.clone(), &succession, before);
                let envelope = item.open().map_err(|_| store::StoreError::TooLarge)?;
                store::items::append(sql, &item, &envelope, now, &[])?;
            }
        }
        Ok(())
    }
}
