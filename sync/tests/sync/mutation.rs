use doorstep_sync::auth::Signer;
use doorstep_sync::payload::{Catalogue, Change, FileName, Grant, Receipt, Revoke};
use doorstep_sync::protocol::{Run, Step, Trouble};
use doorstep_sync::wire::{SyncRequest, SyncResponse};
use doorstep_sync::{Envelope, Item, SigningKey, serve};
use http::{Response, StatusCode};
use proptest::prelude::*;

use crate::link::pair;

fn signed() -> (Item, SigningKey, Envelope) {
    let (mut device, _) = pair();
    let id = device.write(1, "张三丰的申请".as_bytes());
    let item = device.items[&id].clone();
    let envelope = item.open().unwrap();
    (item, device.key, envelope)
}

proptest! {
    #[test]
    fn a_changed_item_is_never_taken(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let (item, key, _) = signed();
        let mut bytes = item.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = Item::from_bytes(&bytes) {
            prop_assert!(changed.verify(&key.verifying_key()).is_err());
        }
    }

    #[test]
    fn another_form_of_the_same_envelope_is_never_taken(tail in prop::collection::vec(any::<u8>(), 1..9), cut in 0usize..40) {
        let (item, key, _) = signed();
        for envelope in [[item.envelope.as_slice(), &tail].concat(), item.envelope[..item.envelope.len() - 1 - cut].to_vec()] {
            let resigned = Item { signature: key.sign(&envelope), envelope, ..item.clone() };
            prop_assert!(resigned.verify(&key.verifying_key()).is_err());
        }
    }

    #[test]
    fn any_envelope_of_bytes_is_refused_by_name(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (_, center) = pair();
        let key = crate::key(2);
        let item = Item { signature: key.sign(&bytes), envelope: bytes, algorithm: doorstep_sync::key::Algorithm::Ed25519 };
        prop_assert!(serve::decide(&item, &center.grants, crate::NOON).is_err());
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = SyncRequest::from_bytes(&bytes);
        let _ = SyncResponse::from_bytes(&bytes, &[]);
        let second = [&[2], bytes.as_slice()].concat();
        let _ = (SyncRequest::from_bytes(&second).is_ok(), SyncResponse::from_bytes(&second, &[]).is_ok());
        let _ = Item::from_bytes(&bytes);
        let _ = (Change::from_bytes(&bytes).is_ok(), FileName::from_bytes(&bytes).is_ok());
        let _ = (Grant::from_bytes(&bytes).is_ok(), Revoke::from_bytes(&bytes).is_ok());
        let _ = (Receipt::from_bytes(&bytes).is_ok(), Catalogue::from_bytes(&bytes).is_ok());
        let packed = zstd::bulk::compress(&bytes, 1).unwrap();
        let _ = (SyncRequest::from_bytes(&packed).is_ok(), SyncResponse::from_bytes(&packed, &[]).is_ok());
    }

    #[test]
    fn no_altered_message_makes_an_end_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4)) {
        let (mut device, mut center) = pair();
        device.write(1, b"edit");
        let mut run = Run::new(Signer::new(device.key.clone(), 0));
        let Step::Send(request) = run.next(&mut device, crate::NOON).unwrap() else { panic!() };
        let mut response = center.handle(request);
        for (at, flip) in flips {
            let at = at.index(response.body().len());
            response.body_mut()[at] ^= flip;
        }
        run.answered(&mut device, Ok(response), crate::NOON).unwrap();
        prop_assert_eq!(device.own.len(), 1);
    }

    #[test]
    fn any_answers_end_the_run(
        answers in prop::collection::vec((prop::sample::select(vec![200u16, 201, 204, 206, 401, 404, 409, 410, 423, 460, 500]),
            prop::option::of(0u64..200_000), prop::collection::vec(any::<u8>(), 0..50)), 1..30),
    ) {
        let (mut device, mut center) = pair();
        device.photograph(1, &[1; 100_000]);
        device.photograph(2, &[2; 1_000]);
        device.want(&[3; 1000]);
        let mut run = Run::new(Signer::new(device.key.clone(), 0));
        let mut answers = answers.into_iter();
        for step in 0.. {
            prop_assert!(step < 200);
            match run.next(&mut device, crate::NOON).unwrap() {
                Step::Done(_) => break,
                Step::Send(request) if step == 0 => run.answered(&mut device, Ok(center.handle(request)), crate::NOON).unwrap(),
                Step::Send(_) => {
                    let (status, offset, body) = answers.next().unwrap_or((500, None, vec![]));
                    let mut response = Response::new(body);
                    *response.status_mut() = StatusCode::from_u16(status).unwrap();
                    if let Some(offset) = offset {
                        response.headers_mut().insert("upload-offset", offset.into());
                    }
                    run.answered(&mut device, Ok(response), crate::NOON).unwrap();
                }
            }
        }
    }
}

#[test]
fn an_answer_that_expands_without_end_ends_the_run() {
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).unwrap();
    let (mut device, _) = pair();
    let mut run = Run::new(Signer::new(device.key.clone(), 0));
    run.next(&mut device, crate::NOON).unwrap();
    run.answered(&mut device, Ok(Response::new(bomb)), crate::NOON).unwrap();
    let Step::Done(outcome) = run.next(&mut device, crate::NOON).unwrap() else {
        panic!()
    };
    assert_eq!(outcome.trouble, Some(Trouble::Protocol("malformed".into())));
}
