"""pymoo's NSGA2, for mixed variables where there are any. Its options are its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pymoo.core.problem
from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowding
from pymoo.core.evaluator import Evaluator
from pymoo.core.individual import Individual
from pymoo.core.mixed import MixedVariableGA
from pymoo.core.population import Population
from pymoo.core.termination import NoTermination
from pymoo.core.variable import Choice, Integer, Real
from pymoo.problems.static import StaticProblem

from box import decode
from peer import Parameter, Peer, Problem, Value, serve


def _variable(parameter: Parameter) -> Any:
    if parameter.kind in ("categorical", "discrete"):
        return Choice(options=parameter.values)
    if parameter.kind == "integer" and parameter.scale == "linear":
        return Integer(bounds=(int(parameter.low), int(parameter.high)))
    return Real(bounds=(0.0, 1.0))


class Pymoo(Peer):
    """Learns a generation when as many trials have ended as it has, whichever they are.

    A new one is bred when all of one has been handed out. Failed trials are not learnt.
    """

    def __init__(self, _: str, problem: Problem, pop_size: int = 100, **options: Any) -> None:
        problem.refuse_conditions()
        self._problem = problem
        self._size = pop_size
        self._reals = all(parameter.kind == "double" for parameter in problem.parameters)
        counts = {"n_obj": len(problem.objectives), "n_ieq_constr": len(problem.limits)}
        if self._reals:
            self._algorithm: Any = NSGA2(pop_size=pop_size, **options)
            space: dict[str, Any] = {"n_var": len(problem.parameters), "xl": 0.0, "xu": 1.0}
        else:
            self._algorithm = MixedVariableGA(
                pop_size=pop_size, survival=RankAndCrowding(), **options
            )
            space = {"vars": {p.name: _variable(p) for p in problem.parameters}}
        self._space = pymoo.core.problem.Problem(**space, **counts)
        self._algorithm.setup(
            self._space, termination=NoTermination(), seed=problem.seed, verbose=False
        )
        self._waiting: list[Individual] = []
        self._running: dict[int, Individual] = {}
        self._done: list[tuple[Individual, list[float]]] = []

    def ask(self, trial: int) -> Mapping[str, Value] | None:
        if not self._waiting:
            bred = self._algorithm.ask()
            self._waiting = [] if bred is None else list(bred)
        if not self._waiting:
            return None
        individual = self._waiting.pop(0)
        self._running[trial] = individual
        point: dict[str, Value] = {}
        for i, parameter in enumerate(self._problem.parameters):
            found = individual.X[i] if self._reals else individual.X[parameter.name]
            if self._reals or isinstance(_variable(parameter), Real):
                point[parameter.name] = decode(parameter, float(found))
            else:
                point[parameter.name] = found.item() if isinstance(found, np.generic) else found
        return point

    def tell(self, trial: int, metrics: list[float] | None) -> None:
        individual = self._running.pop(trial)
        if metrics is None:
            return
        self._done.append((individual, metrics))
        if len(self._done) < self._size:
            return
        problem = self._problem
        found = {
            "F": [
                [problem.metrics[i].loss(m[i]) for i in problem.objectives] for _, m in self._done
            ]
        }
        if problem.limits:
            found["G"] = [
                [problem.metrics[i].violation(m[i]) for i in problem.limits] for _, m in self._done
            ]
        learnt = Population.create(*[individual for individual, _ in self._done])
        arrays = {key: np.array(values) for key, values in found.items()}
        Evaluator().eval(StaticProblem(self._space, **arrays), learnt)
        self._algorithm.tell(infills=learnt)
        self._done.clear()


if __name__ == "__main__":
    serve(Pymoo)
