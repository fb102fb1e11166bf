//! Publishing: a workbook with a fault is named, and the published catalogue stays.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use axum::http::{Request, StatusCode};
use doorstep_center::{PublishError, demo};
use doorstep_sync::Kind;
use doorstep_sync::payload::Catalogue;
use doorstep_sync::tus;
use support::World;

#[tokio::test]
async fn a_broken_workbook_changes_nothing() {
    let world = World::new();
    let mut workbooks = demo::workbooks();
    assert_eq!(workbooks.len(), 4);
    assert_eq!(
        world.center.publish(&workbooks).unwrap(),
        1,
        "the same again is no new version"
    );
    workbooks[1].1.truncate(2_000);
    let Err(PublishError::Workbooks(faults)) = world.center.publish(&workbooks) else {
        panic!("published")
    };
    assert_eq!(faults[0].file, workbooks[1].0);
    assert!(!faults[0].error.problem.is_empty() && !faults[0].error.remedy.is_empty());
    let twice = [
        demo::workbooks(),
        vec![("copy.xlsx".into(), demo::workbooks()[0].1.clone())],
    ]
    .concat();
    let Err(PublishError::Workbooks(faults)) = world.center.publish(&twice) else {
        panic!("published")
    };
    assert_eq!(faults[0].error.code, "same_code");
    let person = world.sign_in("reviewer").await;
    let (_, list) = person.get("/api/matters").await;
    assert_eq!(
        (list["version"].as_u64(), list["matters"].as_array().unwrap().len()),
        (Some(1), 4)
    );
    assert_eq!(world.center.publish(&demo::workbooks()[..3]).unwrap(), 2);
    let (status, page) = person.get("/api/matters/YX-MZ-001").await;
    assert!(status == StatusCode::NOT_FOUND || page["form"]["questions"].as_array().is_some_and(|q| q.len() > 5));
}

#[tokio::test]
async fn a_device_fetches_the_workbooks_it_is_told_of() {
    let world = World::new();
    let mut device = world.device(2, 0).await;
    let came = device.sync(&world, Vec::new()).await;
    let catalogue = came
        .iter()
        .map(|item| item.open().unwrap())
        .find(|envelope| envelope.kind == Kind::Catalogue)
        .unwrap();
    let catalogue = Catalogue::from_bytes(&catalogue.payload).unwrap();
    for file in &catalogue.files {
        let request = Request::get(tus::path(&file.file.hash)).body(Vec::new()).unwrap();
        let answer = device.signed(&world, request).await;
        assert_eq!(
            (answer.status(), answer.body().len() as u64),
            (StatusCode::OK, file.file.len)
        );
        assert!(doorstep_matters::read(answer.body()).is_ok());
    }
}
