//! A bit that turned in SQLite's write-ahead log.
//!
//! After a power cut what was committed last may stand in the log alone. SQLite reads it up to the first frame whose
//! checksum does not fit and takes that for its end, because so ends a log that was cut while it was written. A bit that
//! turned in the middle ends it just so, and every commit behind it would be gone without a word. So the log is read before
//! SQLite opens the database ([`mend`]):
//!
//! - A single turned bit is found by arithmetic and turned back: the checksum is linear in every word that it covers. For
//!   the highest bits of a word it leaves more than one place; then it takes somebody who knows an authentic page.
//! - Where that cannot be told, or where more is wrong and a later commit shows that what stood there had been on the disk,
//!   the checksums are made to fit what is there. SQLite then reads every other frame, and the page in this one has to be looked at by whoever knows
//!   pages: SQLCipher refuses it, a checker reads it against sums of its own.
//! - What a power cut left of the last commit is left as it is.
//!
//! The form of the log: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

mod checksum;
mod log;

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub use log::Authentic;
use log::{Log, Turned};

/// What became of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Bits that were turned back: nothing is lost by them.
    pub bits: u32,
    /// Frames that do not hold what was written and cannot be set right. The database has to be looked through.
    pub frames: u32,
}

impl Mended {
    /// Whether every frame holds what was written.
    pub fn is_whole(&self) -> bool {
        self.frames == 0
    }
}

/// Reads the log of the database at `database` (without one nothing is wrong) and mends it. `authentic` tells whether a page
/// with this number is what was written, where pages prove that. Nobody may have the database open. A power cut in between
/// costs nothing: the next call finds the same again.
pub fn mend(database: &Path, authentic: Option<Authentic>) -> io::Result<Mended> {
    let path = beside(database, "-wal");
    let file = match OpenOptions::new().read(true).write(true).open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Mended::default()),
        file => file?,
    };
    let Some(mut log) = Log::open(file.try_clone()?)? else {
        return Ok(Mended::default());
    };
    let mut mended = Mended {
        bits: log.bits,
        frames: 0,
    };
    let (mut sum, mut place, mut certain) = (log.sum, 0, false);
    while let Some(mut frame) = log.frame(place)? {
        if !log.fits(&frame, sum) {
            let turned = log.turned(place, &mut frame, sum, authentic)?;
            certain = matches!(turned, Turned::Somewhere);
            let Turned::Back(at) = turned else { break };
            log.put_right(place, at, &frame)?;
            mended.bits += 1;
        }
        sum = frame.sum();
        place += 1;
    }
    if mended.bits > 0 {
        file.sync_all()?;
    }
    if let Some(last) = log.last_commit(place, certain)? {
        // The old log stands until the new one is whole.
        let new = beside(database, "-wal.new");
        let mut target = File::create(&new)?;
        mended.frames = log.seal_anew(&mut target, place, sum, last, authentic)?;
        target.sync_all()?;
        fs::rename(new, &path)?;
        // Windows keeps names durable by itself, and a folder cannot be opened there.
        if let Some(folder) = path.parent().filter(|folder| cfg!(unix) && *folder != Path::new("")) {
            File::open(folder)?.sync_all()?;
        }
    }
    Ok(mended)
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(ending);
    PathBuf::from(name)
}
