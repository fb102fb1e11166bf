use doorstep_sync::protocol::Trouble;

use crate::center::Center;
use crate::device::Device;
use crate::link::{Link, assert_level, pair, run};

/// Everything the device believes to have arrived is there.
fn assert_no_false_belief(device: &Device, center: &Center) {
    assert!(device.accepted.iter().all(|id| center.known.contains(id)));
    assert!(device.verified.iter().all(|hash| center.uploads[hash].verified));
    assert!(
        device.own.iter().all(|id| device.items.contains_key(id)),
        "nothing written is ever lost"
    );
}

#[test]
fn a_cut_after_any_byte_loses_nothing_and_doubles_nothing() {
    let (mut device, mut center) = pair();
    device.write(1, b"one");
    device.write(2, b"two");
    device.photograph(1, &[5; 600]);
    let wanted = device.want(&[6; 300]);
    let file = device.wanted[0].0.clone();
    center.uploads.insert(
        wanted,
        crate::center::Upload {
            file,
            bytes: vec![6; 300],
            verified: true,
        },
    );
    let mut whole = Link::default();
    whole.run(&mut device.clone(), &mut center.clone());
    assert!(whole.bytes > 1200);
    for cut in 0..whole.bytes {
        let (mut device, mut center) = (device.clone(), center.clone());
        let outcome = Link {
            cut_after: Some(cut),
            ..Link::default()
        }
        .run(&mut device, &mut center);
        assert_eq!(outcome.trouble, Some(Trouble::Offline), "cut at {cut}");
        assert_no_false_belief(&device, &center);
        let outcome = run(&mut device, &mut center);
        assert_level(&device, &center, &outcome);
        assert!(device.files.contains_key(&wanted), "cut at {cut}");
        let ids: std::collections::HashSet<_> = center.log.iter().map(|i| i.id()).collect();
        assert_eq!(
            ids.len(),
            center.log.len(),
            "cut at {cut}: an item stands twice in the log"
        );
    }
}

#[test]
fn a_line_that_is_cut_all_the_time_brings_everything_in_the_end() {
    let (mut device, mut center) = pair();
    (0..30).for_each(|n| _ = device.write(n, &[n; 3000]));
    device.photograph(1, &(0..500_000u32).map(|n| (n / 7) as u8).collect::<Vec<_>>());
    let (mut sent, mut cuts) = (0, 0);
    loop {
        let mut link = Link {
            cut_after: Some(150_000),
            delay: 2000,
            ..Link::default()
        };
        let outcome = link.run(&mut device, &mut center);
        sent += link.bytes;
        assert_no_false_belief(&device, &center);
        if outcome.trouble.is_none() {
            assert_level(&device, &center, &outcome);
            break;
        }
        cuts += 1;
        assert!(cuts < 12);
    }
    assert!(cuts >= 3);
    let needed = 500_000 * 101 / 100 + 30 * 200 + 8_000;
    assert!(sent <= needed + cuts * 65_536, "{sent} bytes over {cuts} cuts");
}
