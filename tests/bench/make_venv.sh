#!/usr/bin/env bash
# make_venv.sh VENV REQUIREMENTS: makes a Python environment, unless it is there
# and made from the same requirements.
set -euo pipefail

readonly venv=$1 requirements=$2
stamp=$(cat "$requirements" "$(dirname "$0")"/../e2e/requirements*.txt | sha256sum)
[[ -f $venv/stamp && $(<"$venv/stamp") == "$stamp" ]] && exit
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 -r "$requirements"
echo "$stamp" >"$venv/stamp"
