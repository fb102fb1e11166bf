//! Documents and queue are views: made again from the log of items they are the same.

use crate::support::{START, World};
use axum::http::StatusCode;
use doorstep_sync::wire::SyncResponse;
use doorstep_sync::{Fingerprint, Print, Scope};
use serde_json::json;

#[tokio::test]
async fn everything_is_the_same_after_a_rebuild() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    let other = device.application(START, "石上泉");
    device.sync(&world, [paper.items.clone(), other.items].concat()).await;
    assert_eq!(device.upload(&world, &paper.scan).await.status(), StatusCode::CREATED);
    let reviewer = world.sign_in("reviewer").await;
    let path = format!("/api/cases/{}", paper.id);
    reviewer.post(&format!("{path}/accept"), json!({ "expected": 7 })).await;
    let fingerprint = async || {
        let mut request = device.request(Vec::new());
        let nothing = Print::Whole(Fingerprint::default());
        request.fingerprints = vec![(Scope::new("500199101201", "2026").unwrap(), nothing)];
        SyncResponse::from_bytes(device.post(&world, &request).await.body(), &[])
            .unwrap()
            .fingerprints
    };
    let seen = async || {
        let list = reviewer.get("/api/cases?queue=all").await;
        let page = reviewer.get(&path).await;
        assert_eq!((list.0, page.0), (StatusCode::OK, StatusCode::OK));
        (list, page, fingerprint().await)
    };
    let before = seen().await;
    assert_eq!(before.0.1["total"], 2);
    assert!(world.center.rebuild().unwrap() > 10);
    assert_eq!(seen().await, before);
}
