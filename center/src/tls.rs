//! The certificate, and the one after it: read again on SIGHUP and when its files change. Connections that stand keep what
//! they began with, new ones get the new one; a pair that does not fit is refused, and the old one stays.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use zeroize::Zeroizing;

/// How often the files are looked at. A certificate is renewed weeks before it ends.
const LOOK: Duration = Duration::from_secs(5);

/// Certificate chain and private key, PEM, in two files.
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: RustlsConfig,
    /// What was read last, whether it was taken or not: a broken pair is complained of once.
    seen: blake3::Hash,
}

impl Certificate {
    /// Reads the first pair; without one nothing is served.
    pub async fn open(chain: PathBuf, key: PathBuf) -> io::Result<Self> {
        // Fails only when a provider is there already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let pair = Pair::read(&chain, &key).await.map_err(named)?;
        let seen = pair.hash();
        let config = RustlsConfig::from_pem(pair.chain, pair.key.to_vec())
            .await
            .map_err(named)?;
        Ok(Self {
            chain,
            key,
            config,
            seen,
        })
    }

    /// What connections are accepted with, now and after every change.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Takes up new pairs for ever.
    pub async fn follow(&mut self) -> Infallible {
        let mut hangups = Hangups::new();
        loop {
            let asked = tokio::select! {
                () = hangups.next() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            self.look(asked).await;
        }
    }

    /// Reads the files, and takes the pair when it is another one, or when somebody asked.
    async fn look(&mut self, asked: bool) {
        let pair = match Pair::read(&self.chain, &self.key).await {
            Ok(pair) => pair,
            // Between two files of a renewal one may be missing for a moment: that is worth words only to who asked.
            Err(error) if asked => {
                return tracing::error!(%error, "the new certificate is not readable; the old one stays");
            }
            Err(_) => return,
        };
        let hash = pair.hash();
        if !asked && hash == self.seen {
            return;
        }
        self.seen = hash;
        match self.config.reload_from_pem(pair.chain, pair.key.to_vec()).await {
            Ok(()) => tracing::info!("a new certificate is in use"),
            Err(error) => tracing::error!(%error, "the new certificate or its key is wrong; the old one stays"),
        }
    }
}

/// The bytes of both files.
struct Pair {
    chain: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Pair {
    async fn read(chain: &PathBuf, key: &PathBuf) -> io::Result<Self> {
        Ok(Self {
            chain: tokio::fs::read(chain).await?,
            key: Zeroizing::new(tokio::fs::read(key).await?),
        })
    }

    fn hash(&self) -> blake3::Hash {
        blake3::Hasher::new()
            .update(&(self.chain.len() as u64).to_le_bytes())
            .update(&self.chain)
            .update(&self.key)
            .finalize()
    }
}

fn named(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("certificate or key: {error}"))
}

/// SIGHUP, where there is such a thing.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            signal: signal(SignalKind::hangup()).ok(),
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            signal.recv().await;
            return;
        }
        std::future::pending().await
    }
}
