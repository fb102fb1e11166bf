#!/usr/bin/env bash
# Brings a Debian or Ubuntu machine to where Doorstep builds: system libraries, Rust, Node, the packages of the interfaces.
# usage: scripts/setup.sh base|window|test
#   base    what the center and the station on loopback need
#   window  base, and what the station's own window needs
#   test    window, and what the tests need
# Run it as often as you like: what is there is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
level=${1:-window}
tools=$PWD/target/tools
export PATH="$tools/bin:$tools/node/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { printf '· %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# A stamp holds what the last successful run was made for; when it still holds, there is nothing to do.
stamp=$tools/ready-$level
wanted=$(cat scripts/setup.sh package-lock.json | sha256sum)
if [[ -f $stamp && $(<"$stamp") == "$wanted" && -d node_modules ]] && has cargo && has node; then
  exit 0
fi
mkdir -p "$tools"

packages=(build-essential pkg-config libssl-dev ca-certificates curl)
[[ $level == base ]] || packages+=(libwebkit2gtk-4.1-dev fonts-noto-cjk)
[[ $level != test ]] || packages+=(webkit2gtk-driver xvfb xauth dbus-x11)

missing() { # of the packages named, those not installed
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

updated=
apt_install() {
  local absent
  mapfile -t absent < <(missing "$@")
  ((${#absent[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    has sudo || die "as root, please: apt-get install ${absent[*]}"
    as_root=(sudo)
  fi
  say "installing system packages: ${absent[*]}"
  if [[ -z $updated ]]; then
    "${as_root[@]}" apt-get update -qq
    updated=yes
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${absent[@]}" >/dev/null
}

system() {
  if ! has apt-get; then
    say "no apt-get here; looking only whether the libraries are there"
    has cc && has pkg-config && pkg-config --exists openssl || die "needs a C compiler, pkg-config and OpenSSL's headers"
    [[ $level == base ]] || pkg-config --exists webkit2gtk-4.1 || die "needs WebKitGTK 4.1's headers"
    return
  fi
  apt_install "${packages[@]}"
}

# version_at_least HAVE WANT
version_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

rust() {
  local want=1.90.0 have=0
  has rustc && have=$(rustc --version | cut -d' ' -f2)
  if ! version_at_least "$have" "$want"; then
    say "installing Rust (found: $have, needed: $want)"
    if has rustup; then
      rustup toolchain install stable --profile minimal && rustup default stable
    else
      curl --proto '=https' --tlsv1.2 -fsSL https://sh.rustup.rs | sh -s -- -q -y --profile minimal --no-modify-path
      hash -r
    fi
  fi
  if [[ $level == test ]] && ! { has cargo-clippy && has rustfmt; }; then
    rustup component add clippy rustfmt
  fi
}

node_version() { has node && node --version | tr -d v || echo 0; }

javascript() {
  local want=20.19.0
  if ! version_at_least "$(node_version)" "$want"; then
    has npm || apt_install npm
    if ! version_at_least "$(node_version)" "$want"; then
      say "installing Node for this project only (found: $(node_version), needed: $want)"
      local arch
      case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) die "please install Node $want or newer" ;; esac
      mkdir -p "$tools/node"
      npm install --loglevel=error --no-audit --no-fund --no-save --prefix "$tools/node" "node-linux-$arch@22" npm@10
      hash -r
    fi
  fi
  has npm || apt_install npm
  local lock
  lock=$(sha256sum <package-lock.json)
  if [[ ! -f node_modules/.ready || $(<node_modules/.ready) != "$lock" ]]; then
    say "installing the interfaces' packages"
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
    echo "$lock" >node_modules/.ready
  fi
}

# A web browser that the browser tests can drive. Ubuntu's package is a snap, which cannot be driven everywhere.
browser() {
  has chromium || has google-chrome && return
  if has apt-get && apt-cache show chromium >/dev/null 2>&1; then
    apt_install chromium
  else
    say "installing a browser for the tests"
    npx playwright install --with-deps chromium
  fi
}

cargo_tool() { # name version
  [[ -x $tools/bin/$1 ]] && return
  say "building $1 for the tests"
  # Unoptimised: it is built in half the time and runs for seconds.
  cargo install --quiet --locked --debug --root "$tools" "$1" --version "$2"
}

system
rust
javascript
if [[ $level == test ]]; then
  browser
  cargo_tool tauri-driver '^2'
  cargo_tool cargo-deny '^0.20'
fi
echo "$wanted" >"$stamp"
say "the machine is ready ($level)"
