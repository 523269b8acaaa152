"""study.optimize: with one process, threads, and processes that may die."""

from __future__ import annotations

import os
import pathlib
import signal
import tempfile
import threading
import unittest
from unittest import mock

import apogee
import functions
from harness import PATIENCE, Case, wait_for


def alive(process: str) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class HereTest(Case):
    def test_until_the_budget_is_spent(self) -> None:
        study = self.study()
        study.optimize(functions.accuracy)
        results = study.results()
        self.assertEqual([r.state for r in results], ["SUCCEEDED"] * 10)
        for result in results:
            self.assertEqual(result.metrics["accuracy"], 1 - float(result.parameters["lr"]))

    def test_in_threads(self) -> None:
        study = self.study()
        together = threading.Barrier(4)

        def fn(trial: apogee.Trial) -> dict[str, float]:
            if trial.id <= 4:
                together.wait(PATIENCE)  # breaks unless four are at work at once
            return {"accuracy": 0.5}

        study.optimize(fn, workers=4, threads=True)
        self.assertEqual([r.state for r in study.results()], ["SUCCEEDED"] * 10)

    def test_limits(self) -> None:
        study = self.study()
        study.optimize(functions.accuracy, trials=3)
        self.assertEqual(len(study.results()), 3)
        study.optimize(functions.accuracy, workers=4, threads=True, trials=3)
        self.assertEqual(len(study.results()), 6)
        study.optimize(functions.accuracy, seconds=0)
        self.assertEqual(len(study.results()), 6)
        with self.assertRaisesRegex(ValueError, "workers is 0"):
            study.optimize(functions.accuracy, workers=0)

    def test_a_function_that_always_fails(self) -> None:
        for threads in (False, True):
            with (
                self.subTest(threads=threads),
                self.assertLogs("apogee"),
                self.assertRaisesRegex(apogee.FailedTrialsError, "no such layer"),
            ):
                study = self.study(name=f"threads-{threads}")
                study.optimize(functions.fails, workers=2 if threads else 1, threads=threads)
            failed = [r for r in study.results() if r.state == "INFEASIBLE"]
            self.assertIn(len(failed), (5, 6))

    def test_what_can_not_be_sent_to_a_process(self) -> None:
        study = self.study()
        with self.assertRaisesRegex(TypeError, "top level of a file .* threads=True"):
            study.optimize(lambda trial: 0.5, workers=2)
        # As in a notebook: __main__ is no file.
        program = (
            "import apogee\n"
            "study = apogee.open_study('s')\n"
            "def fn(trial): return 0.5\n"
            "try: study.optimize(fn, workers=2)\n"
            "except TypeError as error: print(error)\n"
        )
        self.assertIn("threads=True", self.run_python("-c", program))
        self.assertEqual(len(study.results()), 0)


class ProcessesTest(Case):
    def test_processes_share_the_budget(self) -> None:
        study = self.study()
        study.optimize(functions.accuracy_by_steps, workers=2)
        results = study.results()
        self.assertEqual([r.metrics["accuracy"] for r in results], [i + 0.3 for i in range(1, 11)])
        self.assertEqual({len(r.measurements) for r in results}, {3})

    def test_workers_may_have_processes_of_their_own(self) -> None:
        study = self.study()
        study.optimize(functions.with_children, workers=2, trials=3)
        self.assertEqual([r.metrics["accuracy"] for r in study.results()], [0.5] * 3)

    def test_a_process_may_ask_for_more(self) -> None:
        study = self.study(budget=None).as_worker("w")
        with mock.patch.dict(os.environ, self.variables()):
            study.optimize(functions.asks_for_a_second, workers=2, trials=5)
        results = study.results()
        self.assertEqual([r.metrics["accuracy"] for r in results], [float(i) for i in range(1, 11)])
        self.assertLessEqual({r.worker for r in results}, {"w:1", "w:1:1", "w:2", "w:2:1"})

    def test_a_process_that_is_killed_fails_its_trial_and_is_replaced(self) -> None:
        study = self.study()
        with self.assertLogs("apogee", "WARNING"):
            study.optimize(functions.killed_on_the_second, workers=2)
        results = study.results()
        self.assertEqual(
            [r.state for r in results], ["SUCCEEDED", "INFEASIBLE"] + ["SUCCEEDED"] * 8
        )
        self.assertEqual(results[1].infeasible_reason, "its process ended with SIGKILL")

    def test_processes_that_are_always_killed_end_it(self) -> None:
        study = self.study()
        with self.assertLogs("apogee"), self.assertRaisesRegex(apogee.FailedTrialsError, "SIGKILL"):
            study.optimize(functions.always_killed, workers=2)
        states = [r.state for r in study.results()]
        self.assertIn(states.count("INFEASIBLE"), (5, 6))

    def test_a_program_without_its_guard_says_so(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program.py"
            program.write_text(
                "import apogee\n"
                "def fn(trial): return 0.5\n"
                "apogee.open_study('s').optimize(fn, workers=2)\n"
            )
            study = self.study()
            process = self.python(str(program))
            _, err = process.communicate(timeout=PATIENCE)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn('if __name__ == "__main__":', err)
        self.assertIn("before it began", err)
        self.assertEqual(len(study.results()), 0)

    def run_two_that_wait(self, folder: str) -> tuple[int, list[str]]:
        """A program whose two workers wait; its process id, and theirs."""
        program = (
            "import apogee, functions\n"
            "study = apogee.open_study('s', worker='w')\n"
            "study.optimize(functions.waits_for_ever, workers=2)\n"
        )
        self.process = self.python("-c", program, APOGEE_TEST_FOLDER=folder)
        workers = wait_for(
            lambda: found if len(found := os.listdir(folder)) == 2 else [], "two workers"
        )
        return self.process.pid, workers

    def test_ctrl_c_ends_the_workers_and_leaves_their_trials(self) -> None:
        study = self.study(budget={"trials": 2})
        with tempfile.TemporaryDirectory() as folder:
            parent, workers = self.run_two_that_wait(folder)
            os.kill(parent, signal.SIGINT)
            self.process.wait(PATIENCE)
            self.assertFalse(any(map(alive, workers)))
        self.assertEqual([r.state for r in study.results()], ["ACTIVE", "ACTIVE"])
        # The same program, started again, goes on with them.
        again = apogee.open_study("s", worker="w", **self.where)
        again.optimize(functions.accuracy, workers=2)
        self.assertEqual([r.state for r in study.results()], ["SUCCEEDED", "SUCCEEDED"])

    def test_workers_end_with_a_parent_that_is_killed(self) -> None:
        study = self.study()
        with tempfile.TemporaryDirectory() as folder:
            parent, workers = self.run_two_that_wait(folder)
            os.kill(parent, signal.SIGKILL)
            wait_for(lambda: not any(map(alive, workers)), "the end of the workers")
        self.assertEqual([r.state for r in study.results()], ["ACTIVE", "ACTIVE"])


if __name__ == "__main__":
    unittest.main()
