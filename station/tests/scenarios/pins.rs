//! Wrong PINs cost time, and neither a restart nor the clock gives it back; then a colleague or the district helps.

use doorstep_station::FailureCode;
use serde_json::json;

use crate::district::person;
use crate::world::{Device, NOON, World};

const WRONG: &str = "000000";

async fn try_pin(device: &Device, staff: &str, pin: &str) -> (FailureCode, Option<u64>) {
    let args = json!({ "staff": staff, "pin": pin });
    let failure = device.try_call("unlock", args, Vec::new()).await.unwrap_err();
    (failure.code, failure.wait)
}

async fn restart_locked(world: &World, device: Device) -> Device {
    let Device { station, folder, .. } = device;
    drop(station);
    Device::of(world.open(folder.path()).await, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_grow_and_survive_a_restart() {
    let world = World::new();
    let device = world.device().await;
    device.call("lock", json!({})).await;
    for expected in [0, 0, 0, 5_000] {
        let failure = try_pin(&device, "T0101", WRONG).await;
        assert_eq!(failure, (FailureCode::WrongPin, Some(expected)));
    }
    world.pass(2_000);
    assert_eq!(
        try_pin(&device, "T0101", "135790").await,
        (FailureCode::Wait, Some(3_000))
    );
    let device = restart_locked(&world, device).await;
    assert_eq!(
        try_pin(&device, "T0101", "135790").await,
        (FailureCode::Wait, Some(5_000)),
        "a restart begins the wait anew"
    );
    assert_eq!(device.at_door("T0101").await["wait"], 5_000);
    assert_eq!(device.at_door("T0102").await["wait"], 0, "nobody else waits for it");
    world.pass(5_000);
    assert_eq!(
        try_pin(&device, "T0101", WRONG).await,
        (FailureCode::WrongPin, Some(15_000))
    );
    world.pass(15_000);
    device.unlock().await;
    assert_eq!(device.at_door("T0101").await["wait"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_the_clock_shortens_no_wait() {
    let world = World::new();
    let device = world.device().await;
    device.call("lock", json!({})).await;
    for _ in 0..4 {
        try_pin(&device, "T0101", WRONG).await;
    }
    for time in [NOON + 400 * 86_400_000, NOON - 400 * 86_400_000, 0] {
        world.set_clock(time);
        assert_eq!(
            try_pin(&device, "T0101", "135790").await,
            (FailureCode::Wait, Some(5_000))
        );
    }
    let device = restart_locked(&world, device).await;
    world.set_clock(NOON + 400 * 86_400_000);
    assert_eq!(
        try_pin(&device, "T0101", "135790").await,
        (FailureCode::Wait, Some(5_000))
    );
    world.pass(5_000);
    device.unlock().await;
}

/// Ten wrong PINs of one person.
async fn ten_wrong(world: &World, device: &Device, staff: &str) {
    for _ in 0..10 {
        world.pass(3_600_000);
        try_pin(device, staff, WRONG).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_wrong_pins_a_colleague_helps() {
    let world = World::new();
    let device = world.device().await;
    device.call("lock", json!({})).await;
    ten_wrong(&world, &device, "T0101").await;
    world.pass(86_400_000);
    assert_eq!(try_pin(&device, "T0101", "135790").await.0, FailureCode::PinLocked);
    // Whatever else lies in the folder, the count lies with the slot.
    let device = restart_locked(&world, device).await;
    for entry in std::fs::read_dir(device.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !name.starts_with("station") && name != "keys.json" && entry.path().is_file() {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    let device = restart_locked(&world, device).await;
    assert_eq!(device.at_door("T0101").await["locked"], true);
    assert_eq!(try_pin(&device, "T0101", "135790").await.0, FailureCode::PinLocked);
    let again = || json!({ "staff": "T0101" });
    assert_eq!(
        device.code("try_again", again(), Vec::new()).await,
        FailureCode::LockedDevice
    );

    device.unlock_as("T0102", "246802").await;
    device.call("try_again", again()).await;
    device.unlock().await;
    assert_eq!(
        device.code("try_again", again(), Vec::new()).await,
        FailureCode::BadRequest,
        "nobody helps themselves"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_wrong_pins_a_new_pin_of_the_district_helps() {
    let world = World::new();
    let device = world.device().await;
    device.call("lock", json!({})).await;
    ten_wrong(&world, &device, "T0101").await;
    world.district.books(|books| books.new_pin(0, "804213"));
    device.unlock_as("T0102", "246802").await;
    device.sync().await;
    assert_eq!(try_pin(&device, "T0101", "135790").await.0, FailureCode::WrongPin);
    device.unlock_as("T0101", "804213").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_alone_is_never_locked_out_for_good() {
    let world = World::new();
    world.district.books(|books| books.staff.truncate(1));
    let device = world.device().await;
    device.call("lock", json!({})).await;
    ten_wrong(&world, &device, "T0101").await;
    for _ in 0..3 {
        assert_eq!(
            try_pin(&device, "T0101", "135790").await,
            (FailureCode::Wait, Some(3_600_000))
        );
        world.pass(3_600_000);
        assert_eq!(
            try_pin(&device, "T0101", WRONG).await,
            (FailureCode::WrongPin, Some(3_600_000))
        );
    }
    world.pass(3_600_000);
    device.unlock().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_pin_stays_until_the_district_gives_another() {
    let world = World::new();
    let device = world.device().await;
    world.offline();
    let change = |pin: &str, new: &str| json!({ "pin": pin, "new": new });
    for weak in ["12345", "123456", "111111", "840503", "135790"] {
        let code = device.code("pin_change", change("135790", weak), Vec::new()).await;
        assert_eq!(code, FailureCode::WeakPin, "{weak}");
    }
    let code = device.code("pin_change", change(WRONG, "739164"), Vec::new()).await;
    assert_eq!(code, FailureCode::WrongPin);
    device.call("pin_change", change("135790", "739164")).await;
    device.call("lock", json!({})).await;
    assert_eq!(try_pin(&device, "T0101", "135790").await.0, FailureCode::WrongPin);
    let device = restart_locked(&world, device).await;
    device.unlock_as("T0101", "739164").await;

    // A grant that names them with the district's PIN of before: somebody else came to the station.
    world.online();
    world.district.books(|books| {
        books.staff.push(person("T0103", "向晚晴", "580271"));
        books.grant_all();
    });
    device.sync().await;
    device.call("lock", json!({})).await;
    assert_eq!(try_pin(&device, "T0101", "135790").await.0, FailureCode::WrongPin);
    device.unlock_as("T0103", "580271").await;
    device.unlock_as("T0101", "739164").await;

    world.district.books(|books| books.new_pin(0, "804213"));
    device.sync().await;
    assert_eq!(try_pin(&device, "T0101", "739164").await.0, FailureCode::WrongPin);
    device.unlock_as("T0101", "804213").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_code_enrols_nothing() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let device = Device::of(world.open(folder.path()).await, folder);
    let enrol = |center: &str, code: &str| json!({ "center": center, "code": code });
    assert_eq!(
        device
            .code("enrol", enrol("https://center.example", "BAD"), Vec::new())
            .await,
        FailureCode::EnrolmentCode
    );
    assert_eq!(
        device
            .code("enrol", enrol("http://center.example", "GOOD-CODE"), Vec::new())
            .await,
        FailureCode::BadRequest
    );
    world.offline();
    assert_eq!(
        device
            .code("enrol", enrol("https://center.example", "GOOD-CODE"), Vec::new())
            .await,
        FailureCode::Offline
    );
    let unlock = json!({ "staff": "T0101", "pin": "135790" });
    assert_eq!(
        device.code("unlock", unlock, Vec::new()).await,
        FailureCode::NotEnrolled
    );
    assert_eq!(device.call("strip", json!({})).await["enrolled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_use_up_the_code() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let device = Device::of(world.open(folder.path()).await, folder);
    let enrol = || json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    world.district.books(|books| books.lost = true);
    assert_eq!(device.code("enrol", enrol(), Vec::new()).await, FailureCode::Offline);
    device.call("enrol", enrol()).await;
    let keys: Vec<Vec<u8>> = world
        .district
        .books(|books| books.devices().iter().map(|key| key.to_bytes()).collect());
    assert!(
        keys.iter().all(|key| key == &keys[0]),
        "the second try was the same device's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_names_nobody_locks_nobody_out_of_what_was_typed() {
    let world = World::new();
    let device = world.device().await;
    world.district.books(|books| {
        let key = books.devices()[0].to_bytes();
        books.staff.clear();
        books.grant(key, "A1");
    });
    device.sync().await;
    let id = device.begin().await;
    device.call("lock", json!({})).await;
    device.unlock().await;
    assert_eq!(device.view(&id).await["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_keys_are_lost_is_set_aside_and_not_removed() {
    let world = World::new();
    let device = world.device().await;
    device.begin().await;
    let Device { station, folder, .. } = device;
    drop(station);
    std::fs::remove_file(folder.path().join("keys.json")).unwrap();
    let device = Device::of(world.open(folder.path()).await, folder);
    let enrol = json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    device.call("enrol", enrol).await;
    let names = std::fs::read_dir(device.folder.path()).unwrap();
    let names: Vec<String> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let databases = names.iter().filter(|name| name.ends_with(".db")).count();
    assert_eq!(databases, 2, "{names:?}");
}
