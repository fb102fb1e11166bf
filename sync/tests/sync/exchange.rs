use doorstep_sync::payload::{Receipt, Revoke};
use doorstep_sync::protocol::Trouble;
use doorstep_sync::{Code, Item, Kind};
use http::{Method, StatusCode};

use crate::device::Device;
use crate::link::{Link, assert_level, pair, run};

#[test]
fn idle_is_one_round_trip() {
    let (mut device, mut center) = pair();
    let outcome = run(&mut device, &mut center);
    assert_eq!(
        (outcome.requests, outcome.sent_items, outcome.received_items),
        (1, 0, 0)
    );
    assert!(outcome.contact);
    assert_level(&device, &center, &outcome);
}

#[test]
fn edits_and_their_receipts_take_one_round_trip() {
    let (mut device, mut center) = pair();
    (0..20).for_each(|n| _ = device.write(n, b"edit"));
    let outcome = run(&mut device, &mut center);
    assert_eq!((outcome.requests, outcome.sent_items), (1, 20));
    assert_level(&device, &center, &outcome);
}

#[test]
fn more_than_a_batch_goes_in_batches_both_ways() {
    let (mut device, mut center) = pair();
    let mut other = Device::new(3, center.key.verifying_key());
    center.enrol(&other.key);
    (0..50).for_each(|n| _ = device.write(n, &[n; 5000]));
    let mut slow = Link {
        delay: 600,
        ..Link::default()
    };
    let up = slow.run(&mut device, &mut center);
    assert_eq!(up.sent_items, 50);
    assert!((4..=10).contains(&up.requests), "{}", up.requests);
    assert_level(&device, &center, &up);
    let down = run(&mut other, &mut center);
    assert!((4..=10).contains(&down.requests), "{}", down.requests);
    assert_eq!(other.items, device.items);
    assert_level(&other, &center, &down);
}

#[test]
fn a_batch_is_what_the_line_brings_in_half_a_second() {
    for (delay, requests) in [(5, 3..=4), (200, 4..=6), (3_000, 20..=30)] {
        let (mut device, mut center) = pair();
        (0..250).for_each(|n| _ = device.write(n, &[n; 6_000]));
        let mut link = Link {
            delay,
            ..Link::default()
        };
        let outcome = link.run(&mut device, &mut center);
        assert!(requests.contains(&outcome.requests), "{delay} ms: {}", outcome.requests);
        assert_level(&device, &center, &outcome);
    }
}

#[test]
fn one_item_larger_than_a_batch_stands_alone() {
    let (mut device, mut center) = pair();
    device.write(1, &[9; 200_000]);
    device.write(2, b"small");
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
}

#[test]
fn nothing_refused_blocks_anything_else() {
    let (mut device, mut center) = pair();
    let good = device.write(1, b"first");
    let bad = device.write_as("case", Kind::Change, 1, vec![0x81, 0x40]);
    let forged = device.write_as("application", Kind::Receipt, 1, Receipt::default().to_bytes());
    let last = device.write(2, b"last");
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.requests, 1);
    assert!(device.accepted.contains(&good) && device.accepted.contains(&last));
    assert_eq!(device.refused[&bad], "not_granted");
    assert_eq!(device.refused[&forged], "center_only");
    assert!(outcome.fingerprints_equal.iter().all(|(_, equal)| *equal == Some(true)));
    assert_eq!(run(&mut device, &mut center).sent_items, 0);
}

#[test]
fn what_the_center_did_not_write_is_set_aside() {
    let (mut device, mut center) = pair();
    let stranger = Device::new(9, center.key.verifying_key()).tap(|d| _ = d.write(1, b"forged"));
    let forged: Item = stranger.items.values().next().unwrap().clone();
    center.log.push(forged.clone());
    let outcome = run(&mut device, &mut center);
    assert_eq!(device.set_aside, vec![Code::UnknownDevice]);
    assert!(!device.items.contains_key(&forged.id()));
    // It is held all the same, so that nobody asks for it again.
    assert!(
        outcome
            .fingerprints_equal
            .iter()
            .all(|(_, equal)| *equal != Some(false))
    );
    let outcome = run(&mut device, &mut center);
    assert!(outcome.fingerprints_equal.iter().all(|(_, equal)| *equal == Some(true)));
}

#[test]
fn a_revoked_device_is_told_so() {
    let (mut device, mut center) = pair();
    device.write(1, b"too late");
    let revoke = Revoke {
        device: device.key.verifying_key().device(),
        at: center.now,
        hand_over: false,
    };
    center.write(Kind::Revoke, crate::village(), revoke.to_bytes());
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.trouble, Some(Trouble::Refused("revoked".into())));
    assert_eq!(device.outgoing_len(), 1, "what was typed is still there");
}

#[test]
fn a_busy_center_and_a_login_page_are_told_apart_from_no_network() {
    let (mut device, mut center) = pair();
    let mut trouble = |status: u16| {
        center.instead = vec![(Method::POST, StatusCode::from_u16(status).unwrap())];
        run(&mut device, &mut center).trouble
    };
    assert_eq!(trouble(503), Some(Trouble::Busy(None)));
    assert_eq!(trouble(429), Some(Trouble::Busy(None)));
    assert_eq!(trouble(200), Some(Trouble::Protocol("malformed".into())));
    assert_eq!(trouble(302), Some(Trouble::Protocol("http_302".into())));
    assert_eq!(trouble(500), Some(Trouble::Protocol("http_500".into())));
    assert_eq!(trouble(403), Some(Trouble::Refused("http_403".into())));
    let mut cut = Link {
        cut_after: Some(0),
        ..Link::default()
    };
    assert_eq!(cut.run(&mut device, &mut center).trouble, Some(Trouble::Offline));
}

#[test]
fn items_without_a_receipt_neither_make_the_run_endless_nor_hold_up_others() {
    let (mut device, mut center) = pair();
    for n in 0..40 {
        // 120 KB that the center has and says nothing about.
        let id = device.write(n, &[n; 3000]);
        center.known.insert(id);
    }
    let last = device.write(50, &[50; 300_000]);
    let outcome = run(&mut device, &mut center);
    assert!(device.accepted.contains(&last));
    assert_eq!(outcome.trouble, None);
    assert_eq!((outcome.sent_items, outcome.unanswered), (41, 40));
    // Two to bring them, one to see that bringing them changes nothing.
    assert_eq!(outcome.requests, 3);
    assert!(outcome.fingerprints_equal.contains(&(crate::village(), Some(false))));
}

#[test]
fn an_item_altered_on_its_way_is_sent_again_at_once() {
    let (mut device, mut center) = pair();
    device.write(1, b"edit");
    let mut link = Link {
        alter: Some(0),
        ..Link::default()
    };
    let outcome = link.run(&mut device, &mut center);
    assert_eq!(outcome.requests, 2);
    assert_level(&device, &center, &outcome);
}

trait Tap: Sized {
    fn tap(mut self, act: impl FnOnce(&mut Self)) -> Self {
        act(&mut self);
        self
    }
}
impl Tap for Device {}

impl Device {
    fn outgoing_len(&self) -> usize {
        use doorstep_sync::replica::Replica;
        self.outgoing(usize::MAX).unwrap().len()
    }
}
