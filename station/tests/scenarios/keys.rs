//! What lies in `keys.json`, read by a second hand: what a guess costs, and whose slots are there.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use doorstep_station::{FailureCode, PinCost, StationConfig};
use hkdf::Hkdf;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::district::{STAFF, person, pin_hash};
use crate::world::{CHEAP, Device, World};

fn read(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("keys.json")).unwrap()).unwrap()
}

fn slot<'a>(document: &'a Value, number: &str) -> Option<&'a Value> {
    let slots = document["slots"].as_array().unwrap();
    slots.iter().find(|slot| slot["number"] == number)
}

fn unhex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn argon2(secret: &[u8], salt: &[u8], cost: PinCost) -> Vec<u8> {
    let mut hash = vec![0; 32];
    let parameters = Params::new(cost.memory, cost.passes, 1, Some(32)).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(secret, salt, &mut hash)
        .unwrap();
    hash
}

fn cipher(hash: &[u8], nonce: &[u8]) -> XChaCha20Poly1305 {
    let mut key = [0; 32];
    let derived = Hkdf::<Sha256>::new(Some(nonce), hash);
    derived.expand(b"doorstep database key", &mut key).unwrap();
    XChaCha20Poly1305::new((&key).into())
}

fn unseal(hash: &[u8], slot: &Value) -> Option<Vec<u8>> {
    let sealed = unhex(&slot["sealed"]);
    let payload = Payload {
        msg: &sealed[24..],
        aad: slot["number"].as_str().unwrap().as_bytes(),
    };
    cipher(hash, &sealed[..24])
        .decrypt(XNonce::from_slice(&sealed[..24]), payload)
        .ok()
}

fn cost(slot: &Value) -> PinCost {
    serde_json::from_value(slot["second"].clone()).unwrap()
}

/// The way that [`unseal`] must not be gone without.
fn both_passes(pin: &str, slot: &Value) -> Vec<u8> {
    let first = pin_hash(pin, &unhex(&slot["salt"]));
    argon2(&first, &unhex(&slot["second"]["salt"]), cost(slot))
}

