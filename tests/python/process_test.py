"""Forks, copies in other processes, and google-vizier in the same one."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import traceback
import unittest
from collections.abc import Callable

import apogee
from harness import PATIENCE, Case


def in_fork(work: Callable[[], object]) -> int:
    """Runs `work` in a forked child; its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def complete(trial: apogee.Trial) -> int:
    trial.complete(accuracy=trial.id)
    return os.getpid()


def nothing(number: int) -> int:
    return number


class ForkTest(Case):
    def test_a_child_calls_and_is_another_worker(self) -> None:
        study = self.study()
        mine = study.ask()

        def work() -> None:
            trial = study.ask()
            assert trial.id == 2, trial
            trial.complete(accuracy=1)

        self.assertEqual(in_fork(work), 0)
        mine.complete(accuracy=1)
        self.assertEqual([r.state for r in study.results()], ["SUCCEEDED"] * 2)

    def test_a_child_reports_about_its_parents_trial(self) -> None:
        study = self.study()
        trial = study.ask()
        self.assertEqual(in_fork(lambda: trial.report(1, accuracy=0.5)), 0)
        trial.complete(accuracy=1)
        self.assertEqual(len(study.get(1).measurements), 1)

    def test_a_child_has_a_connection_of_its_own(self) -> None:
        study = self.study()
        mine = study._connection._channel
        self.assertIsNotNone(mine)

        def work() -> None:
            study.summary()
            assert study._connection._channel is not mine

        self.assertEqual(in_fork(work), 0)
        self.assertIs(study._connection._channel, mine)

    def test_while_other_threads_call(self) -> None:
        study = self.study()
        done = threading.Event()

        def call() -> None:
            while not done.is_set():
                study.summary()

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            codes = [in_fork(study.summary) for _ in range(10)]
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(codes, [0] * 10)

    def test_loaders_that_fork_within_every_trial(self) -> None:
        study = self.study(budget={"trials": 3})
        for trial in study.trials():
            with trial, multiprocessing.get_context("fork").Pool(2) as pool:
                for step in (1, 2):
                    trial.report(step, accuracy=sum(pool.map(nothing, range(4))))
        self.assertEqual([r.metrics["accuracy"] for r in study.results()], [6.0] * 3)


class CopyTest(Case):
    def test_a_study_and_its_trials_in_other_processes(self) -> None:
        study = self.study()
        trials = study.ask_many(4)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            workers = pool.map_async(complete, trials).get(PATIENCE)
        self.assertNotIn(os.getpid(), workers)
        self.assertEqual([r.metrics["accuracy"] for r in study.results()], [1.0, 2.0, 3.0, 4.0])

    def test_a_copy_is_another_worker(self) -> None:
        study = self.study()
        copy: apogee.Study = pickle.loads(pickle.dumps(study.as_worker("other")))
        self.assertEqual([study.ask().id, copy.ask().id], [1, 2])

    def test_errors_travel(self) -> None:
        error = apogee.NotFoundError("no trial 7")
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(copy), str(copy), copy.code), (type(error), str(error), error.code))


class VizierTest(Case):
    PROGRAM = """
import {first}
import {second}
from vizier.service import clients, pyvizier as vz

study = apogee.open_study("s")
clients.environment_variables.server_endpoint = {server!r}
same = clients.Study.from_resource_name(study.resource_name)
(theirs,) = same.suggest(count=1, client_id="vizier")
theirs.complete(vz.Measurement({{"accuracy": 0.25}}))
study.tell(study.ask(), accuracy=0.5)
print([trial.final_measurement.metrics["accuracy"].value for trial in same.trials().get()])
"""

    def test_both_clients_in_one_process(self) -> None:
        for first, second in (
            ("apogee", "vizier.service.clients"),
            ("vizier.service.clients", "apogee"),
        ):
            with self.subTest(first=first):
                study = self.study()
                program = self.PROGRAM.format(
                    first=first, second=second, server=self.server.address
                )
                self.assertEqual(self.run_python("-c", program), "[0.25, 0.5]\n")
                study.delete()


if __name__ == "__main__":
    unittest.main()
