use doorstep_sync::protocol::Trouble;
use http::{Method, StatusCode};

use crate::center::Upload;
use crate::link::{Link, assert_level, pair, run};

fn picture(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8 ^ seed).collect()
}

#[test]
fn a_small_file_goes_with_its_announcement() {
    let (mut device, mut center) = pair();
    device.photograph(1, &picture(2000, 1));
    let mut link = Link::default();
    let outcome = link.run(&mut device, &mut center);
    let kinds: Vec<_> = link.requests.iter().map(|(r, _)| r.as_str()).collect();
    assert_eq!(kinds, ["POST /sync", "POST /files", "POST /sync"]);
    assert_eq!(outcome.sent_files, 1);
    assert_level(&device, &center, &outcome);
}

#[test]
fn a_center_with_plain_tus_gets_the_bytes_by_patch() {
    let (mut device, mut center) = pair();
    center.plain_tus = true;
    device.photograph(1, &picture(2000, 1));
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
}

#[test]
fn an_empty_file_arrives() {
    let (mut device, mut center) = pair();
    device.photograph(1, b"");
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
}

#[test]
fn smallest_first_and_one_bad_file_holds_up_no_other() {
    let (mut device, mut center) = pair();
    let large = device.photograph(1, &picture(300_000, 1));
    let damaged = device.photograph(1, &picture(500, 2));
    let small = device.photograph(1, &picture(5_000, 3));
    device.unreadable.insert(damaged);
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.failed, vec![(damaged, "unreadable".to_owned())]);
    assert_eq!(outcome.trouble, None);
    assert!(device.verified.contains(&large) && device.verified.contains(&small));
}

#[test]
fn a_text_never_waits_behind_a_photograph() {
    let (mut device, mut center) = pair();
    device.photograph(1, &picture(400_000, 1));
    let mut link = Link {
        delay: 3000,
        ..Link::default()
    };
    let mut text = None;
    link.run_while(&mut device, &mut center, &mut |device, request| {
        if request.method() == Method::PATCH && text.is_none() {
            text = Some(device.write(2, "群众在等".as_bytes()));
        }
    });
    assert!(device.accepted.contains(&text.unwrap()));
    let kinds: Vec<_> = link
        .requests
        .iter()
        .map(|(r, _)| r.split(' ').next().unwrap())
        .collect();
    let first_patch = kinds.iter().position(|k| *k == "PATCH").unwrap();
    assert_eq!(&kinds[first_patch..first_patch + 3], ["PATCH", "POST", "PATCH"]);
}

#[test]
fn receipts_are_fetched_while_a_long_upload_goes_on() {
    let (mut device, mut center) = pair();
    device.photograph(1, &picture(2_000, 1));
    device.photograph(1, &picture(2_000_000, 2));
    let mut link = Link {
        delay: 5000,
        ..Link::default()
    };
    let outcome = link.run(&mut device, &mut center);
    let syncs: Vec<_> = link
        .requests
        .iter()
        .enumerate()
        .filter(|(_, (r, _))| r == "POST /sync")
        .collect();
    assert!(
        syncs.len() >= 3,
        "the small file's receipt came before the large file's end"
    );
    assert_level(&device, &center, &outcome);
}

#[test]
fn chunks_grow_on_a_quick_link_only() {
    for (delay, largest) in [(5, 1 << 20), (10_000, 1 << 16)] {
        let (mut device, mut center) = pair();
        device.photograph(1, &picture(4_000_000, 1));
        let mut link = Link {
            delay,
            ..Link::default()
        };
        let outcome = link.run(&mut device, &mut center);
        assert_eq!(link.requests.iter().map(|(_, len)| *len).max(), Some(largest));
        assert_level(&device, &center, &outcome);
        let overhead = outcome.bytes_up - 4_000_000;
        assert!(overhead < 2_000, "{overhead}");
    }
}

#[test]
fn a_wrong_idea_of_the_offset_is_mended() {
    let (mut device, mut center) = pair();
    let bytes = picture(300_000, 1);
    let hash = device.photograph(1, &bytes);
    let mut sent = 0;
    let mut link = Link::default();
    let mut run = |device: &mut _, center: &mut crate::center::Center| link.run(device, center);
    // The answer to a chunk is another offset than the one stored.
    center.instead = vec![(Method::PATCH, StatusCode::CONFLICT)];
    let outcome = run(&mut device, &mut center);
    sent += outcome.bytes_up;
    assert_level(&device, &center, &outcome);
    assert!(link.requests.iter().any(|(r, _)| r.starts_with("HEAD")));
    assert!(center.uploads[&hash].bytes == bytes);
    assert!(sent < 300_000 + 2 * 131_072 + 2_000, "{sent}");
}

