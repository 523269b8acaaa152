"""The best loss so far, of several ways to tune, as a picture."""

from __future__ import annotations

import itertools
import math
import pathlib
from collections.abc import Iterable

import numpy as np

# By way, for each of its studies: the best loss after each trial.
Curves = dict[str, list[list[float]]]


def best_so_far(losses: Iterable[float | None]) -> list[float]:
    """A failed trial counts as infinite loss."""
    return list(itertools.accumulate((math.inf if x is None else x for x in losses), min))


def draw(curves: Curves, title: str, path: pathlib.Path) -> None:
    """A line for the median of each way, in a band that holds the middle half of its studies."""
    from matplotlib.figure import Figure  # takes a second, and the workers do not draw

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for way, runs in curves.items():
        low, middle, high = np.quantile(runs, [0.25, 0.5, 0.75], axis=0)
        trials = np.arange(1, len(middle) + 1)
        (line,) = axes.plot(trials, middle, label=way)
        axes.fill_between(trials, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.set(title=title, xlabel="trials", ylabel="best loss so far", yscale="log")
    axes.legend()
    figure.savefig(path, dpi=120)
