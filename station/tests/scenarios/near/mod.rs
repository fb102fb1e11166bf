//! Stations on one local network, over real connections on loopback.

mod door;
mod guest;
mod hostile;
mod parcels;
mod relay;
mod resume;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use doorstep_station::{Answer, Center, Station, StationConfig, SystemRandom, Vicinity};
use doorstep_sync::protocol::NetworkError;
use http::Request;
use serde_json::{Value, json};

use crate::district::District;
use crate::world::{CHEAP, Device, World};

const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// A way to the district that one device has for itself.
#[derive(Clone)]
pub struct Line {
    district: District,
    up: Arc<AtomicBool>,
}

impl Center for Line {
    fn send<'a>(&'a self, base: &'a str, request: Request<Vec<u8>>) -> Answer<'a> {
        match self.up.load(Ordering::SeqCst) {
            true => self.district.send(base, request),
            false => Box::pin(async { Err(NetworkError("out of reach".into())) }),
        }
    }
}

/// A device that has neighbours.
pub struct Here {
    pub device: Device,
    line: Line,
}

impl Here {
    /// Enrolled, unlocked, with the catalogue, and open to neighbours.
    pub async fn new(world: &World) -> Self {
        Self::listening(world, LOOPBACK).await
    }

    /// As [`Self::new`], at another address.
    pub async fn listening(world: &World, at: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let line = Line {
            district: world.district.clone(),
            up: Arc::new(AtomicBool::new(true)),
        };
        let station = open(world, &line, folder.path(), at).await;
        let device = Device::of(station, folder);
        let enrolment = json!({ "center": "https://center.example", "code": "GOOD-CODE" });
        device.call("enrol", enrolment).await;
        device.unlock().await;
        device.sync().await;
        let here = Self { device, line };
        here.device.station.start();
        here
    }

    pub fn reaches_the_district(&self, up: bool) {
        self.line.up.store(up, Ordering::SeqCst);
    }

    /// What others scan, as soon as the door is open.
    pub async fn code(&self) -> String {
        let list = until(async || {
            let list = self.device.call("neighbours", json!({})).await;
            list["code"].is_string().then_some(list)
        });
        list.await["code"].as_str().unwrap().to_owned()
    }

    /// Adds the device of this code, and meets it.
    pub async fn meet(&self, code: &str) -> Value {
        self.device.call("neighbour_add", json!({ "code": code })).await;
        self.meet_again().await
    }

    /// Meets the one neighbour there is.
    pub async fn meet_again(&self) -> Value {
        let list = self.device.call("neighbours", json!({})).await;
        let id = list["neighbours"][0]["id"].clone();
        self.device.call("neighbour_sync", json!({ "id": id })).await;
        // They also meet by themselves.
        until(async || {
            let list = self.device.call("neighbours", json!({})).await;
            assert_eq!(list["neighbours"].as_array().unwrap().len(), 1, "{list}");
            let neighbour = list["neighbours"][0].clone();
            (neighbour["state"] != "syncing").then_some(neighbour)
        })
        .await
    }

    pub async fn strip(&self) -> Value {
        self.device.call("strip", json!({})).await
    }

    pub async fn chain(&self, id: &str) -> Value {
        self.device.view(id).await["chain"].clone()
    }
}

/// The same folder, opened by a new process.
pub async fn restart(world: &World, here: Here) -> Here {
    let Here { device, line } = here;
    let Device { station, folder, .. } = device;
    // The loops of a process that is gone are gone, too.
    station.lock().await.unwrap();
    drop(station);
    let station = until(async || try_open(world, &line, folder.path(), LOOPBACK).await);
    let device = Device::of(station.await, folder);
    device.unlock().await;
    device.station.start();
    Here { device, line }
}

async fn open(world: &World, line: &Line, folder: &Path, listen: SocketAddr) -> Station {
    try_open(world, line, folder, listen).await.unwrap()
}

async fn try_open(world: &World, line: &Line, folder: &Path, listen: SocketAddr) -> Option<Station> {
    let config = StationConfig {
        data: folder.to_owned(),
        clock: world.clock.clone(),
        random: Arc::new(SystemRandom),
        network: Arc::new(line.clone()),
        vicinity: Some(Vicinity {
            listen,
            discovery: None,
        }),
        pin_cost: CHEAP,
    };
    Station::open_with(config).await.ok()
}

/// Asks until there is an answer, for half a minute.
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing came of it");
}
