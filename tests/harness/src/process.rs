//! The real binaries as processes: start, talk to, kill.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use doorstep_center::demo::Demo;
use reqwest::Certificate;
use serde_json::{Value, json};

use crate::screen::{Failed, Screen};

/// The bearer token of every station a test starts.
const TOKEN: &str = "test-token";

/// Path of a binary of this workspace in the profile the test itself was built with.
pub fn binary(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.ancestors().find(|p| p.join(name).is_file()).with_context(|| {
        format!("{name} is not built: run `cargo build -p doorstep-center -p doorstep-station` first")
    })?;
    Ok(folder.join(name))
}

/// A port nobody listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A client that never uses a proxy, and trusts no certificate but `trusted`.
pub fn client(trusted: Option<&Path>) -> Result<reqwest::Client> {
    // Fails only when a provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificates = match trusted {
        Some(path) => vec![Certificate::from_pem(&std::fs::read(path)?)?],
        None => Vec::new(),
    };
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
    Ok(client.tls_certs_only(certificates).build()?)
}

/// Certificate and key of a center, PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Certificate.
    pub cert: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// A child process that is killed (SIGKILL) when dropped.
pub struct Process {
    child: Child,
    /// Base URL.
    pub url: String,
}

impl Process {
    fn start(mut command: Command, url: String, log: &Path) -> Result<Self> {
        let out = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let child = command
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("start {:?}", command.get_program()))?;
        Ok(Self { child, url })
    }

    /// Operating system process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and wait until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    async fn wait_ready(&mut self, client: &reqwest::Client, path: &str) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("process ended at start: {status}");
            }
            if client.get(format!("{}{path}", self.url)).send().await.is_ok() {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "not ready after 60 s: {}", self.url);
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A center as a process.
pub struct Center {
    /// The process.
    pub process: Process,
    /// Its data folder.
    pub data: PathBuf,
    client: reqwest::Client,
    port: u16,
    tls: Option<Tls>,
    /// Who is signed in, and the last step whose code they showed.
    signed: Mutex<HashMap<String, (Console, u64)>>,
}

impl Center {
    /// Starts on `data` with the demo district, on `port`.
    pub async fn start(data: &Path, port: u16) -> Result<Self> {
        Self::start_with(data, port, None).await
    }

    /// Starts with TLS, at `https://localhost`.
    pub async fn start_with(data: &Path, port: u16, tls: Option<Tls>) -> Result<Self> {
        let client = client(tls.as_ref().map(|tls| tls.cert.as_path()))?;
        let process = Self::spawn(data, port, tls.as_ref())?;
        let mut center = Self {
            process,
            data: data.to_owned(),
            client,
            port,
            tls,
            signed: Mutex::default(),
        };
        center.process.wait_ready(&center.client, "/health").await?;
        Ok(center)
    }

    fn spawn(data: &Path, port: u16, tls: Option<&Tls>) -> Result<Process> {
        std::fs::create_dir_all(data)?;
        let mut command = Command::new(binary("doorstep-center")?);
        command
            .args(["serve", "--demo", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data);
        let url = match tls {
            Some(tls) => {
                command.arg("--tls-cert").arg(&tls.cert).arg("--tls-key").arg(&tls.key);
                format!("https://localhost:{port}")
            }
            None => format!("http://127.0.0.1:{port}"),
        };
        Process::start(command, url, &data.with_extension("log"))
    }

    /// Starts again after a kill.
    pub async fn restart(&mut self) -> Result<()> {
        self.process.kill();
        self.process = Self::spawn(&self.data, self.port, self.tls.as_ref())?;
        self.process.wait_ready(&self.client, "/health").await
    }

    /// Runs another command of the program on the data of this center, which is stopped.
    pub fn command(&mut self, name: &str) -> Result<()> {
        self.process.kill();
        let status = Command::new(binary("doorstep-center")?)
            .arg(name)
            .arg("--data")
            .arg(&self.data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        ensure!(status.success(), "doorstep-center {name}: {status}");
        Ok(())
    }

    /// The accounts, PINs and enrolment codes of the demo district.
    pub fn demo(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&std::fs::read(
            self.data.join("demo-accounts.json"),
        )?)?)
    }

