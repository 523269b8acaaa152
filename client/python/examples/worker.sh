#!/bin/sh
# The same worker in shell:  apogee tune -f study.yaml -- ./worker.sh {lr} {layers}
lr=$1 layers=$2
awk -v lr="$lr" -v layers="$layers" 'BEGIN {
  distance = log(lr) / log(10) + 3
  best = layers / 5 - (distance < 0 ? -distance : distance) / 10
  for (step = 1; step <= 5; step++) {
    printf "apogee: step=%d accuracy=%.6f\n", step, best * step / 5
    fflush()
  }
}'
