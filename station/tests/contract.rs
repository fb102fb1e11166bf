//! The screen's TypeScript is the one of the command list.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

#[test]
fn typescript_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/contract/station.ts");
    let now = doorstep_station::rpc::typescript();
    if std::env::var_os("DOORSTEP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "run: DOORSTEP_BLESS=1 cargo test -p doorstep-station --test contract"
    );
}
