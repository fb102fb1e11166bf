//! A chain in lines, for whoever asked on a command line.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use doorstep_sync::Millis;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::chain::{Chain, Link};

/// The chain in words: who wrote what when, on which device, under which grant; at the end what does not hold.
pub fn report(chain: &Chain, people: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = write(&mut text, chain, people);
    text
}

fn write(out: &mut String, chain: &Chain, people: &BTreeMap<String, String>) -> fmt::Result {
    writeln!(out, "application {}", chain.id)?;
    for link in &chain.links {
        write_link(out, link, people)?;
    }
    for file in chain.files() {
        let verified = chain.verified.get(&file.hash);
        let verified = verified.map_or_else(|| "not verified".to_owned(), |at| format!("verified {}", moment(*at)));
        writeln!(
            out,
            "file {} · {} B · {} · {verified}",
            file.hash, file.len, file.media_type
        )?;
    }
    match chain.faults.split_first() {
        None => writeln!(out, "everything holds: {} items", chain.links.len()),
        Some((first, rest)) => {
            writeln!(
                out,
                "DOES NOT HOLD: {} {}: {}",
                first.flaw.code(),
                first.about,
                first.flaw
            )?;
            for fault in rest {
                writeln!(out, "  then {} {}: {}", fault.flaw.code(), fault.about, fault.flaw)?;
            }
            Ok(())
        }
    }
}

fn write_link(out: &mut String, link: &Link, people: &BTreeMap<String, String>) -> fmt::Result {
    let who = match (link.staff.as_str(), people.get(&link.staff)) {
        ("", _) => "(by itself)".to_owned(),
        (staff, Some(name)) if name != staff => format!("{name} ({staff})"),
        (staff, _) => staff.to_owned(),
    };
    let device = match (&link.granted, link.device) {
        _ if link.by_center => "the center".to_owned(),
        (Some(grant), Some(device)) => format!("{} {} ({device})", grant.label, grant.code),
        (None, Some(device)) => device.to_string(),
        (_, None) => "unknown device".to_owned(),
    };
    writeln!(out, "{} · {who} · {device}", moment(link.time))?;
    let receipt = link.receipt.map_or_else(|| "none".to_owned(), moment);
    writeln!(
        out,
        "  item {} · arrived {} · receipt {receipt}",
        link.item,
        moment(link.arrived)
    )?;
    if let Some(grant) = &link.granted {
        writeln!(
            out,
            "  granted from {} until {}",
            moment(grant.from),
            moment(grant.until)
        )?;
    }
    for (path, value) in &link.wrote {
        match value.is_empty() {
            true => writeln!(out, "  {path}")?,
            // Typed words may hold anything; a terminal gets one line of them.
            false => writeln!(out, "  {path} = {}", value.escape_debug())?,
        }
    }
    for file in &link.files {
        writeln!(out, "  names file {}", file.hash)?;
    }
    match link.flaw {
        Some(flaw) => writeln!(out, "  DOES NOT HOLD: {}: {flaw}", flaw.code()),
        None => Ok(()),
    }
}

/// A time in China, to the second.
pub fn moment(time: Millis) -> String {
    let time = i64::try_from(time)
        .ok()
        .and_then(|time| Timestamp::from_millisecond(time).ok());
    match time {
        Some(time) => {
            let zoned = time.to_zoned(TimeZone::fixed(Offset::constant(8)));
            zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        None => "—".to_owned(),
    }
}
