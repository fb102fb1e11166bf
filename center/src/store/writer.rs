//! Group commit: writes that wait for each other share one transaction and one wait for the disk.
//!
//! Whoever writes while others wait leaves the transaction open for the next; the last of them, or the one who fills the
//! group, commits for all. Nobody is answered before that commit. Each write has its own savepoint, so one that fails
//! undoes itself alone. Hold no lock across a write that another write may want: it would wait for this one's commit.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use rusqlite::Connection;
use tokio::sync::watch;

use super::{Result, StoreError};

/// Writes in one group at most.
const MOST: usize = 64;
/// A group gathers this many times as long as the last commit took: then waiting for the disk is the smaller part.
const PATIENCE: u32 = 4;
/// Bounds of that time.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(100);

/// What is known of commits.
pub struct Commits {
    /// Seconds that each commit took.
    pub seconds: Histogram,
    /// Writes in each commit.
    pub writes: Histogram,
    /// Changes with every commit.
    pub done: watch::Sender<()>,
}

impl Default for Commits {
    fn default() -> Self {
        Self {
            seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 13)),
            writes: Histogram::new(exponential_buckets(1.0, 2.0, 7)),
            done: watch::Sender::new(()),
        }
    }
}

/// The one writing connection.
pub struct Writer {
    seat: Mutex<Seat>,
    /// Threads that want the seat.
    coming: AtomicUsize,
    /// What is known of its commits.
    pub commits: Commits,
}

struct Seat {
    connection: Connection,
    group: Option<Group>,
    /// How long the last commit took.
    lasted: Duration,
}

/// An open transaction that holds at least one finished write.
struct Group {
    fate: Arc<Fate>,
    writes: usize,
    began: Instant,
}

/// What became of a group.
#[derive(Default)]
struct Fate {
    settled: Mutex<Option<std::result::Result<(), String>>>,
    told: Condvar,
}

impl Fate {
    fn settle(&self, end: std::result::Result<(), String>) {
        *open(&self.settled) = Some(end);
        self.told.notify_all();
    }

    fn wait(&self) -> Result<()> {
        let mut settled = open(&self.settled);
        loop {
            if let Some(end) = settled.as_ref() {
                return end.clone().map_err(StoreError::NotCommitted);
            }
            settled = self.told.wait(settled).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    /// Writes by this connection alone.
    pub fn new(connection: Connection) -> Self {
        Self {
            seat: Mutex::new(Seat {
                connection,
                group: None,
                lasted: Duration::ZERO,
            }),
            coming: AtomicUsize::new(0),
            commits: Commits::default(),
        }
    }

    /// All that `work` does, on the disk when this returns; or nothing, when it fails or panics.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.coming.fetch_add(1, Ordering::SeqCst);
        let mut seat = open(&self.seat);
        self.coming.fetch_sub(1, Ordering::SeqCst);
        let done = catch_unwind(AssertUnwindSafe(|| seat.join(work)));
        if done.is_err() {
            seat.undo();
        }
        let fate = seat.group.as_ref().map(|group| group.fate.clone());
        // Whoever is coming takes the seat after this one, and either commits or leaves it to somebody who comes.
        if self.coming.load(Ordering::SeqCst) == 0 || seat.is_full() {
            seat.commit(&self.commits);
        }
        drop(seat);
        let value = done.unwrap_or_else(|panic| resume_unwind(panic))?;
        match fate {
            Some(fate) => fate.wait()?,
            // SQLite undid everything by itself: the disk is full, or it failed.
            None => return Err(StoreError::NotCommitted("the transaction was undone".into()).into()),
        }
        Ok(value)
    }
}

impl Seat {
    /// Works within the group, or begins one.
    fn join<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let first = self.group.is_none();
        self.say(if first { "BEGIN IMMEDIATE" } else { "SAVEPOINT one" })?;
        let value = match work(&self.connection) {
            Ok(value) => value,
            Err(error) => {
                self.undo();
                return Err(error);
            }
        };
        if !first && let Err(error) = self.say("RELEASE one") {
            self.undo();
            return Err(error.into());
        }
        self.lose_if_undone();
        if !self.connection.is_autocommit() {
            let group = self.group.get_or_insert_with(|| Group {
                fate: Arc::default(),
                writes: 0,
                began: Instant::now(),
            });
            group.writes += 1;
        }
        Ok(value)
    }

    /// Undoes the write that is under way, and it alone.
    fn undo(&mut self) {
        self.lose_if_undone();
        let undone = match (self.connection.is_autocommit(), &self.group) {
            (true, _) => Ok(()),
            (false, None) => self.say("ROLLBACK"),
            (false, Some(_)) => self.say("ROLLBACK TO one; RELEASE one"),
        };
        if let Err(error) = undone {
            tracing::error!(%error, "a write could not be undone by itself: its group is given up");
            let _ = self.say("ROLLBACK");
            self.lose_if_undone();
        }
    }

    /// After some failures SQLite undoes the whole transaction by itself: the group is lost.
    fn lose_if_undone(&mut self) {
        if self.connection.is_autocommit()
            && let Some(group) = self.group.take()
        {
            group.fate.settle(Err("the transaction was undone".into()));
        }
    }

