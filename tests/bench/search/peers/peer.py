"""What the peers of bench_search share: a line of JSON in, a line of JSON out.

{"begin": NAME, "spec": a StudySpec, "options": {}, "trials": 100, "workers": 1, "seed": 1}
                                   -> {} or {"refused": WHY}
{"ask": 7}                         -> {"parameters": {"x": 0.5} or null, "seconds": 0.001}
{"tell": 7, "metrics": [0.25]}     no answer; the metrics of a failed trial are null

`seconds` is the processor time since the answer before. A process serves one run after the
other, until its input ends.
"""

from __future__ import annotations

import abc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Value = float | int | str


class RefusalError(Exception):
    """The peer can not work on the problem, or has no such option."""


@dataclass(frozen=True)
class Metric:
    name: str
    minimize: bool
    limit: float | None  # the worst that is allowed; None: an objective

    def loss(self, value: float) -> float:
        """The value, so that less is better."""
        return value if self.minimize else -value

    def violation(self, value: float) -> float:
        """How far the limit is passed, if more than 0."""
        assert self.limit is not None
        return self.loss(value) - self.loss(self.limit)


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: str  # "double", "integer", "discrete", "categorical"
    values: list[Any]  # of the last two
    low: float
    high: float
    scale: str  # "linear", "log", "reverse_log"
    # Those that take part while this one has one of the values.
    children: list[tuple[list[Value], Parameter]]


@dataclass(frozen=True)
class Problem:
    spec: dict[str, Any]
    parameters: list[Parameter]
    metrics: list[Metric]
    trials: int
    workers: int
    seed: int

    @property
    def objectives(self) -> list[int]:
        return [i for i, metric in enumerate(self.metrics) if metric.limit is None]

    @property
    def limits(self) -> list[int]:
        return [i for i, metric in enumerate(self.metrics) if metric.limit is not None]

    def refuse_conditions(self) -> None:
        for parameter in self.parameters:
            if parameter.children:
                raise RefusalError(
                    f"parameter {parameter.name} has children, and it knows no conditions"
                )

    def refuse_all_but_one_objective(self) -> None:
        if len(self.metrics) > 1:
            raise RefusalError("it minimizes one metric and knows no limits")


class Peer(abc.ABC):
    @abc.abstractmethod
    def ask(self, trial: int) -> Mapping[str, Value] | None:
        """The parameters of a trial; None when there will be no more."""

    @abc.abstractmethod
    def tell(self, trial: int, metrics: list[float] | None) -> None:
        """The metrics of the problem; None when the trial failed."""


# Makes a peer by its name; keyword arguments are the options.
Maker = Callable[..., Peer]


def _scale(spec: Mapping[str, Any]) -> str:
    name = spec.get("scale_type", "")
    return {"UNIT_LOG_SCALE": "log", "UNIT_REVERSE_LOG_SCALE": "reverse_log"}.get(name, "linear")


def _parameter(spec: Mapping[str, Any]) -> Parameter:
    kind = next(key for key in spec if key.endswith("_value_spec"))
    domain = spec[kind]
    values = list(domain.get("values", []))
    ends = (domain.get("min_value", 0), domain.get("max_value", 0))
    if kind == "discrete_value_spec":
        ends = (min(values), max(values))
    children = []
    for child in spec.get("conditional_parameter_specs", []):
        condition = next(child[key] for key in child if key.startswith("parent_"))
        when = [int(v) if kind.startswith("integer") else v for v in condition["values"]]
        children.append((when, _parameter(child["parameter_spec"])))
    return Parameter(
        name=spec["parameter_id"],
        kind=kind.removesuffix("_value_spec"),
        values=values,
        low=float(ends[0]),
        high=float(ends[1]),
        scale=_scale(spec),
        children=children,
    )


def _metric(spec: Mapping[str, Any]) -> Metric:
    safety = spec.get("safety_config")
    return Metric(
        name=spec["metric_id"],
        minimize=spec["goal"] == "MINIMIZE",
        limit=None if safety is None else safety.get("safety_threshold", 0.0),
    )


def _begin(message: Mapping[str, Any], make: Maker) -> Peer:
    spec = message["spec"]
    problem = Problem(
        spec=spec,
        parameters=[_parameter(parameter) for parameter in spec.get("parameters", [])],
        metrics=[_metric(metric) for metric in spec["metrics"]],
        trials=message["trials"],
        workers=message["workers"],
        seed=message["seed"],
    )
    try:
        return make(message["begin"], problem, **message["options"])
    except TypeError as error:
        if not message["options"]:
            raise
        raise RefusalError(f"options {message['options']}: {error}") from error


def serve(make: Maker) -> None:
    """Answers lines until there are no more."""
    # What a library prints must not get in between.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    peer: Peer | None = None
    answer: dict[str, Any]
    before = 0.0
    for line in sys.stdin:
        message = json.loads(line)
        if "begin" in message:
            answer = {}
            try:
                peer = _begin(message, make)
            except RefusalError as refusal:
                answer = {"refused": str(refusal)}
            before = time.process_time()
        else:
            assert peer is not None
            if "tell" in message:
                peer.tell(message["tell"], message["metrics"])
                continue
            point = peer.ask(message["ask"])
            now = time.process_time()
            answer = {"parameters": None if point is None else dict(point)}
            answer["seconds"] = now - before
            before = now
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
