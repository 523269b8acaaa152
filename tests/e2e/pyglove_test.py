"""PyGlove programs on apogeed: our own stories, and upstream's suite for Vizier backends."""

from __future__ import annotations

import getpass
import os
import sys
import threading
import time
from typing import Any

from absl.testing import absltest

import vizier_without_jax  # isort: skip (before the first import of vizier.pyglove)
import pyglove as pg
from vizier import pyglove as pg_vizier
from vizier._src.pyglove import oss_vizier, vizier_test_lib
from vizier.service import clients

import apogeed
import stock

server = apogeed.Apogeed()


def setUpModule() -> None:
    server.start()


def tearDownModule() -> None:
    server.close()


def fresh_client(prefix: str) -> None:
    """As in a new process: no Pythia service runs in it yet."""
    oss_vizier._services.reset_for_testing()
    pg_vizier.init(prefix, vizier_endpoint=server.address)


def study_named(name: str) -> clients.Study:
    stock.use(server.address)
    return clients.Study.from_owner_and_id(getpass.getuser(), name)


def optimizer_space() -> Any:
    """A choice with parameters of its own under each branch."""
    return pg.Dict(
        lr=pg.floatv(1e-3, 1.0, scale="log"),
        optimizer=pg.oneof(
            [
                pg.Dict(kind="sgd", momentum=pg.floatv(0.0, 0.99)),
                pg.Dict(kind="adam", beta1=pg.floatv(0.8, 0.99)),
            ]
        ),
    )


class ProgramTest(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        fresh_client(self.id())

    def test_own_generator_runs_in_the_client(self) -> None:
        algorithm = pg.evolution.regularized_evolution(population_size=5, tournament_size=3)
        rewards = []
        for x, feedback in pg.sample(
            pg.List([pg.oneof(range(10)) for _ in range(3)]),
            algorithm,
            num_examples=30,
            name="evolution",
        ):
            rewards.append(float(sum(x)))
            feedback(rewards[-1])

        self.assertLen(rewards, 30)
        self.assertEqual(algorithm.num_proposals, 30)
        study = study_named(f"{self.id()}.evolution")
        self.assertEqual(study.materialize_study_config().algorithm, "EXTERNAL_PYTHIA_SERVICE")
        kept = [t.materialize().final_measurement.metrics["reward"].value for t in study.trials()]
        self.assertEqual(kept, rewards)
        self.assertEqual(
            pg.tuning.poll_result("evolution").best_trial.id, 1 + rewards.index(max(rewards))
        )

    def test_built_in_algorithm_needs_no_pythia(self) -> None:
        # PyGlove names an endpoint where nobody listens; the server has the algorithm itself.
        start = time.monotonic()
        kinds = set()
        for x, feedback in pg.sample(
            optimizer_space(),
            pg_vizier.BuiltinAlgorithm("QUASI_RANDOM_SEARCH"),
            num_examples=12,
            name="builtin",
        ):
            kinds.add(x.optimizer.kind)
            self.assertEqual("momentum" in x.optimizer, x.optimizer.kind == "sgd")
            feedback(x.lr)
        self.assertEqual(kinds, {"sgd", "adam"})
        self.assertLess(time.monotonic() - start, 30)
        self.assertLen(pg.tuning.poll_result("builtin").trials, 12)

    def test_early_stopping_policy_runs_in_the_client(self) -> None:
        policy = vizier_test_lib.SizeLimitingStoppingPolicy(max_trial_id=2, max_step=3)
        steps_of_trial = {}
        for x, feedback in pg.sample(
            pg.oneof([1, 2, 3]),
            vizier_test_lib.RandomAlgorithm(),
            early_stopping_policy=policy,
            num_examples=3,
            name="stopping",
        ):
            for step in range(10):
                feedback.add_measurement(float(x), step=step)
                if feedback.should_stop_early():
                    break
            steps_of_trial[feedback.id] = step
            feedback.skip()
        # Trials 1 and 2 stop at the first step above 3, trial 3 at once.
        self.assertEqual(steps_of_trial, {1: 4, 2: 4, 3: 0})

    def test_groups_share_a_study_and_members_of_a_group_share_a_trial(self) -> None:
        def sample(group: int) -> Any:
            return pg.sample(
                pg.Dict(x=pg.floatv(0.0, 1.0)),
                pg.geno.Random(seed=1),
                name="groups",
                group=group,
            )

        x, first = next(sample(0))
        same_x, same = next(sample(0))
        _, other = next(sample(1))
        self.assertEqual((first.id, same.id, other.id), (1, 1, 2))
        self.assertEqual(x, same_x)

    def test_many_workers_divide_the_trials(self) -> None:
        seen: list[int] = []
        algorithm = pg.geno.Random(seed=1)

        def work() -> None:
            for x, feedback in pg.sample(
                pg.Dict(x=pg.floatv(0.0, 1.0)), algorithm, num_examples=40, name="workers"
            ):
                seen.append(feedback.id)
                feedback(x.x)

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertLen(seen, len(set(seen)))
        self.assertGreaterEqual(len(seen), 40)


class UpstreamSampleTest(vizier_test_lib.SampleTest):
    """Upstream's 12 tests, one of which upstream itself skips."""

    # Without JAX, upstream's own algorithms can not run in the client's process.
    NEED_JAX = ("testSample", "testSamplingWithMultiObjectiveAlgorithm")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(
            oss_vizier.OSSVizierBackend,
            *args,
            builtin_multiobjective_algorithm_to_test="NSGA2",
            **kwargs,
        )

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        fresh_client(cls.__name__)
        # Some of the tests expect the Pythia service of an earlier one.
        next(pg.sample(pg.oneof([1, 2]), pg.geno.Random(seed=1), name="starts_pythia"))

    def setUp(self) -> None:
        if self._testMethodName in self.NEED_JAX and not vizier_without_jax.HAVE_JAX:
            self.skipTest("needs JAX")
        super().setUp()


def main() -> None:
    # PyGlove's threads would keep the process for another minute.
    code: Any = 1
    try:
        absltest.main()
    except SystemExit as end:
        code = int(end.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