    fn is_full(&self) -> bool {
        let patience = (self.lasted * PATIENCE).clamp(SHORTEST, LONGEST);
        self.group
            .as_ref()
            .is_none_or(|group| group.writes >= MOST || group.began.elapsed() >= patience)
    }

    fn commit(&mut self, commits: &Commits) {
        let Some(group) = self.group.take() else { return };
        let began = Instant::now();
        let end = self.say("COMMIT").map_err(|error| error.to_string());
        self.lasted = began.elapsed();
        if end.is_err() && !self.connection.is_autocommit() {
            let _ = self.say("ROLLBACK");
        }
        commits.seconds.observe(self.lasted.as_secs_f64());
        commits.writes.observe(group.writes as f64);
        group.fate.settle(end);
        commits.done.send_replace(());
    }

    fn say(&self, sql: &str) -> Result<()> {
        Ok(self.connection.execute_batch(sql)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn writer(folder: &std::path::Path) -> Writer {
        let connection = Connection::open(folder.join("test.sqlite")).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t(n INTEGER UNIQUE)")
            .unwrap();
        Writer::new(connection)
    }

    fn add(writer: &Writer, n: i64) -> Result<()> {
        writer.write(|sql| {
            sql.execute("INSERT INTO t VALUES(?)", [n])?;
            Ok(())
        })
    }

    fn held(folder: &std::path::Path) -> Vec<i64> {
        let connection = Connection::open(folder.join("test.sqlite")).unwrap();
        let mut statement = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(std::result::Result::unwrap)
            .collect()
    }

    /// Commits so far.
    fn commits(writer: &Writer) -> usize {
        use prometheus_client::encoding::text::encode;
        let mut registry = prometheus_client::registry::Registry::default();
        registry.register("w", "w", writer.commits.writes.clone());
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("w_count ")).unwrap();
        line.parse().unwrap()
    }

    /// Runs `others` while the first write holds the seat, so that all of them share its group.
    fn together(writer: &Writer, others: &[&(dyn Fn() + Sync)]) {
        let begun = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                writer.write(|sql| {
                    sql.execute("INSERT INTO t VALUES(0)", [])?;
                    begun.wait();
                    while writer.coming.load(Ordering::SeqCst) < others.len() {
                        thread::yield_now();
                    }
                    Ok::<_, StoreError>(())
                })
            });
            begun.wait();
            for other in others {
                scope.spawn(other);
            }
        });
    }

    #[test]
    fn writes_that_wait_share_one_commit_and_a_failed_one_undoes_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        // So long a last commit that nobody in this test is late.
        open(&writer.seat).lasted = Duration::from_secs(1);
        let fails = || {
            let result = writer.write(|sql| {
                sql.execute("INSERT INTO t VALUES(7)", [])?;
                Err::<(), _>(StoreError::Damaged("on purpose"))
            });
            assert!(matches!(result, Err(StoreError::Damaged(_))));
        };
        let panics = || {
            let result = catch_unwind(AssertUnwindSafe(|| {
                writer.write(|sql| -> Result<()> {
                    sql.execute("INSERT INTO t VALUES(8)", [])?;
                    panic!("on purpose")
                })
            }));
            assert!(result.is_err());
        };
        let (one, two, three) = (
            || add(&writer, 1).unwrap(),
            || add(&writer, 2).unwrap(),
            || add(&writer, 3).unwrap(),
        );
        together(&writer, &[&one, &fails, &two, &panics, &three]);
        assert_eq!(held(folder.path()), [0, 1, 2, 3]);
        assert!(commits(&writer) <= 2, "{} commits", commits(&writer));
        add(&writer, 4).unwrap();
        assert_eq!(held(folder.path()), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_lost_transaction_is_told_to_everybody_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        open(&writer.seat).lasted = Duration::from_secs(1);
        let lost = Mutex::new(Vec::new());
        let loses = |n: i64| {
            // What a full disk does: everything is undone in the middle of a write.
            let result = writer.write(|sql| {
                sql.execute("INSERT INTO t VALUES(?)", [n])?;
                if n == 2 {
                    sql.execute_batch("ROLLBACK")?;
                }
                Ok::<_, StoreError>(())
            });
            if result.is_err() {
                open(&lost).push(n);
            }
        };
        let (one, two, three) = (|| loses(1), || loses(2), || loses(3));
        together(&writer, &[&one, &two, &three]);
        let (lost, here) = (open(&lost).clone(), held(folder.path()));
        assert!(lost.contains(&2));
        for n in 1..=3 {
            assert_ne!(
                lost.contains(&n),
                here.contains(&n),
                "{n}: told {lost:?}, held {here:?}"
            );
        }
        add(&writer, 9).unwrap();
        assert!(held(folder.path()).contains(&9));
    }

    #[test]
    fn nobody_is_answered_before_the_disk_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let place = folder.path();
        thread::scope(|scope| {
            for n in 0..16 {
                let writer = &writer;
                scope.spawn(move || {
                    for m in 0..20 {
                        let value = n * 100 + m;
                        add(writer, value).unwrap();
                        assert!(held(place).contains(&value), "answered before the commit");
                    }
                });
            }
        });
        assert_eq!(held(place).len(), 320);
        assert!(commits(&writer) <= 320);
    }
}
