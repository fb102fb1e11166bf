//! The report for whoever helps: versions, counts, codes and times. It holds nothing of a person, no place and no number
//! of an application, so it may be sent by any way.

use std::fmt::Write;

use doorstep_sync::Millis;
use doorstep_sync::wire::PROTOCOL;

use super::{Ledger, Stored};
use crate::contract::{Link, Storage};
use crate::store::{facts, items, rows, uploads};

/// What the ledger does not know itself.
pub(crate) struct Around {
    pub link: Link,
    pub last_error: Option<String>,
    pub rate: Option<u64>,
    pub storage: Storage,
}

impl Ledger {
    /// The text of the report.
    pub(crate) fn support_report(&self, around: &Around) -> Stored<String> {
        let mut text = String::from("Doorstep support report\n\n");
        let mut line = |name: &str, value: String| {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{name}: {value}");
        };
        let Around {
            link,
            last_error,
            rate,
            storage,
        } = around;
        line("made", time(self.world.clock.now()));
        line(
            "program",
            format!(
                "{} {} {}",
                env!("CARGO_PKG_VERSION"),
                std::env::consts::OS,
                std::env::consts::ARCH
            ),
        );
        line("protocol", PROTOCOL.to_string());
        line("device", self.device.to_string().chars().take(8).collect());
        line(
            "link",
            format!("{link:?}, {}", last_error.as_deref().unwrap_or("no error")),
        );
        line("mode", format!("{:?}", self.sync_mode()?));
        line(
            "clock of the center minus this one",
            format!("{} s", self.offset / 1000),
        );
        let cursor = facts::cursor(&self.db)?;
        line("cursor", format!("{:016x} {}", cursor.epoch, cursor.position));
        let applications: u32 = rows::counts(&self.db)?.values().sum();
        line("applications", applications.to_string());
        let (conflicts, corrections) = rows::wanting(&self.db)?;
        line(
            "with rival values, with corrections",
            format!("{conflicts}, {corrections}"),
        );
        for (name, count) in items::count_states(&self.db)? {
            line(&format!("items {name}"), count.to_string());
        }
        for (code, count) in items::count_aside(&self.db)? {
            line(&format!("set aside, {code}"), count.to_string());
        }
        let total = uploads::total(&self.db)?;
        line("files waiting", format!("{}, {} bytes", total.files, total.bytes));
        for (code, count) in uploads::troubles(&self.db)? {
            line(&format!("files failed, {code}"), count.to_string());
        }
        line(
            "rate",
            rate.map_or("unknown".to_owned(), |rate| format!("{rate} bytes/s")),
        );
        line("disk free", format!("{} bytes", storage.free));
        line("scans", format!("{} bytes", storage.used_by_scans));
        line("database", format!("{} bytes", storage.used_by_database));
        let _ = writeln!(
            text,
            "\ncontacts: time, result, items up/down, files up/down, bytes up/down"
        );
        for contact in self.contacts()? {
            let _ = writeln!(
                text,
                "{} {} {}/{} {}/{} {}/{}",
                time(contact.time),
                contact.result,
                contact.sent_items,
                contact.received_items,
                contact.sent_files,
                contact.received_files,
                contact.bytes_up,
                contact.bytes_down
            );
        }
        Ok(text)
    }
}

/// A time in China, which keeps one zone.
fn time(millis: Millis) -> String {
    let instant = jiff::Timestamp::from_millisecond(i64::try_from(millis).unwrap_or(i64::MAX));
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    instant.map_or_else(
        |_| millis.to_string(),
        |instant| instant.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}
