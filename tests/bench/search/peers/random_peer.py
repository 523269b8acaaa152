"""Points at random: needs no library, and shows what the way to a peer and back costs."""

from __future__ import annotations

import random
from collections.abc import Mapping

from peer import Parameter, Peer, Problem, Value, serve


class Random(Peer):
    def __init__(self, _: str, problem: Problem) -> None:
        self._problem = problem
        self._random = random.Random(problem.seed)

    def _draw(self, parameter: Parameter, point: dict[str, Value]) -> None:
        if parameter.values:
            value = self._random.choice(parameter.values)
        elif parameter.kind == "integer":
            value = self._random.randint(int(parameter.low), int(parameter.high))
        else:
            value = self._random.uniform(parameter.low, parameter.high)
        point[parameter.name] = value
        for values, child in parameter.children:
            if value in values:
                self._draw(child, point)

    def ask(self, trial: int) -> Mapping[str, Value]:
        point: dict[str, Value] = {}
        for parameter in self._problem.parameters:
            self._draw(parameter, point)
        return point

    def tell(self, trial: int, metrics: list[float] | None) -> None:
        pass


if __name__ == "__main__":
    serve(Random)
