//! A TCP proxy that counts every byte, counts requests, and can cut the line.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes towards the center.
    pub up: u64,
    /// Bytes towards the station.
    pub down: u64,
    /// Times the direction turned from up to down: round trips.
    pub round_trips: u64,
}

#[derive(Default)]
struct Line {
    up: AtomicU64,
    down: AtomicU64,
    round_trips: AtomicU64,
    upwards: AtomicBool,
    cut: AtomicBool,
    /// Bytes upwards after which the line is cut (0: never).
    budget: AtomicU64,
}

/// A proxy in front of a center.
pub struct Proxy {
    line: Arc<Line>,
    /// Where it listens.
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Listens on `port` (0: any) and passes on to `target`.
    pub async fn start(port: u16, target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let line = Arc::new(Line::default());
        let shared = line.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let line = shared.clone();
                tokio::spawn(async move {
                    if line.cut.load(Ordering::SeqCst) {
                        return;
                    }
                    if let Ok(far) = TcpStream::connect(target).await {
                        pass(near, far, line).await;
                    }
                });
            }
        });
        Ok(Self { line, address, task })
    }

    /// What went through since the last call.
    pub fn take(&self) -> Traffic {
        Traffic {
            up: self.line.up.swap(0, Ordering::SeqCst),
            down: self.line.down.swap(0, Ordering::SeqCst),
            round_trips: self.line.round_trips.swap(0, Ordering::SeqCst),
        }
    }

    /// Cuts or mends the line; open connections end at the next byte.
    pub fn cut(&self, cut: bool) {
        self.line.cut.store(cut, Ordering::SeqCst);
    }

    /// Cuts each connection once it has carried `bytes` upwards in all (0: never).
    pub fn cut_after(&self, bytes: u64) {
        self.line.budget.store(bytes, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(near: TcpStream, far: TcpStream, line: Arc<Line>) {
    let (mut near_read, mut near_write) = near.into_split();
    let (mut far_read, mut far_write) = far.into_split();
    let mut carried = 0u64;
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        tokio::select! {
            n = near_read.read(&mut up) => match n {
                Ok(n) if n > 0 => {
                    carried += n as u64;
                    line.up.fetch_add(n as u64, Ordering::SeqCst);
                    line.upwards.store(true, Ordering::SeqCst);
                    if far_write.write_all(&up[..n]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            n = far_read.read(&mut down) => match n {
                Ok(n) if n > 0 => {
                    line.down.fetch_add(n as u64, Ordering::SeqCst);
                    if line.upwards.swap(false, Ordering::SeqCst) {
                        line.round_trips.fetch_add(1, Ordering::SeqCst);
                    }
                    if near_write.write_all(&down[..n]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
        let budget = line.budget.load(Ordering::SeqCst);
        if line.cut.load(Ordering::SeqCst) || (budget > 0 && carried > budget) {
            return;
        }
    }
}
