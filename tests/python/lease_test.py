"""Workers that die, freeze or give up, and who goes on with their trials."""

from __future__ import annotations

import gc
import os
import signal
import time
import unittest

import apogee
import functions
from harness import Case, wait_for

LEASE = {"seconds": 1, "reissues": 2}


class LeaseTest(Case):
    def test_a_killed_workers_trial_is_done_by_another(self) -> None:
        study = self.study(budget={"trials": 1}, lease=LEASE)
        worker = self.python(
            "-c",
            "import apogee, time\n"
            "trial = apogee.open_study('s', worker='doomed').ask()\n"
            "trial.report(1, accuracy=0.5)\n"
            "print(trial.id, flush=True)\n"
            "time.sleep(600)\n",
        )
        assert worker.stdout is not None
        self.assertEqual(worker.stdout.readline(), "1\n")
        worker.kill()
        trial = study.ask()  # waits until it is lost
        self.assertEqual(trial.id, 1)
        trial.complete(accuracy=1)
        result = study.get(1)
        self.assertEqual(result.state, "SUCCEEDED")
        self.assertEqual([loss.worker for loss in result.lost], ["doomed"])
        self.assertEqual(result.lost[0].why, "was silent for 1 s")
        self.assertEqual(len(result.measurements), 1)
        self.assertEqual(study.summary().state, "COMPLETED")

    def test_a_frozen_workers_trial_is_done_by_another(self) -> None:
        study = self.study(budget={"trials": 1}, lease=LEASE)
        worker = self.python(
            "-c",
            "import apogee, time\n"
            "trial = apogee.open_study('s').ask()\n"
            "print(trial.id, flush=True)\n"
            "while not trial.report(1, accuracy=0.5): time.sleep(0.05)\n"
            "print('over', flush=True)\n",
        )
        assert worker.stdout is not None
        self.assertEqual(worker.stdout.readline(), "1\n")
        os.kill(worker.pid, signal.SIGSTOP)
        trial = study.ask()
        self.assertEqual(trial.id, 1)
        os.kill(worker.pid, signal.SIGCONT)
        self.assertEqual(worker.stdout.readline(), "over\n")
        trial.complete(accuracy=1)

    def test_a_worker_that_is_busy_keeps_its_trial(self) -> None:
        study = self.study(budget={"trials": 1}, lease=LEASE)
        trial = study.ask()
        time.sleep(3 * LEASE["seconds"])  # the program says nothing
        self.assertEqual(study.get(1).worker, trial.worker)
        self.assertEqual(study.get(1).lost, [])
        trial.complete(accuracy=1)

    def test_a_dropped_trial_is_lost(self) -> None:
        study = self.study(lease=LEASE)
        trial: apogee.Trial | None = study.ask()
        del trial
        gc.collect()
        states = wait_for(
            lambda: [r.state for r in study.results() if r.state == "REQUESTED"], "the loss"
        )
        self.assertEqual(states, ["REQUESTED"])

    def test_a_trial_that_kills_its_processes_is_given_up(self) -> None:
        study = self.study(budget={"trials": 3}, lease={"seconds": 600, "reissues": 1})
        study.optimize(functions.killed_on_the_second, workers=2)
        self.assertEqual([r.state for r in study.results()], ["SUCCEEDED", "LOST", "SUCCEEDED"])
        lost = study.get(2).lost
        self.assertEqual(
            [loss.why for loss in lost], ["gave it back: its process ended with SIGKILL"] * 2
        )
        self.assertEqual(study.summary().lost, 1)
        self.assertEqual(study.summary().state, "COMPLETED")


if __name__ == "__main__":
    unittest.main()
