//! What goes over the line: one application with four scans, and nothing at all.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use doorstep_harness::clerk::{self, Person};
use doorstep_harness::picture;
use doorstep_harness::proxy::Proxy;
use doorstep_harness::screen::{Screen, list};
use serde_json::json;

use crate::district::District;
use crate::figures::Figures;
use crate::signing::Cost;

const SCANS: u64 = 4;

/// Sends an application with four scans through a proxy that counts.
pub async fn application(figures: &mut Figures, district: &mut District, cost: &Cost, today: &str) -> Result<()> {
    let pictures = (0..SCANS).map(|scan| picture::photograph(1_800, 1_400, scan));
    let pictures = pictures.collect::<Result<Vec<_>>>()?;
    let signature = picture::signature(3)?;
    let bytes = pictures.iter().map(Vec::len).sum::<usize>() + signature.len();
    let proxy = Proxy::start(0, district.address).await?;
    let station = district.station("carried", proxy.address).await?;
    let person = Person {
        name: "王桃花".into(),
        id_number: clerk::id_number("19400214", 42),
        phone: "13900000042".into(),
    };
    let started = Instant::now();
    let view = clerk::begin(&station, "glj").await?;
    let mut view = clerk::fill(&station, view, &person, today).await?;
    let id = view["id"].clone();
    view = station
        .call("presence_set", json!({"id": id, "name": "who", "value": "applicant"}))
        .await?;
    let needed: Vec<_> = list(&view["materials"])
        .filter(|m| m["asked"]["required"] == true)
        .map(|m| m["asked"]["code"].clone())
        .collect();
    ensure!(!needed.is_empty(), "the matter asks for nothing");
    for (picture, code) in pictures.into_iter().zip(needed.iter().cycle()) {
        station
            .ask(
                "page_add",
                json!({"id": id, "material": code, "replaces": null}),
                picture,
            )
            .await?;
    }
    for code in &needed {
        station.call("material_set", clerk::evidence(&id, code, "B")).await?;
    }
    station.ask("sign", json!({"id": id}), signature).await?;
    station.call("receive", json!({"id": id})).await?;
    let taking = started.elapsed().as_secs_f64();
    let saves = station.call("strip", json!({})).await?["waiting_items"].as_f64();
    let saves = saves.context("how many items wait")?;
    cost.share(
        figures,
        "taking an application as fast as a program can",
        saves,
        0.0,
        taking,
    );
    proxy.take();
    let started = Instant::now();
    let report = station.call("sync_now", json!({})).await?;
    let wall = started.elapsed().as_secs_f64() * 1e3;
    ensure!(report["result"] == "done", "{report}");
    let traffic = proxy.take();
    let strip = station.call("strip", json!({})).await?;
    ensure!(strip["waiting_items"] == 0 && strip["waiting_files"] == 0, "{strip}");
    let files = SCANS + 1;
    figures.note(
        "an application with 4 scans and a signature: files",
        bytes as f64 / 1e3,
        "KB",
    );
    figures.note("sent and confirmed on loopback", wall, "ms");
    let allowed = bytes as f64 * 1.01 + 400.0 * files as f64;
    figures.under("bytes up, items and HTTP included", traffic.up as f64, "B", allowed);
    figures.note(
        "bytes up beyond the files themselves",
        traffic.up as f64 - bytes as f64,
        "B",
    );
    figures.note("bytes down", traffic.down as f64, "B");
    let trips = traffic.round_trips as f64;
    figures.note("round trips", trips, "");
    // Each request is signed and checked; what comes down are receipts, signed at the center and checked here.
    let receipts = report["received_items"].as_f64().unwrap_or_default();
    let (signed, checked) = (trips + receipts, saves + trips + receipts);
    cost.share(figures, "sending it, both ends", signed, checked, wall / 1e3);
    idle(figures, &proxy, &station).await
}

async fn idle(figures: &mut Figures, proxy: &Proxy, station: &impl Screen) -> Result<()> {
    station.call("sync_now", json!({})).await?;
    proxy.take();
    station.call("sync_now", json!({})).await?;
    let traffic = proxy.take();
    figures.under(
        "an exchange with nothing to say: bytes up, HTTP included",
        traffic.up as f64,
        "B",
        1_000.0,
    );
    figures.under(
        "an exchange with nothing to say: bytes down, HTTP included",
        traffic.down as f64,
        "B",
        1_000.0,
    );
    figures.under(
        "an exchange with nothing to say: round trips",
        traffic.round_trips as f64,
        "",
        1.0,
    );
    Ok(())
}
