"""Apogee's own options from the stock client: JSON in the metadata of the study."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import grpc
from absl.testing import absltest, parameterized
from vizier.client import client_abc
from vizier.service import clients
from vizier.service import pyvizier as vz

import apogeed
import stock
import wire

server = apogeed.Apogeed()


def setUpModule() -> None:
    server.start()
    stock.use(server.address)


def tearDownModule() -> None:
    server.close()


def small_space() -> vz.ProblemStatement:
    """Six points in all."""
    statement = vz.ProblemStatement()
    statement.search_space.root.add_int_param("layers", 1, 3)
    statement.search_space.root.add_categorical_param("optimizer", ["adam", "sgd"])
    statement.metric_information.append(
        vz.MetricInformation("accuracy", goal=vz.ObjectiveMetricGoal.MAXIMIZE)
    )
    return statement


class OptionsTest(parameterized.TestCase):
    def study(self, suffix: str = "", **arguments: Any) -> clients.Study:
        return stock.study(self.id() + suffix, **arguments)

    @parameterized.named_parameters(
        ("top_level", {"sed": 7}, "seed"),
        ("nested", {"budget": {"trails": 60}}, "budget.trials"),
        ("stopping", {"stopping": {"rul": "NONE"}}, "stopping.rule"),
        ("rule", {"stopping": {"rule": "MEDIUM"}}, "MEDIAN"),
        ("of_the_algorithm", {"algorithm": {"double_point": 3}}, "double_points"),
    )
    def test_an_unknown_option_is_refused_with_the_nearest_known_one(
        self, options: Mapping[str, Any], nearest: str
    ) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            self.study(algorithm="GRID_SEARCH", options=options)
        error: Any = caught.exception
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn(f'did you mean "{nearest}"', error.details())
        self.assertIn(error.details(), wire.violations(error).values())
        with self.assertRaises(client_abc.ResourceNotFoundError):  # it was not created
            clients.Study.from_owner_and_id("e2e", self.id())

    def test_an_option_of_another_stopping_rule_is_refused(self) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            self.study(options={"stopping": {"rule": "MEDIAN", "eta": 3}})
        error: Any = caught.exception
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("or take ASHA or HYPERBAND", error.details())

    @parameterized.named_parameters(
        ("no_json", "seed=7"),
        ("no_object", "[7]"),
        ("a_budget_of_none", '{"budget": {"trials": 0}}'),
        ("a_negative_seed", '{"seed": -1}'),
    )
    def test_malformed_options_are_refused(self, text: str) -> None:
        config = vz.StudyConfig.from_problem(stock.problem())
        config.algorithm = "RANDOM_SEARCH"
        config.metadata.ns("apogee")["options"] = text
        with self.assertRaises(grpc.RpcError) as caught:
            clients.Study.from_study_config(config, owner="e2e", study_id=self.id())
        error: Any = caught.exception
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertNotEmpty(wire.violations(error))

    def test_options_stay_in_the_metadata_as_written(self) -> None:
        study = self.study(options={"seed": 7})
        config = study.materialize_study_config()
        self.assertEqual(config.metadata.ns("apogee")["options"], '{"seed": 7}')
        changed = vz.Metadata()
        changed.ns("apogee")["options"] = '{"seed": 8}'
        with self.assertRaisesRegex(RuntimeError, "can not be changed"):
            study.update_metadata(changed)

    @parameterized.parameters("RANDOM_SEARCH", "QUASI_RANDOM_SEARCH", "SHUFFLED_GRID_SEARCH")
    def test_the_seed_decides_every_suggestion(self, algorithm: str) -> None:
        def points(suffix: str, seed: int, batch: int) -> list[dict[str, Any]]:
            study = self.study(suffix, algorithm=algorithm, options={"seed": seed})
            taken: list[dict[str, Any]] = []
            while len(taken) < 6:
                for trial in study.suggest(count=batch, client_id="w"):
                    taken.append(dict(trial.parameters))
                    trial.complete(stock.accuracy(0.5))
            return taken

        self.assertEqual(points("a", 7, 1), points("b", 7, 3))
        self.assertNotEqual(points("c", 7, 1), points("d", 8, 1))

    def test_a_spent_budget_ends_the_study(self) -> None:
        study = self.study(options={"budget": {"trials": 3}})
        first = study.suggest(count=2, client_id="a")
        second = study.suggest(count=2, client_id="b")
        self.assertLen(first, 2)
        self.assertLen(second, 1)
        self.assertEmpty(study.suggest(count=1, client_id="c"))
        self.assertEqual(study.materialize_state(), vz.StudyState.ACTIVE)
        for trial in (*first, *second):
            trial.complete(stock.accuracy(0.5))
        self.assertEqual(study.materialize_state(), vz.StudyState.COMPLETED)
        self.assertEmpty(study.suggest(count=1, client_id="a"))
        self.assertLen(list(study.trials()), 3)

    @parameterized.parameters("GRID_SEARCH", "SHUFFLED_GRID_SEARCH")
    def test_a_grid_that_has_been_tried_ends_the_study(self, algorithm: str) -> None:
        study = self.study(algorithm=algorithm, statement=small_space())
        points = set()
        while trials := study.suggest(count=4, client_id="w"):
            for trial in trials:
                points.add((trial.parameters["layers"], trial.parameters["optimizer"]))
                trial.complete(stock.accuracy(0.5))
        self.assertLen(points, 6)
        self.assertLen(list(study.trials()), 6)
        self.assertEqual(study.materialize_state(), vz.StudyState.COMPLETED)

    def test_a_stopping_rule_can_be_chosen(self) -> None:
        never = self.study("never", options={"stopping": {"rule": "NONE"}})
        median = self.study("median", options={"stopping": {"rule": "MEDIAN", "min_trials": 3}})
        for study, stops in ((never, False), (median, True)):
            for _ in range(3):
                (good,) = study.suggest(count=1, client_id="w")
                good.add_measurement(stock.accuracy(0.9, steps=1))
                self.assertFalse(good.check_early_stopping())
                good.complete()
            (bad,) = study.suggest(count=1, client_id="w")
            bad.add_measurement(stock.accuracy(0.1, steps=1))
            self.assertEqual(bad.check_early_stopping(), stops)
            said = bad.materialize().metadata.ns("apogee").get("stopping")
            self.assertEqual(said is not None, stops)
            if said is not None:
                self.assertEqual(json.loads(said)["rule"], "MEDIAN")


if __name__ == "__main__":
    absltest.main()
