#!/bin/sh
# with_venv.sh FILE.py ...
# Runs it with the packages of requirements.txt, which tests/run.sh installs.
# Without them it exits with 77, which ctest counts as skipped.
python="$(dirname "$0")/../../build/venv/bin/python"
if ! [ -x "$python" ]; then
  echo "build/venv is missing; tests/run.sh makes it"
  exit 77
fi
exec "$python" "$@"
