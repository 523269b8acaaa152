"""A worker's day: ask, report, tell, and all the ways in which a trial can end."""

from __future__ import annotations

import math
import threading
import unittest

import apogee
from apogee import workers
from harness import Case, LossyProxy


class AskTellTest(Case):
    def test_a_round(self) -> None:
        study = self.study()
        trial = study.ask()
        self.assertEqual(set(trial.parameters), {"lr", "layers"})
        study.tell(trial, accuracy=0.9)
        self.assertEqual(study.best().metrics, {"accuracy": 0.9})
        self.assertEqual(study.best().id, trial.id)

    def test_until_the_study_is_over(self) -> None:
        study = self.study(budget={"trials": 3})
        for _ in range(3):
            study.tell(study.ask(), 0.5)
        with self.assertRaises(apogee.StudyOverError):
            study.ask()
        self.assertEqual(study.summary().state, "COMPLETED")

    def test_trials_asked_for_at_once_are_different_ones(self) -> None:
        study = self.study()
        same = apogee.open_study("s", **self.where)
        trials = [study.ask(), study.ask(), *study.ask_many(3), same.ask()]
        self.assertEqual([trial.id for trial in trials], [1, 2, 3, 4, 5, 6])
        for trial in trials:
            study.tell(trial, accuracy=trial.id)
        self.assertEqual(study.ask().id, 7)

    def test_threads_never_get_the_same_trial(self) -> None:
        study = self.study(budget={"trials": 40})
        taken: list[int] = []

        def work() -> None:
            for trial in study.trials():
                taken.append(trial.id)
                trial.complete(accuracy=1)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(taken), list(range(1, 41)))

    def test_by_id(self) -> None:
        study = self.study()
        first, second = study.ask(), study.ask()
        study.tell(first.id, {"accuracy": 0.25})
        study.fail(second.id, "no memory")
        self.assertEqual([r.state for r in study.results()], ["SUCCEEDED", "INFEASIBLE"])
        self.assertEqual(study.get(2).infeasible_reason, "no memory")

    def test_any_number_is_a_metric(self) -> None:
        class Tensor:
            def __float__(self) -> float:
                return 0.75

        study = self.study()
        study.tell(study.ask(), accuracy=Tensor())
        study.tell(study.ask(), 1)
        self.assertEqual([r.metrics["accuracy"] for r in study.results()], [0.75, 1.0])
        with self.assertRaisesRegex(apogee.InvalidError, "metric accuracy is 'high'"):
            study.tell(study.ask(), accuracy="high")

    def test_metrics_that_are_missing_or_not_finite(self) -> None:
        study = self.study(metrics={"accuracy": "maximize", "loss": "minimize"})
        trial = study.ask()
        with self.assertRaisesRegex(apogee.InvalidError, 'no value for the metric "loss"'):
            trial.complete(accuracy=1)
        with self.assertRaisesRegex(apogee.InvalidError, "one number can not say all"):
            trial.complete(1.0)
        self.assertEqual(study.get(1).state, "ACTIVE")
        trial.complete(accuracy=1, loss=math.nan)
        self.assertEqual(study.get(1).state, "INFEASIBLE")
        self.assertEqual(study.get(1).infeasible_reason, "metric loss is nan")

    def test_metrics_that_the_study_does_not_know_are_kept(self) -> None:
        study = self.study()
        study.tell(study.ask(), accuracy=1, seconds=2)
        self.assertEqual(study.get(1).metrics, {"accuracy": 1.0, "seconds": 2.0})
        with self.assertRaisesRegex(apogee.InvalidError, '"accuracy"; given: "acuracy"'):
            study.tell(study.ask(), acuracy=1)

    def test_errors_are_the_servers_words(self) -> None:
        study = self.study()
        trial = study.ask()
        trial.complete(accuracy=1)
        with self.assertRaises(apogee.ConflictError) as caught:
            study.tell(trial.id, accuracy=2)
        self.assertEqual(
            str(caught.exception),
            "trial 1 is SUCCEEDED; only an ACTIVE or STOPPING trial can be completed",
        )
        self.assertEqual(caught.exception.code, "FAILED_PRECONDITION")


