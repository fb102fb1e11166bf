//! However the sets came apart, they become equal, and then nothing is said any more.

use doorstep_sync::wire::Cursor;
use doorstep_sync::{Item, Kind};

use crate::center::Center;
use crate::device::Device;
use crate::link::{Link, assert_level, pair, run};

fn equal(device: &Device, center: &Center) {
    let readable = device.held.fingerprints();
    assert_eq!(readable, center.held().fingerprints());
}

fn idle(device: &mut Device, center: &mut Center) {
    let outcome = run(device, center);
    assert_eq!(
        (outcome.requests, outcome.sent_items, outcome.received_items),
        (1, 0, 0)
    );
    assert!(outcome.bytes_up + outcome.bytes_down < 200, "{outcome:?}");
    equal(device, center);
}

/// A device with 60 items that the center has.
fn after_a_while() -> (Device, Center) {
    let (mut device, mut center) = pair();
    for n in 0..60 {
        device.clock += 600_000;
        device.write(n, &[n; 200]);
    }
    center.now = device.clock;
    run(&mut device, &mut center);
    (device, center)
}

#[test]
fn a_recent_difference_is_mended_by_the_second_exchange() {
    let (device, mut center) = after_a_while();
    let mut copy = device.clone();
    // The same device on two disks: what one writes, the log does not give back to the other.
    (0..5).for_each(|n| _ = copy.write(n, &[n; 201]));
    copy.clock += 1;
    run(&mut copy, &mut center);
    let mut device = device;
    let mut link = Link::default();
    let outcome = link.run(&mut device, &mut center);
    equal(&device, &center);
    assert_eq!(outcome.requests, 2);
    assert_eq!(outcome.received_items, 6);
    let zstd: usize = zstd_of(&copy, &device);
    println!(
        "5 recent differences of 67: {} B in bodies, items and receipt {zstd} B",
        link.bytes
    );
    assert!(link.bytes <= 700 + zstd, "{} {zstd}", link.bytes);
    idle(&mut device, &mut center);
    idle(&mut copy, &mut center);
}

/// What the newest six items of `copy` cost alone.
fn zstd_of(copy: &Device, device: &Device) -> usize {
    assert_eq!(copy.items.len(), device.items.len());
    let mut items: Vec<&Item> = copy.items.values().collect();
    items.sort_by_key(|item| item.open().unwrap().time);
    items.iter().rev().take(6).map(|item| item.to_bytes().len()).sum()
}

#[test]
fn a_device_restored_from_an_old_backup_gets_its_own_items_back() {
    let (device, mut center) = after_a_while();
    let mut backup = device.clone();
    let mut device = device;
    for n in 0..100 {
        device.clock += 60_000;
        device.write(n, &[n; 2_000]);
    }
    center.now = device.clock;
    backup.clock = device.clock;
    run(&mut device, &mut center);
    backup.write(200, b"written on the restored one");
    let outcome = run(&mut backup, &mut center);
    assert_eq!(outcome.trouble, None);
    assert_eq!(backup.items.len(), device.items.len() + 2);
    idle(&mut backup, &mut center);
    run(&mut device, &mut center);
    idle(&mut device, &mut center);
}

#[test]
fn a_lost_cursor_or_one_from_elsewhere_makes_no_difference() {
    let (device, mut center) = after_a_while();
    for cursor in [
        Cursor::default(),
        Cursor { epoch: 1, position: 3 },
        Cursor {
            epoch: center.epoch,
            position: 1_000_000,
        },
    ] {
        let mut device = device.clone();
        device.cursor = cursor;
        device.write(7, b"meanwhile");
        let outcome = run(&mut device, &mut center);
        assert_eq!(outcome.trouble, None, "{cursor:?}");
        idle(&mut device, &mut center);
    }
}

