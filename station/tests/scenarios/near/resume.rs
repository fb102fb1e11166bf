//! The connection is cut again and again, and the laptop stops in the middle: nothing begins anew.
#![allow(clippy::print_stdout)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Here, restart};
use crate::world::World;

/// Passes bytes on and cuts each connection after so many of them; counts what goes up.
async fn cutting(to: SocketAddr, after: u64) -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (place, up) = (listener.local_addr().unwrap(), Arc::new(AtomicU64::new(0)));
    let counted = up.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let up = counted.clone();
            tokio::spawn(async move {
                let Ok(far) = TcpStream::connect(to).await else { return };
                let ((mut from, mut back), (mut answers, mut onward)) = (near.into_split(), far.into_split());
                let down = tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
                let (mut passed, mut piece) = (0, vec![0; 4096]);
                while passed < after {
                    let Ok(read @ 1..) = from.read(&mut piece).await else {
                        break;
                    };
                    passed += read as u64;
                    up.fetch_add(read as u64, Ordering::SeqCst);
                    if onward.write_all(&piece[..read]).await.is_err() {
                        break;
                    }
                }
                down.abort();
            });
        }
    });
    (place, up)
}

/// Bytes up after which a connection is cut.
const CUT: u64 = 150_000;
/// Pictures of some 360 KB each.
const PICTURES: u8 = 8;

/// A picture that no compression makes smaller.
fn noise(seed: u8) -> Vec<u8> {
    let mut pixels = vec![0; 600 * 600];
    blake3::Hasher::new_keyed(&[seed; 32]).finalize_xof().fill(&mut pixels);
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_raw(600, 600, pixels)
        .unwrap()
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// The code with another place in it.
fn through(code: &str, place: SocketAddr) -> String {
    format!("{}@{place}", code.split_once('@').unwrap().0)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_on_where_they_stopped() {
    let world = World::new();
    let (laptop, tablet) = (Here::new(&world).await, Here::new(&world).await);
    laptop.device.sync().await;
    laptop.reaches_the_district(false);
    tablet.reaches_the_district(false);
    let id = tablet.device.begin().await;
    tablet.device.answer(&id, "name", "陶桃花").await;
    let view = tablet.device.view(&id).await;
    let material = view["materials"][0]["asked"]["code"].as_str().unwrap().to_owned();
    let mut size = 0;
    for seed in 0..PICTURES {
        let bytes = noise(seed);
        size += bytes.len() as u64;
        tablet.device.photograph(&id, &material, bytes).await;
    }

    let code = laptop.code().await;
    let at = code.split_once('@').unwrap().1.parse().unwrap();
    let (place, sent) = cutting(at, CUT).await;
    let mut met = tablet.meet(&through(&code, place)).await;
    let mut meetings = 1;
    while met["state"] != "level" && meetings < 3 {
        met = tablet.meet_again().await;
        meetings += 1;
    }
    assert_ne!(met["state"], "level", "the connection was cut");

    // The laptop stops, and listens elsewhere afterwards.
    let laptop = restart(&world, laptop).await;
    let code = laptop.code().await;
    let at = code.split_once('@').unwrap().1.parse().unwrap();
    let (place, sent_later) = cutting(at, CUT).await;
    met = tablet.meet(&through(&code, place)).await;
    while met["state"] != "level" {
        meetings += 1;
        assert!(meetings < 80, "{met}");
        met = tablet.meet_again().await;
    }
    let sent = sent.load(Ordering::SeqCst) + sent_later.load(Ordering::SeqCst);
    println!("{size} B of files, {sent} B sent in {meetings} meetings, each cut after {CUT} B");
    assert!(sent * 100 < size * 115, "{sent} B for {size} B");
    assert_eq!(tablet.chain(&id).await["handed_files"], PICTURES);

    laptop.reaches_the_district(true);
    laptop.device.sync().await;
    assert_eq!(laptop.chain(&id).await["verified"], PICTURES);
    tablet.meet_again().await;
    assert_eq!(tablet.chain(&id).await["verified"], PICTURES);
}