    /// Signs in to the console as an account of the demo district; who is signed in already stays so.
    pub async fn sign_in(&self, name: &str) -> Result<Console> {
        let known = self.signed.lock().ok().and_then(|signed| signed.get(name).cloned());
        if let Some((console, _)) = &known
            && console.get("/api/session").await.is_ok()
        {
            return Ok(console.clone());
        }
        let demo: Demo = serde_json::from_value(self.demo()?)?;
        let account = demo.accounts.into_iter().find(|account| account.name == name);
        let account = account.context("no such account")?;
        let mut console = Console {
            client: self.client.clone(),
            url: self.process.url.clone(),
            cookie: String::new(),
            csrf: String::new(),
        };
        let body = json!({"name": account.name, "password": account.password});
        console.enter("/api/session", &body).await?;
        // No code is taken twice: whoever comes back soon shows the next one.
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed()?.as_secs() / STEP;
        let step = known.map_or(0, |(_, step)| step + 1).max(now - 1);
        if let Some(code) = account.code(step * STEP * 1_000) {
            console.enter("/api/session/code", &json!({ "code": code })).await?;
        }
        if let Ok(mut signed) = self.signed.lock() {
            signed.insert(name.to_owned(), (console.clone(), step));
        }
        Ok(console)
    }
}

/// Seconds that a code of the second factor stands for.
const STEP: u64 = 30;

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Console {
    client: reqwest::Client,
    url: String,
    cookie: String,
    csrf: String,
}

impl Console {
    /// A step of signing in: takes the cookie and the token that the answer gives.
    async fn enter(&mut self, path: &str, body: &Value) -> Result<()> {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.header("cookie", &self.cookie).header("x-csrf", &self.csrf);
        let response = request.json_body(body)?.send().await?;
        ensure!(response.status().is_success(), "sign in: {}", response.status());
        let cookies = response.headers().get_all("set-cookie").iter();
        let pairs = cookies.filter_map(|value| value.to_str().ok()?.split(';').next());
        self.cookie = pairs.collect::<Vec<_>>().join("; ");
        let session: Value = serde_json::from_slice(&response.bytes().await?)?;
        self.csrf = session["csrf"].as_str().context("csrf token")?.to_owned();
        Ok(())
    }

    /// GET a JSON value.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let request = self
            .client
            .get(format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        json_of(request.send().await?).await
    }

    /// POST a JSON value.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        json_of(request.header("x-csrf", &self.csrf).json_body(body)?.send().await?).await
    }

    /// POST bytes.
    pub async fn post_bytes(&self, path: &str, bytes: Vec<u8>) -> Result<Value> {
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        let request = request
            .header("x-csrf", &self.csrf)
            .header("content-type", "application/octet-stream");
        json_of(request.body(bytes).send().await?).await
    }

    /// The answer's status to a GET.
    pub async fn status(&self, path: &str) -> Result<u16> {
        let request = self
            .client
            .get(format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        Ok(request.send().await?.status().as_u16())
    }
}

/// A station as a process.
pub struct Station {
    /// The process.
    pub process: Process,
    /// Its data folder.
    pub data: PathBuf,
    client: reqwest::Client,
    port: u16,
    trusted: Option<PathBuf>,
}

impl Station {
    /// Starts on `data`, on `port`.
    pub async fn start(data: &Path, port: u16) -> Result<Self> {
        Self::start_with(data, port, None).await
    }

    /// Starts a station that trusts the certificate at `trusted`.
    pub async fn start_with(data: &Path, port: u16, trusted: Option<PathBuf>) -> Result<Self> {
        let client = client(None)?;
        let process = Self::spawn(data, port, trusted.as_deref())?;
        let mut station = Self {
            process,
            data: data.to_owned(),
            client,
            port,
            trusted,
        };
        station.process.wait_ready(&station.client, "/").await?;
        Ok(station)
    }

    /// Where this station's process puts what is temporary.
    pub fn temporary(&self) -> PathBuf {
        self.data.with_extension("tmp")
    }

