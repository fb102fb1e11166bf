//! Parcels at the center: whoever carries them, they count as what they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use doorstep_sync::BundleId;
use doorstep_sync::bundle::{Ends, parcel};
use http::{Method, Request, StatusCode};
use support::World;

fn bring(bytes: Vec<u8>) -> Request<Vec<u8>> {
    Request::builder()
        .method(Method::POST)
        .uri("/parcels")
        .body(bytes)
        .unwrap()
}

#[tokio::test]
async fn a_parcel_is_taken_from_whoever_carries_it_and_the_answer_is_sealed() {
    let world = World::new();
    let mut author = world.device(1, 0).await;
    let mut carrier = world.device(0, 0).await;
    let paper = author.application(world.now(), "田小麦");
    let ends = Ends {
        sender: &author.key,
        receiver: &author.center,
    };
    let sealed = parcel(BundleId([7; 16]), world.now(), &ends, &paper.items).unwrap();

    let unsigned = world.send(bring(sealed.clone())).await;
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
    for nonsense in [Vec::new(), b"not a parcel".to_vec(), sealed[..40].to_vec()] {
        let refused = carrier.signed(&world, bring(nonsense)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 0..2 {
        let taken = carrier.signed(&world, bring(sealed.clone())).await;
        assert_eq!(taken.status(), StatusCode::NO_CONTENT);
    }

    let path = format!("/parcels/{}", author.key.verifying_key().device());
    let back = Request::get(path).body(Vec::new()).unwrap();
    let back = carrier.signed(&world, back).await;
    assert_eq!(back.status(), StatusCode::OK);
    let name = "田小麦".as_bytes();
    assert!(!back.body().windows(name.len()).any(|part| part == name), "sealed");
    let mine = carrier.sync(&world, Vec::new()).await;
    assert!(
        mine.iter()
            .all(|item| paper.items.iter().all(|other| other.id() != item.id())),
        "the carrier sees nothing"
    );
    let receipts = support::receipts(&author.sync(&world, Vec::new()).await);
    assert_eq!(receipts.accepted.len(), paper.items.len());

    let nobody = Request::get(format!("/parcels/{}", "00".repeat(16)))
        .body(Vec::new())
        .unwrap();
    assert_eq!(carrier.signed(&world, nobody).await.status(), StatusCode::NOT_FOUND);
}
