"""A killed server loses nothing that it has acknowledged, and goes on as if nothing were."""

from __future__ import annotations

from absl.testing import absltest, parameterized
from vizier.client import client_abc
from vizier.service import clients
from vizier.service import pyvizier as vz

import apogeed
import stock

SEEDED = {"seed": 7}
ALGORITHMS = ("RANDOM_SEARCH", "QUASI_RANDOM_SEARCH", "GRID_SEARCH", "SHUFFLED_GRID_SEARCH")


def tune(study: clients.Study, trials: int) -> list[dict[str, object]]:
    """The parameters of the next trials, each of them completed."""
    points = []
    for _ in range(trials):
        (trial,) = study.suggest(count=1, client_id="w")
        points.append(dict(trial.parameters))
        trial.complete(stock.accuracy(float(trial.parameters["lr"])))
    return points


class RestartTest(parameterized.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enter_context(apogeed.Apogeed())
        stock.use(self.server.address)

    def crash_and_restart(self) -> None:
        self.server.kill()
        self.server.start()

    def test_kill_between_suggest_and_complete(self) -> None:
        study = stock.study("s", options=SEEDED)
        tune(study, 2)
        (trial,) = study.suggest(count=1, client_id="w")
        trial.add_measurement(stock.accuracy(0.25, steps=1))
        before = trial.materialize()

        self.crash_and_restart()

        (again,) = stock.when_connected(lambda: study.suggest(count=1, client_id="w"))
        self.assertEqual(again.id, 3)
        self.assertEqual(again.materialize(), before)
        # The object from before the crash still works: it is only a name.
        trial.complete(stock.accuracy(0.5))
        self.assertEqual(again.materialize().status, vz.TrialStatus.COMPLETED)
        self.assertLen(again.materialize().measurements, 1)
        (next_trial,) = study.suggest(count=1, client_id="w")
        self.assertEqual(next_trial.id, 4)

    def test_everything_reads_the_same_after_a_crash(self) -> None:
        study = stock.study("s", options=SEEDED)
        study.update_metadata(vz.Metadata({"note": "kept"}))
        tune(study, 3)
        study.request(vz.TrialSuggestion({"lr": 0.5, "layers": 2}))
        study.suggest(count=1, client_id="a")[0].complete(infeasible_reason="no memory")
        study.suggest(count=2, client_id="b")[0].stop()
        study.get_trial(2).update_metadata(vz.Metadata({"host": "n1"}))
        study.get_trial(3).delete()
        study.request(vz.TrialSuggestion({"lr": 0.25, "layers": 1}))
        trials = list(study.trials().get())
        config = study.materialize_study_config()

        self.crash_and_restart()

        same = stock.when_connected(lambda: list(study.trials().get()))
        self.assertEqual(same, trials)
        self.assertEqual(study.materialize_study_config(), config)
        self.assertEqual(config.metadata["note"], "kept")

    def test_ids_are_never_used_twice(self) -> None:
        study = stock.study("s", options=SEEDED)
        tune(study, 3)
        study.get_trial(3).delete()
        self.crash_and_restart()
        (trial,) = stock.when_connected(lambda: study.suggest(count=1, client_id="w"))
        self.assertEqual(trial.id, 4)

    @parameterized.parameters(*ALGORITHMS)
    def test_suggestions_go_on_as_without_the_crash(self, algorithm: str) -> None:
        quiet = stock.study("quiet", algorithm, options=SEEDED)
        crashed = stock.study("crashed", algorithm, options=SEEDED)
        points = tune(quiet, 8)
        first = tune(crashed, 3)
        (held,) = crashed.suggest(count=1, client_id="w")
        fourth = dict(held.parameters)

        self.crash_and_restart()

        stock.when_connected(crashed.materialize_state)
        self.assertEqual(first + tune(crashed, 5), points)
        self.assertEqual(fourth, points[3])

    def test_a_graceful_stop_keeps_as_much_as_a_crash(self) -> None:
        study = stock.study("s", options=SEEDED)
        tune(study, 2)
        trials = list(study.trials().get())
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(stock.when_connected(lambda: list(study.trials().get())), trials)

    def test_a_deleted_study_stays_deleted(self) -> None:
        study = stock.study("s", options=SEEDED)
        tune(study, 1)
        study.delete()
        self.crash_and_restart()
        stock.when_connected(lambda: stock.study("other"))
        with self.assertRaises(client_abc.ResourceNotFoundError):
            clients.Study.from_owner_and_id("e2e", "s")
        self.assertEmpty(list(stock.study("s", options=SEEDED).trials()))


if __name__ == "__main__":
    absltest.main()
