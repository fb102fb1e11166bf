#!/usr/bin/env bash
# Known weaknesses of what we depend on: RustSec for the crates, the registry's own list for the packages of the pages.
# A list that cannot be reached is said and is no failure; a weakness that is known is one, and so is a check that does not run.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"
broken=0

good() { printf '%s: no known weakness\n' "$1"; }
unasked() { printf '%s: not asked, the list of weaknesses cannot be reached from here\n' "$1"; }
bad() { # NAME WORDS WHAT
  printf '%s\n%s: %s\n' "$2" "$1" "$3"
  broken=1
}

crates() {
  local words
  words=$(cargo deny --log-level error check advisories 2>&1) && { good crates; return; }
  if grep -q '^error\[' <<<"$words"; then
    bad crates "$words" 'a known weakness'
  elif grep -qE 'failed to fetch|Could not resolve|could not connect|timed out|refused' <<<"$words"; then
    unasked crates
  else
    bad crates "$words" 'the check did not run'
  fi
}

# What the pages are built with counts as well: it runs on the machine that builds.
packages() {
  local words
  words=$(npm audit --json 2>/dev/null) && { good packages; return; }
  # Only a list that was read has this; a registry that does not answer, or has no such list, gives words of its own.
  if grep -q '"auditReportVersion"' <<<"$words"; then
    bad packages "$words" 'a known weakness'
  elif grep -qE '"(statusCode|code|error|message)"' <<<"$words"; then
    unasked packages
  else
    bad packages "$words" 'the check did not run'
  fi
}

crates
packages
exit "$broken"
