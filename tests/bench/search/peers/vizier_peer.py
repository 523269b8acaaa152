"""google-vizier's Gaussian process bandit, the one that its own server runs by default."""

from __future__ import annotations

from collections.abc import Mapping

import jax
from google.protobuf import json_format
from vizier import algorithms as vza
from vizier._src.algorithms.designers import gp_ucb_pe
from vizier._src.service import study_pb2
from vizier.pyvizier.converters import padding
from vizier.service import pyvizier as vz

from peer import Peer, Problem, Value, serve

# Without it, the models come to no number.
jax.config.update("jax_enable_x64", True)


class Vizier(Peer):
    def __init__(self, _: str, problem: Problem) -> None:
        problem.refuse_conditions()
        spec = json_format.ParseDict(
            problem.spec, study_pb2.StudySpec(), ignore_unknown_fields=True
        )
        self._problem = problem
        self._designer = gp_ucb_pe.VizierGPUCBPEBandit(
            vz.StudyConfig.from_proto(spec).to_problem(),
            rng=jax.random.PRNGKey(problem.seed),
            # Compiled anew when the trials have doubled, and not for each.
            padding_schedule=padding.PaddingSchedule(num_trials=padding.PaddingType.POWERS_OF_2),
        )
        self._running: dict[int, vz.Trial] = {}
        self._done: list[vz.Trial] = []

    def ask(self, trial: int) -> Mapping[str, Value] | None:
        self._designer.update(
            vza.CompletedTrials(self._done), vza.ActiveTrials(list(self._running.values()))
        )
        self._done = []
        (suggestion,) = self._designer.suggest(1)
        # Before a trial takes them over.
        point = dict(suggestion.parameters.as_dict())
        self._running[trial] = suggestion.to_trial(trial)
        return point

    def tell(self, trial: int, metrics: list[float] | None) -> None:
        done = self._running.pop(trial)
        if metrics is None:
            done.complete(vz.Measurement(), infeasibility_reason="failed")
        else:
            names = [metric.name for metric in self._problem.metrics]
            done.complete(vz.Measurement(dict(zip(names, metrics, strict=True))))
        self._done.append(done)


if __name__ == "__main__":
    serve(Vizier)
