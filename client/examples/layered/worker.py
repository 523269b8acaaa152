#!/usr/bin/env python3
"""Counts the weights of a network, and says how accurate it might become.

The accuracy is made up, so that a trial takes no time: wider layers help less
and less, and a layer helps little behind a narrow one.
"""

import itertools
import json
import math
import os

parameters = json.loads(os.environ["APOGEE_PARAMS"])
kernel = int(parameters["kernel"])
widths = [3, *(int(parameters[name]) for name in ("stem", "stage1", "stage2", "stage3"))]

weights = 10 * widths[-1]
accuracy = 0.55 + 0.02 * math.log2(kernel)
for narrow, wide in itertools.pairwise(widths):
    weights += kernel**2 * narrow * wide
    accuracy += 0.05 * (1 - math.exp(-min(wide, 4 * narrow) / 48))

print(f"apogee: accuracy={accuracy:.4f} weights={weights}", flush=True)
