#!/usr/bin/env bash
# Sets up, builds and tests everything. From a bare Debian 12 to ctest's summary.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: tests/run.sh [--long]

Installs what is missing (deploy/deps.sh), builds into build/release, puts the
Python clients into build/venv and runs the tests.

  --long  also the suites that take many minutes (ctest label "long")

What needs a Python package index is skipped where none can be reached; the last
lines say so. With CI=true that is a failure.
END
}

long=false
for argument in "$@"; do
  case "$argument" in
    --long) long=true ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

readonly venv=build/venv
readonly requirements=tests/e2e/requirements.txt
readonly jax_requirements=tests/e2e/requirements-jax.txt

# Makes build/venv, unless it is there and made from the same requirements.
make_venv() {
  local stamp
  stamp=$(cat "$requirements" "$jax_requirements" | sha256sum)
  [[ -f $venv/stamp && $(<"$venv/stamp") == "$stamp" ]] && return
  rm -rf "$venv"
  local pip=("$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1)
  echo "== Python clients"
  if ! python3 -m venv "$venv" || ! "${pip[@]}" -r "$requirements"; then
    rm -rf "$venv"
    return
  fi
  if "${pip[@]}" -r "$requirements" -r "$jax_requirements"; then
    echo "$stamp" >"$venv/stamp"  # what is not complete is tried again
  fi
}

deploy/deps.sh
echo "== Build"
werror=OFF
[[ ${CI:-} != true ]] || werror=ON
cmake --preset release -DAPOGEE_TESTS=ON -DAPOGEE_WERROR=$werror >/dev/null
cmake --build --preset release
make_venv

echo "== Tests"
except=()
$long || except=(-LE long)
result=0
ctest --preset release -j2 "${except[@]}" || result=$?

not_run=()
if [[ ! -d $venv ]]; then
  while read -r suite; do
    not_run+=("$suite")
  done < <(ctest --test-dir build/release -N -L '^e2e$' | sed -n 's/^ *Test *#[0-9]*: //p')
elif [[ ! -f $venv/stamp ]]; then
  echo "Not run, because JAX could not be installed: upstream's own algorithms in e2e.pyglove_test"
fi
if ((${#not_run[@]})); then
  echo "Not run, because no Python package index could be reached: ${not_run[*]}"
  [[ ${CI:-} != true ]] || exit 1
fi
exit "$result"
