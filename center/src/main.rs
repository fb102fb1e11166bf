//! `doorstep-center`: serves a district, and sets it up.

mod command;

use std::io::{IsTerminal, Write, stderr, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum_server::Handle;
use clap::Parser;
use command::{
    AccessCommand, Cli, Command, alone, back_up, export, forget, import, look_after, look_through_log, open, restore,
    say, verify, verify_access,
};
use doorstep_center::Center;
use doorstep_center::provider::ProviderConfig;

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
            look_through_log(&data.data)?;
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
            look_through_log(&data.data)?;
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
