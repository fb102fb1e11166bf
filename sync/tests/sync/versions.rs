//! An old and a new program talk, whichever end is the older one.

use doorstep_sync::auth::{self, Signer};
use doorstep_sync::protocol::{Run, Step, Trouble};
use doorstep_sync::wire::{Cursor, FIRST, PROTOCOL, SyncRequest, SyncResponse, WireError};
use doorstep_sync::{Fingerprint, Print};
use http::{Request, Response, StatusCode};

use crate::center::{Center, answer};
use crate::device::Device;
use crate::link::{assert_level, pair, run};

/// What a center of version 1 made of a request: it knew three headers, and zstd.
fn by_version_1(center: &mut Center, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let refused = |status, code: &str| {
        let mut response = answer(status, Vec::new());
        response.headers_mut().insert(auth::CODE, code.parse().unwrap());
        response
    };
    if !request.headers().contains_key(auth::DEVICE) {
        return refused(StatusCode::UNAUTHORIZED, "unsigned");
    }
    if request.uri().path() == "/sync" && request.body().first() != Some(&0x28) {
        return refused(StatusCode::BAD_REQUEST, "malformed");
    }
    let response = center.handle(request);
    assert_ne!(response.body().first(), Some(&PROTOCOL), "it was asked in version 1");
    response
}

fn with_version_1(device: &mut Device, center: &mut Center) -> doorstep_sync::protocol::Outcome {
    let mut run = Run::new(Signer::new(device.key.clone(), 0));
    loop {
        match run.next(device, crate::NOON).unwrap() {
            Step::Done(outcome) => return outcome,
            Step::Send(request) => run
                .answered(device, Ok(by_version_1(center, request)), crate::NOON)
                .unwrap(),
        }
    }
}

#[test]
fn a_device_brings_everything_to_a_center_of_version_1() {
    let mut center = Center::new();
    let mut device = Device::new(2, center.key.verifying_key());
    center.enrol(&device.key);
    device.write(1, b"edit");
    device.photograph(1, &[5; 100_000]);
    let outcome = with_version_1(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
    let idle = with_version_1(&mut device, &mut center);
    assert_eq!(
        (idle.requests, idle.trouble),
        (2, None),
        "one question in vain, one exchange"
    );
}

#[test]
fn a_center_answers_a_device_of_version_1_in_its_own_words() {
    let (mut device, mut center) = pair();
    let id = device.write(1, b"edit");
    let message = SyncRequest {
        version: FIRST,
        cursor: Cursor::default(),
        fingerprints: vec![(crate::village(), Print::Whole(Fingerprint::default()))],
        items: vec![device.items[&id].clone()],
        offsets: Vec::new(),
        repair: Vec::new(),
    };
    let mut request = Request::post("/sync").body(message.to_bytes()).unwrap();
    let mut signer = Signer::new(device.key.clone(), 0);
    signer.speak_older();
    signer.sign(&mut request, crate::NOON);
    let response = center.handle(request);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.body()[0], 0x28, "zstd as it comes");
    // Without the names of the request's items, as version 1 reads it.
    let answer = SyncResponse::from_bytes(response.body(), &[]).unwrap();
    assert_eq!(answer.version, FIRST);
    let print = Print::Whole(center.fingerprint(&crate::village()));
    assert_eq!(answer.fingerprints, vec![(crate::village(), print)]);
    assert!(center.known.contains(&id));
}

#[test]
fn a_version_that_nobody_knows_is_named() {
    let (mut device, mut center) = pair();
    device.write(1, b"edit");
    let mut run = Run::new(Signer::new(device.key.clone(), 0));
    let Step::Send(request) = run.next(&mut device, crate::NOON).unwrap() else {
        panic!()
    };
    let mut response = center.handle(request);
    response.body_mut()[0] = 9;
    assert_eq!(SyncRequest::from_bytes(response.body()), Err(WireError::Version));
    run.answered(&mut device, Ok(response), crate::NOON).unwrap();
    let Step::Done(outcome) = run.next(&mut device, crate::NOON).unwrap() else {
        panic!()
    };
    assert_eq!(outcome.trouble, Some(Trouble::Protocol("version".into())));
}

#[test]
fn a_version_is_given_up_once_and_at_the_beginning_only() {
    let (mut device, mut center) = pair();
    device.write(1, b"edit");
    // A portal says 400 to everything: the run ends, it does not go round.
    let refusal = || {
        let mut response = answer(StatusCode::BAD_REQUEST, Vec::new());
        response.headers_mut().insert(auth::CODE, "malformed".parse().unwrap());
        response
    };
    let mut run_of = Run::new(Signer::new(device.key.clone(), 0));
    let mut sent = 0;
    let outcome = loop {
        match run_of.next(&mut device, crate::NOON).unwrap() {
            Step::Done(outcome) => break outcome,
            Step::Send(_) => {
                sent += 1;
                run_of.answered(&mut device, Ok(refusal()), crate::NOON).unwrap();
            }
        }
    };
    assert_eq!(
        (sent, outcome.trouble),
        (2, Some(Trouble::Protocol("malformed".into())))
    );
    // And what waited goes up at the next contact.
    let outcome = run(&mut device, &mut center);
    assert_level(&device, &center, &outcome);
}
