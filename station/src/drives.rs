//! Drives that somebody plugged in, as far as the system tells where: Linux does. On Windows the path is typed so far.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::timeout;

use crate::contract::Drive;
use crate::station::lock;

/// The system's list of what is mounted.
const MOUNTS: &str = "/proc/self/mounts";
/// Where desktops, and people, mount what is plugged in.
const PLACES: [&str; 3] = ["/media/", "/run/media/", "/mnt/"];

/// How long a look may take. A drive that is being pulled out may hang for minutes, and the system with it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The drives that are plugged in.
#[derive(Default)]
pub(crate) struct Drives {
    /// Held by the one look that is under way.
    looking: Arc<tokio::sync::Mutex<()>>,
    last: Arc<Mutex<Vec<Drive>>>,
}

impl Drives {
    /// By path. As they were at the last look, while one hangs.
    pub(crate) async fn list(&self) -> Vec<Drive> {
        self.after(look).await
    }

    async fn after(&self, look: impl FnOnce() -> Vec<Drive> + Send + 'static) -> Vec<Drive> {
        if let Ok(turn) = self.looking.clone().try_lock_owned() {
            let last = self.last.clone();
            let looks = tokio::task::spawn_blocking(move || {
                let found = look();
                *lock(&last) = found;
                drop(turn);
            });
            // Late or not: what is known by then is given.
            let _ = timeout(PATIENCE, looks).await;
        }
        lock(&self.last).clone()
    }
}

/// The drives, by path. One that fails is left out.
fn look() -> Vec<Drive> {
    let mounts = fs::read_to_string(MOUNTS).unwrap_or_default();
    let drive = |path: String| {
        let free = fs4::available_space(&path).ok()?;
        let name = Path::new(&path).file_name()?.to_str()?.to_owned();
        Some(Drive { path, name, free })
    };
    plugged_in(&mounts).into_iter().filter_map(drive).collect()
}

/// The places of `mounts` that look like drives somebody plugged in and that can be written.
fn plugged_in(mounts: &str) -> Vec<String> {
    let mut paths: Vec<String> = mounts.lines().filter_map(place).collect();
    paths.sort();
    paths.dedup();
    paths
}

fn place(line: &str) -> Option<String> {
    let mut fields = line.split(' ');
    let (device, path, options) = (fields.next()?, fields.next()?, fields.nth(1)?);
    let writable = options.split(',').any(|option| option == "rw");
    let path = unescaped(path)?;
    let likely = device.starts_with("/dev/") && PLACES.iter().any(|place| path.starts_with(place));
    (likely && writable).then_some(path)
}

/// A blank and its like are written as a backslash and three octal digits (`getmntent(3)`).
fn unescaped(field: &str) -> Option<String> {
    let mut pieces = field.split('\\');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(3)?;
        bytes.push(u8::from_str_radix(digits, 8).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn while_one_look_hangs_no_other_begins() {
        let drives = Drives::default();
        let found = |name: &str| {
            vec![Drive {
                path: format!("/media/{name}"),
                name: name.to_owned(),
                free: 1,
            }]
        };
        let names = |drives: Vec<Drive>| drives.into_iter().map(|drive| drive.name).collect::<Vec<_>>();
        let one = found("one");
        assert_eq!(names(drives.after(move || one).await), ["one"]);
        let (answer, waits) = std::sync::mpsc::channel::<Vec<Drive>>();
        let hangs = drives.after(move || waits.recv().unwrap()).await;
        assert_eq!(names(hangs), ["one"], "the page has its answer");
        for _ in 0..3 {
            assert_eq!(names(drives.after(|| panic!("a second look")).await), ["one"]);
        }
        answer.send(found("two")).unwrap();
        drop(drives.looking.lock().await);
        assert_eq!(names(lock(&drives.last).clone()), ["two"]);
        let three = found("three");
        assert_eq!(names(drives.after(move || three).await), ["three"]);
    }

    #[test]
    fn only_what_looks_plugged_in_and_can_be_written_is_offered() {
        let mounts = "/dev/sda2 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw,nosuid 0 0
tmpfs /mnt/scratch tmpfs rw 0 0
/dev/sdb1 /media/clerk/\\346\\241\\203\\350\\212\\261\\040U\\347\\233\\230 vfat rw,nosuid,nodev 0 0
/dev/sdc1 /run/media/clerk/CAMERA exfat ro,nosuid 0 0
/dev/sdd1 /mnt/stick fuseblk rw 0 0
/dev/sdd1 /mnt/stick fuseblk rw 0 0
/dev/sde1 /media/bad\\9 vfat rw 0 0
/dev/sdf1 /media/short\\04 vfat rw 0 0
/dev/sdg1 /mediathek/x vfat rw 0 0

nonsense
";
        assert_eq!(plugged_in(mounts), ["/media/clerk/桃花 U盘", "/mnt/stick"]);
        assert!(plugged_in("").is_empty());
    }
}
