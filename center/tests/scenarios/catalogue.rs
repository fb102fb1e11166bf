//! Publishing: a workbook with a fault is named, and the published catalogue stays.

use crate::support::World;
use axum::http::{Request, StatusCode};
use doorstep_center::{PublishError, demo};
use doorstep_sync::Kind;
use doorstep_sync::payload::Catalogue;
use doorstep_sync::tus;

#[tokio::test]
async fn a_broken_workbook_changes_nothing() {
    let world = World::new();
    let mut workbooks = demo::workbooks();
    assert_eq!(
        world.center.publish(&workbooks).unwrap(),
        1,
        "the same again is no new version"
    );
    let person = world.sign_in("reviewer").await;
    let (_, list) = person.get("/api/matters").await;
    let all = list["matters"].as_array().unwrap().len();
    assert!(all >= 20, "{all}");
    let broken = workbooks.iter_mut().find(|(name, _)| name == "高龄津贴.xlsx").unwrap();
    broken.1.truncate(2_000);
    let Err(PublishError::Workbooks(faults)) = world.center.publish(&workbooks) else {
        panic!("published")
    };
    assert_eq!(faults[0].file, "高龄津贴.xlsx");
    assert!(!faults[0].error.problem.is_empty() && !faults[0].error.remedy.is_empty());
    let mut workbooks = demo::workbooks();
    let (_, bytes) = workbooks.iter().find(|(name, _)| name == "高龄津贴.xlsx").unwrap();
    workbooks.push(("copy.xlsx".into(), bytes.clone()));
    let Err(PublishError::Workbooks(faults)) = world.center.publish(&workbooks) else {
        panic!("published")
    };
    assert_eq!(faults[0].error.code, "same_code");
    let (_, list) = person.get("/api/matters").await;
    assert_eq!(
        (list["version"].as_u64(), list["matters"].as_array().unwrap().len()),
        (Some(1), all)
    );
    workbooks.retain(|(name, _)| !["copy.xlsx", "高龄津贴.xlsx"].contains(&name.as_str()));
    assert_eq!(world.center.publish(&workbooks).unwrap(), 2);
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
    let mut files = Vec::new();
    for file in &catalogue.files {
        let request = Request::get(tus::path(&file.file.hash)).body(Vec::new()).unwrap();
        let answer = device.signed(&world, request).await;
        assert_eq!(
            (answer.status(), answer.body().len() as u64),
            (StatusCode::OK, file.file.len)
        );
        files.push((file.name.clone(), answer.into_body()));
    }
    assert!(doorstep_matters::catalogue::read(&files).is_ok());
}
