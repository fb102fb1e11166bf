//! The center's half that is pure: what is taken, what is answered.

use crate::envelope::{Envelope, Kind, VERSION};
use crate::item::Item;
use crate::key::SigningKey;
use crate::payload::{Receipt, Refusal};
use crate::scope::Scope;
use crate::trust::{Code, Grants, device_may_sign};
use crate::wire::BATCH_BYTES;
use crate::world::Millis;

/// How far ahead of the center an author's clock may be: 48 hours. Below it a wrong clock only warns (a date typed a
/// day wrong is common); above it the time would lead every list and deadline astray, so the item is refused.
pub const FUTURE: Millis = 48 * 3_600_000;

/// Whether an item that is new to the center is allowed, at the center's time of arrival `now`. Ask "is it new?" first:
/// an item taken once stays taken, whatever became of its author since.
///
/// A refusal goes into the [`Receipt`] of the same answer, as an acceptance does.
pub fn decide(item: &Item, grants: &Grants, now: Millis) -> Result<Envelope, Refusal> {
    judge(item, grants, now).map_err(|code| refusal(item, code))
}

/// Whether an item is what its author wrote, and no more: for one that the center took once and lost.
pub fn taken_once(item: &Item, grants: &Grants) -> Result<Envelope, Refusal> {
    grants.authentic(item).map_err(|code| refusal(item, code))
}

/// A refusal of `item` for `code`. Refusals for reasons above sync (schema, invariants) are built by hand.
pub fn refusal(item: &Item, code: Code) -> Refusal {
    Refusal {
        item: item.id(),
        code: code.as_str().to_owned(),
        reason: code.to_string(),
    }
}

fn judge(item: &Item, grants: &Grants, now: Millis) -> Result<Envelope, Code> {
    let envelope = grants.authentic(item)?;
    // The center's own items come back from devices when the center was restored from a backup.
    if !grants.is_center(&envelope.device) {
        let kind = device_may_sign(&envelope)?;
        if envelope.time > now.saturating_add(FUTURE) {
            return Err(Code::Future);
        }
        let at = match grants.hands_over(&envelope.device) {
            // What it wrote before it was given back, by its own clock.
            true => now.min(envelope.time),
            false => now,
        };
        grants.may_write(&envelope.device, kind, &envelope.scope, at)?;
    }
    Ok(envelope)
}

/// The signed item that tells `scope` what became of items and files.
pub fn receipt_item(scope: Scope, receipt: &Receipt, center: &SigningKey, now: Millis) -> Item {
    let envelope = Envelope {
        version: VERSION,
        kind: Kind::Receipt,
        scope,
        document: None,
        device: center.verifying_key().device(),
        staff: String::new(),
        time: now,
        payload: receipt.to_bytes(),
    };
    Item::sign(&envelope, center)
}

/// One answer's share of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// In the center's order.
    pub items: Vec<Item>,
    /// Position of the last of them; `None` when there are none.
    pub last: Option<u64>,
    /// The log holds more.
    pub more: bool,
}

