//! The budgets of the wire, counted in bodies. Headers of requests and TLS are apart.

use crate::link::{pair, run};

/// Not compressible, as most of what Automerge and signatures consist of.
fn noise(seed: u8, len: usize) -> Vec<u8> {
    (0u64..)
        .flat_map(|n| *blake3::hash(&[[seed; 8], n.to_le_bytes()].concat()).as_bytes())
        .take(len)
        .collect()
}

#[test]
fn idle_with_one_scope_and_with_four() {
    let (mut device, mut center) = pair();
    (0..10).for_each(|n| _ = device.write(n, b"edit"));
    run(&mut device, &mut center);
    let idle = run(&mut device, &mut center);
    println!("idle, 1 scope: {} B up, {} B down", idle.bytes_up, idle.bytes_down);
    assert!(idle.bytes_up <= 110 && idle.bytes_down <= 60);
    for n in 2..5 {
        device.scope = format!("50019910120{n}/2026").parse().unwrap();
        device.write(n, b"edit");
    }
    run(&mut device, &mut center);
    let idle = run(&mut device, &mut center);
    println!("idle, 4 scopes: {} B up, {} B down", idle.bytes_up, idle.bytes_down);
    assert!(idle.fingerprints_equal.iter().all(|(_, equal)| *equal == Some(true)));
    assert!(idle.bytes_up <= 300 && idle.bytes_down <= 60);
}

#[test]
fn edits() {
    for count in [1u8, 10, 100] {
        let (mut device, mut center) = pair();
        // 338 bytes: the median change of one save.
        (0..count).for_each(|n| _ = device.write(n, &noise(n, 338)));
        let envelopes: Vec<u8> = device
            .own
            .iter()
            .flat_map(|id| device.items[id].envelope.clone())
            .collect();
        let packed = zstd::bulk::compress(&envelopes, 3).unwrap().len() as u64;
        let outcome = run(&mut device, &mut center);
        println!(
            "{count} edits: {} B up ({packed} B of envelopes), {} B down",
            outcome.bytes_up, outcome.bytes_down
        );
        // 64 bytes of each signature cannot be made smaller.
        assert!(outcome.bytes_up <= packed + u64::from(count) * 72 + 150);
        // What was brought does not come back, and its names are known: a receipt for many is as long as one for one.
        assert!(outcome.bytes_down <= 200);
    }
}

#[test]
fn what_a_new_application_adds_to_its_change() {
    for scans in [0u8, 4] {
        let (mut device, mut center) = pair();
        device.write(1, &noise(1, 900));
        (0..scans).for_each(|page| _ = device.photograph(1, &[page; 100]));
        let before = run(&mut device.clone(), &mut center.clone());
        device.own_files.clear();
        let items = run(&mut device, &mut center);
        println!(
            "an application of 900 B and {scans} scans: {} B up for the items, {} B down; {} requests with the files",
            items.bytes_up, items.bytes_down, before.requests
        );
        assert!(items.bytes_up <= 900 + 300 + u64::from(scans) * 150);
    }
}
