//! What the center says is kept no longer: it is nowhere on the disk, does not come back, and never goes before all of it has
//! arrived at the center.

use std::path::Path;
use std::sync::{Arc, Mutex};

use aes::Aes256;
use aes::cipher::{BlockDecrypt, KeyInit};
use doorstep_records::CaseStep;
use doorstep_records::case::ResultFile;
use doorstep_station::{FailureCode, Station, StationConfig, SystemRandom};
use doorstep_sync::payload::FileName;
use doorstep_sync::{FileHash, Random};
use serde_json::json;

use crate::world::{APPLICANT, Device, ID_NUMBER, World, picture};

/// Chance that remembers the keys it gave.
#[derive(Default)]
struct Noted(Mutex<Vec<[u8; 32]>>);

impl Random for Noted {
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom.fill(bytes);
        if let Ok(key) = <[u8; 32]>::try_from(&*bytes) {
            self.0.lock().unwrap().push(key);
        }
    }
}

const PAGE: usize = 4096;
/// SQLCipher keeps an IV and a MAC at the end of each page.
const RESERVED: usize = 80;

/// A page as SQLite sees it: AES-256 in CBC. The first 16 bytes of the file are its salt.
fn plain(page: &[u8], first: bool, key: &[u8; 32]) -> Vec<u8> {
    let cipher = Aes256::new(key.into());
    let mut before = page[PAGE - RESERVED..][..16].to_vec();
    let mut plain = Vec::new();
    for block in page[if first { 16 } else { 0 }..PAGE - RESERVED].chunks_exact(16) {
        let mut opened = aes::Block::clone_from_slice(block);
        cipher.decrypt_block(&mut opened);
        plain.extend(opened.iter().zip(&before).map(|(byte, mask)| byte ^ mask));
        before = block.to_vec();
    }
    plain
}

