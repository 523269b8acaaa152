"""pycma's CMA-ES. Its options are those of `cma.CMAOptions`, and `sigma`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cma
import numpy as np

from box import EvolutionStrategy, Vector
from peer import Problem, serve


class Pycma(EvolutionStrategy):
    """Starts in the middle, and again at random with twice the population (IPOP)."""

    def __init__(self, _: str, problem: Problem, sigma: float = 0.2, **options: Any) -> None:
        super().__init__(problem)
        unknown = [name for name in options if name not in cma.CMAOptions.defaults()]
        if unknown:
            raise TypeError(f"pycma has no option {unknown[0]}")
        self._sigma = sigma
        self._options = options
        self._random = np.random.default_rng(problem.seed)
        self._start(np.full(len(problem.parameters), 0.5), options.get("popsize"))

    def _start(self, middle: Vector, population: int | None) -> None:
        options = self._options | {"bounds": [0, 1], "verbose": -9}
        options["seed"] = int(self._random.integers(1, 2**31))
        if population is not None:
            options["popsize"] = population
        self._strategy = cma.CMAEvolutionStrategy(middle, self._sigma, options)

    def draw(self) -> Sequence[Vector]:
        return list(self._strategy.ask())

    def size(self) -> int:
        return int(self._strategy.popsize)

    def update(self, points: list[Vector], losses: list[float]) -> None:
        self._strategy.tell(points, losses)
        if self._strategy.stop():
            middle = self._random.random(len(self._problem.parameters))
            self._start(middle, 2 * self.size())


if __name__ == "__main__":
    serve(Pycma)
