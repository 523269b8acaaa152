#!/usr/bin/env bash
# Tunes a real model on a fresh server: a small neural network on handwritten
# digits. From a bare Debian 12; the second run takes less than a minute.
set -euo pipefail
cd "$(dirname "$0")/.."

keep=false
case "${1:-}" in
  "") ;;
  --keep) keep=true ;;
  *)
    echo "usage: deploy/demo.sh [--keep]"
    echo
    echo "Builds apogeed and apogee, tunes a model with 4 parallel workers and shows"
    echo "the results. All it writes is in build/. --keep leaves the server running."
    [[ $1 == --help || $1 == -h ]] && exit 0
    exit 2
    ;;
esac

readonly folder=build/demo
readonly database=$folder/apogee.db
readonly bin=build/release/bin

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[[ -t 1 ]] || say() { printf '\n== %s\n' "$*"; }

# Prints a command and runs it.
show() {
  echo "\$ $*"
  "$@"
}

query() {
  printf "\$ sqlite3 -readonly -table %s \"%s\"\n" "$database" "$1"
  sqlite3 -readonly -table "$database" "$1"
}

stop_server() {
  local pid=$1
  kill -TERM "$pid" 2>/dev/null || return 0
  wait "$pid"
}

deploy/deps.sh
say "Building apogeed and apogee"
cmake --preset release >/dev/null
cmake --build --preset release --target apogeed apogee

say "Starting a server on a fresh database"
if [[ -f $folder/pid && $(readlink "/proc/$(<$folder/pid)/exe") == "$PWD/$bin/apogeed"* ]]; then
  kill -TERM "$(<$folder/pid)"  # an earlier --keep left it
fi
rm -rf "$folder"
mkdir -p "$folder"
$bin/apogeed --listen 127.0.0.1:0 --store "sqlite:$database" \
  --port-file "$folder/address" 2>"$folder/apogeed.log" &
server=$!
echo $server >"$folder/pid"
trap 'stop_server $server; rm -f "$folder/pid"' EXIT
until [[ -f $folder/address ]]; do
  if ! kill -0 $server 2>/dev/null; then
    cat "$folder/apogeed.log" >&2
    exit 1
  fi
  sleep 0.05
done
APOGEE_SERVER=$(<"$folder/address")
export APOGEE_SERVER
echo "apogeed listens on $APOGEE_SERVER and keeps its studies in $database"

say "Tuning a network on handwritten digits, 4 trials at a time"
# Four workers share the cores: one thread for each.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
show $bin/apogee tune -f deploy/demo/digits.yaml --workers 4 -- \
  /usr/bin/python3 deploy/demo/digits.py --lr '{lr}' --units '{units}' --layers '{layers}' \
  --l2 '{l2}' --optimizer '{optimizer}' --momentum '{momentum}' --beta1 '{beta1}'

say "The best trials"
show $bin/apogee study best digits --count 5

say "The same study in SQL, at any time, also while the server works"
query "SELECT optimizer.value AS optimizer, count(*) AS trials,
         round(max(objective), 4) AS best, round(avg(objective), 4) AS mean
       FROM trials_v1 JOIN parameters_v1 AS optimizer USING (study_name, trial_id)
       WHERE parameter = 'optimizer' AND state = 'SUCCEEDED'
       GROUP BY optimizer.value ORDER BY best DESC"

say "How to go on"
if $keep; then
  trap - EXIT
  disown
  cat <<END
The server still runs.
  From the shell:       export APOGEE_SERVER=$APOGEE_SERVER
                        $bin/apogee trial list digits
  From Python:          pip install google-vizier
                        from vizier.service import clients
                        clients.environment_variables.server_endpoint = '$APOGEE_SERVER'
                        clients.Study.from_owner_and_id('$(id -un)', 'digits').optimal_trials()
  From SQL:             sqlite3 -readonly $database 'SELECT * FROM best_trials_v1'
  Stop it:              kill \$(cat $folder/pid)
END
else
  trap - EXIT
  stop_server $server
  rm -f "$folder/pid"
  cat <<END
The server has stopped; its studies are in $database.
  Start it again:       $bin/apogeed --listen 127.0.0.1:28080 --store sqlite:$database
  From the shell:       $bin/apogee trial list digits
  From Python:          pip install google-vizier
                        from vizier.service import clients
                        clients.environment_variables.server_endpoint = '127.0.0.1:28080'
                        clients.Study.from_owner_and_id('$(id -un)', 'digits').optimal_trials()
  From SQL:             sqlite3 -readonly $database 'SELECT * FROM best_trials_v1'
END
fi