/// Takes items with their positions, in order, up to [`BATCH_BYTES`] of envelopes and at least one. Feed it lazily:
/// it reads one item beyond the batch.
///
/// Leave out of `log` what this request brought, and only that: a device restored from an old copy must get back what
/// it once wrote itself. Without `more` the cursor of the answer is the end of the log; with it, `last`.
pub fn batch(log: impl IntoIterator<Item = (u64, Item)>) -> Batch {
    let mut batch = Batch {
        items: Vec::new(),
        last: None,
        more: false,
    };
    let mut bytes = 0;
    for (position, item) in log {
        bytes += item.envelope.len();
        if bytes > BATCH_BYTES && !batch.items.is_empty() {
            batch.more = true;
            break;
        }
        batch.items.push(item);
        batch.last = Some(position);
    }
    batch
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::envelope::Document;
    use crate::id::DocumentId;
    use crate::item::MAX_ENVELOPE;
    use crate::key::Algorithm;
    use crate::payload::{Change, FileName, Forget, Grant, Revoke};
    use crate::scope::ScopePattern;

    const NOW: Millis = 1_767_000_000_000;
    const DAY: Millis = 24 * 3_600_000;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn envelope(author: &SigningKey, kind: Kind, payload: Vec<u8>) -> Envelope {
        Envelope {
            version: VERSION,
            kind,
            scope: "500199101201/2026".parse().unwrap(),
            document: Some(Document {
                kind: "application".into(),
                id: DocumentId([1; 16]),
            }),
            device: author.verifying_key().device(),
            staff: "s1".into(),
            time: NOW,
            payload,
        }
    }

    fn change() -> Vec<u8> {
        Change::of(vec![1, 2, 3]).to_bytes()
    }

    fn grants() -> Grants {
        let center = key(1);
        let mut grants = Grants::new(center.verifying_key());
        let grant = Grant {
            public_key: key(2).verifying_key().to_bytes(),
            kinds: vec!["application".into()],
            scopes: vec![ScopePattern {
                division: "500199101000".into(),
                period: None,
            }],
            from: NOW - DAY,
            until: NOW + DAY,
            code: "A1".into(),
            label: "桃花村 笔记本".into(),
            details: Vec::new(),
        };
        let item = Item::sign(&envelope(&center, Kind::Grant, grant.to_bytes()), &center);
        assert_eq!(grants.take(&item), Ok(true));
        grants
    }

    fn code(item: &Item, grants: &Grants, now: Millis) -> Option<String> {
        decide(item, grants, now).err().map(|r| r.code)
    }

    #[test]
    fn a_granted_change_is_taken_and_everything_else_is_refused_by_name() {
        let (grants, device) = (grants(), key(2));
        let good = envelope(&device, Kind::Change, change());
        let refused = |edit: &dyn Fn(&mut Envelope), by: &SigningKey, now: Millis| {
            let mut envelope = good.clone();
            edit(&mut envelope);
            code(&Item::sign(&envelope, by), &grants, now)
        };
        let says = |code: &str| Some(code.to_owned());
        assert_eq!(refused(&|_| (), &device, NOW), None);
        assert_eq!(refused(&|e| e.version = 9, &device, NOW), says("version"));
        assert_eq!(
            refused(&|e| e.payload = vec![0; MAX_ENVELOPE], &device, NOW),
            says("too_large")
        );
        assert_eq!(refused(&|e| e.payload = vec![0xff], &device, NOW), says("malformed"));
        assert_eq!(refused(&|e| e.document = None, &device, NOW), says("malformed"));
        let file = FileName {
            hash: crate::FileHash::of(b"page"),
            len: 4,
            media_type: "image/jpeg".into(),
        };
        let twice = Change {
            automerge: vec![1],
            files: vec![file.clone(), file.clone()],
        };
        assert_eq!(
            refused(&|e| e.payload = twice.to_bytes(), &device, NOW),
            says("malformed")
        );
        let endless = FileName {
            media_type: "m".repeat(101),
            ..file
        };
        let named = |e: &mut Envelope| (e.kind, e.payload) = (Kind::File, endless.to_bytes());
        assert_eq!(refused(&named, &device, NOW), says("malformed"));
        assert_eq!(refused(&|_| (), &key(3), NOW), says("signature"));
        assert_eq!(
            refused(&|e| e.device = key(3).verifying_key().device(), &key(3), NOW),
            says("unknown_device")
        );
        assert_eq!(
            refused(&|e| e.document.as_mut().unwrap().kind = "case".into(), &device, NOW),
            says("not_granted")
        );
        assert_eq!(
            refused(&|e| e.scope = "500199102201/2026".parse().unwrap(), &device, NOW),
            says("not_granted")
        );
        assert_eq!(refused(&|_| (), &device, NOW + DAY), says("not_granted"));
        assert_eq!(refused(&|e| e.time = NOW + FUTURE + 1, &device, NOW), says("future"));
        assert_eq!(refused(&|e| e.time = NOW + FUTURE, &device, NOW), None);
        assert_eq!(refused(&|e| e.time = 0, &device, NOW), None, "an old clock only warns");
        for kind in [Kind::Grant, Kind::Revoke, Kind::Forget, Kind::Receipt, Kind::Catalogue] {
            let payload = match kind {
                Kind::Grant => grants.of(&device.verifying_key().device())[0].to_bytes(),
                Kind::Revoke => Revoke {
                    device: good.device,
                    at: 0,
                    hand_over: false,
                }
                .to_bytes(),
                Kind::Catalogue => crate::payload::Catalogue {
                    version: 1,
                    files: vec![],
                }
                .to_bytes(),
                Kind::Forget => Forget {
                    items: Vec::new(),
                    files: Vec::new(),
                }
                .to_bytes(),
                _ => Receipt::default().to_bytes(),
            };
            let edit = |e: &mut Envelope| (e.kind, e.payload) = (kind, payload.clone());
            assert_eq!(refused(&edit, &device, NOW), says("center_only"), "{kind:?}");
        }
        let mut unknown = Item::sign(&good, &device);
        unknown.algorithm = Algorithm::Unknown(9);
        assert_eq!(code(&unknown, &grants, NOW), says("signature"));
    }

    #[test]
    fn a_revoked_device_writes_no_more_but_its_earlier_items_still_verify() {
        let (mut grants, center, device) = (grants(), key(1), key(2));
        let item = Item::sign(&envelope(&device, Kind::Change, change()), &device);
        let revoke = Revoke {
            device: device.verifying_key().device(),
            at: NOW,
            hand_over: false,
        };
        let signed = Item::sign(&envelope(&center, Kind::Revoke, revoke.to_bytes()), &center);
        let forged = Item::sign(&envelope(&device, Kind::Revoke, revoke.to_bytes()), &device);
        assert_eq!(grants.take(&forged), Err(Code::CenterOnly));
        assert_eq!(grants.take(&signed), Ok(true));
        assert_eq!(code(&item, &grants, NOW - 1), None);
        assert_eq!(code(&item, &grants, NOW), Some("revoked".to_owned()));
        assert!(grants.verify(&item).is_ok());
        assert!(!grants.may_read(&revoke.device, &"500199101201/2026".parse().unwrap(), NOW));
    }

    #[test]
    fn a_device_that_was_given_back_still_brings_what_it_wrote_before() {
        let (mut grants, center, device) = (grants(), key(1), key(2));
        let id = device.verifying_key().device();
        let revoke = |at, hand_over| {
            let payload = Revoke {
                device: id,
                at,
                hand_over,
            };
            Item::sign(&envelope(&center, Kind::Revoke, payload.to_bytes()), &center)
        };
        let wrote = |time| {
            let mut envelope = envelope(&device, Kind::Change, change());
            envelope.time = time;
            Item::sign(&envelope, &device)
        };
        assert_eq!(grants.take(&revoke(NOW, true)), Ok(true));
        assert_eq!(code(&wrote(NOW - 1), &grants, NOW + 5), None);
        assert_eq!(code(&wrote(NOW), &grants, NOW + 5), Some("revoked".to_owned()));
        let scope = "500199101201/2026".parse().unwrap();
        assert!(grants.may_read(&id, &scope, grants.judged_at(&id, NOW + 5)));
        // It was not given back after all.
        assert_eq!(grants.take(&revoke(NOW + 1, false)), Ok(true));
        assert_eq!(grants.take(&revoke(NOW, true)), Ok(true), "in whatever order");
        assert_eq!(code(&wrote(NOW - 1), &grants, NOW + 5), Some("revoked".to_owned()));
        assert_eq!((grants.hands_over(&id), grants.revoked_at(&id)), (false, Some(NOW)));
        assert!(!grants.may_read(&id, &scope, grants.judged_at(&id, NOW + 5)));
    }

    #[test]
    fn receipts_and_cases_count_only_from_the_center() {
        let (grants, center, device) = (grants(), key(1), key(2));
        let scope: Scope = "500199101201/2026".parse().unwrap();
        let receipt = Receipt {
            verified: vec![crate::FileHash::of(b"x")],
            ..Receipt::default()
        };
        assert!(
            grants
                .verify(&receipt_item(scope.clone(), &receipt, &center, NOW))
                .is_ok()
        );
        assert_eq!(
            grants.verify(&receipt_item(scope, &receipt, &device, NOW)),
            Err(Code::CenterOnly)
        );
        let mut case = envelope(&device, Kind::Change, change());
        case.document = Some(Document {
            kind: "case".into(),
            id: DocumentId([1; 16]),
        });
        assert_eq!(grants.verify(&Item::sign(&case, &device)), Err(Code::NotGranted));
        case.device = center.verifying_key().device();
        assert!(grants.verify(&Item::sign(&case, &center)).is_ok());
    }

    #[test]
    fn batches_end_at_64_kilobytes_and_never_stand_still() {
        let device = key(2);
        let sized = |len: usize| Item::sign(&envelope(&device, Kind::Change, vec![0; len]), &device);
        let taken = |sizes: &[usize]| {
            let batch = batch((1..).zip(sizes.iter().map(|len| sized(*len))));
            (batch.items.len(), batch.last, batch.more)
        };
        assert_eq!(taken(&[]), (0, None, false));
        assert_eq!(taken(&[30_000, 30_000, 30_000]), (2, Some(2), true));
        assert_eq!(taken(&[100_000, 10]), (1, Some(1), true));
    }
}