class LoopTest(Case):
    def test_what_was_reported_is_the_result(self) -> None:
        study = self.study(budget={"trials": 2})
        stops = []
        for trial in study.trials():
            with trial:
                for step in (1, 2, 3):
                    stops.append(trial.report(step, accuracy=trial.id + step / 10))
        self.assertEqual(stops, [False] * 6)
        results = study.results()
        self.assertEqual([r.metrics["accuracy"] for r in results], [1.3, 2.3])
        self.assertEqual([m.step for m in results[0].measurements], [1, 2, 3])
        self.assertGreater(results[0].measurements[2].elapsed_seconds, 0)

    def test_an_exception_is_a_failed_trial_with_its_traceback(self) -> None:
        study = self.study(budget={"trials": 3})
        with self.assertLogs("apogee", "WARNING") as logs:
            for trial in study.trials():
                with trial:
                    if trial.id == 2:
                        raise ValueError("no such \udc80 layer")
                    trial.complete(accuracy=1)
        self.assertEqual(len(logs.records), 1)
        self.assertEqual(
            [r.state for r in study.results()], ["SUCCEEDED", "INFEASIBLE", "SUCCEEDED"]
        )
        reason = study.get(2).infeasible_reason
        self.assertTrue(reason.startswith("ValueError: no such ? layer\nTraceback"), reason)
        self.assertIn("work_test.py", reason)

    def test_outside_of_a_loop_the_exception_goes_on(self) -> None:
        study = self.study()
        with self.assertLogs("apogee"), self.assertRaises(ValueError), study.ask():
            raise ValueError("boom")
        self.assertEqual(study.get(1).state, "INFEASIBLE")

    def test_ctrl_c_leaves_the_trial_to_the_next_turn(self) -> None:
        study = self.study(budget={"trials": 2})
        with self.assertRaises(KeyboardInterrupt):
            for trial in study.trials():
                with trial:
                    trial.report(1, accuracy=0.5)
                    raise KeyboardInterrupt
        self.assertEqual(study.get(1).state, "ACTIVE")
        # The cell of a notebook is run again.
        study = self.study(budget={"trials": 2})
        seen = []
        for trial in study.trials():
            with trial:
                seen.append(trial.id)
                trial.complete(accuracy=1)
        self.assertEqual(seen, [1, 2])

    def test_a_later_process_of_the_same_name_goes_on_with_the_trial(self) -> None:
        study = self.study()
        study.as_worker("gpu-0").ask()
        for name, trial in (("gpu-1", 2), ("gpu-0", 1)):
            out = self.run_python(
                "-c", "import apogee; print(apogee.open_study('s').ask().id)", APOGEE_WORKER=name
            )
            self.assertEqual(out, f"{trial}\n")

    def test_nothing_measured_is_a_failed_trial(self) -> None:
        study = self.study()
        message = 'no value for the metric "accuracy"; call trial.complete'
        with (
            self.assertLogs("apogee"),
            self.assertRaisesRegex(apogee.InvalidError, message),
            study.ask(),
        ):
            pass
        self.assertEqual(study.get(1).state, "INFEASIBLE")
        with self.assertLogs("apogee"), self.assertRaisesRegex(apogee.FailedTrialsError, message):
            for trial in study.trials():
                with trial:
                    pass

    def test_a_program_that_always_fails_is_broken(self) -> None:
        study = self.study()
        with (
            self.assertLogs("apogee"),
            self.assertRaisesRegex(apogee.FailedTrialsError, "first 5 .* ZeroDivisionError"),
        ):
            for trial in study.trials():
                with trial:
                    trial.complete(accuracy=1 / 0)
        self.assertEqual(len(study.results()), 5)

    def test_a_limit_of_the_loop(self) -> None:
        study = self.study()
        for trial in study.trials(limit=4):
            trial.complete(accuracy=1)
        self.assertEqual(len(study.results()), 4)


