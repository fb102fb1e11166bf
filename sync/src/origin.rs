//! Who counts as one on a network.

use std::net::{IpAddr, Ipv6Addr};

/// The address under which whoever comes from `address` is counted. An IPv6 host takes any of the 2^64 addresses of its
/// network (RFC 4291, 2.5.4), so these count as one; on one link that would be everybody, so there each counts by itself.
/// IPv4 that was mapped into IPv6, as a listener for both sees it, is IPv4.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() && !address.is_unicast_link_local() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_host_counts_once_whatever_address_it_takes() {
        for (address, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("2001:db8:0:1::5", "2001:db8:0:1::"),
            ("2001:db8:0:1:ffff::", "2001:db8:0:1::"),
            ("2001:db8:0:2::5", "2001:db8:0:2::"),
            ("fd00::5", "fd00::"),
            ("fe80::5", "fe80::5"),
            ("::1", "::1"),
        ] {
            let (address, expected): (IpAddr, IpAddr) = (address.parse().unwrap(), expected.parse().unwrap());
            assert_eq!(counted(address), expected);
        }
    }
}