#[test]
fn a_file_the_center_forgot_is_announced_again() {
    for status in [404, 410, 460] {
        let (mut device, mut center) = pair();
        device.photograph(1, &picture(300_000, 1));
        center.instead = vec![(Method::PATCH, StatusCode::from_u16(status).unwrap())];
        let outcome = run(&mut device, &mut center);
        assert_level(&device, &center, &outcome);
    }
}

#[test]
fn a_file_stored_wrong_is_not_verified_and_sent_again() {
    let (mut device, mut center) = pair();
    let bytes = picture(100_000, 1);
    let hash = device.photograph(1, &bytes);
    let file = device.own_files[0].file.clone();
    // What lies at the center is damaged, as by a bad disk.
    center.uploads.insert(
        hash,
        Upload {
            file,
            bytes: vec![0; 70_000],
            verified: false,
        },
    );
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
    assert_eq!(center.uploads[&hash].bytes, bytes);
}

#[test]
fn a_chunk_altered_on_its_way_is_refused_and_sent_again() {
    let (mut device, mut center) = pair();
    device.photograph(1, &picture(100_000, 1));
    let mut link = Link {
        alter: Some(2),
        ..Link::default()
    };
    let outcome = link.run(&mut device, &mut center);
    assert!(link.requests[2].0.starts_with("PATCH"));
    assert_level(&device, &center, &outcome);
}

#[test]
fn a_locked_file_waits_for_the_next_run_and_a_full_center_is_named() {
    for (status, code) in [
        (423, "locked"),
        (507, "center_full"),
        (413, "too_large"),
        (500, "http_500"),
    ] {
        let (mut device, mut center) = pair();
        let small = device.photograph(1, &picture(100_000, 1));
        let large = device.photograph(1, &picture(200_000, 2));
        center.instead = vec![(Method::PATCH, StatusCode::from_u16(status).unwrap())];
        let outcome = run(&mut device, &mut center);
        assert_eq!(outcome.failed, vec![(small, code.to_owned())]);
        assert!(device.verified.contains(&large));
        let outcome = run(&mut device, &mut center);
        assert_level(&device, &center, &outcome);
    }
}

#[test]
fn a_center_that_never_keeps_a_file_does_not_make_the_run_endless() {
    let (mut device, mut center) = pair();
    let hash = device.photograph(1, &picture(100_000, 1));
    let conflict = || (Method::PATCH, StatusCode::CONFLICT);
    center.instead = (0..100).map(|_| conflict()).collect();
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.failed, vec![(hash, "offset".to_owned())]);
    assert_eq!(outcome.trouble, None);
    assert_eq!(center.instead.len(), 97);
}

#[test]
fn a_busy_center_ends_the_run_and_the_next_goes_on_where_it_stopped() {
    let (mut device, mut center) = pair();
    device.photograph(1, &picture(200_000, 1));
    center.instead = vec![(Method::PATCH, StatusCode::SERVICE_UNAVAILABLE)];
    assert_eq!(run(&mut device, &mut center).trouble, Some(Trouble::Busy(None)));
    let outcome = run(&mut device, &mut center);
    assert!(outcome.bytes_up < 200_000 - 65_536 + 1_000);
    assert_level(&device, &center, &outcome);
}

#[test]
fn a_file_that_arrived_by_another_way_gets_its_receipt_without_being_sent() {
    let (mut device, mut center) = pair();
    let bytes = picture(50_000, 1);
    let hash = device.photograph(1, &bytes);
    let file = device.own_files[0].file.clone();
    center.uploads.insert(
        hash,
        Upload {
            file,
            bytes,
            verified: true,
        },
    );
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
    assert_eq!(outcome.sent_files, 0);
    assert!(outcome.bytes_up < 2_000, "{}", outcome.bytes_up);
}

#[test]
fn a_center_stopped_before_hashing_is_asked_to_do_it_now() {
    let (mut device, mut center) = pair();
    let bytes = picture(50_000, 1);
    let hash = device.photograph(1, &bytes);
    let file = device.own_files[0].file.clone();
    center.uploads.insert(
        hash,
        Upload {
            file,
            bytes,
            verified: false,
        },
    );
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
    assert!(outcome.bytes_up < 2_000, "{}", outcome.bytes_up);
}
