use doorstep_sync::auth::Signer;
use doorstep_sync::protocol::{Run, Step};

use crate::link::{assert_level, pair, run};

#[test]
fn a_wrong_clock_costs_one_round_trip_and_is_told() {
    for years in [-30i64, -1, 1, 30] {
        let (mut device, mut center) = pair();
        device.clock = crate::NOON;
        device.write(1, b"edit");
        device.clock = device.clock.saturating_add_signed(years * 365 * 86_400_000);
        let outcome = run(&mut device, &mut center);
        assert_eq!(outcome.requests, 2, "{years}");
        assert_eq!(outcome.clock_offset, -years * 365 * 86_400_000);
        assert_level(&device, &center, &outcome);
        // What was learnt is kept for the next run.
        let mut next = Run::new(Signer::new(device.key.clone(), outcome.clock_offset));
        let clock = device.clock;
        let Step::Send(request) = next.next(&mut device, clock).unwrap() else {
            panic!()
        };
        assert!(center.handle(request).status().is_success());
    }
}