#[test]
fn programs_ask_for_the_full_cost() {
    let folder = tempfile::tempdir().unwrap();
    let config = StationConfig::new(folder.path()).unwrap();
    assert_eq!(config.pin_cost, PinCost::FULL);
    // What a guess costs is memory times passes (RFC 9106). 2 GiB are a second and a half of one core of 2020; `make bench`
    // measures it.
    let PinCost { memory, passes } = PinCost::FULL;
    assert!(memory * passes >= 2 << 20);
    assert!(memory <= 128 << 10, "a small tablet has no more to spare");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_opens_by_both_passes_alone_and_each_has_its_own_salt() {
    let wanted = PinCost { memory: 64, passes: 3 };
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let device = Device::of(world.open_at(folder.path(), wanted).await, folder);
    let enrol = json!({ "center": "https://center.example", "code": "GOOD-CODE" });
    device.call("enrol", enrol).await;
    let document = read(device.folder.path());
    assert_eq!(document["version"], 2);
    let mut salts = Vec::new();
    let mut keys = Vec::new();
    for (number, _, pin) in STAFF {
        let slot = slot(&document, number).unwrap();
        assert_eq!(cost(slot), wanted);
        assert_eq!(
            unseal(&pin_hash(pin, &unhex(&slot["salt"])), slot),
            None,
            "the first pass alone opens nothing"
        );
        keys.push(unseal(&both_passes(pin, slot), slot).unwrap());
        salts.push(unhex(&slot["second"]["salt"]));
    }
    assert_eq!(keys[0], keys[1]);
    assert_ne!(salts[0], salts[1]);
    assert!(salts.iter().all(|salt| salt.len() == 16));
}

/// Rewrites the slots as version 1 had them: the first pass alone.
fn make_old(folder: &Path) {
    let mut document = read(folder);
    let key = {
        let slot = slot(&document, STAFF[0].0).unwrap();
        unseal(&both_passes(STAFF[0].2, slot), slot).unwrap()
    };
    for slot in document["slots"].as_array_mut().unwrap() {
        let number = slot["number"].as_str().unwrap().to_owned();
        let pin = STAFF.iter().find(|(known, _, _)| *known == number).unwrap().2;
        let hash = pin_hash(pin, &unhex(&slot["salt"]));
        let payload = Payload {
            msg: &key,
            aad: number.as_bytes(),
        };
        let sealed = cipher(&hash, &[7; 24])
            .encrypt(XNonce::from_slice(&[7; 24]), payload)
            .unwrap();
        let fields = slot.as_object_mut().unwrap();
        fields.remove("second");
        fields.remove("failures");
        fields.insert("sealed".into(), hex::encode([vec![7; 24], sealed].concat()).into());
    }
    document["version"] = json!(1);
    std::fs::write(folder.join("keys.json"), document.to_string()).unwrap();
}

/// Waits until every slot is sealed at `wanted`: that goes on while people work.
async fn sealed_at(folder: &Path, wanted: PinCost) {
    for _ in 0..600 {
        let document = read(folder);
        let slots = document["slots"].as_array().unwrap();
        if slots
            .iter()
            .all(|slot| slot.get("second").is_some() && cost(slot) == wanted)
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("some slots are still cheap");
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_of_version_1_open_once_and_all_are_dear_after_the_first_good_pin() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let Device { station, folder, .. } = device;
    drop(station);
    make_old(folder.path());
    std::fs::write(folder.path().join("attempts.json"), "{}").unwrap();
    std::fs::write(folder.path().join("keys.part"), "the slot of somebody who left").unwrap();

    let device = Device::of(world.open_at(folder.path(), CHEAP).await, folder);
    device.unlock().await;
    assert_eq!(device.view(&id).await["id"], id);
    sealed_at(device.folder.path(), CHEAP).await;
    assert_eq!(read(device.folder.path())["version"], 2);
    for leftover in ["attempts.json", "keys.part"] {
        assert!(!device.folder.path().join(leftover).exists(), "{leftover}");
    }
    // A program that asks for more makes them dearer still.
    let Device { station, folder, .. } = device;
    drop(station);
    let dearer = PinCost { memory: 64, passes: 2 };
    let device = Device::of(world.open_at(folder.path(), dearer).await, folder);
    device.unlock_as("T0102", "246802").await;
    sealed_at(device.folder.path(), dearer).await;
    device.unlock().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_of_a_newer_program_is_left_alone() {
    let world = World::new();
    let Device { station, folder, .. } = world.device().await;
    drop(station);
    let mut document = read(folder.path());
    document["version"] = json!(3);
    let text = document.to_string();
    std::fs::write(folder.path().join("keys.json"), &text).unwrap();
    let config = StationConfig::new(folder.path()).unwrap();
    assert!(doorstep_station::Station::open_with(config).await.is_err());
    assert_eq!(std::fs::read_to_string(folder.path().join("keys.json")).unwrap(), text);
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_colleague_is_out_and_leaves_no_slot_behind() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    let document = read(device.folder.path());
    let old = slot(&document, "T0102").unwrap()["sealed"].as_str().unwrap().to_owned();
    world.district.books(|books| {
        books.staff.remove(1);
        books.grant_all();
    });
    device.sync().await;
    let unlock = || json!({ "staff": "T0102", "pin": "246802" });
    assert_eq!(device.code("unlock", unlock(), Vec::new()).await, FailureCode::WrongPin);
    device.call("lock", json!({})).await;
    assert_eq!(device.code("unlock", unlock(), Vec::new()).await, FailureCode::WrongPin);
    assert!(slot(&read(device.folder.path()), "T0102").is_none());
    for (name, bytes) in files(device.folder.path()) {
        assert!(
            !bytes.windows(old.len()).any(|window| window == old.as_bytes()),
            "{name} still holds the slot"
        );
    }
    device.unlock().await;
    assert_eq!(device.view(&id).await["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_at_the_device_and_works_here_no_more_is_shown_out_in_the_middle_of_it() {
    let world = World::new();
    let device = world.device().await;
    let id = device.begin().await;
    // Everybody is new: until the first of them has a way in, the last slot is the only way to what was typed.
    world.district.books(|books| {
        books.staff = vec![person("T0103", "向晚晴", "580271")];
        books.grant_all();
    });
    device.sync().await;
    assert_eq!(device.call("strip", json!({})).await["staff"], json!(null));
    let old = json!({ "staff": "T0101", "pin": "135790" });
    assert_eq!(device.code("unlock", old, Vec::new()).await, FailureCode::WrongPin);
    device.unlock_as("T0103", "580271").await;
    assert_eq!(device.view(&id).await["id"], id);
}
