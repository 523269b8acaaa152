"""Numeric parameters as a unit cube, and searching it a generation at a time."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from peer import Parameter, Peer, Problem, RefusalError, Value

Vector: TypeAlias = "NDArray[np.float64]"


def decode(parameter: Parameter, place: float) -> Value:
    """The value at a place in [0, 1] along the scale of a number."""
    low, high = parameter.low, parameter.high
    place = min(max(place, 0.0), 1.0)
    if parameter.scale == "linear":
        number = low + place * (high - low)
    elif parameter.scale == "log":
        number = low * (high / low) ** place
    else:
        number = low + high - low * (high / low) ** (1 - place)
    number = min(max(number, low), high)
    if parameter.kind == "integer":
        # As many places for the ends as for the others.
        if parameter.scale == "linear":
            number = low + math.floor(min(place * (high - low + 1), high - low))
        return round(number)
    if parameter.kind == "discrete":
        return float(min(parameter.values, key=lambda value: abs(value - number)))
    return number


class BoxPeer(Peer):
    """For libraries that know vectors of reals only and learn whole generations.

    A new generation is drawn when all of one has been handed out, whether it has been learnt
    or not: no worker waits.
    """

    def __init__(self, problem: Problem) -> None:
        problem.refuse_conditions()
        for parameter in problem.parameters:
            if parameter.kind == "categorical":
                raise RefusalError(f"parameter {parameter.name} is categorical; it needs numbers")
        self._problem = problem
        self._waiting: list[Vector] = []
        self._running: dict[int, Vector] = {}
        self._done: list[tuple[Vector, list[float] | None]] = []

    @abc.abstractmethod
    def draw(self) -> Sequence[Vector]:
        """Another generation of the same distribution."""

    @abc.abstractmethod
    def size(self) -> int:
        """How many trials are learnt at a time."""

    @abc.abstractmethod
    def learn(self, done: list[tuple[Vector, list[float] | None]]) -> bool:
        """Whether points that were drawn before are to be forgotten."""

    def ask(self, trial: int) -> Mapping[str, Value] | None:
        if not self._waiting:
            self._waiting = list(self.draw())
        point = self._waiting.pop(0)
        self._running[trial] = point
        return {
            parameter.name: decode(parameter, float(place))
            for parameter, place in zip(self._problem.parameters, point, strict=True)
        }

    def tell(self, trial: int, metrics: list[float] | None) -> None:
        point = self._running.pop(trial, None)
        if point is None:
            return
        self._done.append((point, metrics))
        if len(self._done) < self.size():
            return
        done, self._done = self._done, []
        if self.learn(done):
            self._waiting.clear()
            self._running.clear()


class EvolutionStrategy(BoxPeer):
    """One metric to be minimized by generations; failed trials count as the worst."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        problem.refuse_all_but_one_objective()
        if len(problem.parameters) < 2:
            raise RefusalError("it needs two parameters")
        self._worst = 0.0

    @abc.abstractmethod
    def update(self, points: list[Vector], losses: list[float]) -> None:
        """Learns a generation."""

    def learn(self, done: list[tuple[Vector, list[float] | None]]) -> bool:
        metric = self._problem.metrics[0]
        losses = [None if found is None else metric.loss(found[0]) for _, found in done]
        self._worst = max([loss for loss in losses if loss is not None], default=self._worst)
        self.update(
            [point for point, _ in done],
            [self._worst if loss is None else loss for loss in losses],
        )
        return True
