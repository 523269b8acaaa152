"""CMA-ES of the library cmaes. Its options are the arguments of `cmaes.CMA`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cmaes
import numpy as np

from box import EvolutionStrategy, Vector
from peer import Problem, serve


class Cmaes(EvolutionStrategy):
    """Starts in the middle, and again at random with twice the population (IPOP)."""

    def __init__(self, _: str, problem: Problem, sigma: float = 0.2, **options: Any) -> None:
        super().__init__(problem)
        self._sigma = sigma
        self._options = options
        self._random = np.random.default_rng(problem.seed)
        self._start(np.full(len(problem.parameters), 0.5), options.get("population_size"))

    def _start(self, middle: Vector, population: int | None) -> None:
        self._strategy = cmaes.CMA(
            **self._options
            | {
                "mean": middle,
                "sigma": self._sigma,
                "bounds": np.array([[0.0, 1.0]] * len(middle)),
                "seed": int(self._random.integers(1, 2**31)),
                "population_size": population,
            }
        )

    def draw(self) -> Sequence[Vector]:
        return [self._strategy.ask() for _ in range(self.size())]

    def size(self) -> int:
        return int(self._strategy.population_size)

    def update(self, points: list[Vector], losses: list[float]) -> None:
        self._strategy.tell(list(zip(points, losses, strict=True)))
        if self._strategy.should_stop():
            middle = self._random.random(len(self._problem.parameters))
            self._start(middle, 2 * self.size())


if __name__ == "__main__":
    serve(Cmaes)
