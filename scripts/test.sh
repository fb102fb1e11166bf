#!/usr/bin/env bash
# Runs the tests, runner by runner; each ends with one line `NAME: N passed, N failed`, repeated together at the end.
# usage: scripts/test.sh [RUNNER…]      all of them when none is named
# A runner that ran nothing has failed: an empty test run proves nothing.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"
export NO_COLOR=1 CARGO_TERM_COLOR=never FORCE_COLOR=0
logs=target/test-logs
mkdir -p "$logs"
# Half of a build folder is what Cargo keeps for the next build; who only runs the tests never needs it.
[[ -d target/debug/incremental ]] || export CARGO_INCREMENTAL=0

all=(format clippy licences advisories sbom eslint types pages rust unit interop browser desktop)
summary=()
broken=0

count() { grep -cE "$1" "$2" || true; }
# The sum of the numbers that stand before a word: sum 'passed' FILE
sum() { grep -oE "[0-9]+ $1\b" "$2" | awk '{ total += $1 } END { print total + 0 }'; }
files() { git ls-files --cached --others --exclude-standard -- "$@" | wc -l; }

# Every runner is a pair: run_NAME does it, count_NAME LOG prints "passed failed".

run_format() { cargo fmt --all --check; }
count_format() {
  local bad
  bad=$(grep -oE '^Diff in [^:]+' "$1" | sort -u | wc -l)
  echo $(($(files '*.rs') - bad)) "$bad"
}

run_clippy() { cargo clippy --locked --workspace --all-targets --quiet -- -D warnings; }
count_clippy() { echo "$(files '*/Cargo.toml')" "$(count '^error' "$1")"; }

run_licences() { cargo deny --log-level error check bans licenses sources; }
count_licences() { echo "$(grep -oE '(bans|licenses|sources) ok' "$1" | wc -l)" "$(grep -oE '(bans|licenses|sources) FAILED' "$1" | wc -l)"; }

# What no list can be asked for counts as passed, and says so.
run_advisories() { scripts/advisories.sh; }
count_advisories() { echo "$(count '(no known weakness|not asked)' "$1")" "$(count ': (a known weakness|the check did not run)$' "$1")"; }

# What the programs are made of, from lock files that are current.
run_sbom() { scripts/sbom.sh target/sbom; }
count_sbom() { echo "$(count ' [0-9]+ components$' "$1")" 0; }

run_eslint() { npm run --silent lint; }
count_eslint() { echo "$(files '*.ts' '*.vue' 'eslint.config.js')" "$(count '^ +[0-9]+:[0-9]+ ' "$1")"; }

# The types of the pages, and that those of the center are what its API says.
run_types() { npm run --silent types && npm run --silent contract:check; }
count_types() { echo "$(files '*.ts' '*.vue')" "$(count 'error TS' "$1")"; }

run_pages() { npm run --silent build && touch ui/dist/.built; }
count_pages() { echo "$(count 'built in' "$1")" "$(count '^(error|.*Build failed)' "$1")"; }

# The programs that scenarios start as real processes. Always the whole workspace with its examples, as the tests are built:
# for another choice of packages or targets Cargo unites other features and builds much of the tree again.
programs() { cargo build --quiet --workspace --bins --examples; }

run_rust() {
  programs && cargo test --quiet --workspace --no-fail-fast
}
count_rust() { echo "$(grep '^test result:' "$1" | sum passed /dev/stdin)" "$(grep '^test result:' "$1" | sum failed /dev/stdin)"; }

run_unit() { npm run --silent unit; }
count_unit() { echo "$(grep -E '^ +Tests ' "$1" | sum passed /dev/stdin)" "$(grep -E '^ +Tests ' "$1" | sum failed /dev/stdin)"; }

# Other programs of our kind: they read what we save, send to our center, and take what a station sends.
run_interop() {
  programs && npm run --silent interop
}
count_interop() { count_unit "$1"; }

run_browser() {
  programs && npm run --silent browser
}
count_browser() {
  # A test that passes only when repeated is one that fails.
  echo "$(grep -E '^ +[0-9]+ passed' "$1" | sum passed /dev/stdin)" \
    "$(grep -E '^ +[0-9]+ (failed|flaky|interrupted|did not run)' "$1" | awk '{ total += $1 } END { print total + 0 }')"
}

run_desktop() {
  programs &&
    xvfb-run -a -s '-screen 0 1280x1024x24' dbus-run-session -- \
      cargo test --quiet --workspace --test desktop -- --ignored --test-threads 1
}
count_desktop() { count_rust "$1"; }

runner() {
  local name=$1 log=$logs/$1.log status passed failed
  printf '\n── %s\n' "$name"
  "run_$name" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  read -r passed failed < <("count_$name" "$log")
  if ((status == 0 && failed > 0)); then
    status=1
  elif ((status != 0 && failed == 0)); then
    failed=1
  fi
  local line="$name: $passed passed, $failed failed"
  if ((passed + failed == 0)); then
    line+=" (nothing ran)"
    status=1
  fi
  ((status == 0)) || broken=1
  summary+=("$line")
  printf '%s\n' "$line"
}

(($#)) || set -- "${all[@]}"
for name in "$@"; do
  declare -F "run_$name" >/dev/null || { echo "no runner named $name; there are: ${all[*]}" >&2; exit 2; }
done
for name in "$@"; do
  runner "$name"
done

printf '\n── all\n'
printf '%s\n' "${summary[@]}"
exit "$broken"
