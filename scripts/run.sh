#!/usr/bin/env bash
# Starts the demo district and one station on this machine, says where they are, and stops both with Ctrl+C.
# usage: scripts/run.sh window|base      with the station's own window, or for a browser
# Everything lies in DOORSTEP_HOME; DOORSTEP_CENTER_PORT and DOORSTEP_STATION_PORT move the two doors.
set -euo pipefail
cd "$(dirname "$0")/.."
shell=${1:-base}
home=${DOORSTEP_HOME:-$PWD/data}
bin=${CARGO_TARGET_DIR:-target}/debug
center=http://127.0.0.1:${DOORSTEP_CENTER_PORT:-8600}
station=http://127.0.0.1:${DOORSTEP_STATION_PORT:-8610}
# What the demo district says of itself: accounts, PINs, one-time codes.
demo=$home/center/demo-accounts.json
accounts=$home/demo-accounts.txt

umask 077
mkdir -p "$home/logs" "$home/center" "$home/station"
: >"$home/.doorstep"

started=()
stop() {
  trap - EXIT INT TERM
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
  wait
}
trap stop EXIT
trap 'stop; exit 0' INT TERM

fail() {
  printf 'run: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || { printf -- '--- the end of %s\n' "$2" >&2 && tail -n 20 "$2" >&2; }
  exit 1
}

answers() { curl --noproxy '*' -fsS -o /dev/null --max-time 2 "$1" 2>/dev/null; }

# begin NAME URL COMMAND…: starts a program and waits until URL answers.
begin() {
  local name=$1 url=$2 log=$home/logs/$1.log
  shift 2
  ! answers "$url" || fail "something already answers at $url; stop it, or choose another port (see scripts/run.sh)"
  "$@" >>"$log" 2>&1 &
  local pid=$!
  started+=("$pid")
  for _ in $(seq 300); do
    ! answers "$url" || return 0
    kill -0 "$pid" 2>/dev/null || fail "the $name stopped at once" "$log"
    sleep 0.1
  done
  fail "the $name did not answer within 30 seconds" "$log"
}

center_command=("$bin/doorstep-center" serve --demo --data "$home/center" --listen "${center#http://}")
begin center "$center/health" "${center_command[@]}"
center_pid=${started[-1]}

enrolled=$home/station/.enrolled
if [[ ! -f $enrolled ]]; then
  code=$(node scripts/demo.mjs code "$demo")
  # A start that was cut short after enrolling has nothing left to do here.
  "$bin/doorstep-station" enrol --data "$home/station" --center "$center" --code "$code" >>"$home/logs/station.log" 2>&1 ||
    tail -n 1 "$home/logs/station.log" | grep -qi 'already' ||
    fail "the station could not be enrolled" "$home/logs/station.log"
  : >"$enrolled"
fi
[[ -f $accounts ]] || node scripts/demo.mjs accounts "$demo" >"$accounts"

if [[ $shell == base ]]; then
  # The page asks for a token made anew for every start: another user of this machine has none.
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  begin station "$station" \
    env DOORSTEP_TOKEN="$token" "$bin/doorstep-station" serve --data "$home/station" --listen "${station#http://}" --neighbours
fi

line='────────────────────────────────────────────────────────────────────────'
cat <<BLOCK

$line
  Doorstep 到家办 is ready

  District center  $center
BLOCK
if [[ $shell == window ]]; then
  echo "  Station          its own window"
else
  echo "  Station          $station/#token=$token"
fi
echo
sed 's/^/  /' "$accounts"
cat <<BLOCK

  Stop             Ctrl+C (nothing that was saved is lost)
  No network       kill $center_pid    (only the center stops; the station goes on)
  Data             $home    (make clean-data forgets it)
  Logs             $home/logs
$line

BLOCK

if [[ $shell == window ]]; then
  DOORSTEP_DATA=$home/station "$bin/doorstep" >>"$home/logs/station.log" 2>&1 &
  started+=("$!")
fi
station_pid=${started[-1]}

# A center that stops is a network that is gone: the station goes on.
while kill -0 "$station_pid" 2>/dev/null; do
  wait -n || true
  if [[ -n $center_pid ]] && ! kill -0 "$center_pid" 2>/dev/null; then
    center_pid=
    printf '  The center has stopped; the station goes on without it. To start it again, in another terminal:\n    cd %q && %s\n\n' \
      "$PWD" "${center_command[*]@Q}"
  fi
done
# Closing the window is the other way to stop; a station for the browser is not expected to end.
[[ $shell == window ]] && wait "$station_pid" || fail "the station ended unexpectedly" "$home/logs/station.log"
