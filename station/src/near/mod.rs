//! Devices of the same district on the same local network: they find each other, and what one of them holds the other
//! holds soon. A tablet out of reach of the district so hands everything to the station's laptop, which brings it there
//! later and hands the receipts back.
//!
//! It is the exchange with the center once more ([`doorstep_sync::protocol::Run`]), without cursor: both ends compare what
//! they hold in the scopes that both were granted, and give each other what is lacking, whoever wrote it. Nobody signs for
//! anybody: an item keeps its author's signature, and only the center writes receipts. For a device of another station,
//! which may not read the same, one carries sealed parcels: see [`carry`].
//!
//! Nothing is open while nobody has unlocked the device.

mod carry;
mod code;
mod dial;
mod discovery;
mod files;
mod listen;
mod meetings;
mod parcels;
mod reach;
mod serve;
mod tls;
mod toward;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorstep_sync::{DeviceId, SigningKey, VerifyingKey};
use http::{HeaderMap, HeaderValue};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

pub use discovery::{Announcement, Discovery, Mdns, Sighting, Tell};

use crate::contract::NeighbourList;
use crate::station::{Inner, Station, lock, run_aside};
use crate::world::bytes;
use crate::{Failure, FailureCode};
use code::Code;
use listen::Listening;
use meetings::Meetings;

/// Between two looks at everything when nothing happens.
const IDLE: Duration = Duration::from_secs(30);
/// How long a save waits for the next one, so that fast typing is one exchange.
const GATHER: Duration = Duration::from_millis(500);
/// A neighbour's upload that was not gone on with for so long is given up: 30 days.
const ABANDONED: u64 = 30 * 24 * 3_600_000;

/// Where and how this device meets its neighbours.
#[derive(Clone)]
pub struct Vicinity {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How devices find each other; `None`: by their codes alone.
    pub discovery: Option<Arc<dyn Discovery>>,
}

impl Default for Vicinity {
    /// Every interface, in IPv6 and IPv4, and multicast DNS.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            discovery: Some(Arc::new(Mdns)),
        }
    }
}

/// Whether a text is the code of a device.
pub(crate) fn is_code(text: &str) -> bool {
    Code::read(text).is_some_and(|code| code.picture().is_some())
}

/// Whether headers show a passport, whatever it is worth.
pub(crate) fn shows_passport(headers: &HeaderMap) -> bool {
    carry::shown(headers).is_some()
}

/// What is known of the neighbourhood.
#[derive(Default)]
pub(crate) struct Near {
    meetings: Mutex<Meetings>,
    /// How others reach this device, while they can.
    code: Mutex<Option<Code>>,
    changed: Arc<Notify>,
    /// What a carrier brought back last, by where it is.
    taken: Mutex<HashMap<SocketAddr, HeaderValue>>,
    /// What carriers are being given.
    given: Mutex<HashMap<DeviceId, carry::Given>>,
    /// One meeting at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Drop for Near {
    fn drop(&mut self) {
        // Whoever tends the neighbourhood finds that the station is gone.
        self.changed.notify_one();
    }
}

impl Near {
    /// There is something new to hand over.
    pub(crate) fn wake(&self) {
        lock(&self.meetings).hasten(Instant::now());
        self.changed.notify_one();
    }

    /// Something changed in how this device stands: unlocked, locked, switched on or off.
    pub(crate) fn turn(&self) {
        self.changed.notify_one();
    }
}

/// What is open while this device is unlocked.
struct Open {
    _listening: Listening,
    /// Announces while it lives.
    _announced: Option<Box<dyn Send + Sync>>,
}

/// Listens, looks around and meets neighbours for as long as the station lives, whenever it is unlocked.
pub(crate) fn start(station: &Station) {
    let Some(vicinity) = station.inner.config.vicinity.clone() else {
        return;
    };
    let alive = Arc::downgrade(&station.inner);
    let changed = station.inner.near.changed.clone();
    run_aside(async move {
        let mut open = None;
        while let Some(inner) = alive.upgrade() {
            let pause = Station { inner }.tend(&vicinity, &mut open).await;
            if timeout(pause, changed.notified()).await.is_ok() {
                tokio::time::sleep(GATHER).await;
            }
        }
    });
}

impl Station {
    /// Opens or closes, meets whoever is due, and says when to look again.
    async fn tend(&self, vicinity: &Vicinity, open: &mut Option<Open>) -> Duration {
        let wished = self.work(|desk| {
            let ledger = &mut desk.ledger;
            let enabled = ledger.are_neighbours_on()?;
            Ok(enabled.then(|| (ledger.device_key().clone(), ledger.center_key().clone())))
        });
        match (wished.await.ok().flatten(), &open) {
            (Some((key, center)), None) => match self.open_up(vicinity, &key, &center).await {
                Ok(opened) => *open = Some(opened),
                Err(error) => tracing::warn!(%error, "neighbours cannot reach this device"),
            },
            (None, Some(_)) => {
                *open = None;
                *lock(&self.inner.near.code) = None;
                lock(&self.inner.near.meetings).clear();
            }
            _ => {}
        }
        if open.is_none() {
            return IDLE;
        }
        while let Some(due) = { lock(&self.inner.near.meetings).due(Instant::now()) } {
            self.dial(due).await;
        }
        lock(&self.inner.near.meetings).pause(Instant::now()).min(IDLE)
    }

