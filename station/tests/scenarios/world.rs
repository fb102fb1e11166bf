//! Stations with their own folders, one clock, and the district.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use doorstep_station::{Failure, FailureCode, PinCost, Station, StationConfig, SystemRandom, rpc, rpc::Reply};
use doorstep_sync::Clock;
use serde_json::{Value, json};

use crate::district::{District, STAFF};

/// Noon in China on 2026-02-14.
pub const NOON: u64 = 1_771_041_600_000;
/// A guess at a PIN that costs next to nothing.
pub const CHEAP: PinCost = PinCost { memory: 8, passes: 1 };
pub const APPLICANT: &str = "陶桃花";
pub const ID_NUMBER: &str = "500199194101010018";

/// The hands of the clock that anybody can set, and time that passes all the same.
#[derive(Default)]
pub struct Hands {
    set: AtomicU64,
    passed: AtomicU64,
}

impl Clock for Hands {
    fn now(&self) -> u64 {
        self.set.load(Ordering::SeqCst)
    }

    fn steady(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

pub struct World {
    pub district: District,
    pub clock: Arc<Hands>,
}

pub struct Device {
    pub station: Station,
    pub folder: tempfile::TempDir,
    /// What its screen shows of each application.
    shown: Mutex<BTreeMap<String, Value>>,
}

/// Commands that say what they were made on.
const EDITS: [&str; 14] = [
    "answer_set",
    "presence_set",
    "resolve",
    "row_add",
    "row_set",
    "material_set",
    "page_add",
    "page_set",
    "sign",
    "receive",
    "resubmit",
    "withdraw",
    "offers_take",
    "edition_set",
];

impl World {
    pub fn new() -> Self {
        let clock = Hands::default();
        clock.set.store(NOON, Ordering::SeqCst);
        Self {
            district: District::new(),
            clock: Arc::new(clock),
        }
    }

    pub fn pass(&self, milliseconds: u64) {
        self.clock.set.fetch_add(milliseconds, Ordering::SeqCst);
        self.clock.passed.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Somebody sets the clock.
    pub fn set_clock(&self, time: u64) {
        self.clock.set.store(time, Ordering::SeqCst);
    }

    pub async fn open(&self, folder: &Path) -> Station {
        self.open_at(folder, CHEAP).await
    }

    pub async fn open_at(&self, folder: &Path, pin_cost: PinCost) -> Station {
        let config = StationConfig {
            data: folder.to_owned(),
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            network: Arc::new(self.district.clone()),
            vicinity: None,
            pin_cost,
        };
        for _ in 0..100 {
            if let Ok(station) = Station::open_with(config.clone()).await {
                return station;
            }
            // The one before may still be sealing a slot.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the folder is still in use")
    }

    /// A station that is enrolled, unlocked, and has the catalogue.
    pub async fn device(&self) -> Device {
        let folder = tempfile::tempdir().unwrap();
        let device = Device::of(self.open(folder.path()).await, folder);
        device
            .call(
                "enrol",
                json!({ "center": "https://center.example", "code": "GOOD-CODE" }),
            )
            .await;
        device.unlock().await;
        device.call("sync_now", json!({})).await;
        device
    }

    /// The same folder, opened by a new process: the old one ends without closing anything.
    pub async fn restart(&self, device: Device) -> Device {
        let Device { station, folder, .. } = device;
        drop(station);
        let device = Device::of(self.open(folder.path()).await, folder);
        device.unlock().await;
        device
    }

    pub fn offline(&self) {
        self.district.books(|books| books.online = false);
    }

    pub fn online(&self) {
        self.district.books(|books| books.online = true);
    }
}

impl Device {
    pub fn of(station: Station, folder: tempfile::TempDir) -> Self {
        let shown = Mutex::default();
        Self { station, folder, shown }
    }

    /// Runs a command. An edit that does not say so itself was made on what the screen shows; it looks first when it shows
    /// nothing yet.
    pub async fn try_call(&self, name: &str, mut args: Value, body: Vec<u8>) -> Result<Value, Failure> {
        if let (true, Some(id), None) = (EDITS.contains(&name), args["id"].as_str(), args.get("seen")) {
            let shown = self.shown.lock().unwrap().get(id).cloned();
            args["seen"] = match shown {
                Some(shown) => shown,
                None => self.run("application", json!({ "id": id }), Vec::new()).await?["shows"].clone(),
            };
        }
        let reply = self.run(name, args, body).await?;
        if let (Some(id), Some(shows)) = (reply["id"].as_str(), reply.get("shows")) {
            self.shown.lock().unwrap().insert(id.to_owned(), shows.clone());
        }
        Ok(reply)
    }

    /// Runs a command as it stands.
    pub async fn run(&self, name: &str, args: Value, body: Vec<u8>) -> Result<Value, Failure> {
        match rpc::call(&self.station, name, args, body).await? {
            Reply::Json(json) => Ok(serde_json::from_str(&json).unwrap()),
            Reply::Bytes { bytes, media_type } => Ok(json!({ "bytes": bytes.len(), "media_type": media_type })),
        }
    }

    pub async fn call(&self, name: &str, args: Value) -> Value {
        self.try_call(name, args, Vec::new())
            .await
            .unwrap_or_else(|failure| panic!("{name}: {failure}"))
    }

    pub async fn code(&self, name: &str, args: Value, body: Vec<u8>) -> FailureCode {
        self.try_call(name, args, body).await.expect_err(name).code
    }

    pub async fn unlock(&self) {
        let (staff, _, pin) = STAFF[0];
        self.unlock_as(staff, pin).await;
    }

    pub async fn unlock_as(&self, staff: &str, pin: &str) {
        self.call("unlock", json!({ "staff": staff, "pin": pin })).await;
    }

    /// Who can unlock it, with what stands before that.
    pub async fn at_door(&self, staff: &str) -> Value {
        let list = self.call("staff_list", json!({})).await["staff"].clone();
        let list = list.as_array().unwrap();
        list.iter().find(|person| person["number"] == staff).unwrap().clone()
    }

    pub async fn sync(&self) -> Value {
        self.call("sync_now", json!({})).await
    }

    pub async fn begin(&self) -> String {
        let view = self.call("begin", json!({ "matter": "YX-MZ-001" })).await;
        view["id"].as_str().unwrap().to_owned()
    }

    pub async fn view(&self, id: &str) -> Value {
        self.call("application", json!({ "id": id })).await
    }

    pub async fn answer(&self, id: &str, name: &str, value: &str) -> Value {
        self.call(
            "answer_set",
            json!({ "id": id, "name": name, "value": value, "note": "" }),
        )
        .await
    }

    pub async fn photograph(&self, id: &str, material: &str, bytes: Vec<u8>) -> Value {
        let args = json!({ "id": id, "material": material, "replaces": null });
        self.try_call("page_add", args, bytes).await.unwrap()
    }

    pub async fn find(&self, query: &str) -> Vec<Value> {
        let found = self
            .call(
                "applications",
                json!({ "query": query, "status": [], "limit": 50, "offset": 0 }),
            )
            .await;
        found["rows"].as_array().unwrap().clone()
    }

    /// Fills in everything but the signature.
    pub async fn fill(&self, id: &str) {
        for (name, value) in [
            ("id_number", ID_NUMBER),
            ("name", APPLICANT),
            ("phone", "13900000000"),
            ("household_village", "500199101201"),
            ("household_address", "一组1号"),
            ("bank_account", "6222000000000000"),
            ("declaration", "yes"),
        ] {
            self.answer(id, name, value).await;
        }
        let view = self
            .call("presence_set", json!({ "id": id, "name": "who", "value": "applicant" }))
            .await;
        for (seed, material) in view["materials"].as_array().unwrap().iter().enumerate() {
            let code = material["asked"]["code"].as_str().unwrap();
            self.photograph(id, code, picture(600, 400, seed as u8)).await;
            let args = json!({ "id": id, "material": code, "evidence": "B", "deferred_until": null, "declared": null });
            self.call("material_set", args).await;
        }
    }

    pub async fn sign(&self, id: &str) -> Value {
        self.try_call("sign", json!({ "id": id }), picture(200, 80, 250))
            .await
            .unwrap()
    }

    /// A whole application, handed in.
    pub async fn received(&self) -> String {
        let id = self.begin().await;
        self.fill(&id).await;
        self.sign(&id).await;
        self.call("receive", json!({ "id": id })).await;
        id
    }
}

/// A PNG, different for every seed.
pub fn picture(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Luma([(x.wrapping_mul(31) ^ y.wrapping_mul(17) ^ (u32::from(seed) * 7)) as u8]);
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_fn(width, height, pixel)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}
