#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use doorstep_records::{Role, Staff};

use super::*;
use crate::world::SystemRandom;

const CHEAP: PinCost = PinCost { memory: 8, passes: 1 };

/// A keyring of one person, whose PIN nobody tries here.
fn keyring(folder: &Path) -> Keyring {
    let staff = Staff {
        number: "T0101".into(),
        name: "陶春晓".into(),
        role: Role::Agent,
        pin_salt: vec![1; 16],
        pin_hash: vec![2; 32],
    };
    let key = zeroize::Zeroizing::new([3; 32]);
    let text = String::new;
    Keyring {
        path: folder.join("keys.json"),
        station: StationView {
            division: "500199101201".into(),
            name: text(),
            town: text(),
            district: text(),
            address: text(),
            telephone: text(),
            device_code: "A1".into(),
            device_label: text(),
        },
        slots: vec![Slot::of(&staff, &key, CHEAP, &SystemRandom).unwrap()],
        allowed: HashMap::new(),
        of: None,
    }
}

#[test]
fn the_wait_begins_when_a_slow_machine_has_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut keyring = keyring(folder.path());
    let mut now = 0;
    for wait in [0, 0, 0, 5_000, 15_000] {
        keyring.begin("T0101", now, CHEAP).unwrap();
        // Nobody tries a second PIN while the first is being tried.
        assert_eq!(keyring.wait("T0101", now), wait);
        // A minute later it was wrong.
        now += 60_000;
        assert_eq!(keyring.missed("T0101", now), wait);
        assert_eq!(keyring.wait("T0101", now), wait);
        assert_eq!(keyring.wait("T0101", now + wait), 0);
        now += wait;
    }
    keyring.forgive("T0101").unwrap();
    assert_eq!(keyring.missed("T0101", now), 0, "somebody was right meanwhile");
}
