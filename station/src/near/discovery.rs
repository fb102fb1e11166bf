//! Finding each other on the local network.
//!
//! What is announced says nothing of a person, a station or a device: a random name that is new at every start, a port,
//! and a tag that only who knows the district's key can tell from any other.

use std::net::{SocketAddr, SocketAddrV6};

use doorstep_sync::VerifyingKey;
use mdns_sd::{ScopedIp, ServiceDaemon, ServiceEvent, ServiceInfo};

/// The service, as DNS-SD names it (RFC 6763).
const SERVICE: &str = "_doorstep._tcp.local.";
/// The TXT key of the district's tag.
const TAG: &str = "d";
/// Addresses of one device that are kept.
const MOST_ADDRESSES: usize = 8;

/// What a device announces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announcement {
    /// Random, new at every start.
    pub name: String,
    /// Where it listens.
    pub port: u16,
    /// The district's tag for this name.
    pub tag: String,
}

/// What was heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sighting {
    /// A device announces itself, at these addresses.
    Seen {
        /// The name it announces.
        name: String,
        /// The tag it announces.
        tag: String,
        /// Where it can be reached.
        addresses: Vec<SocketAddr>,
    },
    /// The device of this name took its leave, or has not been heard for long.
    Gone {
        /// The name it announced.
        name: String,
    },
}

/// Where what was heard goes.
pub type Tell = Box<dyn Fn(Sighting) + Send>;

/// A way to find each other. Announces and listens until what [`Discovery::begin`] gave is dropped.
pub trait Discovery: Send + Sync {
    /// Begins. An error (words for a log) means that this machine cannot; devices then find each other by code.
    fn begin(&self, own: &Announcement, tell: Tell) -> Result<Box<dyn Send + Sync>, String>;
}

/// The tag that a device of the district of `center` announces beside `name`: 8 bytes of BLAKE3 of the name under the
/// center's public key, in hex.
pub(super) fn tag(center: &VerifyingKey, name: &str) -> String {
    let key: [u8; 32] = center.to_bytes().try_into().unwrap_or_default();
    hex::encode(
        blake3::keyed_hash(&key, name.as_bytes())
            .as_bytes()
            .get(..8)
            .unwrap_or_default(),
    )
}

/// Multicast DNS (RFC 6762).
#[derive(Clone, Copy, Debug, Default)]
pub struct Mdns;

struct Running {
    daemon: ServiceDaemon,
    name: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It says goodbye; where the network is gone there is nobody to say it to.
        let _ = self.daemon.unregister(&self.name);
        let _ = self.daemon.shutdown();
    }
}

impl Discovery for Mdns {
    fn begin(&self, own: &Announcement, tell: Tell) -> Result<Box<dyn Send + Sync>, String> {
        let words = |error: mdns_sd::Error| error.to_string();
        let daemon = ServiceDaemon::new().map_err(words)?;
        let host = format!("{}.local.", own.name);
        let txt = [(TAG, own.tag.as_str())];
        let info = ServiceInfo::new(SERVICE, &own.name, &host, "", own.port, &txt[..]).map_err(words)?;
        let running = Running {
            daemon,
            name: info.get_fullname().to_owned(),
        };
        running.daemon.register(info.enable_addr_auto()).map_err(words)?;
        let events = running.daemon.browse(SERVICE).map_err(words)?;
        let own = own.name.clone();
        std::thread::spawn(move || {
            // Ends when the daemon does.
            while let Ok(event) = events.recv() {
                match sighting(&event) {
                    Some(Sighting::Seen { name, .. }) if name == own => {}
                    Some(sighting) => tell(sighting),
                    None => {}
                }
            }
        });
        Ok(Box::new(running))
    }
}

/// What an event says of a device; `None` when it says nothing usable.
fn sighting(event: &ServiceEvent) -> Option<Sighting> {
    match event {
        ServiceEvent::ServiceResolved(service) => {
            let name = instance(&service.fullname)?;
            let tag = service.get_property_val_str(TAG)?.to_owned();
            let port = service.get_port();
            let addresses = service.get_addresses().iter();
            let mut addresses: Vec<SocketAddr> = addresses.filter_map(|address| place(address, port)).collect();
            // IPv4 first: it has no interface to be named, and fails fast.
            addresses.sort();
            addresses.truncate(MOST_ADDRESSES);
            (!addresses.is_empty() && port != 0).then_some(Sighting::Seen { name, tag, addresses })
        }
        ServiceEvent::ServiceRemoved(_, fullname) => Some(Sighting::Gone {
            name: instance(fullname)?,
        }),
        _ => None,
    }
}

