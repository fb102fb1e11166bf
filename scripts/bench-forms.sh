#!/usr/bin/env bash
# Reading the catalogue beside pyxform and @getodk/xforms-engine, in one run: installs those two under target/peers.
# Without Python they are left out, in words.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=target/peers/forms

if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "no Python with venv here: pyxform and the engine are not measured beside ours" >&2
  exec cargo bench -p doorstep-harness -- forms
fi
if [[ ! -f $peers/.ready ]]; then
  echo "· installing pyxform and @getodk/xforms-engine"
  mkdir -p "$peers"
  python3 -m venv "$peers/python"
  "$peers/python/bin/pip" install --quiet pyxform==4.5.0 openpyxl
  npm install --prefix "$peers" --no-save --no-audit --no-fund --loglevel=error @getodk/xforms-engine@0.22.0 jsdom
  touch "$peers/.ready"
fi
cargo run --quiet -p doorstep-matters --example sheets -- matters/catalogue "$peers/sheets"
exec "$peers/python/bin/python" tests/oracle/speed.py --engine "$peers" "$peers"/sheets/*.json
