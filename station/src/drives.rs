//! Drives that somebody plugged in, as far as the system tells where: Linux does. On Windows the path is typed so far.

use std::fs;
use std::path::Path;

use crate::contract::Drive;

/// The system's list of what is mounted.
const MOUNTS: &str = "/proc/self/mounts";
/// Where desktops, and people, mount what is plugged in.
const PLACES: [&str; 3] = ["/media/", "/run/media/", "/mnt/"];

/// The drives, by path. One that does not answer is left out.
pub(crate) fn drives() -> Vec<Drive> {
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
