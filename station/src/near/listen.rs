//! The door: connections over TLS, each from a device that has proven its key.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use doorstep_sync::origin::counted;
use doorstep_sync::{DeviceId, SigningKey};
use hyper_util::rt::TokioTimer;
use socket2::{Domain, Socket, Type};
use tokio::net::TcpStream;
use tower::Layer;

use super::{reach, serve, tls};
use crate::station::{Inner, lock};

/// Connections at a time, shaken hands or not; and those from one address, or from one network of IPv6, where a host has as
/// many addresses as it likes: so nobody closes the door for the others. A station has a handful of devices with a connection
/// or two each.
const PLACES: usize = 128;
const OF_ONE: usize = 8;
const OF_NETWORK: usize = 32;
/// A handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// The head of a request takes no longer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Connections that wait to be accepted.
const BACKLOG: i32 = 64;

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(super) struct Visitor {
    /// The device whose key was proven; nothing is said yet of what it may do.
    pub device: DeviceId,
    _place: Arc<Place>,
}

/// Listens until it is dropped.
pub(super) struct Listening {
    /// Where.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

impl Listening {
    /// Begins, in a Tokio runtime.
    pub(super) fn begin(at: SocketAddr, key: &SigningKey, station: Weak<Inner>) -> anyhow::Result<Self> {
        let listener = bind(at)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let config = RustlsConfig::from_config(Arc::new(tls::listener(key)?));
        let door = Door {
            tls: RustlsAcceptor::new(config).handshake_timeout(HANDSHAKE),
            places: Places::default(),
        };
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(listener)?.acceptor(door).handle(handle.clone());
        server
            .http_builder()
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE);
        let served = server.serve(serve::router(station).into_make_service());
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::warn!(%error, "neighbours can no longer reach this device");
            }
        });
        Ok(Self { address, handle })
    }
}

/// The unspecified IPv6 address stands for every interface, in IPv6 and IPv4 alike; in IPv4 alone where there is no other.
fn bind(at: SocketAddr) -> io::Result<TcpListener> {
    if at.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        return TcpListener::bind(at);
    }
    let both = || -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
        socket.set_only_v6(false)?;
        socket.bind(&at.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    both().or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, at.port())))
}

/// Connections by the address they come from.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Places {
    /// A place for whoever comes from `address`, `None` when there is none for them.
    fn take(&self, address: IpAddr) -> Option<Place> {
        let from = counted(address);
        let most = if from == address.to_canonical() {
            OF_ONE
        } else {
            OF_NETWORK
        };
        let mut taken = lock(&self.0);
        let all: usize = taken.values().sum();
        let of_one = taken.get(&from).copied().unwrap_or(0);
        if all >= PLACES || of_one >= most {
            return None;
        }
        taken.insert(from, of_one + 1);
        let places = self.clone();
        Some(Place { places, from })
    }
}

/// One connection, as long as it lasts.
struct Place {
    places: Places,
    from: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.places.0);
        let left = taken.remove(&self.from).map_or(0, |of_one| of_one.saturating_sub(1));
        if left > 0 {
            taken.insert(self.from, left);
        }
    }
}

#[derive(Clone)]
struct Door {
    tls: RustlsAcceptor,
    places: Places,
}

impl Door {
    /// A place for who is on a network of this device; the rest of the world has no business here.
    fn let_in(&self, from: IpAddr) -> Option<Place> {
        let own = || if_addrs::get_if_addrs().unwrap_or_default();
        let is_here = reach::is_local(from) || own().iter().any(|own| reach::is_beside(from, &own.addr));
        is_here.then(|| self.places.take(from)).flatten()
    }
}

type Entering<I, S> = Pin<Box<dyn Future<Output = io::Result<(I, S)>> + Send>>;

impl<S: Send + 'static> Accept<TcpStream, S> for Door {
    type Stream = <RustlsAcceptor as Accept<TcpStream, S>>::Stream;
    type Service = AddExtension<S, Visitor>;
    type Future = Entering<Self::Stream, Self::Service>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().map(|from| self.let_in(from.ip()));
        let tls = self.tls.clone();
        Box::pin(async move {
            let place = Arc::new(place?.ok_or_else(|| io::Error::other("no place is free"))?);
            let (stream, service) = tls.accept(stream, service).await?;
            let shown = stream.get_ref().1.peer_certificates().and_then(|shown| shown.first());
            let device = shown.and_then(|shown| tls::device(shown));
            let device = device.ok_or_else(|| io::Error::other("no key was shown"))?;
            let visitor = Visitor { device, _place: place };
            Ok((stream, Extension(visitor).layer(service)))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn one_door_is_open_in_both_families() {
        let listener = bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).unwrap();
        let at = listener.local_addr().unwrap();
        TcpStream::connect((Ipv4Addr::LOCALHOST, at.port())).unwrap();
        if at.is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, at.port())).unwrap();
        }
    }

    #[test]
    fn the_door_opens_for_its_own_networks_alone() {
        let key = SigningKey::from_seed(&[1; 32]);
        let config = RustlsConfig::from_config(Arc::new(tls::listener(&key).unwrap()));
        let door = Door {
            tls: RustlsAcceptor::new(config),
            places: Places::default(),
        };
        let comes = |from: &str| door.let_in(from.parse().unwrap()).is_some();
        assert!(comes("127.0.0.1") && comes("::ffff:192.168.1.5") && comes("fe80::5"));
        assert!(!comes("203.0.113.5") && !comes("::ffff:203.0.113.5") && !comes("2001:db8::5"));
    }

    #[test]
    fn places_are_counted_by_address_and_given_back() {
        let places = Places::default();
        let from = |last: u8| IpAddr::from([10, 0, 0, last]);
        let mut held: Vec<Place> = (0..OF_ONE).map(|_| places.take(from(1)).unwrap()).collect();
        assert!(places.take(from(1)).is_none());
        held.extend(
            (2..=16)
                .flat_map(|last| [last; OF_ONE])
                .map(|last| places.take(from(last)).unwrap()),
        );
        assert!(places.take(from(17)).is_none(), "all are taken");
        drop(held);
        assert!(lock(&places.0).is_empty());
        assert!(places.take(from(1)).is_some());
        // One host with all the addresses of its network, and neighbours on one link.
        let from = |net: &str, host: usize| format!("{net}::{host}").parse().unwrap();
        let held: Vec<Place> = (1..200).filter_map(|host| places.take(from("fd00", host))).collect();
        assert_eq!(held.len(), OF_NETWORK);
        let linked: Vec<Place> = (1..=5).filter_map(|host| places.take(from("fe80", host))).collect();
        assert_eq!((linked.len(), lock(&places.0).len()), (5, 6));
        let mapped: Vec<Place> = (0..20)
            .filter_map(|_| places.take("::ffff:10.0.0.9".parse().unwrap()))
            .collect();
        assert_eq!(mapped.len(), OF_ONE);
    }
}
