//! A certificate is renewed while the center serves: no connection is dropped for it, and a pair that does not fit changes
//! nothing.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, KeyPair};

/// How long a test waits before it says that something never came.
const PATIENCE: Duration = Duration::from_secs(60);

struct Pair {
    chain: String,
    key: String,
}

fn pair() -> Pair {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Pair {
        chain: cert.pem(),
        key: KeyPair::serialize_pem(&signing_key),
    }
}

/// A center as a process, with TLS.
struct Served {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Served {
    fn start(first: &Pair) -> Self {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), first);
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_doorstep-center"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--tls-cert")
            .arg(folder.path().join("cert.pem"))
            .arg("--tls-key")
            .arg(folder.path().join("key.pem"))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        let port = said.trim().rsplit(':').next().unwrap().to_owned();
        Self {
            child,
            url: format!("https://localhost:{port}/healthz"),
            folder,
        }
    }

    fn hang_up(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    }

    /// Waits until this stands in the log so many times.
    async fn logged(&self, words: &str, times: usize) {
        let begun = Instant::now();
        loop {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            if log.matches(words).count() >= times {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "never logged: {words}\n{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn answers(&self, client: &reqwest::Client) -> bool {
        client.get(&self.url).send().await.is_ok()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn put(folder: &Path, pair: &Pair) {
    let file = |name: &str| -> PathBuf { folder.join(name) };
    std::fs::write(file("cert.pem"), &pair.chain).unwrap();
    std::fs::write(file("key.pem"), &pair.key).unwrap();
}

/// A browser that trusts this certificate alone. It keeps the connection that it opened.
fn trusting(pair: &Pair) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = reqwest::Certificate::from_pem(pair.chain.as_bytes()).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(1)
        .tls_certs_only([certificate])
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_certificate_is_renewed_while_connections_stand() {
    let (old, new) = (pair(), pair());
    let served = Served::start(&old);
    let connected = trusting(&old);
    assert!(served.answers(&connected).await);

    put(served.folder.path(), &new);
    served.hang_up();
    served.logged("a new certificate is in use", 1).await;
    assert!(
        served.answers(&trusting(&new)).await,
        "a new connection sees the new one"
    );
    assert!(!served.answers(&trusting(&old)).await, "and no longer the old one");
    // It trusts the old certificate alone: only the connection that it had can carry this.
    assert!(
        served.answers(&connected).await,
        "the connection from before was dropped"
    );

    // The key of another certificate, then no certificate at all: the one in use stays.
    let mixed = Pair {
        chain: old.chain.clone(),
        key: new.key.clone(),
    };
    let broken = Pair {
        chain: "not a certificate".into(),
        key: new.key.clone(),
    };
    for (times, wrong) in [(1, &mixed), (2, &broken)] {
        put(served.folder.path(), wrong);
        served.hang_up();
        served.logged("the old one stays", times).await;
        assert!(served.answers(&trusting(&new)).await);
    }
}

#[tokio::test]
async fn changed_files_are_noticed_by_themselves() {
    let (old, new) = (pair(), pair());
    let served = Served::start(&old);
    put(served.folder.path(), &new);
    served.logged("a new certificate is in use", 1).await;
    assert!(served.answers(&trusting(&new)).await);
}
