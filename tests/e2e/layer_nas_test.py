"""LAYER_NAS under the stock client: its options as JSON in the metadata of the study."""

from __future__ import annotations

import itertools

from absl.testing import absltest
from vizier.service import pyvizier as vz

import apogeed
import stock

server = apogeed.Apogeed()

LAYERS = 4
OPTIONS = ("none", "conv1", "conv3")
COST = {"none": 0.0, "conv1": 1.0, "conv3": 3.0}
GAIN = {"none": 0.0, "conv1": 0.6, "conv3": 1.0}


def setUpModule() -> None:
    server.start()
    stock.use(server.address)


def tearDownModule() -> None:
    server.close()


def reward(choices: tuple[str, ...]) -> float:
    """Later layers matter more."""
    return sum((i + 1) * GAIN[choice] for i, choice in enumerate(choices))


def cost(choices: tuple[str, ...]) -> float:
    return sum(COST[choice] for choice in choices)


class LayerNasTest(absltest.TestCase):
    def test_finds_the_best_network_of_every_size(self) -> None:
        statement = vz.ProblemStatement()
        for i in range(LAYERS):
            statement.search_space.root.add_categorical_param(f"layer{i}", list(OPTIONS))
        statement.metric_information.append(
            vz.MetricInformation("reward", goal=vz.ObjectiveMetricGoal.MAXIMIZE)
        )
        options = {
            "seed": 1,
            "budget": {"trials": 60},
            "algorithm": {"cost": {"table": {f"layer{i}": COST for i in range(LAYERS)}}},
        }
        study = stock.study(self.id(), algorithm="LAYER_NAS", statement=statement, options=options)
        seen: dict[tuple[str, ...], float] = {}
        while len(seen) < 60:
            trials = study.suggest(count=4, client_id="worker")
            if not trials:
                break
            for trial in trials:
                choices = tuple(str(trial.parameters[f"layer{i}"]) for i in range(LAYERS))
                seen[choices] = reward(choices)
                trial.complete(vz.Measurement({"reward": seen[choices]}))
        everything = list(itertools.product(OPTIONS, repeat=LAYERS))
        for limit in range(LAYERS * 3 + 1):
            best = max(reward(c) for c in everything if cost(c) <= limit)
            found = max((value for c, value in seen.items() if cost(c) <= limit), default=-1.0)
            self.assertAlmostEqual(found, best, msg=f"of cost {limit} or less")


if __name__ == "__main__":
    absltest.main()
