#!/usr/bin/env bash
# Removes the demo data after asking. Applications that were never sent are lost with it, which is why it asks.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${DOORSTEP_HOME:-$PWD/data}
[[ -d $home ]] || { echo "nothing to remove: $home is not there"; exit 0; }
# Only what `make run` put there: a mistyped DOORSTEP_HOME must not cost anyone a folder.
[[ -f $home/.doorstep ]] || { echo "not removed: $home was not made by 'make run'" >&2; exit 1; }
if [[ -t 0 ]]; then
  read -r -p "Remove $home and every application in it? Type yes: " answer
  [[ $answer == yes ]] || { echo "kept"; exit 0; }
elif [[ ${DOORSTEP_YES:-} != 1 ]]; then
  echo "not removed: no terminal to ask at (DOORSTEP_YES=1 answers yes)" >&2
  exit 1
fi
rm -rf -- "$home"
echo "removed $home"
