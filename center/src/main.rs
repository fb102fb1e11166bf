//! `doorstep-center`: serves a district, and sets it up.

use std::fs::{File, TryLockError};
use std::io::{IsTerminal, Write, stderr, stdout};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum_server::Handle;
use clap::{Parser, Subcommand};
use doorstep_center::CatalogueCommand;
use doorstep_center::provider::ProviderConfig;
use doorstep_center::routes::BundleReport;
use doorstep_center::world::{SystemClock, SystemRandom};
use doorstep_center::{Center, Config, Erased, doctor, import_path};
use doorstep_custody::report;
use doorstep_records::{Purpose, Role};
use doorstep_sync::bundle::DEFAULT_PART;

/// The district end of Doorstep.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves devices and the console.
    Serve {
        #[command(flatten)]
        data: Data,
        /// Address; without TLS a loopback address.
        #[arg(long, default_value = "127.0.0.1:8600")]
        listen: SocketAddr,
        /// Certificate chain, PEM.
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// Private key, PEM.
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
        /// Makes a demo district in an empty data folder.
        #[arg(long)]
        demo: bool,
        /// Opens `/metrics` to whoever has this token, from any machine; without it they are for this machine alone.
        #[arg(long, env = "DOORSTEP_METRICS_TOKEN", hide_env_values = true)]
        metrics_token: Option<String>,
        /// People with an account may also sign in by this OpenID Connect provider: its issuer. It sends them back to
        /// `/api/provider/back`; the secret, if it gave one, is in DOORSTEP_OIDC_SECRET.
        #[arg(long, requires = "oidc_client")]
        oidc_issuer: Option<String>,
        /// The id under which the provider knows this center.
        #[arg(long, requires = "oidc_issuer")]
        oidc_client: Option<String>,
        /// The claim that is the name of an account here: `sub`, or one that nobody can change for themselves there.
        #[arg(long, requires = "oidc_issuer", default_value = "sub")]
        oidc_claim: String,
    },
    /// Names the district this center belongs to.
    District {
        #[command(flatten)]
        data: Data,
        /// 12-digit division, ending in 000000.
        division: String,
        /// Name.
        name: String,
    },
    /// Names the seal (审批专用章) under which the district decides; until then it is the district's name and 行政审批专用章.
    Seal {
        #[command(flatten)]
        data: Data,
        /// What stands on it.
        name: String,
    },
    /// Adds a station, or changes it.
    Station {
        #[command(flatten)]
        data: Data,
        /// 12-digit division.
        division: String,
        /// Name.
        name: String,
        /// Town name.
        #[arg(long, default_value = "")]
        town: String,
        /// Address.
        #[arg(long, default_value = "")]
        address: String,
        /// Telephone.
        #[arg(long, default_value = "")]
        telephone: String,
    },
    /// Adds somebody to a station, or gives them a new PIN; prints the PIN.
    Staff {
        #[command(flatten)]
        data: Data,
        /// The station's 12-digit division.
        division: String,
        /// Staff number, unique in the district.
        number: String,
        /// Name.
        name: String,
        /// Role.
        #[arg(long, value_parser = role_of(Role::AT_STATION), default_value = "village-clerk")]
        role: Role,
    },
    /// Adds an account of the console, or gives it a new password; prints the password.
    Account {
        #[command(flatten)]
        data: Data,
        /// What is typed to sign in.
        account: String,
        /// Name for people, unique: it stands in the record of every decision.
        name: String,
        /// Role.
        #[arg(long, value_parser = role_of(Role::AT_CENTER))]
        role: Role,
    },
    /// Forgets the second factor of somebody who lost their telephone and their codes; they set up another when they sign in.
    ForgetSecondFactor {
        #[command(flatten)]
        data: Data,
        /// What is typed to sign in.
        account: String,
    },
    /// Makes a one-time code for a new device of a station; prints it.
    EnrolmentCode {
        #[command(flatten)]
        data: Data,
        /// The station's 12-digit division.
        division: String,
        /// Name the device will have.
        #[arg(long, default_value = "")]
        label: String,
    },
    /// The catalogue of matters.
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Makes documents, queue and fingerprints again from the log of items.
    Rebuild {
        #[command(flatten)]
        data: Data,
    },
    /// Says that the data folder was restored from a backup: every device compares anew, and gives back what was lost.
    Restored {
        #[command(flatten)]
        data: Data,
    },
    /// Reads every page, item, table and file of a center that is stopped, and names what does not hold.
    Doctor {
        #[command(flatten)]
        data: Data,
        /// Makes again what can be made again; stations bring what they have. The former database stays beside the new one.
        #[arg(long)]
        mend: bool,
    },
    /// Writes a backup into a folder, or brings the one that lies there up to date; the center may be served meanwhile. Keep
    /// its file `keys` apart from the rest, and only ever the newest: what is forgotten here loses its key there.
    Backup {
        #[command(flatten)]
        data: Data,
        /// The folder, on another disk.
        target: PathBuf,
    },
    /// Makes a center out of a backup, in an empty data folder: devices then give back what the backup lacks.
    Restore {
        #[command(flatten)]
        data: Data,
        /// The folder of the backup, with the newest `keys` in it.
        source: PathBuf,
    },
    /// Forgets an application for ever, with its bundle: here, on devices, and with the next backup in every older one.
    /// Without an application, tells devices to forget those whose time at the stations has passed, as `serve` does once in a
    /// day by itself.
    Forget {
        #[command(flatten)]
        data: Data,
        /// Application number, or document id.
        #[arg(required_unless_present = "due")]
        application: Option<String>,
        /// Why, as it is written down.
        #[arg(long, required_unless_present_any = ["due", "on_devices"])]
        reason: Option<String>,
        /// Before the ten years have passed for which the center keeps what is closed, as when the person asks for it.
        #[arg(long)]
        now: bool,
        /// On devices alone, before its time there.
        #[arg(long, conflicts_with = "reason")]
        on_devices: bool,
        /// What is due now, on devices.
        #[arg(long, conflicts_with = "application")]
        due: bool,
    },
    /// Gives the district another key, while the center is stopped; prints the new public key. Devices learn it at their
    /// next contact. Do it once a year, and whenever somebody may have copied the data folder.
    RotateKey {
        #[command(flatten)]
        data: Data,
    },
    /// Writes what is new for a device into a folder, as parts of a bundle sealed for it.
    Export {
        #[command(flatten)]
        data: Data,
        /// Device id, hex; or a station's 12-digit division, for each of its devices.
        receiver: String,
        /// The folder, for example of a stick.
        folder: PathBuf,
        /// Bytes of a part at most, from 131072 on.
        #[arg(long, default_value_t = DEFAULT_PART)]
        part_bytes: u64,
    },
    /// Takes in a bundle from a device.
    Import {
        #[command(flatten)]
        data: Data,
        /// A part, or a folder of parts.
        path: PathBuf,
    },
    /// Prints who wrote an application, with every signature checked anew, and names the first thing that does not hold.
    Verify {
        #[command(flatten)]
        data: Data,
        /// Application number, or document id.
        application: String,
        /// Writes the same into a file, to be checked by `doorstep-verify` and the public key alone.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// The access logs: who saw what.
    Access {
        #[command(subcommand)]
        command: AccessCommand,
    },
    /// Prints the district's public key, hex.
    Key {
        #[command(flatten)]
        data: Data,
    },
    /// Prints the description of the API.
    Openapi,
}

