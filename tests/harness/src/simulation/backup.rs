//! Folders that are put back to how they once were.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::District;

/// Copies a folder over another one that is gone by then.
pub fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            replace(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

impl District {
    /// Puts the center back to how it was when its folder was copied to `backup`. With `told`, whoever did it said so.
    pub fn restore_center(&mut self, backup: &Path, told: bool) -> Result<()> {
        self.exchange.connect(None);
        self.center = None;
        replace(backup, &self.folder.join("center"))?;
        self.restart_center()?;
        if told {
            self.center()?.restored()?;
        }
        Ok(())
    }

    /// Copies the folder of the center, or of a station (`station-0`), while nothing writes to it.
    pub fn back_up(&self, name: &str, to: &Path) -> Result<()> {
        replace(&self.folder.join(name), to)
    }

    /// Puts a station back to how it was when its folder was copied to `backup`.
    pub async fn restore_station(&mut self, which: usize, backup: &Path) -> Result<()> {
        let device = &mut self.devices[which];
        device.close();
        replace(backup, &device.folder)?;
        device.open().await
    }
}
