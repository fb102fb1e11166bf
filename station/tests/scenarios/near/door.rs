//! Who comes to the door, and from where.
#![allow(clippy::print_stdout)]

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use doorstep_sync::SigningKey;
use reqwest::Method;
use tokio::net::TcpSocket;

use super::Here;
use super::guest::Guest;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_many_connections_closes_the_door_for_nobody_else() {
    let world = World::new();
    let laptop = Here::new(&world).await;
    let at: SocketAddr = laptop.code().await.split_once('@').unwrap().1.parse().unwrap();
    let mut held = Vec::new();
    for _ in 0..200 {
        let socket = TcpSocket::new_v4().unwrap();
        // Another machine, as loopback has it; it never says a word.
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        held.push(socket.connect(at).await.unwrap());
    }
    let guest = Guest::new(at, Some(&SigningKey::from_seed(&[40; 32])));
    let told = guest.told(Method::GET, "/", &[], Vec::new()).await;
    assert_eq!(told, (403, "unknown_device".to_owned()), "there is an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_meet_over_an_address_that_holds_on_one_link() {
    let interfaces = if_addrs::get_if_addrs().unwrap();
    let link = interfaces.iter().find_map(|interface| match interface.ip() {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Some(SocketAddrV6::new(ip, 0, 0, interface.index?)),
        _ => None,
    });
    let Some(link) = link else {
        println!("skipped: this machine has no IPv6");
        return;
    };
    let world = World::new();
    let laptop = Here::listening(&world, link.into()).await;
    let tablet = Here::new(&world).await;
    laptop.device.sync().await;
    let met = tablet.meet(&laptop.code().await).await;
    assert_eq!(met["state"], "level", "{met}");
}
