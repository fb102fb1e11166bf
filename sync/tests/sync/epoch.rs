use crate::link::{assert_level, pair, run};

#[test]
fn a_center_restored_from_a_backup_gets_back_what_it_lost_and_no_more() {
    let (mut device, mut center) = pair();
    (0..40).for_each(|n| _ = device.write(n, &[n; 3000]));
    device.photograph(1, &[1; 5000]);
    run(&mut device, &mut center);
    let backup = center.clone();
    let lost: Vec<_> = (50..55).map(|n| device.write(n, &[n; 3000])).collect();
    let lost_file = device.photograph(1, &[2; 5000]);
    run(&mut device, &mut center);
    assert!(device.accepted.contains(&lost[0]) && device.verified.contains(&lost_file));

    let mut center = backup;
    center.epoch = 78;
    // No two receipts are of one millisecond.
    center.now += 1;
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
    assert!(lost.iter().all(|id| center.known.contains(id)));
    // Of the items lost, and of the receipts for them.
    assert_eq!(outcome.sent_items, 6 + 2, "only what was lost goes up again");
    assert_eq!(outcome.sent_files, 1);
    assert!(outcome.received_items <= 4, "and only receipts come down: {outcome:?}");
    assert_eq!(run(&mut device, &mut center).requests, 1);
}

#[test]
fn an_empty_center_gets_everything() {
    let (mut device, mut center) = pair();
    (0..40).for_each(|n| _ = device.write(n, &[n; 3000]));
    run(&mut device, &mut center);
    let mut fresh = crate::center::Center::new();
    fresh.epoch = 79;
    fresh.now += 1;
    fresh.enrol(&device.key);
    let outcome = run(&mut device, &mut fresh);
    assert_eq!(outcome.trouble, None);
    assert!(
        device
            .own
            .iter()
            .all(|id| fresh.known.contains(id) && device.accepted.contains(id))
    );
    // The first center's receipts, too: they are its own.
    assert_level(&device, &fresh, &outcome);
    assert_eq!(run(&mut device, &mut fresh).requests, 1);
}

#[test]
fn a_file_that_the_center_lost_goes_up_again_when_it_says_so() {
    let (mut device, mut center) = pair();
    let lost = device.photograph(1, &[2; 5000]);
    run(&mut device, &mut center);
    assert!(device.verified.contains(&lost));
    // The item and its receipt came back from others, the bytes did not; and the epoch is the same.
    center.uploads.remove(&lost);
    center.missing = vec![lost];
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.sent_files, 1);
    assert_eq!(center.uploads[&lost].bytes, [2; 5000]);
}