/// Every page of the database and its log, free ones and old ones too, in clear.
fn pages(folder: &Path, chance: &Noted) -> Vec<u8> {
    let database = std::fs::read(folder.join("station.db")).unwrap();
    let keys = chance.0.lock().unwrap().clone();
    let fits = |key: &&[u8; 32]| plain(&database[..PAGE], true, key)[..2] == [0x10, 0x00];
    let key = keys.iter().find(fits).expect("the database's key");
    let mut all = Vec::new();
    for (number, page) in database.chunks_exact(PAGE).enumerate() {
        all.extend(plain(page, number == 0, key));
    }
    let log = std::fs::read(folder.join("station.db-wal")).unwrap_or_default();
    for frame in log.get(32..).unwrap_or_default().chunks_exact(24 + PAGE) {
        let number = u32::from_be_bytes(frame[..4].try_into().unwrap());
        all.extend(plain(&frame[24..], number == 1, key));
    }
    all
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

async fn device(world: &World, chance: &Arc<Noted>) -> Device {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::of(open(world, folder.path(), chance).await, folder);
    let args = json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    device.call("enrol", args).await;
    device.unlock().await;
    device.sync().await;
    device
}

async fn open(world: &World, folder: &Path, chance: &Arc<Noted>) -> Station {
    let config = StationConfig {
        data: folder.to_owned(),
        clock: world.clock.clone(),
        random: chance.clone(),
        network: Arc::new(world.district.clone()),
        vicinity: None,
        pin_cost: crate::world::CHEAP,
    };
    Station::open_with(config).await.unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Names of the files held.
fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("files")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_nowhere_on_the_disk() {
    let world = World::new();
    let chance = Arc::new(Noted::default());
    let device = device(&world, &chance).await;
    let id = device.begin().await;
    // Longer than a page, more often than one snapshot holds, and then overwritten: it lies in pages that are free now.
    for number in 0..40 {
        let typed = format!("{number}号院东厢房 {}", "后门进".repeat(60));
        device.answer(&id, "household_address", &typed).await;
    }
    device.fill(&id).await;
    device.sign(&id).await;
    device.call("receive", json!({ "id": id })).await;
    let other = device.begin().await;
    device.answer(&other, "name", "柳石桥").await;
    device.photograph(&other, "id_card", picture(900, 600, 77)).await;
    device.sync().await;
    let result = b"%PDF-1.7 granted".to_vec();
    let name = FileName {
        hash: FileHash::of(&result),
        len: result.len() as u64,
        media_type: "application/pdf".into(),
    };
    let file = ResultFile {
        hash: name.hash.to_string(),
        len: name.len,
        name: "批准书.pdf".into(),
        media_type: name.media_type.clone(),
    };
    let hash = name.hash;
    world.district.books(|books| books.files.insert(hash, (name, result)));
    let decided = CaseStep::Decided {
        granted: true,
        number: "高字第8号".into(),
        reason: String::new(),
        remedies: String::new(),
        seal: None,
        file: Some(file),
    };
    world.district.decide(&id, decided);
    device.sync().await;
    assert_eq!(device.find(APPLICANT).await.len(), 1);
    let secrets = [
        APPLICANT,
        ID_NUMBER,
        "东厢房",
        "6222000000000000",
        "高字第8号",
        &id[..8],
    ];
    let before = pages(device.folder.path(), &chance);
    for secret in &secrets[..5] {
        assert!(holds(&before, secret), "{secret} can be found where it is");
    }
    let (held, all) = (
        files(device.folder.path()),
        world.district.books(|books| books.files.len()),
    );

    world.district.books(|books| books.forget(&id));
    device.sync().await;
    assert_eq!(
        device.code("application", json!({ "id": id }), Vec::new()).await,
        FailureCode::NotFound
    );
    assert!(device.find(APPLICANT).await.is_empty() && device.find("tth").await.is_empty());
    let after = pages(device.folder.path(), &chance);
    for secret in &secrets[..5] {
        assert!(!holds(&after, secret), "{secret} still stands on the disk");
    }
    assert!(holds(&after, "柳石桥"), "another's stays");
    let left = files(device.folder.path());
    assert!(left < held && all > left, "{held} files, then {left}");
    let gone = device
        .code("file", json!({ "hash": hash.to_string(), "edge": null }), Vec::new())
        .await;
    assert_eq!(gone, FailureCode::NotFound);
    // Both ends hold the same set all the same, and nothing comes back.
    let items = device.sync().await;
    assert_eq!(
        (items["received_items"].as_u64(), items["received_files"].as_u64()),
        (Some(0), Some(0))
    );
    let same = |books: &mut crate::district::Books| {
        let held = books.held().fingerprints();
        books
            .named
            .iter()
            .all(|(scope, print)| held.iter().any(|(known, sum)| known == scope && print.is_of(sum)))
    };
    assert!(world.district.books(same));
    assert!(device.station.examine().await.unwrap().same_as_items);
    assert_eq!(device.find("").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_come_back_from_a_restored_disk_and_reaches_devices_that_join_later() {
    let world = World::new();
    let chance = Arc::new(Noted::default());
    let first = device(&world, &chance).await;
    let id = first.received().await;
    first.sync().await;
    let older = tempfile::tempdir().unwrap();
    copy(first.folder.path(), older.path());
    world.district.books(|books| books.forget(&id));
    first.sync().await;
    assert!(first.find("").await.is_empty());

    // The disk is put back as it was.
    let restored = Device::of(open(&world, older.path(), &chance).await, older);
    restored.unlock().await;
    assert_eq!(restored.find(APPLICANT).await.len(), 1);
    restored.sync().await;
    assert!(restored.find("").await.is_empty());
    assert!(!holds(&pages(restored.folder.path(), &chance), ID_NUMBER));

    let joined = device(&world, &chance).await;
    assert!(joined.find("").await.is_empty());
    assert!(!holds(&pages(joined.folder.path(), &chance), ID_NUMBER));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_here_is_never_forgotten_and_what_came_later_is_shown() {
    let world = World::new();
    let (one, two) = (world.device().await, world.device().await);
    let id = one.begin().await;
    one.answer(&id, "name", APPLICANT).await;
    one.sync().await;
    two.sync().await;
    // The second types while it is not connected; the time passes meanwhile.
    world.offline();
    two.answer(&id, "phone", "13900000009").await;
    world.online();
    world.district.books(|books| books.forget(&id));
    one.sync().await;
    assert!(one.find("").await.is_empty());
    // The center answers with the news before it takes what waits.
    world
        .district
        .books(|books| books.judge = Some(Box::new(|_| Some("waits"))));
    two.sync().await;
    let phone = |view: &serde_json::Value| {
        let questions = view["form"]["questions"].as_array().unwrap().clone();
        let found = questions
            .into_iter()
            .find(|question| question["name"] == "phone")
            .unwrap();
        found["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(phone(&two.view(&id).await), "13900000009");
    assert_eq!(two.call("day_end", json!({})).await["total"], 1);
    // It arrives: what came later is shown until its own time has passed.
    world.district.books(|books| books.judge = None);
    // What was sent and not answered is sent again by the next start.
    let two = world.restart(two).await;
    two.sync().await;
    one.sync().await;
    assert_eq!(phone(&two.view(&id).await), "13900000009");
    assert_eq!(two.call("day_end", json!({})).await["total"], 0);
    assert!(one.find("").await.is_empty());
    world.district.books(|books| books.forget(&id));
    for device in [&one, &two] {
        device.sync().await;
        assert!(device.find("").await.is_empty());
        let again = device.sync().await;
        assert_eq!(again["received_items"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_that_has_not_arrived_keeps_its_application() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    device.answer(&id, "name", APPLICANT).await;
    let page = picture(900, 600, 5);
    device.photograph(&id, "id_card", page.clone()).await;
    world
        .district
        .books(|books| books.refused = Some((FileHash::of(&page), http::StatusCode::INSUFFICIENT_STORAGE)));
    device.sync().await;
    world.district.books(|books| books.forget_items(&id));
    device.sync().await;
    let view = device.view(&id).await;
    assert_eq!(
        (view["chain"]["files"].as_u64(), view["chain"]["verified"].as_u64()),
        (Some(1), Some(0))
    );
    world.district.books(|books| books.refused = None);
    device.sync().await;
    device.sync().await;
    assert!(device.find("").await.is_empty(), "it is through");
    assert!(
        world
            .district
            .books(|books| books.files.contains_key(&FileHash::of(&page)))
    );
}
