#!/usr/bin/env python3
"""The error of a damped oscillation against what was measured."""

import json
import math
import os


def oscillation(
    time: float, amplitude: float, decay: float, frequency: float, phase: float
) -> float:
    return amplitude * math.exp(-decay * time) * math.cos(2 * math.pi * frequency * time + phase)


times = [i / 20 for i in range(60)]
measured = [oscillation(time, 2.0, 0.4, 1.2, 0.3) for time in times]
guess = json.loads(os.environ["APOGEE_PARAMS"])
errors = [oscillation(time, **guess) - value for time, value in zip(times, measured, strict=True)]
print(f"apogee: error={sum(error**2 for error in errors) / len(errors)}", flush=True)
