#!/usr/bin/env bash
# What the programs are made of, as CycloneDX 1.5: one list for the Rust programs, one for the pages that are built into them.
# usage: scripts/sbom.sh [FOLDER]      target/sbom when none is named
# Both are read from the lock files, which have to be current; nothing is fetched that a build would not fetch.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-target/sbom}
mkdir -p "$folder"
cargo metadata --format-version 1 --locked --all-features | node scripts/sbom.mjs Cargo.lock >"$folder/doorstep-rust.cdx.json"
npm sbom --package-lock-only --omit dev --sbom-format cyclonedx --sbom-type application >"$folder/doorstep-pages.cdx.json"
for list in "$folder"/doorstep-{rust,pages}.cdx.json; do
  node -e 'const { bomFormat, components } = JSON.parse(require("fs").readFileSync(process.argv[1]))
    if (bomFormat !== "CycloneDX" || !components.length) process.exit(1)
    console.log(`${process.argv[1]}: ${components.length} components`)' "$list"
done
