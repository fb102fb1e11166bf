#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;

struct Zero;
impl Random for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

const LIMITS: Limits = Limits {
    turns: 4,
    share: 2,
    line: 100,
    own_line: 60,
    patience: Duration::from_secs(10),
};
const WORK: Duration = Duration::from_millis(10);

fn gate(limits: Limits) -> Arc<Gate> {
    Gate::new(limits, Arc::new(Zero))
}

fn device(number: u8) -> DeviceId {
    DeviceId([number; 16])
}

#[tokio::test(start_paused = true)]
async fn devices_take_turns_however_often_one_asks() {
    let gate = gate(LIMITS);
    let mut all = JoinSet::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let ask = |number: u8, all: &mut JoinSet<()>| {
        let (gate, order) = (gate.clone(), order.clone());
        all.spawn(async move {
            let _turn = gate.enter(device(number)).await.unwrap();
            order.lock().unwrap().push(number);
            sleep(WORK).await;
        });
    };
    for _ in 0..50 {
        ask(1, &mut all);
    }
    tokio::task::yield_now().await;
    for number in 2..12 {
        ask(number, &mut all);
    }
    all.join_all().await;
    let order = order.lock().unwrap();
    let last = order.iter().rposition(|number| *number != 1).unwrap();
    assert_eq!(order.len(), 60);
    // Ten others, each behind one or two of the first device and never behind its fifty.
    assert!(last < 32, "the others were served only after {last}: {order:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_are_worked_on_than_there_are_turns_and_no_more_of_one_than_its_share() {
    let gate = gate(LIMITS);
    let (now, most, own) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let seen = Arc::new((now, most, own));
    let mut all = JoinSet::new();
    for number in 0..40 {
        let (gate, seen) = (gate.clone(), seen.clone());
        all.spawn(async move {
            let one = number % 2 == 0;
            let _turn = gate.enter(device(if one { 1 } else { number })).await.unwrap();
            let running = seen.0.fetch_add(1, Ordering::SeqCst) + 1;
            seen.1.fetch_max(running, Ordering::SeqCst);
            if one {
                assert!(seen.2.fetch_add(1, Ordering::SeqCst) < LIMITS.share);
            }
            sleep(WORK).await;
            seen.0.fetch_sub(1, Ordering::SeqCst);
            if one {
                seen.2.fetch_sub(1, Ordering::SeqCst);
            }
        });
    }
    all.join_all().await;
    assert_eq!(seen.1.load(Ordering::SeqCst), LIMITS.turns);
    let state = gate.state();
    assert!(state.running == 0 && state.devices.is_empty() && state.order.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_full_line_tells_each_its_own_time_to_come_back() {
    let limits = Limits { line: 8, ..LIMITS };
    let gate = gate(limits);
    let mut all = JoinSet::new();
    for number in 0..12 {
        let gate = gate.clone();
        all.spawn(async move {
            let _turn = gate.enter(device(number)).await.unwrap();
            sleep(WORK * 100).await;
        });
    }
    sleep(Duration::from_millis(1)).await;
    assert_eq!(gate.state().waiting, 8);
    gate.state().pace = Duration::from_millis(500);
    let times: Vec<Duration> = (20..30)
        .map(|number| gate.is_hopeless(device(number)).unwrap_err().0)
        .collect();
    assert!(times[0] >= Duration::from_millis(8 * 500));
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1] - pair[0] == Duration::from_millis(500) * ASKS),
        "{times:?}"
    );
    // Whoever asks again and again hears the same time, and nobody is later for it.
    assert!((0..1_000).all(|_| gate.is_hopeless(device(20)) == Err(Busy(times[0]))));
    let next = gate.is_hopeless(device(30)).unwrap_err().0;
    assert_eq!(next - times[9], Duration::from_millis(500) * ASKS);
    gate.state().pace = Duration::from_secs(3_600);
    assert!(gate.is_hopeless(device(31)).unwrap_err().0 <= LATEST);
    all.join_all().await;
    assert!(gate.is_hopeless(device(32)).is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_that_of_work_and_not_of_the_time_between() {
    let gate = gate(LIMITS);
    for _ in 0..20 {
        let mut all = JoinSet::new();
        for number in 0..12 {
            let gate = gate.clone();
            all.spawn(async move {
                // Some give up while they wait.
                let Ok(Ok(_turn)) = timeout(WORK * 2, gate.enter(device(number))).await else {
                    return;
                };
                sleep(WORK).await;
            });
        }
        all.join_all().await;
        sleep(Duration::from_secs(60)).await;
    }
    // Four at once take ten milliseconds.
    let pace = gate.state().pace;
    assert!(pace <= WORK, "{pace:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_line_takes_no_turn_with_them() {
    let gate = gate(Limits { turns: 1, ..LIMITS });
    let turn = gate.enter(device(1)).await.unwrap();
    for number in 2..5 {
        let waits = gate.enter(device(number));
        assert!(timeout(WORK, waits).await.is_err());
    }
    let last = tokio::spawn({
        let gate = gate.clone();
        async move { gate.enter(device(9)).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    drop(turn);
    assert_eq!(last.await.unwrap(), Ok(()));
    let late = gate.enter(device(1)).await.unwrap();
    let began = Instant::now();
    assert!(gate.enter(device(2)).await.is_err(), "nobody waits for ever");
    assert_eq!(began.elapsed(), LIMITS.patience * 2);
    drop(late);
    assert!(gate.enter(device(2)).await.is_ok());
}
