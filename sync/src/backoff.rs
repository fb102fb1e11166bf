//! How long a station waits before it tries again.

use std::time::Duration;

use crate::world::Random;

/// The first wait.
const FIRST: Duration = Duration::from_secs(2);
/// The longest wait that failures alone lead to: a try that reaches nobody costs nobody anything, and a clerk who sees
/// the signal come back looks at the strip. A center that is too busy says itself how long to wait.
const LONGEST: Duration = Duration::from_secs(30);

/// The wait after `failures` runs in a row without success (0: the wait after the first). It doubles from 2 seconds to
/// half a minute, and between half and all of it is taken by chance, so that a hundred stations cut off by one mast do
/// not come back at one instant. `at_least` is what the center asked for ([`crate::protocol::Trouble::Busy`]); chance
/// never shortens it, and adds as much again at most: the center tells each its own time, and keeps a place for it.
pub fn wait(failures: u32, at_least: Option<Duration>, random: &dyn Random) -> Duration {
    let whole = FIRST.saturating_mul(2u32.saturating_pow(failures.min(16))).min(LONGEST);
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    let jittered = whole.mul_f64(0.5 + share / 2.0);
    match at_least {
        Some(asked) => asked + jittered.min(asked.max(FIRST)),
        None => jittered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn doubles_to_a_cap_with_chance_in_the_upper_half() {
        assert_eq!(wait(0, None, &Always(0)), Duration::from_secs(1));
        assert_eq!(wait(0, None, &Always(255)), Duration::from_secs(2));
        assert_eq!(wait(3, None, &Always(255)), Duration::from_secs(16));
        assert_eq!(wait(u32::MAX, None, &Always(255)), LONGEST);
    }

    #[test]
    fn never_before_the_center_asked() {
        let asked = Duration::from_secs(600);
        assert!(wait(0, Some(asked), &Always(0)) >= asked);
        let soon = Duration::from_secs(3);
        assert_eq!(wait(9, Some(soon), &Always(255)), soon * 2);
    }
}
