//! A station hears from the center over real HTTP that something is new, does not ask in vain, and finds its way back to a
//! center that was away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep_center::demo::{ACCOUNTS_FILE, Demo};
use doorstep_center::world::{SystemClock, SystemRandom};
use doorstep_center::{Center, Config, Handle};
use doorstep_harness::clerk;
use doorstep_harness::screen::{Failed, Screen, list};
use doorstep_station::rpc::{self, Reply};
use serde_json::{Value, json};
use tokio::time::sleep;

struct Station(doorstep_station::Station);

impl Screen for Station {
    async fn run(&self, command: &str, args: Value, body: Vec<u8>) -> Result<Value, Failed> {
        match rpc::call(&self.0, command, args, body).await {
            Ok(Reply::Json(text)) => serde_json::from_str(&text).map_err(|error| Failed::new(command, "json", error)),
            Ok(Reply::Bytes { bytes, .. }) => Ok(json!(bytes.len())),
            Err(failure) => Err(Failed::new(command, "failed", failure)),
        }
    }
}

struct Served {
    center: Arc<Center>,
    handle: Handle<SocketAddr>,
    address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn open(data: &Path, listen: SocketAddr) -> Self {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let config = Config {
            data: data.to_owned(),
            clock,
            random,
            tls: false,
        };
        let center = Arc::new(Center::open(config).unwrap());
        center.make_demo(data).unwrap();
        let handle = Handle::new();
        let serve = doorstep_center::serve(center.clone(), listen, None, handle.clone());
        let serving = tokio::spawn(async move { serve.await.unwrap() });
        let address = handle.listening().await.unwrap();
        Self {
            center,
            handle,
            address,
            serving,
        }
    }

    async fn stop(self) {
        self.center.close_events();
        self.handle.graceful_shutdown(Some(Duration::from_secs(1)));
        self.serving.await.unwrap();
    }

    /// A figure of `/metrics`.
    async fn figure(&self, name: &str) -> u64 {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let text = client
            .get(format!("http://{}/metrics", self.address))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let found = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        found.sum()
    }

    async fn exchanges(&self) -> u64 {
        self.figure("doorstep_center_requests_total{method=\"POST\",route=\"/sync\",status=\"200\"}")
            .await
    }

    /// Waits until so many streams are open.
    async fn heard_by(&self, streams: u64, within: Duration) {
        let began = Instant::now();
        while self.figure("doorstep_center_event_streams").await != streams {
            assert!(
                began.elapsed() < within,
                "{streams} streams were not open within {within:?}"
            );
            sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn station(data: &Path, served: &Served, demo: &Demo, number: usize) -> Station {
    let station = Station(doorstep_station::Station::open(data).await.unwrap());
    station.0.start();
    let home = &demo.stations[0];
    let enrol = json!({"center": format!("http://{}", served.address), "code": home.enrolment_codes[number]});
    station.call("enrol", enrol).await.unwrap();
    let staff = &home.staff[0];
    station
        .call("unlock", json!({"staff": staff.number, "pin": staff.pin}))
        .await
        .unwrap();
    for _ in 0..3 {
        station.call("sync_now", json!({})).await.unwrap();
    }
    station
}

async fn applications(station: &Station) -> usize {
    let everything = json!({"query": "", "status": [], "limit": 50, "offset": 0});
    let found = station.call("applications", everything).await.unwrap();
    list(&found["rows"]).count()
}

/// Waits until a station shows so many applications; how long it took.
async fn shows(station: &Station, count: usize, within: Duration) -> Duration {
    let began = Instant::now();
    while applications(station).await < count {
        assert!(began.elapsed() < within, "nothing came within {within:?}");
        sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_station_saves_wakes_the_other_and_nobody_asks_in_vain() {
    // Fails only when a provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("center");
    std::fs::create_dir_all(&data).unwrap();
    let served = Served::open(&data, ([127, 0, 0, 1], 0).into()).await;
    let demo: Demo = serde_json::from_slice(&std::fs::read(data.join(ACCOUNTS_FILE)).unwrap()).unwrap();
    let one = station(&folder.path().join("one"), &served, &demo, 0).await;
    let two = station(&folder.path().join("two"), &served, &demo, 1).await;
    served.heard_by(2, Duration::from_secs(20)).await;

    clerk::begin(&one, "glj").await.unwrap();
    // Asking from time to time would take half a minute, a save waits a second for the next.
    let took = shows(&two, 1, Duration::from_secs(8)).await;
    eprintln!("seen at the other station after {took:?}");
    sleep(Duration::from_secs(3)).await;
    let before = served.exchanges().await;
    sleep(Duration::from_secs(4)).await;
    assert_eq!(served.exchanges().await, before, "nothing is new, and nobody asks");

    // The center is away for a moment. What is saved meanwhile waits, and the streams come back by themselves.
    let address = served.address;
    served.stop().await;
    clerk::begin(&two, "glj").await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let served = Served::open(&data, address).await;
    served.heard_by(2, Duration::from_secs(60)).await;
    shows(&one, 2, Duration::from_secs(8)).await;
}
