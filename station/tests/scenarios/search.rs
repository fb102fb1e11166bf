//! Found by what people remember.

use serde_json::json;

use crate::world::{ID_NUMBER, World};

#[tokio::test(flavor = "multi_thread")]
async fn by_initials_two_characters_id_tail_matter_number_and_status() {
    let world = World::new();
    let device = world.device().await;
    let handed_in = device.received().await;
    let draft = device.begin().await;
    device.answer(&draft, "name", "柳石桥").await;
    for (query, expected) in [
        ("tth", vec![&handed_in]),
        ("桃花", vec![&handed_in]),
        ("桃", vec![&handed_in]),
        ("石桥", vec![&draft]),
        ("lsq", vec![&draft]),
        (&ID_NUMBER[14..], vec![&handed_in]),
        (&ID_NUMBER[12..], vec![&handed_in]),
        (ID_NUMBER, vec![&handed_in]),
        ("glj", vec![&draft, &handed_in]),
        ("津贴 桃花", vec![&handed_in]),
        ("500199101201-20260214-A1-0001", vec![&handed_in]),
        ("A1-0001", vec![&handed_in]),
        ("不存在", vec![]),
        ("\" OR 1 *", vec![]),
    ] {
        let found: Vec<String> = device
            .find(query)
            .await
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        let mut expected: Vec<String> = expected.into_iter().cloned().collect();
        let mut sorted = found.clone();
        sorted.sort();
        expected.sort();
        assert_eq!(sorted, expected, "{query}");
    }
    let drafts = device
        .call(
            "applications",
            json!({ "query": "", "status": ["draft"], "limit": 1, "offset": 0 }),
        )
        .await;
    assert_eq!(
        (drafts["total"].as_u64(), drafts["rows"][0]["id"].as_str()),
        (Some(1), Some(draft.as_str()))
    );
    assert_eq!(drafts["counts"], json!({ "draft": 1, "received": 1 }));
    // A new name is found, the old one no longer.
    device.answer(&draft, "name", "向春晓").await;
    assert_eq!(
        (device.find("石桥").await.len(), device.find("春晓").await.len()),
        (0, 1)
    );
}
