//! The real clock and the real source of randomness.

use std::sync::LazyLock;
use std::time::Instant;

use doorstep_sync::{Clock, Millis, Random};

/// When this program first asked for the steady time.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn steady(&self) -> Millis {
        u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no key is safe: the program stops, as every program does that needs keys.
        #[allow(clippy::expect_used)]
        getrandom::fill(bytes).expect("the operating system gives no random bytes");
    }
}

/// The day in China at `now`: `2026-02-14`. China keeps one time, eight hours ahead of Greenwich, all year.
pub(crate) fn day_in_china(now: Millis) -> String {
    let seconds = i64::try_from(now / 1000).unwrap_or(i64::MAX);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    jiff::Timestamp::from_second(seconds)
        .map(|t| t.to_zoned(zone).date().to_string())
        .unwrap_or_default()
}

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