    async fn open_up(&self, vicinity: &Vicinity, key: &SigningKey, center: &VerifyingKey) -> anyhow::Result<Open> {
        let now = self.inner.config.clock.now();
        let known = self.work(move |desk| {
            desk.ledger.give_up_incoming(now.saturating_sub(ABANDONED))?;
            Ok(desk.ledger.known_neighbours()?)
        });
        let known = known.await?;
        lock(&self.inner.near.meetings).remember(known, Instant::now());
        let listening = Listening::begin(vicinity.listen, key, Arc::downgrade(&self.inner))?;
        let port = listening.address.port();
        let addresses = own_addresses(listening.address);
        *lock(&self.inner.near.code) = (!addresses.is_empty()).then(|| Code {
            key: key.verifying_key(),
            addresses,
        });
        let name = hex::encode(bytes::<8>(&*self.inner.config.random));
        let tag = discovery::tag(center, &name);
        let announcement = Announcement { name, port, tag };
        let announced = vicinity.discovery.as_ref().and_then(|discovery| {
            let begun = discovery.begin(&announcement, self.hearer(center.clone()));
            begun
                .inspect_err(|error| tracing::warn!(%error, "devices find each other by code alone"))
                .ok()
        });
        Ok(Open {
            _listening: listening,
            _announced: announced,
        })
    }

    /// Takes what is heard on the network, when it comes from our district.
    fn hearer(&self, center: VerifyingKey) -> Tell {
        let alive = Arc::downgrade(&self.inner);
        Box::new(move |sighting| {
            let Some(inner) = alive.upgrade() else { return };
            match sighting {
                Sighting::Seen { name, tag, addresses } if tag == discovery::tag(&center, &name) => {
                    lock(&inner.near.meetings).sight(&name, addresses, Instant::now());
                    inner.near.changed.notify_one();
                }
                Sighting::Seen { .. } => {}
                Sighting::Gone { name } => lock(&inner.near.meetings).lose(&name),
            }
        })
    }

    /// The neighbourhood, for people.
    pub(crate) async fn neighbours(&self) -> Result<NeighbourList, Failure> {
        let code = lock(&self.inner.near.code).clone();
        let inner = self.inner.clone();
        self.work(move |desk| {
            let ledger = &desk.ledger;
            let contacts = ledger.known_neighbours()?;
            let mut neighbours = lock(&inner.near.meetings).views(|device| {
                let contact = contacts.iter().find(|known| known.device == *device);
                (ledger.device_name(device), contact.and_then(|known| known.last_contact))
            });
            neighbours.sort_by(|a, b| (&a.name, &a.address).cmp(&(&b.name, &b.address)));
            Ok(NeighbourList {
                enabled: ledger.are_neighbours_on()?,
                code_qr: code.as_ref().and_then(Code::picture),
                code: code.map(|code| code.text()),
                neighbours,
                carried_items: ledger.count_carried()?,
            })
        })
        .await
    }

    /// Turns the neighbourhood on or off.
    pub(crate) async fn set_neighbours(&self, enabled: bool) -> Result<(), Failure> {
        self.work(move |desk| Ok(desk.ledger.set_neighbours(enabled)?)).await?;
        self.inner.near.turn();
        Ok(())
    }

    /// Adds a neighbour by the code it shows.
    pub(crate) async fn add_neighbour(&self, text: &str) -> Result<(), Failure> {
        let code = Code::read(text).ok_or_else(|| Failure::bad_request("not the code of a device"))?;
        let device = code.key.device();
        let addresses = code.addresses.clone();
        self.work(move |desk| {
            desk.ledger
                .may_meet(&device)
                .map_err(|code| Failure::new(FailureCode::Refused, code))?;
            Ok(desk.ledger.know_neighbour(&device, &addresses)?)
        })
        .await?;
        lock(&self.inner.near.meetings).add(device, code.addresses, Instant::now());
        self.inner.near.turn();
        Ok(())
    }

    /// Exchanges with one neighbour now.
    pub(crate) async fn meet(&self, id: &str) -> Result<(), Failure> {
        let due = lock(&self.inner.near.meetings).named(id);
        self.dial(due.ok_or_else(|| Failure::not_found("neighbour"))?).await;
        Ok(())
    }
}

/// The addresses under which others nearby reach what listens at `address`, IPv4 first. One that holds on one link only means
/// nothing to who reads it in a code, and one that the whole world can reach is not for a picture that may be passed on.
fn own_addresses(address: SocketAddr) -> Vec<SocketAddr> {
    if !address.ip().is_unspecified() {
        return vec![address];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let interfaces = interfaces.iter().map(if_addrs::Interface::ip);
    shown(interfaces.filter(|ip| ip.is_ipv4() || address.is_ipv6()))
        .into_iter()
        .map(|ip| SocketAddr::new(ip, address.port()))
        .collect()
}

fn shown(own: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let of_one_link = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let mut shown: Vec<IpAddr> = own
        .filter(|ip| reach::is_local(*ip) && !ip.is_loopback() && !of_one_link(ip))
        .collect();
    shown.sort();
    shown.truncate(4);
    shown
}

impl Inner {
    /// There is something new: for the district and for neighbours.
    pub(crate) fn wake(&self) {
        self.link.wake();
        self.near.wake();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_code_shows_addresses_of_local_networks_alone() {
        let own = [
            "2001:db8::5",
            "fd00::5",
            "fe80::5",
            "::1",
            "127.0.0.1",
            "169.254.1.1",
            "203.0.113.5",
            "10.0.0.3",
        ];
        let expected: Vec<IpAddr> = ["10.0.0.3", "fd00::5"].map(|ip| ip.parse().unwrap()).into();
        assert_eq!(shown(own.iter().map(|ip| ip.parse().unwrap())), expected);
    }
}
