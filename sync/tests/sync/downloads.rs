use http::{Method, StatusCode};

use crate::center::{Center, Upload};
use crate::device::Device;
use crate::link::{Link, pair, run};

fn offer(device: &mut Device, center: &mut Center, bytes: &[u8]) -> doorstep_sync::FileHash {
    let hash = device.want(bytes);
    let file = device.wanted.last().unwrap().0.clone();
    center.uploads.insert(
        hash,
        Upload {
            file,
            bytes: bytes.to_vec(),
            verified: true,
        },
    );
    hash
}

#[test]
fn wanted_files_come_in_pieces_and_go_on_after_a_cut() {
    let (mut device, mut center) = pair();
    let hash = offer(&mut device, &mut center, &vec![7; 300_000]);
    let mut link = Link {
        cut_after: Some(150_000),
        delay: 10_000,
        ..Link::default()
    };
    link.run(&mut device, &mut center);
    assert_eq!(device.wanted[0].1.len(), 131_072);
    let outcome = run(&mut device, &mut center);
    assert_eq!(outcome.received_files, 1);
    assert!(outcome.bytes_down < 300_000 - 131_072 + 500);
    assert!(device.files.contains_key(&hash));
}

#[test]
fn a_wrong_file_is_dropped_and_named_and_others_come() {
    let (mut device, mut center) = pair();
    let wrong = offer(&mut device, &mut center, &[1; 1000]);
    let missing = offer(&mut device, &mut center, &[2; 1000]);
    let right = offer(&mut device, &mut center, &[3; 1000]);
    let empty = offer(&mut device, &mut center, &[]);
    center.uploads.get_mut(&wrong).unwrap().bytes[5] = 9;
    center.uploads.remove(&missing);
    let outcome = run(&mut device, &mut center);
    assert_eq!(
        outcome.failed,
        vec![(wrong, "checksum".to_owned()), (missing, "missing".to_owned())]
    );
    assert!(device.files.contains_key(&right) && device.files.contains_key(&empty));
    assert_eq!(outcome.received_files, 2);
}

#[test]
fn strange_answers_concern_one_file_only() {
    let (mut device, mut center) = pair();
    let first = offer(&mut device, &mut center, &[1; 1000]);
    let second = offer(&mut device, &mut center, &[2; 1000]);
    for (status, code) in [
        (200, "length"),
        (206, "length"),
        (416, "length"),
        (500, "http_500"),
        (404, "missing"),
    ] {
        let mut device = device.clone();
        center.instead = vec![(Method::GET, StatusCode::from_u16(status).unwrap())];
        let outcome = run(&mut device, &mut center);
        assert_eq!(outcome.failed, vec![(first, code.to_owned())]);
        assert!(device.files.contains_key(&second));
    }
}

#[test]
fn a_file_that_nobody_has_is_not_asked_for_at_each_contact() {
    let (mut device, mut center) = pair();
    let hash = offer(&mut device, &mut center, &[2; 1000]);
    let lost = center.uploads.remove(&hash).unwrap();
    let mut known = run(&mut device, &mut center).known;
    let mut contact = |device: &mut Device, center: &mut Center| {
        let mut link = Link::default();
        known = link.run_knowing(known.clone(), device, center, &mut |_, _| ()).known;
        link.requests.len()
    };
    assert_eq!(contact(&mut device, &mut center), 1, "one exchange");
    // It is brought, and a receipt says so.
    center.uploads.insert(hash, lost);
    let receipt = doorstep_sync::payload::Receipt {
        verified: vec![hash],
        ..Default::default()
    };
    let scope = "500199101000/0".parse().unwrap();
    center.write(doorstep_sync::Kind::Receipt, scope, receipt.to_bytes());
    contact(&mut device, &mut center);
    assert!(device.files.contains_key(&hash));
}
