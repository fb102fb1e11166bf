//! What is done on a data folder when nobody serves it, or beside the one that does.

use std::fs::{File, TryLockError};
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use doorstep_center::routes::BundleReport;
use doorstep_center::world::{SystemClock, SystemRandom};
use doorstep_center::{Center, Config, Erased, doctor, import_path};
use doorstep_custody::report;
use doorstep_records::Purpose;

pub(crate) fn config(data: &Path, tls: bool) -> Config {
    Config {
        data: data.to_owned(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        tls,
    }
}

pub(crate) fn open(data: &Path, tls: bool) -> anyhow::Result<Center> {
    Center::open(config(data, tls)).with_context(|| format!("cannot open {}", data.display()))
}

/// The one program that serves a data folder, or gives it another key.
pub(crate) fn alone(data: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(data)?;
    let held = File::create(data.join("serving.lock"))?;
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(TryLockError::WouldBlock) => bail!("a center is being served from {}: stop it first", data.display()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Before the folder that one is alone with is opened.
pub(crate) fn look_through_log(data: &Path) -> anyhow::Result<()> {
    for fault in doctor::look_through_log(data)? {
        tracing::error!(%fault, "the database's log was damaged: `doctor` looks through the rest");
    }
    Ok(())
}

pub(crate) fn look_after(data: &Path, mend: bool) -> anyhow::Result<()> {
    let faults = doctor::examine(config(data, false), mend).context("it does not open: restore the newest backup")?;
    faults.iter().try_for_each(|fault| say(&fault.to_string()))?;
    match faults.iter().all(|fault| fault.mended) {
        true => Ok(()),
        false => bail!("not everything holds"),
    }
}

/// Without a reason on devices alone.
pub(crate) fn forget(center: &Center, named: &str, reason: Option<&str>, early: bool) -> anyhow::Result<()> {
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

pub(crate) fn back_up(center: &Center, target: &Path) -> anyhow::Result<()> {
    let done = center.back_up(target)?;
    say(&done.to_string())?;
    if !done.lacking.is_empty() {
        bail!("not every file is here");
    }
    Ok(())
}

pub(crate) fn restore(data: &Path, source: &Path) -> anyhow::Result<()> {
    let done = doorstep_center::backup::restore(source, config(data, false))?;
    say(&done.to_string())?;
    if !done.lacking.is_empty() {
        bail!("it is restored, and stations are asked for the files that do not hold");
    }
    Ok(())
}

pub(crate) fn export(center: &Center, receiver: &str, folder: &Path, part_bytes: u64) -> anyhow::Result<()> {
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

pub(crate) fn import(center: &Center, path: &Path) -> anyhow::Result<()> {
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

pub(crate) fn verify(center: &Center, application: &str, out: Option<&Path>) -> anyhow::Result<()> {
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

pub(crate) fn verify_access(center: &Center) -> anyhow::Result<()> {
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

pub(crate) fn say(words: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "{words}")?)
}
