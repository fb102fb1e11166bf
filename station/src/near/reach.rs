//! Who is on a network of this device, as far as an address tells.

use std::net::{IpAddr, Ipv6Addr};

use if_addrs::IfAddr;

/// Whether an address holds on local networks only: loopback, private (RFC 1918, RFC 4193) or of one link (RFC 3927, RFC 4291).
pub(super) fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Whether an address is in the network of this interface. That of IPv6 is a /64, whatever the router told of it. (Some
/// offices have public addresses of IPv4 within; a mask that takes in more than a /16 says nothing.)
pub(super) fn is_beside(address: IpAddr, own: &IfAddr) -> bool {
    match (address.to_canonical(), own) {
        (IpAddr::V4(v4), IfAddr::V4(own)) => own.prefixlen >= 16 && v4 & own.netmask == own.ip & own.netmask,
        (IpAddr::V6(v6), IfAddr::V6(own)) => network(v6) == network(own.ip),
        _ => false,
    }
}

fn network(address: Ipv6Addr) -> u128 {
    address.to_bits() >> 64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use if_addrs::{Ifv4Addr, Ifv6Addr};

    use super::*;

    fn ip(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn local_is_what_no_router_of_the_world_brings() {
        for address in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.5",
            "::ffff:192.168.1.5",
            "169.254.1.1",
            "fe80::5",
            "febf::5",
            "fc00::5",
            "fd00::5",
        ] {
            assert!(is_local(ip(address)), "{address}");
        }
        for address in [
            "203.0.113.5",
            "::ffff:203.0.113.5",
            "172.32.0.1",
            "2001:db8::5",
            "fec0::5",
            "::",
        ] {
            assert!(!is_local(ip(address)), "{address}");
        }
    }

    #[test]
    fn beside_is_the_network_of_an_interface() {
        let v6 = IfAddr::V6(Ifv6Addr {
            ip: "2001:db8:0:7::5".parse().unwrap(),
            netmask: Ipv6Addr::from_bits(u128::MAX),
            prefixlen: 128,
            broadcast: None,
        });
        assert!(is_beside(ip("2001:db8:0:7:ffff::1"), &v6));
        assert!(!is_beside(ip("2001:db8:0:8::5"), &v6) && !is_beside(ip("203.0.113.5"), &v6));
        let v4 = |prefixlen: u8| {
            IfAddr::V4(Ifv4Addr {
                ip: "203.0.113.5".parse().unwrap(),
                netmask: u32::MAX.checked_shl(32 - u32::from(prefixlen)).unwrap_or(0).into(),
                prefixlen,
                broadcast: None,
            })
        };
        assert!(is_beside(ip("203.0.113.9"), &v4(24)) && is_beside(ip("::ffff:203.0.113.9"), &v4(24)));
        assert!(!is_beside(ip("203.0.114.9"), &v4(24)) && !is_beside(ip("203.0.113.9"), &v4(32)));
        assert!(!is_beside(ip("203.0.113.9"), &v4(0)) && !is_beside(ip("203.0.113.9"), &v4(15)));
    }
}