    /// What this station's process said.
    pub fn log(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    fn spawn(data: &Path, port: u16, trusted: Option<&Path>) -> Result<Process> {
        let temporary = data.with_extension("tmp");
        std::fs::create_dir_all(data)?;
        std::fs::create_dir_all(&temporary)?;
        let mut command = Command::new(binary("doorstep-station")?);
        command
            .args([
                "serve",
                "--token",
                TOKEN,
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--data",
            ])
            .arg(data);
        command.env("TMPDIR", temporary);
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        Process::start(command, format!("http://127.0.0.1:{port}"), &data.with_extension("log"))
    }

    /// Starts again after a kill.
    pub async fn restart(&mut self) -> Result<()> {
        self.process.kill();
        self.process = Self::spawn(&self.data, self.port, self.trusted.as_deref())?;
        self.process.wait_ready(&self.client, "/").await
    }

    /// Runs another command of the program on the data of this station, which is stopped; what it says.
    pub fn command(&mut self, name: &str, staff: &str, pin: &str) -> Result<String> {
        self.process.kill();
        let mut command = Command::new(binary("doorstep-station")?);
        command.args([name, "--staff", staff, "--data"]).arg(&self.data);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        child
            .stdin
            .take()
            .context("stdin")?
            .write_all(format!("{pin}\n").as_bytes())?;
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(
            output.status.success(),
            "doorstep-station {name}: {}: {said}",
            output.status
        );
        Ok(said)
    }

    async fn send(&self, command: &str, args: &Value, body: Vec<u8>) -> Result<reqwest::Response, Failed> {
        let request = self
            .client
            .post(format!("{}/rpc/{command}", self.process.url))
            .bearer_auth(TOKEN);
        let request = match body.is_empty() {
            true => request
                .header("content-type", "application/json")
                .body(args.to_string()),
            false => request
                .header("x-doorstep-args", percent_encode(&args.to_string()))
                .header("content-type", "application/octet-stream")
                .body(body),
        };
        let response = request
            .send()
            .await
            .map_err(|error| Failed::new(command, "no_answer", error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.bytes().await.unwrap_or_default();
        let failure: Value = serde_json::from_slice(&text).unwrap_or_default();
        let code = failure["code"].as_str().unwrap_or("no_answer");
        Err(Failed::new(command, code, format_args!("{status} {failure}")))
    }

    /// The original of a held file.
    pub async fn file(&self, hash: &str) -> Result<Vec<u8>> {
        let response = self
            .send("file", &json!({"hash": hash, "edge": null}), Vec::new())
            .await?;
        Ok(response.bytes().await?.to_vec())
    }

    /// Enrols with a one-time code.
    pub async fn enrol(&self, center: &str, code: &str) -> Result<Value> {
        Ok(self.call("enrol", json!({"center": center, "code": code})).await?)
    }

    /// Unlocks with a PIN.
    pub async fn unlock(&self, staff: &str, pin: &str) -> Result<Value> {
        Ok(self.call("unlock", json!({"staff": staff, "pin": pin})).await?)
    }

    /// Syncs until nothing waits, at most `tries` times.
    pub async fn settle(&self, tries: u32) -> Result<()> {
        let mut said = (Value::Null, Value::Null);
        for _ in 0..tries {
            let report = self.call("sync_now", json!({})).await?;
            let strip = self.call("strip", json!({})).await?;
            let done = report["result"] == "done" && strip["waiting_items"] == 0 && strip["waiting_files"] == 0;
            said = (report, strip);
            if done {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("still waiting: {} {}", said.0, said.1)
    }
}

impl Screen for Station {
    async fn run(&self, command: &str, args: Value, body: Vec<u8>) -> Result<Value, Failed> {
        let response = self.send(command, &args, body).await?;
        let bytes = response
            .bytes()
            .await
            .map_err(|error| Failed::new(command, "no_answer", error))?;
        serde_json::from_slice(&bytes).map_err(|error| Failed::new(command, "no_json", error))
    }
}

trait JsonBody: Sized {
    fn json_body(self, body: &Value) -> Result<Self>;
}

impl JsonBody for reqwest::RequestBuilder {
    fn json_body(self, body: &Value) -> Result<Self> {
        Ok(self
            .header("content-type", "application/json")
            .body(serde_json::to_vec(body)?))
    }
}

async fn json_of(response: reqwest::Response) -> Result<Value> {
    let status = response.status();
    let bytes = response.bytes().await?;
    ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&bytes));
    if bytes.is_empty() {
        Ok(Value::Null)
    } else {
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// Percent-encodes everything but unreserved characters, for the arguments header.
fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}
