#!/usr/bin/env bash
# make_venv.sh: makes build/venv-bench of requirements.txt, unless it is there
# and made from the same requirements.
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly venv=build/venv-bench
readonly requirements=tests/bench/requirements.txt
stamp=$(cat "$requirements" tests/e2e/requirements*.txt | sha256sum)
[[ -f $venv/stamp && $(<"$venv/stamp") == "$stamp" ]] && exit
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 -r "$requirements"
echo "$stamp" >"$venv/stamp"
