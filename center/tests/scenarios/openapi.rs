//! The committed description is the one the program gives. `DOORSTEP_BLESS=1 cargo test -p doorstep-center --test
//! openapi` writes it, and `npm run contract` makes the TypeScript types from it.

use std::path::Path;

#[test]
fn the_committed_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = doorstep_center::routes::openapi();
    if std::env::var_os("DOORSTEP_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "center/openapi.json is not current: bless it, then run `npm run contract`"
    );
}
