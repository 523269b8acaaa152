#!/usr/bin/env python3
"""A worker in Python: an optional argument, measurements on the way, a file."""

import argparse
import json
import os
import signal
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=int, required=True)
# Left out when the roast is light: then there is no such parameter.
parser.add_argument("--milk", type=float, default=0.0)
args = parser.parse_args()
temperature = float(os.environ["APOGEE_PARAM_TEMPERATURE"])

# Somebody may decide that this trial is not worth its time.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

best = 10 - (temperature - 93) ** 2 / 20 - (args.seconds - 28) ** 2 / 100 + args.milk
for step in range(1, 4):
    taste = best * step / 3
    print(f"apogee: step={step} taste={taste}", flush=True)

with open(os.environ["APOGEE_METRICS_FILE"], "w") as file:
    json.dump({"taste": best, "cups": 3}, file)