#[test]
fn whoever_has_it_gives_back_what_a_restored_center_lost() {
    let (mut device, mut center) = after_a_while();
    let mut colleague = Device::new(3, center.key.verifying_key());
    center.enrol(&colleague.key);
    colleague.clock = center.now;
    run(&mut colleague, &mut center);
    let backup = center.clone();
    let lost: Vec<_> = (0..30).map(|n| device.write(100 + n, &[n; 4_000])).collect();
    run(&mut device, &mut center);
    run(&mut colleague, &mut center);

    // The author never comes again; the epoch was forgotten to be renewed.
    for epoch in [backup.epoch, 78] {
        let (mut center, mut colleague) = (backup.clone(), colleague.clone());
        center.epoch = epoch;
        let outcome = run(&mut colleague, &mut center);
        assert_eq!(outcome.trouble, None);
        assert!(lost.iter().all(|id| center.known.contains(id)));
        idle(&mut colleague, &mut center);
        let outcome = run(&mut colleague, &mut center);
        assert_level(&colleague, &center, &outcome);
    }
}

#[test]
fn what_cannot_be_made_equal_is_tried_once_and_then_left_until_something_changes() {
    let (mut device, mut center) = after_a_while();
    // The center's disk is bent: the device cannot take this.
    let stolen = device.write(1, b"bent on the center's disk");
    device.own.retain(|id| *id != stolen);
    let mut bent = device.items.remove(&stolen).unwrap();
    let envelope = bent.open().unwrap();
    device
        .held
        .remove(&envelope.scope, &doorstep_sync::repair::Key::of(envelope.time, stolen));
    bent.signature[3] ^= 1;
    center.log.push(bent);
    let mut outcome = run(&mut device, &mut center);
    assert!(outcome.requests <= 4, "{outcome:?}");
    assert!(outcome.fingerprints_equal.contains(&(crate::village(), Some(false))));
    for _ in 0..3 {
        outcome = Link::default().run_knowing(outcome.known, &mut device, &mut center, &mut |_, _| ());
        assert_eq!((outcome.requests, outcome.sent_items), (1, 0));
        assert!(outcome.bytes_up + outcome.bytes_down < 250, "{outcome:?}");
        assert!(outcome.fingerprints_equal.contains(&(crate::village(), Some(false))));
    }
    device.write(2, b"something changed");
    outcome = Link::default().run_knowing(outcome.known, &mut device, &mut center, &mut |_, _| ());
    assert!(outcome.requests > 1 && outcome.requests <= 4, "{outcome:?}");
}

#[test]
fn what_the_center_keeps_without_a_receipt_goes_up_once() {
    let (mut device, mut center) = after_a_while();
    let waits = device.write(1, b"rests on something that has not come");
    center.known.insert(waits);
    let outcome = run(&mut device, &mut center);
    assert_eq!((outcome.sent_items, outcome.unanswered), (1, 1));
    let again = Link::default().run_knowing(outcome.known, &mut device, &mut center, &mut |_, _| ());
    assert_eq!((again.requests, again.sent_items, again.unanswered), (1, 0, 1));
    // What it rests on has come: it is taken, and its receipt lies ahead.
    center.known.remove(&waits);
    device.write(2, b"what it rested on");
    let taken = Link::default().run_knowing(again.known, &mut device, &mut center, &mut |_, _| ());
    assert_eq!(taken.unanswered, 0, "{taken:?}");
    idle(&mut device, &mut center);
}

#[test]
fn a_receipt_that_lies_behind_is_told_again() {
    let (mut device, mut center) = after_a_while();
    let waits = device.write(1, b"taken, and its receipt went with the end of the log");
    center.known.insert(waits);
    let outcome = run(&mut device, &mut center);
    assert_eq!((outcome.sent_items, outcome.unanswered), (1, 1));
    // A center that was put back took it from somebody else, at a place that this device has read before.
    let item = device.items[&waits].clone();
    center.log.insert(3, item);
    device.cursor.position += 1;
    device.write(2, b"something new, so that the sets are compared");
    let told = Link::default().run_knowing(outcome.known, &mut device, &mut center, &mut |_, _| ());
    assert_eq!((told.sent_items, told.unanswered), (2, 0), "{told:?}");
    idle(&mut device, &mut center);
}

#[test]
fn strange_scopes_are_not_told_about() {
    let (mut device, mut center) = after_a_while();
    let elsewhere = "500112999201/2026".parse().unwrap();
    center.write(
        Kind::Receipt,
        elsewhere,
        doorstep_sync::payload::Receipt::default().to_bytes(),
    );
    device.cursor = Cursor { epoch: 5, position: 5 };
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.trouble, None);
    assert!(device.held.fingerprints().len() < center.held().fingerprints().len());
    assert_eq!(run(&mut device, &mut center).requests, 1);
}
