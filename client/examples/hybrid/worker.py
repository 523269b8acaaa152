#!/usr/bin/env python3
"""Simulates a cart with a pole and counts the steps until the pole falls.

The equations are those of Barto, Sutton and Anderson (1983).
"""

import json
import math
import os
import random

MOST_STEPS = 500
parameters = json.loads(os.environ["APOGEE_PARAMS"])
gains = [
    parameters[f"gain_{name}"] if parameters[f"use_{name}"] else 0.0
    for name in ("position", "speed", "angle", "turn")
]
dead_zone = 0.02 if parameters["push"] == "outside-dead-zone" else 0.0


def steps_upright(start: random.Random) -> int:
    """The steps that the pole stays up, from a place that `start` draws."""
    x, v, angle, turn = (start.uniform(-0.05, 0.05) for _ in range(4))
    for step in range(MOST_STEPS):
        wish = sum(gain * value for gain, value in zip(gains, (x, v, angle, turn), strict=True))
        force = 0.0 if abs(wish) < dead_zone else math.copysign(10.0, wish)
        sine, cosine = math.sin(angle), math.cos(angle)
        push = (force + 0.05 * turn**2 * sine) / 1.1
        bend = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
        x, v = x + 0.02 * v, v + 0.02 * (push - 0.05 * bend * cosine / 1.1)
        angle, turn = angle + 0.02 * turn, turn + 0.02 * bend
        if abs(x) > 2.4 or abs(angle) > 0.2095:
            return step
    return MOST_STEPS


runs = [steps_upright(random.Random(seed)) for seed in range(5)]
print(f"apogee: steps={sum(runs) / len(runs)}", flush=True)
