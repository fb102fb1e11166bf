//! Names the one command of the shell, so that anything else is refused at run time.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The pages are embedded; before their first build the crate must still compile.
    std::fs::create_dir_all("../ui/dist/station")?;
    let manifest = tauri_build::AppManifest::new().commands(&["rpc"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
