//! Nothing that was typed or photographed lies readable under the data folder, while it runs or after.

use std::path::Path;

use doorstep_station::contract::UnlockRequest;
use serde_json::json;

use crate::world::{APPLICANT, ID_NUMBER, World, picture};

fn bytes_under(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes_under(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn assert_unreadable(folder: &Path, pin: &str) {
    let mut files = Vec::new();
    bytes_under(folder, &mut files);
    assert!(
        files
            .iter()
            .any(|(name, bytes)| name.ends_with("station.db") && bytes.len() > 50_000)
    );
    assert!(
        files
            .iter()
            .any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty())
    );
    let page = picture(600, 400, 0);
    let secrets: [&[u8]; 8] = [
        APPLICANT.as_bytes(),
        ID_NUMBER.as_bytes(),
        b"13900000000",
        b"6222000000000000",
        "高龄津贴".as_bytes(),
        &page[page.len() / 2..page.len() / 2 + 32],
        b"\x89PNG",
        b"JFIF",
    ];
    for (name, bytes) in &files {
        for secret in secrets {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret),
                "{name} gives something away"
            );
        }
        if !name.contains("/files/") && !name.contains("station.db") {
            assert!(
                !bytes.windows(pin.len()).any(|window| window == pin.as_bytes()),
                "{name} holds the PIN"
            );
        }
        assert!(!name.contains("500199"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_gives_nothing_away() {
    let world = World::new();
    let device = world.device().await;
    device.received().await;
    device.find(APPLICANT).await;
    assert_unreadable(device.folder.path(), "135790");
    device.sync().await;
    device.call("lock", json!({})).await;
    let keys = std::fs::read_to_string(device.folder.path().join("keys.json")).unwrap();
    let hash = hex::encode(crate::district::pin_hash("135790", "T0101".repeat(4).as_bytes()));
    assert!(!keys.contains(&hash), "with the PIN's hash a guess would cost a tenth");
}

#[test]
fn what_is_printed_for_a_log_holds_no_pin() {
    let request: UnlockRequest = serde_json::from_value(json!({ "staff": "T0101", "pin": "135790" })).unwrap();
    let staff = crate::district::person("T0101", APPLICANT, "135790");
    for words in [format!("{request:?}"), format!("{staff:?}")] {
        assert!(words.contains("T0101") && !words.contains("135790"), "{words}");
        assert!(!words.contains("pin_hash") && !words.contains(APPLICANT), "{words}");
    }
}
