#!/usr/bin/env python3
"""The stories of study watch, export, validate and diff, and of version."""

import csv
import io
import json
import pathlib
import re
import signal
import subprocess
import threading
import unittest
from typing import Any

from harness import APOGEE, Case, Result, Server, wait_for

DIGITS = """\
name: digits
algorithm: QUASI_RANDOM_SEARCH
metrics:
  accuracy: maximize
parameters:
  lr: {double: [1e-5, 1e-1], scale: log, default: 1e-3}
  layers: {int: [1, 4], default: 2}
  optimizer: {categorical: [sgd, adam], default: adam}
  momentum: {double: [0, 0.99], when: {optimizer: sgd}}
budget: {trials: 3}
seed: 18446744073709551557
"""


class StudyCase(Case):
    def setUp(self) -> None:
        super().setUp()
        self.write("digits.yaml", DIGITS)

    def create(self, **env: str) -> None:
        self.apogee("study", "create", "-f", "digits.yaml", env=env)

    def suggest(self, worker: str = "w", **env: str) -> None:
        self.apogee("trial", "suggest", "digits", "--worker", worker, env=env)

    def complete(self, trial: int, *result: str, **env: str) -> None:
        self.apogee("trial", "complete", "digits", trial, *result, env=env)


class Watch:
    """A running `study watch` and the lines it has printed so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, pattern: str) -> None:
        def seen() -> bool:
            return any(re.search(pattern, line) for line in self.lines)

        wait_for(seen, f"{pattern} in {self.lines}")

    def finish(self) -> int:
        self.reader.join()
        code = self.process.wait()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class WatchTest(StudyCase):
    def watch(self, *options: str, **env: str) -> Watch:
        return Watch(self.start("study", "watch", "digits", "--every", "20ms", *options, env=env))

    def test_until_it_is_done(self) -> None:
        self.create()
        watch = self.watch()
        watch.wait_for('study "digits" is ACTIVE: 0 of 3 trials done$')
        self.suggest()
        watch.wait_for(r"^trial 1 started: lr=0.001 layers=2 optimizer=adam \(worker w\)$")
        self.complete(1, "accuracy=0.5")
        watch.wait_for(r"^trial 1 done in .*: accuracy=0.5 \(best 0.5, trial 1\)$")
        self.suggest()
        self.complete(2, "--infeasible", "out of memory")
        watch.wait_for(r"^trial 2 failed in .*: out of memory$")
        self.suggest()
        self.apogee("trial", "stop", "digits", 3)
        watch.wait_for("^trial 3 is told to stop$")
        self.complete(3, "accuracy=0.7")
        self.assertEqual(watch.finish(), 0)
        self.assertRegex(watch.lines[-2], r"^trial 3 done .* \(best 0.7, trial 3\)$")
        self.assertEqual(
            watch.lines[-1],
            'study "digits" is COMPLETED: 3 of 3 trials done, 1 failed, '
            "best accuracy=0.7 (trial 3)",
        )
        self.assertEqual(watch.errors, "")

    def test_one_that_is_done(self) -> None:
        self.create()
        self.apogee("study", "stop", "digits")
        result = self.apogee("study", "watch", "digits")
        self.assertEqual(result.out, 'study "digits" is COMPLETED: 0 of 3 trials done\n')

    def test_json(self) -> None:
        self.create()
        self.suggest()
        self.apogee("trial", "request", "digits")
        watch = self.watch("-o", "json")
        watch.wait_for('"event":"study"')
        self.complete(1, "accuracy=0.5")
        watch.wait_for("SUCCEEDED")
        self.apogee("trial", "delete", "digits", 2, "--yes")
        watch.wait_for("deleted")
        self.apogee("study", "pause", "digits")
        watch.wait_for("INACTIVE")
        self.apogee("study", "stop", "digits")
        self.assertEqual(watch.finish(), 0)
        events = [json.loads(line) for line in watch.lines]
        self.assertEqual(
            [event["event"] for event in events], ["study", "trial", "deleted", "study", "study"]
        )
        shown = self.apogee("trial", "show", "digits", 1, "-o", "json").json
        del shown["measurements"], shown["lost"]
        self.assertEqual(events[1]["trial"], shown)
        self.assertEqual(events[2]["trial_id"], 2)
        self.assertEqual(
            events[4]["study"],
            {**events[0]["study"], **self.json_of("study", "list")[0]},
        )

    def json_of(self, *arguments: str) -> Any:
        return self.apogee(*arguments, "-o", "json").json

    def test_rides_out_a_restart(self) -> None:
        own = Server(self.work, f"sqlite:{self.work}/studies.db")
        self.addCleanup(own.stop)
        here = {"APOGEE_SERVER": own.address}
        self.create(**here)
        self.suggest(**here)
        watch = self.watch(**here)
        watch.wait_for("ACTIVE")
        own.stop()
        own.start()
        self.complete(1, "accuracy=0.5", **here)
        watch.wait_for("^trial 1 done")
        own.kill()
        own.start()
        self.apogee("study", "stop", "digits", env=here)
        self.assertEqual(watch.finish(), 0)
        self.assertEqual(len(watch.lines), 3, watch.lines)

    def test_a_server_that_stays_away(self) -> None:
        own = Server(self.work)
        self.addCleanup(own.stop)
        here = {"APOGEE_SERVER": own.address}
        self.create(**here)
        watch = self.watch("--timeout", "1s", **here)
        watch.wait_for("ACTIVE")
        own.kill()
        self.assertEqual(watch.finish(), 6)
        self.assertRegex(
            watch.errors, r"^no server answers at .*; waiting for it\napogee: no server"
        )

    def test_a_study_that_goes(self) -> None:
        self.create()
        watch = self.watch()
        watch.wait_for("ACTIVE")
        self.apogee("study", "delete", "digits", "--yes")
        self.assertEqual(watch.finish(), 3)

    def test_interrupted(self) -> None:
        self.create()
        for number in (signal.SIGINT, signal.SIGTERM):
            watch = self.watch()
            watch.wait_for("ACTIVE")
            watch.process.send_signal(number)
            self.assertEqual(watch.finish(), 130)
            self.assertEqual(watch.errors, "")

    def test_wrong_usage(self) -> None:
        self.apogee("study", "watch", "nope", code=3)
        self.apogee("study", "watch", "nope", "--server", "127.0.0.1:1", code=6)
        result = self.apogee("study", "watch", "digits", "-o", "csv", code=2)
        self.assertIn("json", result.err)
        self.apogee("study", "watch", "digits", "--every", "soon", code=2)

    def test_on_a_terminal(self) -> None:
        self.create()
        self.suggest()
        screen = self.on_screen("study", "watch", "digits", "--every", "20ms", "--color", "never")
        screen.wait_for("digits: 0 of 3 trials done, 1 running; watching for ")
        screen.wait_for("TRIAL  TIME  WORKER  PARAMETERS\n    1 ")
        self.complete(1, "accuracy=0.5")
        screen.wait_for("trial 1 done")
        screen.wait_for("best accuracy=0.5  trial 1: lr=0.001")
        self.assertRegex(screen.text, "\033\\[\\dF\033\\[J")  # redrawn in place
        self.assertNotIn("started", screen.text)
        screen.type("\x03")
        self.assertEqual(screen.finish(), 130)
        # It leaves the lines that stay, and no others.
        self.assertRegex(screen.text.split("\033[J")[-1], r"^(\^C)?\n?$")


class ExportTest(StudyCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.suggest()
        self.apogee("trial", "measure", "digits", 1, "--step", 1, "accuracy=0.25")
        self.apogee("trial", "measure", "digits", 1, "--step", 2, "accuracy=nan", "loss=3")
        self.complete(1, "accuracy=0.5", "loss=0.1")
        self.apogee("trial", "request", "digits", "optimizer=sgd", "momentum=0.5")
        self.suggest()
        self.complete(2, "--infeasible", 'no, "never"')
        self.suggest()

    def export(self, *options: str) -> Result:
        result = self.apogee("study", "export", "digits", *options)
        self.assertEqual(result.err, 'exported 3 trials of study "digits"\n')
        return result

    def test_csv(self) -> None:
        rows = list(csv.DictReader(io.StringIO(self.export().out)))
        self.assertEqual(
            ",".join(rows[0]),
            "id,state,param.lr,param.layers,param.optimizer,param.momentum,metric.accuracy,"
            "metric.loss,infeasible_reason,worker,start_time,end_time,duration_seconds",
        )
        self.assertEqual([row["state"] for row in rows], ["SUCCEEDED", "INFEASIBLE", "ACTIVE"])
        self.assertEqual([row["metric.loss"] for row in rows], ["0.1", "", ""])
        self.assertEqual([row["param.momentum"] for row in rows][:2], ["", "0.5"])
        self.assertEqual(rows[1]["infeasible_reason"], 'no, "never"')
        # The columns that `trial list` has, too, are the same there.
        listed = csv.DictReader(
            io.StringIO(self.apogee("trial", "list", "digits", "-o", "csv").out)
        )
        for row, other in zip(rows, listed, strict=True):
            del other["name"]
            self.assertEqual(row, other)

    def test_measurements_as_csv(self) -> None:
        self.assertEqual(
            self.export("--measurements", "-o", "csv").out,
            "id,state,param.lr,param.layers,param.optimizer,param.momentum,step,elapsed_seconds,"
            "metric.accuracy,metric.loss\n"
            "1,SUCCEEDED,0.001,2,adam,,1,0.0,0.25,\n"
            "1,SUCCEEDED,0.001,2,adam,,2,0.0,NaN,3.0\n",
        )

    def test_json(self) -> None:
        for options in ([], ["--measurements"]):
            document = self.export(*options, "-o", "json").json
            self.assertEqual(list(document), ["study", "trials"])
            shown = self.apogee("study", "show", "digits", "-o", "json").json
            file = document["study"].pop("file")
            self.assertEqual(document["study"], shown)
            self.assertEqual(file["seed"], 18446744073709551557)
            for trial in document["trials"]:
                self.assertEqual(trial.pop("metadata"), [])
                shown = self.apogee("trial", "show", "digits", trial["id"], "-o", "json").json
                if not options:
                    del shown["measurements"], shown["lost"]
                self.assertEqual(trial, shown)

    def test_a_trial_to_a_line(self) -> None:
        lines = self.export("-o", "json").out.splitlines()
        self.assertEqual(len(lines), 6)
        self.assertEqual(json.loads(lines[2].rstrip(","))["id"], 1)

    def test_the_file_makes_the_study_again(self) -> None:
        file = self.export("-o", "json").json["study"]["file"]
        self.write("again.json", json.dumps(file))
        result = self.apogee("study", "create", "-f", "again.json")
        self.assertEqual(result.err, 'study "digits" exists already and is equal\n')

    def test_yaml(self) -> None:
        lines = self.export("-o", "yaml").out.splitlines()
        self.assertEqual(
            [line for line in lines if re.match(r"\S", line)][:2], ["study:", "trials:"]
        )
        self.assertEqual([line for line in lines if line.startswith("- ")], [
            "- id: 1", "- id: 2", "- id: 3",
        ])  # fmt: skip

    def test_no_trials(self) -> None:
        self.apogee("study", "create", "-f", "digits.yaml", "--name", "empty")
        document = self.apogee("study", "export", "empty", "-o", "json").json
        self.assertEqual(document["trials"], [])
        self.assertTrue(
            self.apogee("study", "export", "empty", "-o", "yaml").out.endswith("\ntrials: []\n")
        )
        self.assertEqual(
            self.apogee("study", "export", "empty", "--measurements").out,
            "id,state,param.lr,param.layers,param.optimizer,param.momentum,step,"
            "elapsed_seconds,metric.accuracy\n",
        )

    def test_nothing_is_lost_silently(self) -> None:
        for verb, error in (
            (["export", "digits"], "can not write the results: No space left on device"),
            (["list"], "can not write all of the results; is the disk full?"),
        ):
            with self.subTest(verb=verb), open("/dev/full", "w") as full:
                process = subprocess.Popen(
                    [APOGEE, "study", *verb],
                    stdout=full,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=self.environment(),
                )
                result = self.finish(process, code=1)
                self.assertEqual(result.err, f"apogee: {error}\n")


class LongExportTest(StudyCase):
    """Studies of more trials than fit a page, or the memory allowed."""

    TRIALS = 2500

    def setUp(self) -> None:
        super().setUp()
        self.write("digits.yaml", DIGITS.replace("trials: 3", f"trials: {self.TRIALS}"))
        self.create()
        self.apogee("trial", "suggest", "digits", "--worker", "w", "--count", self.TRIALS)
        # Gaps, also in front and at a page's end.
        for trial in (1, 500, 501, 2500):
            self.apogee("trial", "delete", "digits", trial, "--yes")

    def test_all_are_there(self) -> None:
        expected = [i for i in range(1, self.TRIALS + 1) if i not in (1, 500, 501, 2500)]
        rows = csv.DictReader(io.StringIO(self.apogee("study", "export", "digits").out))
        self.assertEqual([int(row["id"]) for row in rows], expected)
        document = self.apogee("study", "export", "digits", "-o", "json").json
        self.assertEqual([trial["id"] for trial in document["trials"]], expected)

    def test_watch_finds_what_runs(self) -> None:
        watch = Watch(self.start("study", "watch", "digits", "--every", "20ms"))
        watch.wait_for("ACTIVE")
        for trial in (2, 1000, 1501, 2499):
            self.complete(trial, "accuracy=0.5")
            watch.wait_for(f"^trial {trial} done")
        self.apogee("study", "stop", "digits")
        self.assertEqual(watch.finish(), 0)
        self.assertEqual(len(watch.lines), 6, watch.lines)


class ValidateTest(StudyCase):
    def test_valid(self) -> None:
        # No server is asked.
        result = self.apogee(
            "study", "validate", "digits.yaml", env={"APOGEE_SERVER": "127.0.0.1:1"}
        )
        self.assertEqual(
            (result.out, result.err), ("digits.yaml: valid, 4 parameters, 1 metric\n", "")
        )

    def test_mistakes(self) -> None:
        for wrong, says in [
            (("scale: log", "scale: lgo"), '6: parameters.lr.scale: unknown scale "lgo"; did you'),
            (("[1, 4]", "[4, 1]"), "7: parameters.layers: "),
            (("optimizer: sgd}", "optimiser: sgd}"), "9: parameters.momentum.when"),
            (("budget", "bugdet"), '10: bugdet: unknown key "bugdet"; did you mean "budget"?'),
            (("name: digits", "name: digits: x"), "1: "),
        ]:
            self.write("bad.yaml", DIGITS.replace(*wrong))
            result = self.apogee("study", "validate", "bad.yaml", code=8)
            self.assertTrue(result.out.startswith(f"bad.yaml:{says}"), (result.out, says))
            self.assertEqual(result.out.count("\n"), 1)
            self.assertEqual(result.err, "")

    def test_several_files_as_json(self) -> None:
        self.write("bad.yaml", DIGITS.replace("scale: log", "scale: lgo"))
        result = self.apogee(
            "study", "validate", "digits.yaml", "bad.yaml", "none.yaml", "-o", "json", code=8
        )
        good, bad, none = result.json
        self.assertEqual(
            good, {"file": "digits.yaml", "valid": True, "line": None, "message": None}
        )
        self.assertEqual(
            bad,
            {
                "file": "bad.yaml",
                "valid": False,
                "line": 6,
                "message": 'parameters.lr.scale: unknown scale "lgo"; did you mean "log"?',
            },
        )
        self.assertIn("none.yaml", none["message"])
        self.assertIsNone(none["line"])
        self.apogee("study", "validate", "none.yaml", "bad.yaml", code=2)


class DiffTest(StudyCase):
    def other(self, *changes: tuple[str, str]) -> pathlib.Path:
        text = DIGITS
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write("other.yaml", text)

    def test_equal(self) -> None:
        self.create()
        for other in ("digits.yaml", f"owners/{self.owner}/studies/digits"):
            result = self.apogee("study", "diff", "digits", other)
            self.assertEqual((result.out, result.err), ("", ""))
        # Names do not count, and options may stand in the metadata.
        self.other(
            ("name: digits", "name: other"),
            ("budget: {trials: 3}\nseed: 18446744073709551557\n", ""),
            ("metrics:", 'metadata: {":apogee": {options: \'{"budget": {"trials": 3}, '
             '"seed": "18446744073709551557"}\'}}\nmetrics:'),
        )  # fmt: skip
        self.assertEqual(
            self.apogee("study", "diff", "digits", "other.yaml", "-o", "json").json, []
        )

    def test_different(self) -> None:
        self.create()
        self.other(
            ("QUASI_RANDOM_SEARCH", "{name: GRID_SEARCH, double_points: 5}"),
            ("[1, 4]", "[1, 5]"),
            ("accuracy: maximize", "accuracy: maximize\n  cost: minimize"),
            ("551557", "551558"),
            ("budget: {trials: 3}\n", ""),
        )
        result = self.apogee("study", "diff", "digits", "other.yaml", code=1)
        self.assertEqual(
            result.out,
            "--- digits\n"
            "+++ other.yaml\n"
            "- algorithm.name: QUASI_RANDOM_SEARCH\n"
            "+ algorithm.name: GRID_SEARCH\n"
            "+ algorithm.double_points: 5\n"
            "+ metrics.cost: minimize\n"
            "- parameters.layers: {int: [1, 4], default: 2}\n"
            "+ parameters.layers: {int: [1, 5], default: 2}\n"
            "- budget.trials: 3\n"
            "- seed: 18446744073709551557\n"
            "+ seed: 18446744073709551558\n",
        )
        self.assertEqual(result.err, "")
        changes = self.apogee("study", "diff", "other.yaml", "digits", "-o", "json", code=1).json
        self.assertIn(
            {
                "path": "parameters.layers",
                "a": {"int": [1, 5], "default": 2},
                "b": {"int": [1, 4], "default": 2},
            },
            changes,
        )
        self.assertIn({"path": "budget.trials", "a": None, "b": 3}, changes)

    def test_order_counts(self) -> None:
        lines = DIGITS.splitlines(keepends=True)
        lines[5], lines[6] = lines[6], lines[5]
        self.write("other.yaml", "".join(lines))
        result = self.apogee("study", "diff", "digits.yaml", "other.yaml", code=1)
        self.assertIn("- parameters in the order: [lr, layers, ", result.out)

    def test_errors(self) -> None:
        self.apogee("study", "diff", "digits.yaml", "nope", code=3)
        self.apogee("study", "diff", "digits.yaml", "nope.yaml", code=2)
        self.write("bad.yaml", "name: x")
        self.apogee("study", "diff", "digits.yaml", "bad.yaml", code=8)


class VersionTest(Case):
    def test_version(self) -> None:
        version = self.apogee("--version").out.split()[1]
        document = self.apogee("version", "-o", "json").json
        self.assertIsInstance(document["server"].pop("schema_version"), int)
        self.assertEqual(
            document,
            {
                "apogee": version,
                "server": {
                    "address": self.server.address,
                    "apogeed": version,
                    "store": "memory:",
                },
            },
        )
        result = self.apogee("version", "-o", "json", "--server", "127.0.0.1:1", code=6)
        self.assertEqual(result.json, {"apogee": version, "server": None})


if __name__ == "__main__":
    unittest.main()
