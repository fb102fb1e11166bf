//! The shell: window, camera permission, one `rpc` command. No rules live here.

mod rpc;
mod window;

use std::path::PathBuf;

use anyhow::Context;
use doorstep_station::{Station, StationConfig, Vicinity};
use tauri::{Manager, RunEvent, Runtime};
use tracing_subscriber::EnvFilter;

/// Runs the app until its window is closed.
///
/// # Errors
/// When the web view or the station cannot start, for instance because another Doorstep uses the same data folder.
pub fn run() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![rpc::rpc])
        .on_permission_request(|view, kind| window::permit(view.url().ok().as_ref(), kind))
        .setup(|app| Ok(window::open(app, &data_folder(app)?).map(drop)?))
        .build(tauri::generate_context!())?;
    // Before the window, so that a failure ends in words and not in an empty page.
    let folder = data_folder(&app)?;
    let station = tauri::async_runtime::block_on(async {
        let mut config = StationConfig::new(&folder)?;
        config.vicinity = Some(Vicinity::default());
        let station = Station::open_with(config).await?;
        station.start();
        anyhow::Ok(station)
    })
    .with_context(|| format!("cannot open the station in {}", folder.display()))?;
    app.manage(station.clone());
    app.run(move |_, event| {
        if let RunEvent::Exit = event {
            // Everything is on the disk already; this only closes the store in order.
            if let Err(failure) = tauri::async_runtime::block_on(station.lock()) {
                tracing::warn!("locking at the end: {failure}");
            }
        }
    });
    Ok(())
}

/// Where this device keeps its station: `DOORSTEP_DATA`, or the platform's folder for data that stays on this device.
fn data_folder<R: Runtime>(app: &impl Manager<R>) -> anyhow::Result<PathBuf> {
    match std::env::var_os("DOORSTEP_DATA") {
        Some(folder) => Ok(folder.into()),
        None => app
            .path()
            .app_local_data_dir()
            .context("this platform names no data folder"),
    }
}

/// Where Android and iOS begin.
#[cfg(mobile)]
#[tauri::mobile_entry_point]
fn start() {
    if let Err(error) = run() {
        tracing::error!("{error:#}");
    }
}