class StopTest(Case):
    def test_the_stopping_rule_ends_a_trial_that_lags(self) -> None:
        study = self.study(stopping={"rule": "MEDIAN", "min_trials": 3})
        steps = []
        for trial in study.trials(limit=4):
            with trial:
                for step in range(1, 6):
                    if trial.report(step, accuracy=0.1 if trial.id == 4 else 0.9):
                        break
                steps.append(step)
        self.assertEqual(steps, [5, 5, 5, 1])
        self.assertEqual(study.get(4).state, "SUCCEEDED")
        self.assertEqual(study.get(4).metrics, {"accuracy": 0.1})

    def test_without_a_rule_nobody_is_asked(self) -> None:
        study = self.study()
        stops = []
        for trial in study.trials(limit=6):
            with trial:
                stops.append(trial.report(1, accuracy=0.9 if trial.id < 6 else 0.1))
        self.assertEqual(stops, [False] * 6)

    def test_a_person_stops_completes_or_deletes_it(self) -> None:
        study = self.study(budget={"trials": 3})
        server = study._connection
        stops = []
        with self.assertLogs("apogee", "WARNING") as logs:
            for trial in study.trials():
                with trial:
                    stops.append(trial.report(1, accuracy=0.5))
                    name = f"{study.resource_name}/trials/{trial.id}"
                    if trial.id == 1:
                        server.run(server.server.call("StopTrial", name=name))
                    elif trial.id == 2:
                        study.tell(trial.id, accuracy=0.75)
                    else:
                        server.run(server.server.call("DeleteTrial", name=name))
                    stops.append(trial.report(2, accuracy=0.6))
        self.assertEqual(stops, [False, True] * 3)
        self.assertEqual(len(logs.records), 2, logs.output)
        self.assertEqual([r.metrics["accuracy"] for r in study.results()], [0.6, 0.75])


class NamesTest(unittest.TestCase):
    def test_the_lowest_that_is_free(self) -> None:
        names = workers.Names("w")
        self.assertEqual([names.take(), names.take(2), names.take(first=4)], ["w", "w:1", "w:4"])
        names.give_back("w")
        names.give_back("w:1")
        names.give_back("somebody else's")
        self.assertEqual([names.take(), names.take()], ["w", "w:2"])
        names.give_back("w:1")
        self.assertEqual(names.take(), "w:1")


class LostAnswerTest(Case):
    """What was done is not done twice, though nobody heard that it was done."""

    def setUp(self) -> None:
        self.proxy = LossyProxy(self.server.address)
        self.addCleanup(self.proxy.close)
        self.study()
        self.behind = apogee.open_study("s", server=self.proxy.address, owner=self._testMethodName)

    def lose(self, answers: int) -> None:
        self.proxy.lose(answers)

    def test_of_a_suggestion(self) -> None:
        self.lose(2)
        with self.assertLogs("apogee"):
            self.assertEqual(self.behind.ask().id, 1)
        self.assertEqual(self.proxy.lost, 2)
        self.assertEqual(len(self.behind.results()), 1)

    def test_of_a_measurement(self) -> None:
        trial = self.behind.ask()
        self.lose(2)  # also the answer of looking whether it is there
        with self.assertLogs("apogee"):
            trial.report(1, accuracy=0.5)
        self.assertEqual(self.proxy.lost, 2)
        self.lose(1)
        with self.assertLogs("apogee"):
            trial.report(2, accuracy=math.nan)
        self.assertEqual([m.step for m in self.behind.get(1).measurements], [1, 2])

    def test_of_a_completion(self) -> None:
        trial = self.behind.ask()
        self.lose(2)
        with self.assertLogs("apogee"):
            trial.complete(accuracy=0.5)
        self.assertEqual(self.proxy.lost, 2)
        self.assertEqual(self.behind.get(1).metrics, {"accuracy": 0.5})

    def test_of_a_completion_that_is_told_again_after_patience_has_ended(self) -> None:
        hasty = apogee.open_study(
            "s", server=self.proxy.address, owner=self._testMethodName, patience=0
        )
        trial = hasty.ask()
        self.lose(1)
        with self.assertRaises(apogee.UnavailableError):
            trial.complete(accuracy=0.5)
        hasty._connection.server.patience = 60
        trial.complete(accuracy=0.5)
        self.assertEqual(self.behind.get(1).state, "SUCCEEDED")

    def test_of_a_failure(self) -> None:
        trial = self.behind.ask()
        self.lose(1)
        with self.assertLogs("apogee"):
            trial.fail("out of memory")
        self.assertEqual(self.behind.get(1).infeasible_reason, "out of memory")


if __name__ == "__main__":
    unittest.main()