#[derive(clap::Args)]
struct Data {
    /// Folder of the center's data.
    #[arg(long, env = "DOORSTEP_CENTER_DATA")]
    data: PathBuf,
}

#[derive(Subcommand)]
enum AccessCommand {
    /// Checks every access log: what is missing, what was altered, and which device has stopped keeping one.
    Verify {
        #[command(flatten)]
        data: Data,
    },
    /// Prints who saw an application, when and why.
    Seen {
        #[command(flatten)]
        data: Data,
        /// Application number, or document id.
        application: String,
    },
}

/// Takes these roles, spelt as on command lines: `village-clerk`.
fn role_of<const N: usize>(roles: [Role; N]) -> impl Fn(&str) -> Result<Role, String> + Clone {
    let spelt = |role: Role| role.word().replace('_', "-");
    let known = roles.map(spelt).join(", ");
    move |text| {
        let role = roles.into_iter().find(|role| spelt(*role) == text);
        role.ok_or_else(|| format!("one of: {known}"))
    }
}

impl Data {
    fn open(&self, tls: bool) -> anyhow::Result<Center> {
        open(&self.data, tls)
    }
}

fn config(data: &Path, tls: bool) -> Config {
    Config {
        data: data.to_owned(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        tls,
    }
}

fn open(data: &Path, tls: bool) -> anyhow::Result<Center> {
    Center::open(config(data, tls)).with_context(|| format!("cannot open {}", data.display()))
}

/// The one program that serves a data folder, or gives it another key.
fn alone(data: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(data)?;
    let held = File::create(data.join("serving.lock"))?;
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(TryLockError::WouldBlock) => bail!("a center is being served from {}: stop it first", data.display()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(stderr(), "doorstep-center: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .init();
    match Cli::parse().command {
        Command::Serve {
            data,
            listen,
            tls_cert,
            tls_key,
            demo,
            metrics_token,
            oidc_issuer,
            oidc_client,
            oidc_claim: claim,
        } => {
            let tls = tls_cert.zip(tls_key);
            if tls.is_none() && !listen.ip().is_loopback() {
                bail!(
                    "without TLS the center serves this machine alone: give --tls-cert and --tls-key, or listen on 127.0.0.1"
                );
            }
            let _alone = alone(&data.data)?;
            let mut center = data.open(tls.is_some())?;
            if let Some(token) = metrics_token {
                center.set_metrics_token(&token);
            }
            if let Some((issuer, client)) = oidc_issuer.zip(oidc_client) {
                let secret = std::env::var("DOORSTEP_OIDC_SECRET")
                    .ok()
                    .filter(|secret| !secret.is_empty());
                center.set_provider(ProviderConfig {
                    issuer,
                    client,
                    secret,
                    claim,
                })?;
            }
            if demo {
                center.make_demo(&data.data)?;
            }
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(serve(Arc::new(center), listen, tls))
        }
        Command::District { data, division, name } => Ok(data.open(false)?.set_district(&division, &name)?),
        Command::Seal { data, name } => Ok(data.open(false)?.set_seal(&name)?),
        Command::Station {
            data,
            division,
            name,
            town,
            address,
            telephone,
        } => Ok(data
            .open(false)?
            .put_station(&division, &name, &town, &address, &telephone)?),
        Command::Staff {
            data,
            division,
            number,
            name,
            role,
        } => say(&data.open(false)?.put_staff(&division, &number, &name, role)?),
        Command::Account {
            data,
            account,
            name,
            role,
        } => say(&data.open(false)?.new_account(&account, &name, role)?),
        Command::ForgetSecondFactor { data, account } => Ok(data.open(false)?.forget_second_factor(&account)?),
        Command::EnrolmentCode { data, division, label } => {
            say(&data.open(false)?.enrolment_code(&division, &label)?.0)
        }
        Command::Catalogue { command } => command.run(|data| open(data, false)),
        Command::Rebuild { data } => say(&format!("{} items", data.open(false)?.rebuild()?)),
        Command::Doctor { data, mend } => {
            let _alone = alone(&data.data)?;
            look_after(&data.data, mend)
        }
        Command::Backup { data, target } => back_up(&data.open(false)?, &target),
        Command::Restore { data, source } => restore(&data.data, &source),
        Command::Restored { data } => Ok(data.open(false)?.restored()?),
        Command::Forget {
            data,
            application: Some(named),
            reason,
            now,
            ..
        } => forget(&data.open(false)?, &named, reason.as_deref(), now),
        Command::Forget { data, .. } => say(&format!("{} applications", data.open(false)?.forget_due()?)),
        Command::RotateKey { data } => {
            let _alone = alone(&data.data)?;
            let key = data.open(false)?.rotate_key(&data.data)?;
            say(&hex::encode(key.to_bytes()))
        }
        Command::Export {
            data,
            receiver,
            folder,
            part_bytes,
        } => export(&data.open(false)?, &receiver, &folder, part_bytes),
        Command::Import { data, path } => import(&data.open(false)?, &path),
        Command::Verify { data, application, out } => verify(&data.open(false)?, &application, out.as_deref()),
        Command::Access {
            command: AccessCommand::Verify { data },
        } => verify_access(&data.open(false)?),
        Command::Access {
            command: AccessCommand::Seen { data, application },
        } => {
            let center = data.open(false)?;
            let id = center.find_application(&application)?;
            center.seen_by(&id)?.iter().try_for_each(|look| say(&look.to_string()))
        }
        Command::Key { data } => say(&hex::encode(data.open(false)?.public_key().to_bytes())),
        Command::Openapi => Ok(stdout().write_all(doorstep_center::routes::openapi().as_bytes())?),
    }
}

fn look_after(data: &Path, mend: bool) -> anyhow::Result<()> {
    let faults = doctor::examine(config(data, false), mend).context("it does not open: restore the newest backup")?;
    faults.iter().try_for_each(|fault| say(&fault.to_string()))?;
    match faults.iter().all(|fault| fault.mended) {
        true => Ok(()),
        false => bail!("not everything holds"),
    }
}

/// Without a reason on devices alone.
fn forget(center: &Center, named: &str, reason: Option<&str>, early: bool) -> anyhow::Result<()> {
    let id = center.find_application(named)?;
    let Some(reason) = reason else {
        if !center.forget_early(&id)? {
            bail!("something of it is not here yet");
        }
        return say("devices are told");
    };
    let Erased {
        documents,
        files,
        scrubbed,
    } = center.erase(&id, reason, early)?;
    say(&format!("applications: {documents}, files: {files}"))?;
    if !scrubbed {
        say("somebody reads: it is off the disk when the center is started again")?;
    }
    say("now make a backup: until then the keys file of the last one still opens it")
}

fn back_up(center: &Center, target: &Path) -> anyhow::Result<()> {
    let done = center.back_up(target)?;
    say(&done.to_string())?;
    if !done.lacking.is_empty() {
        bail!("not every file is here");
    }
    Ok(())
}

fn restore(data: &Path, source: &Path) -> anyhow::Result<()> {
    let done = doorstep_center::backup::restore(source, config(data, false))?;
    say(&done.to_string())?;
    if !done.lacking.is_empty() {
        bail!("it is restored, and stations are asked for the files that do not hold");
    }
    Ok(())
}

fn export(center: &Center, receiver: &str, folder: &Path, part_bytes: u64) -> anyhow::Result<()> {
    let devices = match receiver.parse() {
        Ok(device) => vec![device],
        Err(_) => center.devices_of(receiver)?,
    };
    center.look("", Purpose::Exported, &[])?;
    for device in devices {
        let ready = center.prepare_bundle(&device, part_bytes)?;
        for part in 1..=ready.plan.parts() {
            let written = center.write_part_to(&ready, part, folder);
            say(&written.with_context(|| format!("part {part} was not written; those before are good"))?)?;
        }
        say(&format!("items: {}, files: {}", ready.plan.items(), ready.plan.files()))?;
    }
    Ok(())
}

fn import(center: &Center, path: &Path) -> anyhow::Result<()> {
    let (report, unread) = import_path(center, path).with_context(|| format!("cannot read {}", path.display()))?;
    for (name, error) in &unread {
        say(&format!("{name}: {error}"))?;
    }
    let report = BundleReport::from(&report);
    say(&serde_json::to_string_pretty(&report)?)?;
    if !report.complete || !unread.is_empty() {
        bail!("not everything is here");
    }
    Ok(())
}

fn verify(center: &Center, application: &str, out: Option<&Path>) -> anyhow::Result<()> {
    let id = center.find_application(application)?;
    let checked = center.custody(&id)?;
    write!(stdout(), "{}", report(&checked.chain, &checked.evidence.people))?;
    center.look("", Purpose::Custody, &[id])?;
    if let Some(path) = out {
        center.look("", Purpose::CustodyFile, &[id])?;
        std::fs::write(path, center.custody_file(&id)?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if !checked.chain.faults.is_empty() {
        bail!("the chain of custody does not hold");
    }
    Ok(())
}

fn verify_access(center: &Center) -> anyhow::Result<()> {
    let view = center.check_access()?;
    view.logs.iter().try_for_each(|log| say(&log.to_string()))?;
    for item in &view.gone {
        say(&format!("DOES NOT HOLD: item {item} was acknowledged and is not here"))?;
    }
    if !view.holds() {
        bail!("the access logs do not hold");
    }
    Ok(())
}

fn say(words: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "{words}")?)
}

async fn serve(center: Arc<Center>, listen: SocketAddr, tls: Option<(PathBuf, PathBuf)>) -> anyhow::Result<()> {
    let handle = Handle::new();
    let scheme = if tls.is_some() { "https" } else { "http" };
    tokio::spawn(announce(handle.clone(), scheme));
    tokio::spawn(stop(center.clone(), handle.clone()));
    doorstep_center::serve(center, listen, tls, handle)
        .await
        .with_context(|| format!("cannot serve {listen}"))
}

async fn announce(handle: Handle<SocketAddr>, scheme: &str) {
    if let Some(address) = handle.listening().await {
        let _ = say(&format!("doorstep-center {scheme}://{address}"));
    }
}

/// Ends what is under way, at most ten seconds, when asked to stop.
async fn stop(center: Arc<Center>, handle: Handle<SocketAddr>) {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = ended.recv() => {}
                _ = interrupted => {}
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    // Streams of events would otherwise be waited for.
    center.close_events();
    handle.graceful_shutdown(Some(Duration::from_secs(10)));
}
