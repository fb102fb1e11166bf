//! The center's key is followed by another.

use doorstep_sync::payload::{Grant, Succession};
use doorstep_sync::trust::{Code, Grants};
use doorstep_sync::{Envelope, Item, Kind, Millis, Scope, ScopePattern, SigningKey};

const AT: Millis = 1_767_000_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn item(key: &SigningKey, kind: Kind, time: Millis, payload: Vec<u8>) -> Item {
    let envelope = Envelope {
        version: doorstep_sync::envelope::VERSION,
        kind,
        scope: Scope::new("500199101201", "0").unwrap(),
        document: None,
        device: key.verifying_key().device(),
        staff: String::new(),
        time,
        payload,
    };
    Item::sign(&envelope, key)
}

fn succession(before: &SigningKey, after: &SigningKey, at: Millis) -> Item {
    let payload = Succession::of(&before.verifying_key(), after, at).to_bytes();
    item(before, Kind::Succession, at, payload)
}

fn grant(center: &SigningKey, time: Millis) -> Item {
    let grant = Grant {
        public_key: key(9).verifying_key().to_bytes(),
        kinds: vec!["application".into()],
        scopes: vec![ScopePattern {
            division: "500199101201".into(),
            period: None,
        }],
        from: 0,
        until: u64::MAX,
        code: "A1".into(),
        label: String::new(),
        details: Vec::new(),
    };
    item(center, Kind::Grant, time, grant.to_bytes())
}

#[test]
fn who_knows_the_first_key_learns_the_next_and_the_one_after() {
    let mut grants = Grants::new(key(1).verifying_key());
    assert_eq!(grants.take(&grant(&key(2), AT + 1)), Err(Code::CenterOnly));
    grants.take(&succession(&key(1), &key(2), AT)).unwrap();
    grants.take(&succession(&key(2), &key(3), AT + 10)).unwrap();
    assert_eq!(*grants.center(), key(3).verifying_key());
    for (seed, time) in [(1, AT), (2, AT + 10), (3, AT + 20)] {
        assert_eq!(grants.take(&grant(&key(seed), time)), Ok(true));
    }
}

#[test]
fn who_joins_later_learns_who_signed_before() {
    let mut grants = Grants::new(key(3).verifying_key());
    assert_eq!(grants.take(&succession(&key(1), &key(2), AT)), Err(Code::UnknownDevice));
    grants.take(&succession(&key(2), &key(3), AT + 10)).unwrap();
    grants.take(&succession(&key(1), &key(2), AT)).unwrap();
    assert_eq!(*grants.center(), key(3).verifying_key());
    assert_eq!(grants.take(&grant(&key(1), AT - 1)), Ok(true));
}

#[test]
fn a_former_key_signs_nothing_that_is_dated_later() {
    let mut grants = Grants::new(key(1).verifying_key());
    grants.take(&succession(&key(1), &key(2), AT)).unwrap();
    let late = grant(&key(1), AT + 1);
    assert_eq!(grants.take(&late), Err(Code::FormerKey));
    assert_eq!(grants.verify(&late), Err(Code::FormerKey));
}

#[test]
fn a_key_is_followed_once_and_nobody_names_himself() {
    let mut grants = Grants::new(key(1).verifying_key());
    // A stranger.
    assert_eq!(grants.take(&succession(&key(7), &key(8), AT)), Err(Code::UnknownDevice));
    // A stranger who would have signed before.
    let payload = Succession::of(&key(7).verifying_key(), &key(1), AT);
    let unwilling = Succession {
        proof: key(7).sign(b"what key 1 never said"),
        ..payload
    };
    let forged = item(&key(7), Kind::Succession, AT, unwilling.to_bytes());
    assert_eq!(grants.take(&forged), Err(Code::Signature));
    // The key that ends has not signed.
    let payload = Succession::of(&key(1).verifying_key(), &key(8), AT).to_bytes();
    assert_eq!(
        grants.take(&item(&key(8), Kind::Succession, AT, payload)),
        Err(Code::Signature)
    );
    assert_eq!(*grants.center(), key(1).verifying_key());
    grants.take(&succession(&key(1), &key(2), AT)).unwrap();
    // Whoever holds the former key cannot lead devices to a third.
    assert_eq!(grants.take(&succession(&key(1), &key(8), AT)), Err(Code::UnknownDevice));
    // Nor round in a circle.
    assert_eq!(grants.take(&succession(&key(2), &key(1), AT + 1)), Err(Code::Malformed));
    assert_eq!(*grants.center(), key(2).verifying_key());
}
