"""Results as a list, dicts, a table, and in a notebook."""

from __future__ import annotations

import datetime
import json
import subprocess
import time
import unittest

import pandas

import apogee
import apogeed
from harness import Case


class ResultsTest(Case):
    def example(self) -> apogee.Study:
        """One trial that succeeded, one that failed, one at work."""
        study = self.study(
            parameters={
                "lr": apogee.double(0, 1),
                "optimizer": apogee.categorical(["sgd", "adam"]),
                "momentum": apogee.double(0, 1, when={"optimizer": "sgd"}),
                "bias": apogee.boolean(),
            }
        )
        trial = study.ask()
        trial.report(1, accuracy=0.25)
        trial.complete(accuracy=0.5)
        study.ask().fail("out of <memory>")
        study.ask()
        return study

    def test_dicts_have_what_the_command_line_shows(self) -> None:
        study = self.example()
        for result in study.results():
            shown = json.loads(
                subprocess.run(
                    [apogeed.program("apogee"), "trial", "show", "s", str(result.id), "-o", "json"],
                    check=True,
                    capture_output=True,
                    env=self.variables(),
                ).stdout
            )
            ours = result.to_dict()
            self.assertEqual(set(shown) - set(ours), {"name"})
            for key in ("id", "state", "infeasible_reason", "worker"):
                self.assertEqual(ours[key], shown[key])
            given = {k: v for k, v in shown["parameters"].items() if v is not None}
            self.assertEqual(ours["parameters"], given)
            self.assertEqual(ours["metrics"], shown["metrics"] or {})
            self.assertEqual(
                [m["step"] for m in ours["measurements"]],
                [m["step"] for m in shown["measurements"]],
            )

    def test_a_list_of_trials(self) -> None:
        results = self.example().results()
        self.assertEqual([r.state for r in results], ["SUCCEEDED", "INFEASIBLE", "ACTIVE"])
        self.assertEqual([r.id for r in results[1:]], [2, 3])
        first = results[0]
        assert first.start_time is not None
        age = datetime.datetime.now(datetime.UTC) - first.start_time
        self.assertLess(abs(age.total_seconds()), 60)
        self.assertGreaterEqual(first.duration_seconds or -1, 0)
        self.assertIsNone(results[2].duration_seconds)

    def test_a_data_frame(self) -> None:
        frame = self.example().results().to_pandas()
        self.assertEqual(list(frame.index), [1, 2, 3])
        self.assertEqual(frame.loc[1, "metric.accuracy"], 0.5)
        self.assertTrue(pandas.isna(frame.loc[2, "metric.accuracy"]))
        self.assertEqual(frame.loc[2, "infeasible_reason"], "out of <memory>")
        self.assertEqual(str(frame["param.lr"].dtype), "float64")
        self.assertIn("param.momentum", frame.columns)
        self.assertEqual(len(self.study(name="empty").results().to_pandas()), 0)

    def test_all_pages(self) -> None:
        study = self.study(budget={"trials": 2100})
        for trial in study.ask_many(2100):
            trial._core.names.give_back(trial.worker)
        self.assertEqual([r.id for r in study.results()], list(range(1, 2101)))

    def test_the_front_of_two_objectives(self) -> None:
        study = self.study(metrics={"accuracy": "maximize", "size": "minimize"})
        for accuracy, size in ((0.5, 1), (0.9, 5), (0.4, 2), (0.7, 3)):
            study.tell(study.ask(), accuracy=accuracy, size=size)
        self.assertEqual([r.id for r in study.pareto()], [1, 2, 4])
        with self.assertRaisesRegex(apogee.ConflictError, "2 objectives.*pareto"):
            study.best()

    def test_no_best_trial_yet(self) -> None:
        with self.assertRaisesRegex(apogee.NotFoundError, "no trial of .* has succeeded yet"):
            self.study().best()


class NotebookTest(Case):
    def test_a_study_and_its_results(self) -> None:
        study = self.study(name="<b>&")
        study.tell(study.ask(), accuracy=0.123456789)
        page = study._repr_html_()
        self.assertIn("&lt;b&gt;&amp;", page)
        self.assertIn("succeeded: 1", page)
        self.assertIn("<td>0.123457</td>", page)
        many = apogee.Results([study.get(1)] * 100)._repr_html_()
        self.assertIn("and 40 more", many)

    def test_a_server_that_is_away_does_not_hold_up_the_page(self) -> None:
        study = self.study()
        self.server.kill()
        self.addCleanup(self.server.start)
        start = time.monotonic()
        self.assertIn("no server answers", study._repr_html_())
        self.assertLess(time.monotonic() - start, 10)


if __name__ == "__main__":
    unittest.main()
