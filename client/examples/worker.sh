#!/bin/sh
# A worker as a shell script: parameters as arguments, the result as a line.
temperature=$1 seconds=$2 roast=$3

echo "brewing $roast at $temperature degrees"
awk -v t="$temperature" -v s="$seconds" '
  BEGIN { printf "apogee: taste=%.4f\n", 10 - (t - 93)^2 / 20 - (s - 28)^2 / 100 }'
