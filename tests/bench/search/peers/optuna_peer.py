"""Samplers of Optuna. Their options are the arguments of the sampler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna

from peer import Parameter, Peer, Problem, RefusalError, Value, serve

SAMPLERS: dict[str, Any] = {
    "optuna-nsga2": optuna.samplers.NSGAIISampler,
    "optuna-tpe": optuna.samplers.TPESampler,
}


def _suggest(trial: optuna.Trial, parameter: Parameter, point: dict[str, Value]) -> None:
    value: Any
    name, low, high = parameter.name, parameter.low, parameter.high
    if parameter.kind in ("categorical", "discrete"):
        value = trial.suggest_categorical(name, parameter.values)
    elif parameter.kind == "integer":
        value = trial.suggest_int(name, int(low), int(high), log=parameter.scale == "log")
    else:
        value = trial.suggest_float(name, low, high, log=parameter.scale == "log")
    point[name] = value
    for values, child in parameter.children:
        if value in values:
            _suggest(trial, child, point)


class Optuna(Peer):
    def __init__(self, name: str, problem: Problem, **options: Any) -> None:
        for parameter in problem.parameters:
            if parameter.scale == "reverse_log":
                raise RefusalError(f"parameter {parameter.name} has a reverse log scale")
        self._problem = problem
        goals = [problem.metrics[i].minimize for i in problem.objectives]
        self._study = optuna.create_study(
            directions=["minimize" if goal else "maximize" for goal in goals],
            sampler=SAMPLERS[name](seed=problem.seed, **options),
        )
        self._running: dict[int, optuna.Trial] = {}

    def ask(self, trial: int) -> Mapping[str, Value]:
        asked = self._study.ask()
        self._running[trial] = asked
        point: dict[str, Value] = {}
        for parameter in self._problem.parameters:
            _suggest(asked, parameter, point)
        return point

    def tell(self, trial: int, metrics: list[float] | None) -> None:
        running = self._running.pop(trial)
        if metrics is None:
            self._study.tell(running, state=optuna.trial.TrialState.FAIL)
            return
        for i in self._problem.limits:
            metric = self._problem.metrics[i]
            running.set_constraint(metric.name, metric.violation(metrics[i]))
        self._study.tell(running, [metrics[i] for i in self._problem.objectives])


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    serve(Optuna)
