#!/usr/bin/env bash
# Installs the Debian packages that a build, the tests and the demo need.
# Silent when nothing is missing.
set -euo pipefail

usage() {
  cat <<'END'
usage: deploy/deps.sh [--dev] [--print]

Installs with apt, as root or through sudo, what is missing of the Debian 12
packages that a build, the tests and the demo need.

  --dev    also what a change to the code is checked with: clang, clang-format,
           clang-tidy, shellcheck
  --print  only list the packages, one per line
END
}

packages=(
  # to build
  ccache cmake g++ mold ninja-build
  libabsl-dev libboost-dev libcli11-dev libeigen3-dev libfmt-dev libgrpc++-dev
  libnlopt-dev libopenblas-pthread-dev libprotobuf-dev
  libspdlog-dev libsqlite3-dev libxgboost-dev libyaml-cpp-dev nlohmann-json3-dev
  prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc
  # to test
  libgmock-dev libgtest-dev librapidcheck-dev sqlite3 zlib1g-dev
  python3 python3-jsonschema python3-venv python3-yaml
  # to run the demo
  python3-sklearn
)
dev_packages=(clang clang-format clang-tidy libclang-rt-14-dev shellcheck)

print=false
for argument in "$@"; do
  case "$argument" in
    --dev) packages+=("${dev_packages[@]}") ;;
    --print) print=true ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
if $print; then
  printf '%s\n' "${packages[@]}"
  exit
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "deps.sh: this is not a Debian system (no dpkg-query, no apt-get)." >&2
  echo "Install by hand what these Debian 12 packages hold:" >&2
  printf '  %s\n' "${packages[@]}" >&2
  exit 1
fi

installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "deps.sh: run it as root, or install sudo; missing: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "deps.sh: installing ${missing[*]}"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}
apt update
apt install -y --no-install-recommends "${missing[@]}" >/dev/null