/// Where an address is reached; `None` when it holds on one link only and nothing says on which.
fn place(address: &ScopedIp, port: u16) -> Option<SocketAddr> {
    match address {
        ScopedIp::V4(address) => Some(SocketAddr::from((*address.addr(), port))),
        ScopedIp::V6(address) => {
            let (address, link) = (*address.addr(), address.scope_id().index);
            match (address.is_unicast_link_local(), link) {
                (true, 0) => None,
                (true, link) => Some(SocketAddrV6::new(address, port, 0, link).into()),
                (false, _) => Some(SocketAddr::from((address, port))),
            }
        }
        _ => None,
    }
}

/// The name in `NAME._doorstep._tcp.local.`: hex digits and nothing else.
fn instance(fullname: &str) -> Option<String> {
    let name = fullname.strip_suffix(SERVICE)?.strip_suffix('.')?;
    let hex = !name.is_empty() && name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use doorstep_sync::SigningKey;

    use super::*;

    fn resolved(name: &str, txt: &[(&str, &str)], ip: &str, port: u16) -> Option<Sighting> {
        let info = ServiceInfo::new(SERVICE, name, "x.local.", ip, port, txt).unwrap();
        sighting(&ServiceEvent::ServiceResolved(Box::new(info.as_resolved_service())))
    }

    #[test]
    fn an_announcement_is_read_and_anything_else_passed_over() {
        let seen = Sighting::Seen {
            name: "00ff".into(),
            tag: "aa".into(),
            addresses: vec!["192.168.1.5:7000".parse().unwrap()],
        };
        assert_eq!(resolved("00ff", &[(TAG, "aa")], "192.168.1.5", 7000), Some(seen));
        assert_eq!(resolved("00ff", &[], "192.168.1.5", 7000), None, "no tag");
        assert_eq!(resolved("00ff", &[(TAG, "aa")], "192.168.1.5", 0), None, "no port");
        assert_eq!(resolved("00ff", &[(TAG, "aa")], "", 7000), None, "no address");
        let both = resolved("00ff", &[(TAG, "aa")], "fd00::5,192.168.1.5", 7000);
        let Some(Sighting::Seen { addresses, .. }) = both else {
            panic!("{both:?}")
        };
        let expected: Vec<SocketAddr> = ["192.168.1.5:7000", "[fd00::5]:7000"]
            .map(|at| at.parse().unwrap())
            .into();
        assert_eq!(addresses, expected);
        assert_eq!(resolved("00ff", &[(TAG, "aa")], "fe80::5", 7000), None, "on no link");
        assert_eq!(
            resolved("printer", &[(TAG, "aa")], "192.168.1.5", 7000),
            None,
            "not our names"
        );
        let gone = ServiceEvent::ServiceRemoved(SERVICE.into(), format!("00ff.{SERVICE}"));
        assert_eq!(sighting(&gone), Some(Sighting::Gone { name: "00ff".into() }));
        let other = ServiceEvent::ServiceRemoved(SERVICE.into(), "00ff._http._tcp.local.".into());
        assert_eq!(sighting(&other), None);
    }

    #[test]
    fn a_tag_tells_districts_apart_and_names_nothing() {
        let (one, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let of = |key: &SigningKey, name| tag(&key.verifying_key(), name);
        assert_eq!(of(&one, "00ff"), of(&one, "00ff"));
        assert_ne!(of(&one, "00ff"), of(&other, "00ff"));
        assert_ne!(of(&one, "00ff"), of(&one, "00fe"), "it changes with the name");
    }
}

/// Two devices on this machine, over its real network.
#[cfg(test)]
mod network {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn two_devices_find_each_other_where_multicast_works() {
        let begin = |name: &str, port| {
            let own = Announcement {
                name: name.to_owned(),
                port,
                tag: "0011223344556677".to_owned(),
            };
            let (told, heard) = mpsc::channel();
            let running = Mdns.begin(&own, Box::new(move |sighting| drop(told.send(sighting))));
            running.map(|running| (running, heard))
        };
        let (Ok(one), Ok(other)) = (begin("00aa00aa00aa00aa", 7001), begin("00bb00bb00bb00bb", 7002)) else {
            println!("skipped: this machine has no multicast");
            return;
        };
        let wait = Duration::from_secs(8);
        let (Ok(seen), Ok(back)) = (one.1.recv_timeout(wait), other.1.recv_timeout(wait)) else {
            println!("skipped: multicast does not come back on this machine");
            return;
        };
        let Sighting::Seen { name, tag, addresses } = seen else {
            panic!("{seen:?}")
        };
        assert_eq!((name.as_str(), tag.as_str()), ("00bb00bb00bb00bb", "0011223344556677"));
        assert!(addresses.iter().all(|address| address.port() == 7002));
        assert!(matches!(back, Sighting::Seen { name, .. } if name == "00aa00aa00aa00aa"));
        // A goodbye is heard, too.
        drop(other.0);
        let gone = std::iter::from_fn(|| one.1.recv_timeout(wait).ok()).any(|sighting| {
            sighting
                == Sighting::Gone {
                    name: "00bb00bb00bb00bb".to_owned(),
                }
        });
        assert!(gone);
    }
}
