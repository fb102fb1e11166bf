//! The real center on a folder of its own, and what befalls it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use doorstep_center::Center;
use doorstep_sync::{DeviceId, DocumentId, Item, ItemId, SigningKey, VerifyingKey};
use http::{Request, Response};
use tower::ServiceExt;

use crate::catalogue;
use crate::simulation::BEGINNING;
use crate::simulation::world::{SeededRandom, SkewedClock, Time};

/// The largest answer that is read.
const LARGEST: usize = 64 << 20;
/// The division of the demo district.
const DISTRICT: &str = "500199000000";
/// The workbook of the matter that is taken.
const WORKBOOK: &str = "高龄津贴.xlsx";
/// What of the center's folder is its database.
const DATABASE: [&str; 2] = ["center.sqlite", "center.sqlite-wal"];

/// A district's center.
pub struct District {
    folder: PathBuf,
    time: Time,
    random: Arc<SeededRandom>,
    running: Option<(Arc<Center>, Router)>,
    backups: u32,
}

/// A copy of the center's folder.
#[derive(Clone)]
pub struct Backup {
    folder: PathBuf,
    /// What its log held.
    pub holds: Vec<ItemId>,
}

impl District {
    /// Makes the folder that every seed begins with: stations, accounts and a catalogue of the one matter that is taken.
    pub fn make(folder: &Path) -> Result<()> {
        let time = Time::new(BEGINNING - 3_600_000);
        let center = open(folder, &time, &SeededRandom::new(0))?;
        center.set_district(DISTRICT, "云溪区")?;
        center.publish(&catalogue::some(&[WORKBOOK]))?;
        center.make_demo(folder)
    }

    /// Opens a copy of `template` under `folder`.
    pub fn open(template: &Path, folder: &Path, time: &Time, seed: u64) -> Result<Self> {
        let own = folder.join("center");
        copy(template, &own)?;
        let random = SeededRandom::new(seed);
        let mut district = Self {
            folder: folder.to_owned(),
            time: time.clone(),
            random,
            running: None,
            backups: 0,
        };
        district.start()?;
        Ok(district)
    }

    fn start(&mut self) -> Result<()> {
        let center = open(&self.folder.join("center"), &self.time, &self.random)?;
        self.running = Some((center.clone(), doorstep_center::router(center)));
        Ok(())
    }

    fn running(&self) -> Result<&(Arc<Center>, Router)> {
        self.running.as_ref().context("the center is stopped")
    }

    /// The running center.
    pub fn center(&self) -> Result<&Arc<Center>> {
        Ok(&self.running()?.0)
    }

    /// Its public key, as enrolment tells it.
    pub fn public_key(&self) -> Result<VerifyingKey> {
        Ok(self.center()?.grants().center().clone())
    }

    /// Brings a request to the center, and its answer back.
    pub async fn pass(&self, request: Request<Body>) -> Result<Response<Vec<u8>>> {
        let (parts, body) = self.running()?.1.clone().oneshot(request).await?.into_parts();
        Ok(Response::from_parts(parts, to_bytes(body, LARGEST).await?.to_vec()))
    }

    /// A device joins a station; its grant.
    pub fn enrol(&self, key: &SigningKey, division: &str, label: &str) -> Result<Item> {
        let (code, _) = self.center()?.enrolment_code(division, label)?;
        Ok(self.center()?.enrol(&code, &key.verifying_key().to_bytes(), label)?)
    }

    /// A device is sent away.
    pub fn revoke(&self, device: &DeviceId) -> Result<()> {
        Ok(self.center()?.revoke(device, false, "遗失", "administrator")?)
    }

    /// Tells devices to forget a document; whether all of it is here.
    pub fn forget(&self, id: &DocumentId) -> Result<bool> {
        Ok(self.center()?.forget_early(id)?)
    }

    /// Every item of its log.
    pub fn log(&self) -> Result<Vec<Item>> {
        Ok(self.center()?.log()?)
    }

    /// Stops it where it stands and starts it again.
    pub fn start_again(&mut self) -> Result<()> {
        self.swap(|_| Ok(()))
    }

    /// A copy of all it has.
    pub fn back_up(&mut self) -> Result<Backup> {
        self.backups += 1;
        let folder = self.folder.join(format!("backup-{}", self.backups));
        copy(&self.folder.join("center"), &folder)?;
        let holds = self.log()?.iter().map(Item::id).collect();
        Ok(Backup { folder, holds })
    }

    /// Puts a copy in its place; the files of today stay beside its own when `files_stay`, as where they lie on another
    /// disk.
    pub fn restore(&mut self, backup: &Backup, files_stay: bool, said: bool) -> Result<()> {
        self.swap(|own| {
            let aside = own.with_extension("today");
            fs::rename(own, &aside)?;
            copy(&backup.folder, own)?;
            if files_stay {
                copy(&aside.join("files"), &own.join("files"))?;
            }
            fs::remove_dir_all(&aside)
        })?;
        if said {
            self.center()?.restored()?;
        }
        Ok(())
    }

    /// The database as it is now, for [`Self::forget_since`].
    pub fn remember(&self) -> Result<PathBuf> {
        let folder = self.folder.join("before");
        fs::create_dir_all(&folder)?;
        for name in DATABASE {
            let (from, to) = (self.folder.join("center").join(name), folder.join(name));
            match fs::copy(from, &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::remove_file(to)),
                copied => drop(copied?),
            }
        }
        Ok(folder)
    }

    /// Stops it with the database as it was at `before` and the files as they are: the power went between the two.
    pub fn forget_since(&mut self, before: &Path) -> Result<()> {
        self.swap(|own| {
            for name in DATABASE.iter().chain(&["center.sqlite-shm"]) {
                match fs::remove_file(own.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            DATABASE
                .iter()
                .filter(|name| before.join(name).exists())
                .try_for_each(|name| fs::copy(before.join(name), own.join(name)).map(drop))
        })
    }

    /// Lets no file be written at the center as long as `full`.
    pub fn fill_disk(&self, full: bool) -> Result<()> {
        let partial = self.folder.join("center/files/partial");
        let aside = self.folder.join("partial-aside");
        if full {
            fs::rename(&partial, &aside)?;
            // A file where the folder was: nothing can be made in it, whoever runs the tests.
            fs::write(&partial, b"")?;
        } else {
            fs::remove_file(&partial)?;
            fs::rename(&aside, &partial)?;
        }
        Ok(())
    }

    fn swap(&mut self, change: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        let own = self.folder.join("center");
        // Its database is closed before its folder changes.
        self.running = None;
        change(&own)?;
        self.start().context("the center does not open again")
    }
}

fn open(folder: &Path, time: &Time, random: &Arc<SeededRandom>) -> Result<Arc<Center>> {
    let clock = Arc::new(SkewedClock {
        time: time.clone(),
        ahead: 0,
    });
    let config = doorstep_center::Config {
        data: folder.to_owned(),
        clock,
        random: random.clone(),
        tls: true,
    };
    Ok(Arc::new(Center::open(config)?))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
