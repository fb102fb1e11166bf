//! Many devices at once, over real HTTP: events that wake them, turns, figures, and whether the center is ready.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::{self, Device, World};
use axum::http::{Request, StatusCode};
use doorstep_center::{Handle, serve};
use doorstep_sync::client::{Http, Network};
use doorstep_sync::wire::Cursor;
use tokio::time::timeout;

/// Longer than news are gathered.
const SOON: Duration = Duration::from_secs(3);

async fn served(world: &World) -> (SocketAddr, Handle<SocketAddr>) {
    let handle = Handle::new();
    let serving = serve(world.center.clone(), ([127, 0, 0, 1], 0).into(), None, handle.clone());
    tokio::spawn(async move { serving.await.unwrap() });
    (handle.listening().await.unwrap(), handle)
}

fn client() -> reqwest::Client {
    // Fails only when a provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A device's open stream.
struct Heard(reqwest::Response);

impl Heard {
    async fn open(device: &Device, world: &World, address: SocketAddr, known: Option<Cursor>) -> Self {
        let mut request = Request::get("/events").body(Vec::new()).unwrap();
        device.signer.sign(&mut request, world.now());
        let mut asked = client()
            .get(format!("http://{address}/events"))
            .headers(request.headers().clone());
        if let Some(known) = known {
            asked = asked.header("last-event-id", format!("{:x}-{}", known.epoch, known.position));
        }
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self(answer)
    }

    /// The position of the next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<u64> {
        let mut text = String::new();
        loop {
            let piece = self.0.chunk().await.ok().flatten()?;
            text.push_str(std::str::from_utf8(&piece).unwrap());
            if let Some((event, _)) = text.split_once("\n\n")
                && let Some((_, position)) = event.strip_prefix("data: ").and_then(|place| place.split_once('-'))
            {
                return Some(position.parse().unwrap());
            }
        }
    }

    async fn is_quiet(&mut self) -> bool {
        timeout(Duration::from_millis(800), self.next()).await.is_err()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_hears_of_what_is_new_in_its_scopes_and_of_nothing_else() {
    let world = World::new();
    let (address, _serving) = served(&world).await;
    let (mut one, mut two) = (world.device(0, 0).await, world.device(0, 1).await);
    let mut elsewhere = world.device(1, 0).await;
    for device in [&mut one, &mut two, &mut elsewhere] {
        device.sync(&world, Vec::new()).await;
    }
    let mut first = Heard::open(&one, &world, address, Some(one.cursor)).await;
    let mut second = Heard::open(&two, &world, address, Some(two.cursor)).await;
    let mut third = Heard::open(&elsewhere, &world, address, Some(elsewhere.cursor)).await;
    assert!(second.is_quiet().await && third.is_quiet().await, "nothing is new");

    let paper = one.application(world.now(), "高山月");
    one.sync(&world, paper.items.clone()).await;
    let told = timeout(SOON, second.next()).await.unwrap().unwrap();
    assert!(told > two.cursor.position);
    assert!(third.is_quiet().await, "another village's application");
    // Its own receipt came with the answer: it knows of more than it is told.
    let told = timeout(SOON, first.next()).await.unwrap().unwrap();
    assert!(told <= one.cursor.position);

    // What came while nobody listened is told at once.
    drop(second);
    let again = timeout(SOON, Heard::open(&two, &world, address, Some(two.cursor)).await.next()).await;
    assert!(again.unwrap().unwrap() > two.cursor.position);
    two.sync(&world, Vec::new()).await;
    let mut second = Heard::open(&two, &world, address, Some(two.cursor)).await;
    assert!(second.is_quiet().await);
    // Another epoch: the center was restored.
    let other = Cursor {
        epoch: two.cursor.epoch ^ 1,
        ..two.cursor
    };
    let mut newer = Heard::open(&two, &world, address, Some(other)).await;
    assert!(timeout(SOON, newer.next()).await.unwrap().is_some());
    assert_eq!(
        timeout(SOON, second.next()).await,
        Ok(None),
        "one stream for each device"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_for_a_revoked_device_and_when_the_center_stops() {
    let world = World::new();
    let (address, serving) = served(&world).await;
    let (revoked, mut stays) = (world.device(0, 0).await, world.device(0, 1).await);
    stays.sync(&world, Vec::new()).await;
    let mut ends = Heard::open(&revoked, &world, address, Some(stays.cursor)).await;
    let mut goes_on = Heard::open(&stays, &world, address, Some(stays.cursor)).await;
    let id = revoked.key.verifying_key().device();
    world.center.revoke(&id, false, "丢失", "test").unwrap();
    while timeout(SOON, ends.next()).await.unwrap().is_some() {}
    assert!(
        timeout(SOON, goes_on.next()).await.unwrap().is_some(),
        "the revocation is news"
    );
    world.center.close_events();
    serving.graceful_shutdown(None);
    assert_eq!(timeout(SOON, goes_on.next()).await, Ok(None));
    let mut request = Request::get("/events").body(Vec::new()).unwrap();
    revoked.signer.sign(&mut request, world.now());
    assert_eq!(world.send(request).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_that_asks_a_hundred_times_waits_behind_the_others() {
    let world = World::new();
    let (address, _serving) = served(&world).await;
    let (mut greedy, mut modest) = (world.device(0, 0).await, world.device(1, 0).await);
    let http = Http::new(client(), &format!("http://{address}"));
    let ask = |device: &Device, items| {
        let mut request = Request::post("/sync").body(device.request(items).to_bytes()).unwrap();
        device.signer.sign(&mut request, world.now());
        request
    };
    let mut many = Vec::new();
    for _ in 0..100 {
        let paper = greedy.application(world.now(), "高山月");
        let (http, request) = (http.clone(), ask(&greedy, paper.items));
        many.push(tokio::spawn(async move { http.send(request).await.unwrap() }));
    }
    let paper = modest.application(world.now(), "陶桃花");
    let request = ask(&modest, paper.items);
    let answer = http.send(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let mut busy = 0;
    for answer in many {
        let answer = answer.await.unwrap();
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=121).contains(&seconds) && answer.headers()["doorstep-code"] == "busy");
            busy += 1;
        } else {
            assert_eq!(answer.status(), StatusCode::OK);
        }
    }
    assert!((1..100).contains(&busy), "{busy} were sent away");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_for_this_machine_and_name_nobody() {
    let world = World::new();
    let (address, _serving) = served(&world).await;
    let mut device = world.device(0, 0).await;
    let paper = device.application(world.now(), "高山月");
    let accepted = paper.items.len();
    let http = Http::new(client(), &format!("http://{address}"));
    let mut request = Request::post("/sync")
        .body(device.request(paper.items).to_bytes())
        .unwrap();
    device.signer.sign(&mut request, world.now());
    assert_eq!(http.send(request).await.unwrap().status(), StatusCode::OK);
    let upload = device.upload(&world, &paper.scan).await;
    assert_eq!(upload.status(), StatusCode::CREATED);

    let get = async |path: &str, header: (&str, &str)| {
        let answer = client()
            .get(format!("http://{address}{path}"))
            .header(header.0, header.1)
            .send()
            .await;
        let answer = answer.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, text) = get("/metrics", ("accept", "*/*")).await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        &format!("doorstep_center_items_accepted_total {accepted}"),
        "doorstep_center_files_verified_total 1",
        "doorstep_center_requests_total{method=\"POST\",route=\"/sync\",status=\"200\"} 1",
        "doorstep_center_devices{within=\"5m\"} 1",
        "doorstep_center_event_streams 0",
        "doorstep_center_waiting{line=\"items\"} 0",
    ] {
        assert!(text.lines().any(|there| there == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("doorstep_center_commit_seconds_bucket") && text.ends_with("# EOF\n"));
    assert!(text.contains("doorstep_center_wait_seconds_count{line=\"items\"} 1"));
    let id = device.key.verifying_key().device().to_string();
    assert!(
        !text.contains(&id) && !text.contains("500199"),
        "no device and no village"
    );
    let (status, _) = get("/metrics", ("x-forwarded-for", "10.0.0.9")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "what a proxy hands on");
    let (status, _) = get("/no/such/page", ("accept", "*/*")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, text) = get("/metrics", ("accept", "*/*")).await;
    assert!(!text.contains("no/such"), "addresses of strangers are no labels");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_after_it_hears_that_it_is_alive_and_ready() {
    let world = World::new();
    let (address, _serving) = served(&world).await;
    let get = async |path: &str| {
        let answer = client().get(format!("http://{address}{path}")).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(get("/healthz").await, (StatusCode::OK, "ok\n".to_owned()));
    let (status, body) = get("/readyz").await;
    let ready: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(ready["store"], true, "{body}");
    // The test machine may be short of disk, and then it must say so.
    let expected = if ready["free_bytes"].as_u64().unwrap() >= 1 << 30 {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    assert_eq!(status, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_opens_the_figures_to_other_machines() {
    let folder = tempfile::tempdir().unwrap();
    let clock = std::sync::Arc::new(support::TestClock(support::START.into()));
    let mut center = std::sync::Arc::into_inner(support::open(folder.path(), &clock, 0)).unwrap();
    center.set_metrics_token("geheim");
    let router = doorstep_center::router(std::sync::Arc::new(center));
    // Without the header it comes through a proxy on this machine that adds none.
    for (header, token, expected) in [
        ("x-forwarded-for", "geheim", StatusCode::OK),
        ("x-forwarded-for", "falsch", StatusCode::FORBIDDEN),
        ("x-forwarded-for", "", StatusCode::FORBIDDEN),
        ("accept", "geheim", StatusCode::OK),
        ("accept", "", StatusCode::FORBIDDEN),
    ] {
        let request = Request::get("/metrics")
            .header(header, "10.0.0.9")
            .header("authorization", format!("Bearer {token}"))
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
        assert_eq!(answer.status(), expected, "{header} {token}");
    }
}

#[tokio::test]
async fn strangers_who_ask_whether_it_is_ready_cost_no_write() {
    let world = World::new();
    let commits = async || {
        let answer = world.send(Request::get("/metrics").body(Vec::new()).unwrap()).await;
        let text = String::from_utf8(answer.into_body()).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("doorstep_center_commit_seconds_count "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let ask = async || world.send(Request::get("/readyz").body(Vec::new()).unwrap()).await;
    let before = commits().await;
    for _ in 0..20 {
        ask().await;
    }
    assert_eq!(commits().await, before + 1);
    world.pass(5_000);
    ask().await;
    assert_eq!(commits().await, before + 2);
}

#[tokio::test(start_paused = true)]
async fn what_can_be_refused_without_its_body_is() {
    let world = World::new();
    let (device, revoked) = (world.device(0, 0).await, world.device(0, 1).await);
    world
        .center
        .revoke(&revoked.key.verifying_key().device(), false, "丢失", "test")
        .unwrap();
    let never = || axum::body::Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
    let ago = world.now() - support::DAY;
    for (device, signed, status, code) in [
        (&device, ago, StatusCode::UNAUTHORIZED, "clock"),
        (&revoked, world.now(), StatusCode::FORBIDDEN, "revoked"),
    ] {
        let began = tokio::time::Instant::now();
        let mut request = Request::post("/sync").body(Vec::new()).unwrap();
        device.signer.sign(&mut request, signed);
        let answer = tower::ServiceExt::oneshot(world.router.clone(), request.map(|_| never()));
        let answer = answer.await.unwrap();
        assert_eq!(
            (answer.status(), answer.headers()["doorstep-code"].as_bytes()),
            (status, code.as_bytes())
        );
        // As long as whoever sends is given to hear the answer.
        assert_eq!(began.elapsed(), Duration::from_secs(2));
    }
    let began = tokio::time::Instant::now();
    for (request, len) in [
        (Request::post("/sync"), (2 << 20) + 1),
        (Request::get("/events"), 1),
        (Request::head("/files/00"), 1),
    ] {
        let mut large = request.body(vec![0; len]).unwrap();
        device.signer.sign(&mut large, world.now());
        assert_eq!(world.send(large).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}
