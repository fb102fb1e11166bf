#!/usr/bin/env bash
# Doorstep beside other programs that bring documents and files to a server, in one run of about ten minutes: installs
# those programs under target/peers and tests/peers/node_modules, builds ours, measures, prints.
# usage: scripts/bench-peers.sh [ARGUMENTS OF tests/peers/bench.js]
set -euo pipefail
cd "$(dirname "$0")/.."

lock=$(sha256sum <tests/peers/package-lock.json)
if [[ ! -f tests/peers/node_modules/.ready || $(<tests/peers/node_modules/.ready) != "$lock" ]]; then
  echo "· installing the peers' packages"
  npm ci --prefix tests/peers --no-audit --no-fund --loglevel=error
  echo "$lock" >tests/peers/node_modules/.ready
fi
echo "· building samod and Doorstep"
cargo build --quiet --release --locked --manifest-path tests/peers/samod/Cargo.toml --target-dir target/peers/samod
# As `make bench` builds: optimised, without linking for minutes.
cargo build --quiet --profile bench -p doorstep-center -p doorstep-harness --bin doorstep-center --example peer
node --test tests/peers/line.test.js >/dev/null || { echo "the line does not measure what it should" >&2; exit 1; }
exec node tests/peers/bench.js "$@"
