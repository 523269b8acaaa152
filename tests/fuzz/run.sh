#!/usr/bin/env bash
# Runs fuzz targets, one after the other, each on the inputs of its corpus folder
# first, and says for each what came of it.
set -uo pipefail

usage() {
  cat <<'END'
usage: tests/fuzz/run.sh [--build DIR] [--seconds N] [TARGET...]

Runs the fuzz targets that DIR/bin holds, or only the named ones, for N seconds
each. What breaks a target lies in DIR/fuzz/TARGET afterwards; such an input, made
small, belongs into tests/fuzz/corpus/TARGET together with the cure.

  --build DIR  a build of the preset dev (default: build/dev)
  --seconds N  for each target (default: 60)
END
}

here=$(realpath "$(dirname "$0")")
build=$here/../../build/dev
seconds=60
targets=()
while (($#)); do
  case "$1" in
    --build) build=$(realpath "$2"); shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --help | -h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done
cd "$here" || exit 1
if ((${#targets[@]} == 0)); then
  for path in "$build"/bin/*_fuzz; do targets+=("$(basename "$path")"); done
fi

# folders TARGET: where its inputs are.
folders() {
  case "$1" in
    study_file_fuzz) echo ../proto/study_files/good ../proto/study_files/bad ;;
    engine_fuzz) echo corpus/engine_fuzz corpus/study_fuzz ;;
    *) echo "corpus/$1" ;;
  esac
}

# run TARGET: fuzzes it; prints the summary line.
run() {
  local name=$1 place=$build/fuzz/$1 log result=0
  log=$place/log
  mkdir -p "$place/found" "$place/new"
  # The entropic schedule would take four fifths of the time for itself.
  local options=(-entropic=0 -timeout=20 -rss_limit_mb=4096 -max_len=16384
    -print_final_stats=1 "-artifact_prefix=$place/found/")
  if [[ -f corpus/$name.dict ]]; then options+=("-dict=corpus/$name.dict"); fi
  local corpus inputs
  read -ra corpus <<<"$(folders "$name")"
  mapfile -t inputs < <(find "${corpus[@]}" -type f | sort)
  # First all of the corpus, however long that takes.
  "$build/bin/$name" "${options[@]}" "${inputs[@]}" >"$log" 2>&1 || result=$?
  if ((result == 0 && seconds > 0)); then
    "$build/bin/$name" "${options[@]}" "-max_total_time=$seconds" "$place/new" \
      "${corpus[@]}" >"$log" 2>&1 || result=$?
  fi
  local runs rate coverage input outcome="no finding"
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -1)
  # A new input is kept in a file; one of the corpus was the last to be run.
  input=$(sed -n 's/.*Test unit written to //p; s/^Running: //p' "$log" | tail -1)
  ((result == 0)) || outcome="FOUND: ${input:-nothing, but exit code $result}"
  printf '%-16s %9s runs, %6s a second, %s, %s\n' "$name" "${runs:-?}" "${rate:-?}" \
    "${coverage:-cov: ?}" "$outcome"
  ((result == 0)) || tail -50 "$log"
  return "$result"
}

failed=0
for target in "${targets[@]}"; do
  run "$target" || failed=$((failed + 1))
done
exit "$((failed > 0))"
