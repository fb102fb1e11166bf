#!/usr/bin/env bash
# Runs decoders of bytes from outside (tests/fuzz) under libFuzzer, each for so many minutes of CPU, and says what came of it.
# usage: scripts/fuzz.sh run MINUTES [TARGET…]     all targets when none is named
#        scripts/fuzz.sh seed                      adds honest bytes of every kind to what runs begin with
#        scripts/fuzz.sh keep [TARGET…]            what runs have found anew goes into tests/fuzz/corpus, thinned out
# A crash, more than 10 seconds or more than 1 GiB for one input is a failure; its input then lies in target/fuzz/found. Once
# mended it is kept: `mv target/fuzz/found/NAME-… tests/fuzz/corpus/NAME/`.
set -uo pipefail
cd "$(dirname "$0")/.."
what=${1:?run, seed or keep}
shift
minutes=20
[[ $what != run ]] || { minutes=${1:?minutes}; shift; }
kept=tests/fuzz/corpus work=target/fuzz/corpus found=target/fuzz/found logs=target/fuzz/logs
mkdir -p "$work" "$found" "$logs"

# Stable Rust can instrument for libFuzzer; only sanitizers need another one. Where a target is named, build scripts and
# macros stay as they are.
host=$(rustc -vV | sed -n 's/^host: //p')
flags='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4'
for part in inline-8bit-counters pc-table trace-compares; do
  flags+=" -Cllvm-args=-sanitizer-coverage-$part"
done
program=(--bin fuzz)
[[ $what != seed ]] || program=(--example seeds)
RUSTFLAGS="$flags --cfg fuzzing" cargo build --locked --quiet --profile fuzz -p doorstep-fuzz --features engine \
  "${program[@]}" --target "$host" --target-dir target/fuzz || exit 1
built=target/fuzz/$host/fuzz

if [[ $what == seed ]]; then
  exec "$built/examples/seeds" "$work"
fi

# Files that a decoder writes cost no disk, and are gone afterwards.
TMPDIR=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
# As much stack as a thread of the programs has.
ulimit -s 2048

targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(ls "$kept")
limits=(-timeout=10 -rss_limit_mb=1024 -print_final_stats=1)

# The last number behind some words in what is read, or 0.
last() { grep -aoE "$1 *[0-9]+" | tail -n 1 | grep -oE '[0-9]+$' || echo 0; }

# Minutes pass on the wall; what counts is time of the processor, so it goes on until that is full.
run() {
  local name=$1 log=$logs/$1.log used=0 runs=0 crashes=0 part TIMEFORMAT='cpu: %U %S'
  mkdir -p "$work/$name"
  while ((used < minutes * 60 && crashes == 0)); do
    { time FUZZ_TARGET=$name "$built/fuzz" "$work/$name" "$kept/$name" "${limits[@]}" \
      -max_total_time=$((minutes * 60 - used)) -artifact_prefix="$found/$name-"; } >"$log" 2>&1 || crashes=1
    part=$(awk '/^cpu: / { print int($2 + $3) }' "$log")
    used=$((used + (part > 0 ? part : 1)))
    runs=$((runs + $(last 'number_of_executed_units:' <"$log")))
  done
  printf '%s: %d runs in %d s of CPU, coverage %d, %d inputs, at most %d MB, %d crashes\n' "$name" "$runs" "$used" \
    "$(last 'cov:' <"$log")" "$(ls "$work/$name" | wc -l)" "$(last 'peak_rss_mb:' <"$log")" "$crashes"
  ((crashes == 0)) || { grep -av '^#' "$log" | tail -n 40; return 1; }
}

keep() {
  local name=$1
  FUZZ_TARGET=$name "$built/fuzz" -set_cover_merge=1 -use_counters=0 "${limits[@]}" "$kept/$name" "$work/$name" >"$logs/$name.keep.log" 2>&1 || return 1
  printf '%s: %d inputs, %s\n' "$name" "$(ls "$kept/$name" | wc -l)" "$(du -sh --apparent-size "$kept/$name" | cut -f1)"
}

broken=0
for name in "${targets[@]}"; do
  mkdir -p "$work/$name" "$kept/$name"
  "$what" "$name" || broken=1
done
exit "$broken"
