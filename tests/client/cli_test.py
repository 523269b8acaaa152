#!/usr/bin/env python3
"""The verbs and the errors of `apogee`, by what they print and how they exit."""

import csv
import io
import json
import os
import re
import subprocess
import unittest

from harness import APOGEE, Case, Result, Server

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
budget: {trials: 4}
"""

PARETO = """\
name: pareto
metrics:
  speed: maximize
  cost: minimize
parameters:
  x: {double: [0, 1]}
"""


class StudyTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.write("digits.yaml", DIGITS)

    def create(self) -> Result:
        return self.apogee("study", "create", "-f", "digits.yaml")

    def test_create(self) -> None:
        result = self.create()
        self.assertEqual(result.out, f"owners/{self.owner}/studies/digits\n")
        self.assertEqual(result.err, 'created study "digits", algorithm QUASI_RANDOM_SEARCH\n')

    def test_create_again(self) -> None:
        self.create()
        result = self.create()
        self.assertEqual(result.out, f"owners/{self.owner}/studies/digits\n")
        self.assertEqual(result.err, 'study "digits" exists already and is equal\n')

    def test_create_another_of_that_name(self) -> None:
        self.create()
        self.write("other.yaml", DIGITS.replace("[1, 4]", "[1, 5]"))
        result = self.apogee("study", "create", "-f", "other.yaml", code=4)
        self.assertEqual(result.out, "")
        self.assertEqual(
            result.err,
            'apogee: there is another study "digits": it has layers: '
            "{int: [1, 4], default: 2}, the file layers: {int: [1, 5], default: "
            '2}; choose another name with --name, or delete it with "apogee '
            'study delete"\n',
        )
        result = self.apogee(
            "study", "create", "-f", "other.yaml", "--name", "digits2", "-o", "json"
        )
        self.assertEqual(result.json["name"], "digits2")

    def test_create_from_standard_input(self) -> None:
        result = subprocess.run(
            [APOGEE, "study", "create", "-f", "-"],
            input=DIGITS,
            text=True,
            capture_output=True,
            env=self.environment(),
        )
        self.assertEqual(result.stdout, f"owners/{self.owner}/studies/digits\n")

    def test_create_from_a_bad_file(self) -> None:
        self.write("bad.yaml", DIGITS.replace("scale: log", "scale: lgo"))
        result = self.apogee("study", "create", "-f", "bad.yaml", code=8)
        self.assertRegex(
            result.err,
            r"^apogee: bad\.yaml:6: .*did you mean "
            r'"log"\?\n$',
        )
        self.write("empty.yaml", "")
        result = self.apogee("study", "create", "-f", "empty.yaml", code=2)
        self.assertEqual(result.err, 'apogee: there is nothing in the study file "empty.yaml"\n')

    def test_create_that_the_server_refuses(self) -> None:
        self.write("bad.yaml", DIGITS.replace("QUASI_", "QUAZI_"))
        result = self.apogee("study", "create", "-f", "bad.yaml", code=8)
        self.assertIn("QUAZI_RANDOM_SEARCH", result.err)

    def test_create_without_a_file(self) -> None:
        result = self.apogee("study", "create", "-f", "no.yaml", code=2)
        self.assertEqual(
            result.err, 'apogee: can not read the study file "no.yaml": No such file or directory\n'
        )
        result = self.apogee("study", "create", "-f", ".", code=2)
        self.assertEqual(result.err, 'apogee: there is nothing in the study file "."\n')
        result = self.apogee("study", "create", code=2)
        self.assertEqual(
            result.err, 'apogee: --file is required; see "apogee study create --help"\n'
        )

    def test_list(self) -> None:
        result = self.apogee("study", "list")
        self.assertEqual(result.out, "")
        self.assertEqual(
            result.err, f'there are no studies of "{self.owner}"; --all-owners lists everybody\'s\n'
        )
        self.create()
        self.apogee(
            "study",
            "create",
            "-f",
            "digits.yaml",
            "--name",
            "more",
            env={"APOGEE_OWNER": "somebody"},
        )
        lines = self.apogee("study", "list").out.splitlines()
        self.assertEqual(
            lines[0].split(),
            ["NAME", "STATE", "ALGORITHM", "DONE", "RUNNING", "FAILED", "BEST", "CREATED"],
        )
        self.assertEqual(
            lines[1].split()[:6], ["digits", "ACTIVE", "QUASI_RANDOM_SEARCH", "0/4", "0", "0"]
        )
        self.assertEqual(len(lines), 2)
        everybody = self.apogee("study", "list", "--all-owners", "-o", "json").json
        self.assertIn("owners/somebody/studies/more", [study["resource"] for study in everybody])

    def test_show(self) -> None:
        self.create()
        self.apogee("trial", "suggest", "digits", "--worker", "w")
        self.apogee("trial", "complete", "digits", "1", "accuracy=0.5")
        text = self.apogee("study", "show", "digits").out
        text = re.sub(r"(Seed +)\d+", r"\1...", text)
        text = re.sub(r"(Created +)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", r"\1...", text)
        self.assertEqual(
            text,
            f"""\
Study      owners/{self.owner}/studies/digits
State      ACTIVE
Algorithm  QUASI_RANDOM_SEARCH
Seed       ...
Goal       maximize accuracy
Created    ...
Budget     1 of 4 trials started
Trials     1 succeeded
Best       trial 1: accuracy=0.5 with lr=0.001 layers=2 optimizer=adam

PARAMETER   TYPE         VALUES        SCALE  DEFAULT  WHEN
lr          double       1e-05 to 0.1  log    0.001
layers      int          1 to 4               2
optimizer   categorical  sgd, adam            adam
  momentum  double       0 to 0.99                     optimizer = sgd
""",
        )

    def test_show_what_the_server_chose(self) -> None:
        self.write("pareto.yaml", PARETO)
        result = self.apogee("study", "create", "-f", "pareto.yaml")
        self.assertEqual(result.err, 'created study "pareto", algorithm GP_UCB_PE\n')
        text = self.apogee("study", "show", "pareto").out
        self.assertIn("Algorithm  GP_UCB_PE, chosen by the server\n", text)

    def test_show_as_json(self) -> None:
        self.create()
        study = self.apogee(
            "study",
            "show",
            f"owners/{self.owner}/studies/digits",
            "-o",
            "json",
            env={"APOGEE_OWNER": "other"},
        ).json
        self.assertIsInstance(study.pop("seed"), int)
        self.assertRegex(study.pop("create_time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            study,
            {
                "name": "digits",
                "resource": f"owners/{self.owner}/studies/digits",
                "state": "ACTIVE",
                "inactive_reason": None,
                "algorithm": "QUASI_RANDOM_SEARCH",
                "share_for_training": "NONE",
                "priors": [],
                "regressor": None,
                "remote_regressor": False,
                "trials": {
                    "requested": 0,
                    "active": 0,
                    "stopping": 0,
                    "succeeded": 0,
                    "infeasible": 0,
                    "lost": 0,
                },
                "budget": {"started": 0, "trials": 4},
                "best_trial_id": None,
                "best_value": None,
                "best_trial": None,
                "metrics": [{"name": "accuracy", "goal": "maximize", "safety_threshold": None}],
                "parameters": [
                    {
                        "name": "lr",
                        "type": "double",
                        "min": 1e-05,
                        "max": 0.1,
                        "scale": "log",
                        "default": 0.001,
                        "when": None,
                    },
                    {
                        "name": "layers",
                        "type": "int",
                        "min": 1,
                        "max": 4,
                        "scale": None,
                        "default": 2,
                        "when": None,
                    },
                    {
                        "name": "optimizer",
                        "type": "categorical",
                        "values": ["sgd", "adam"],
                        "scale": None,
                        "default": "adam",
                        "when": None,
                    },
                    {
                        "name": "momentum",
                        "type": "double",
                        "min": 0.0,
                        "max": 0.99,
                        "scale": None,
                        "default": None,
                        "when": {"parameter": "optimizer", "values": ["sgd"]},
                    },
                ],
            },
        )

    def test_pause_resume_stop(self) -> None:
        self.create()
        for verb, says, state in [
            ("pause", "is paused", "INACTIVE"),
            ("resume", "goes on", "ACTIVE"),
            ("stop", "is stopped", "COMPLETED"),
        ]:
            result = self.apogee("study", verb, "digits")
            self.assertEqual((result.out, result.err), ("", f'study "digits" {says}\n'))
            shown = self.apogee("study", "show", "digits", "-o", "json").json
            self.assertEqual(shown["state"], state)
        result = self.apogee("study", "resume", "digits", "-o", "json")
        self.assertEqual(result.json["state"], "ACTIVE")

    def test_delete(self) -> None:
        self.create()
        result = self.apogee("study", "delete", "digits", code=2)
        self.assertEqual(
            result.err, 'apogee: to delete study "digits" with its 0 trials, say --yes\n'
        )
        result = self.apogee("study", "delete", "digits", "--yes")
        self.assertEqual((result.out, result.err), ("", 'deleted study "digits"\n'))
        result = self.apogee("study", "show", "digits", code=3)
        self.assertEqual(
            result.err, f"apogee: there is no study owners/{self.owner}/studies/digits\n"
        )

    def test_best(self) -> None:
        self.create()
        result = self.apogee("study", "best", "digits")
        self.assertEqual(
            (result.out, result.err), ("", 'study "digits" has no successful trial yet\n')
        )
        for trial, accuracy in enumerate([0.5, 0.9, 0.7], 1):
            self.apogee("trial", "suggest", "digits", "--worker", "w")
            self.apogee("trial", "complete", "digits", trial, f"accuracy={accuracy}")
        best = self.apogee("study", "best", "digits", "--count", "2", "-o", "json").json
        self.assertEqual([trial["id"] for trial in best], [2, 3])
        lines = self.apogee("study", "best", "digits").out.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[1].split()[:3], ["2", "SUCCEEDED", "0.9"])

    def test_best_of_several_objectives(self) -> None:
        self.write("pareto.yaml", PARETO)
        self.apogee("study", "create", "-f", "pareto.yaml")
        for trial, (speed, cost) in enumerate([(1, 1), (2, 2), (1, 2)], 1):
            self.apogee("trial", "suggest", "pareto", "--worker", "w")
            self.apogee("trial", "complete", "pareto", trial, f"speed={speed}", f"cost={cost}")
        best = self.apogee("study", "best", "pareto", "-o", "json").json
        self.assertEqual([trial["id"] for trial in best], [1, 2])

    def test_best_under_a_cost(self) -> None:
        def best(study: str, cost: object) -> list[int]:
            shown = self.apogee("study", "best", study, "--max-cost", cost, "-o", "json")
            return [trial["id"] for trial in shown.json]

        self.write("pareto.yaml", PARETO)
        self.apogee("study", "create", "-f", "pareto.yaml")
        for trial, (speed, cost) in enumerate([(1, 1), (3, 3), (2, 2)], 1):
            self.apogee("trial", "suggest", "pareto", "--worker", "w")
            self.apogee("trial", "complete", "pareto", trial, f"speed={speed}", f"cost={cost}")
        self.assertEqual([best("pareto", cost) for cost in (0.5, 1, 2.5, 9)], [[], [1], [3], [2]])

        self.write("digits.yaml", DIGITS)
        self.apogee("study", "create", "-f", "digits.yaml")
        result = self.apogee("study", "best", "digits", "--max-cost", 1, code=4)
        self.assertIn("the study knows no cost", result.err)


class TrialTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.write("digits.yaml", DIGITS)
        self.apogee("study", "create", "-f", "digits.yaml")

    def suggest(self, *more: object, code: int = 0) -> Result:
        return self.apogee("trial", "suggest", "digits", "--worker", "w", *more, code=code)

    def test_suggest(self) -> None:
        self.assertEqual(
            self.suggest().out,
            """\
ID  STATE   accuracy     lr  layers  optimizer  momentum  TIME  WORKER  REASON
 1  ACTIVE            0.001       2  adam                       w
""",
        )
        again = self.suggest("-o", "json").json
        self.assertEqual([trial["id"] for trial in again], [1])
        self.assertEqual(again[0]["parameters"], {"lr": 0.001, "layers": 2, "optimizer": "adam"})
        more = self.suggest("--count", "3", "-o", "json").json
        self.assertEqual([trial["id"] for trial in more], [1, 2, 3])

    def test_suggest_needs_a_worker(self) -> None:
        result = self.apogee("trial", "suggest", "digits", code=2)
        self.assertIn("--worker is required", result.err)
        self.apogee("trial", "suggest", "digits", env={"APOGEE_WORKER": "w"})
        self.assertEqual(self.trials("digits")[0]["worker"], "w")

    def test_a_worker_loop_ends_with_exit_code_9(self) -> None:
        for trial in range(1, 5):
            self.suggest()
            self.apogee("trial", "complete", "digits", trial, "accuracy=1")
        result = self.suggest(code=9)
        self.assertEqual(result.out, "")
        self.assertIn("its budget of 4 trials is spent", result.err)

    def test_a_paused_study_suggests_nothing(self) -> None:
        self.apogee("study", "pause", "digits")
        self.assertIn("is INACTIVE", self.suggest(code=9).err)

    def test_nothing_left_while_others_work(self) -> None:
        self.suggest("--count", "4")
        result = self.apogee("trial", "suggest", "digits", "--worker", "v", code=9)
        self.assertEqual(
            result.err,
            'apogee: study "digits" has nothing more to '
            "suggest: its budget or its search space is "
            "spent\n",
        )

    def test_measure_and_complete(self) -> None:
        self.suggest()
        result = self.apogee(
            "trial", "measure", "digits", "1", "--step", "3", "accuracy=0.5", "--elapsed", "12s"
        )
        self.assertEqual((result.out, result.err), ("", "trial 1 has 1 measurements\n"))
        shown = self.apogee("trial", "show", "digits", "1", "-o", "json").json
        self.assertEqual(
            shown["measurements"],
            [{"step": 3, "elapsed_seconds": 12.0, "metrics": {"accuracy": 0.5}}],
        )
        # Without a result the last measurement is it.
        result = self.apogee("trial", "complete", "digits", "1")
        self.assertEqual(result.err, "trial 1 is SUCCEEDED: accuracy=0.5\n")

    def test_complete_twice(self) -> None:
        self.suggest()
        for _ in range(2):
            result = self.apogee("trial", "complete", "digits", "1", "accuracy=0.97")
            self.assertEqual(result.err, "trial 1 is SUCCEEDED: accuracy=0.97\n")
        result = self.apogee("trial", "complete", "digits", "1", "accuracy=0.5", code=4)
        self.assertIn("trial 1 is SUCCEEDED", result.err)

    def test_complete_infeasible(self) -> None:
        self.suggest()
        result = self.apogee(
            "trial", "complete", "digits", "1", "--infeasible", "out of memory", "-o", "json"
        )
        self.assertEqual(result.err, "trial 1 is INFEASIBLE\n")
        self.assertEqual(result.json["infeasible_reason"], "out of memory")
        self.assertEqual(result.json["metrics"], {})

    def test_complete_checks_metrics(self) -> None:
        self.suggest()
        result = self.apogee("trial", "complete", "digits", "1", "acuracy=1", code=8)
        self.assertEqual(
            result.err,
            'apogee: metric "accuracy" is missing (given: acuracy); add accuracy=VALUE\n',
        )
        result = self.apogee("trial", "complete", "digits", "1", "accuracy=x", code=2)
        self.assertEqual(result.err, 'apogee: metric "accuracy": "x" is not a number\n')

    def test_non_finite_metrics_are_text_in_json(self) -> None:
        self.suggest()
        trial = self.apogee("trial", "complete", "digits", "1", "accuracy=nan", "-o", "json").json
        self.assertEqual(trial["metrics"], {"accuracy": "NaN"})

    def test_request(self) -> None:
        result = self.apogee(
            "trial", "request", "digits", "lr=0.1", "optimizer=sgd", "momentum=0.5"
        )
        self.assertEqual(
            result.err, "trial 1 waits for a worker: lr=0.1 layers=2 optimizer=sgd momentum=0.5\n"
        )
        self.assertEqual(self.trials("digits")[0]["state"], "REQUESTED")
        self.assertEqual(self.suggest("-o", "json").json[0]["id"], 1)

    def test_request_names_the_parameter(self) -> None:
        for arguments, says in [
            (["lr=5"], 'parameter "lr": "5" is not a number from 1e-05 to 0.1'),
            (["layer=2"], 'the study has no parameter "layer"; did you mean "layers"?'),
            (
                ["momentum=0.5"],
                'parameter "momentum" is not active with these values of the others; leave it out',
            ),
        ]:
            result = self.apogee("trial", "request", "digits", *arguments, code=8)
            self.assertEqual(result.err, f"apogee: {says}\n")
        self.assertEqual(self.trials("digits"), [])

    def test_list(self) -> None:
        self.suggest("--count", "3")
        self.apogee("trial", "complete", "digits", "2", "accuracy=0.5")
        states = [trial["state"] for trial in self.trials("digits")]
        self.assertEqual(states, ["ACTIVE", "SUCCEEDED", "ACTIVE"])
        done = self.apogee("trial", "list", "digits", "--state", "succeeded", "-o", "json").json
        self.assertEqual([trial["id"] for trial in done], [2])
        newest = self.apogee("trial", "list", "digits", "--limit", "2", "-o", "json").json
        self.assertEqual([trial["id"] for trial in newest], [2, 3])
        result = self.apogee("trial", "list", "digits", "--state", "INFEASIBLE")
        self.assertEqual((result.out, result.err), ("", "there are no such trials\n"))

    def test_list_as_csv(self) -> None:
        self.suggest()
        self.apogee("trial", "complete", "digits", "1", "accuracy=0.5")
        self.apogee("trial", "request", "digits", "optimizer=sgd", "momentum=0.5")
        rows = list(
            csv.DictReader(io.StringIO(self.apogee("trial", "list", "digits", "-o", "csv").out))
        )
        self.assertEqual(
            list(rows[0]),
            [
                "id",
                "name",
                "state",
                "param.lr",
                "param.layers",
                "param.optimizer",
                "param.momentum",
                "metric.accuracy",
                "infeasible_reason",
                "worker",
                "start_time",
                "end_time",
                "duration_seconds",
            ],
        )
        self.assertEqual([row["metric.accuracy"] for row in rows], ["0.5", ""])
        self.assertEqual([row["param.momentum"] for row in rows], ["", "0.5"])

    def test_show(self) -> None:
        self.suggest()
        self.apogee(
            "trial", "measure", "digits", "1", "--step", "1", "accuracy=0.25", "--elapsed", "90s"
        )
        text = self.apogee("trial", "show", "digits", "1").out
        text = re.sub(r"(Started +)\S+ \S+ UTC", r"\1...", text)
        self.assertEqual(
            text,
            f"""\
Trial       owners/{self.owner}/studies/digits/trials/1
State       ACTIVE
Worker      w
Started     ...

PARAMETER  VALUE
lr         0.001
layers     2
optimizer  adam

STEP  ELAPSED  MEASUREMENT
   1    1m30s  accuracy=0.25
""",
        )
        result = self.apogee("trial", "show", "digits", "9", code=3)
        self.assertEqual(
            result.err, f"apogee: there is no trial 9 in owners/{self.owner}/studies/digits\n"
        )
        result = self.apogee("trial", "show", "digits", "nine", code=2)
        self.assertEqual(result.err, 'apogee: ID "nine" is not a whole number, 1 or more\n')

    def test_yaml_is_json_in_other_words(self) -> None:
        self.suggest()
        trial = self.apogee("trial", "show", "digits", "1", "-o", "json").json
        yaml = self.apogee("trial", "show", "digits", "1", "-o", "yaml").out
        self.assertEqual(
            [line.split(":")[0] for line in yaml.splitlines() if not line.startswith(" ")],
            list(trial),
        )

    def test_stop(self) -> None:
        self.suggest()
        result = self.apogee("trial", "stop", "digits", "1")
        self.assertEqual((result.out, result.err), ("", "trial 1 is told to stop\n"))
        result = self.apogee("trial", "measure", "digits", "1", "accuracy=0.5")
        self.assertEqual(result.err, "trial 1 has 1 measurements and is told to stop\n")
        self.apogee("trial", "complete", "digits", "1")
        result = self.apogee("trial", "stop", "digits", "1")
        self.assertEqual(result.err, "trial 1 has ended already\n")

    def test_delete(self) -> None:
        self.suggest()
        result = self.apogee("trial", "delete", "digits", "1", code=2)
        self.assertEqual(result.err, 'apogee: to delete trial 1 of study "digits", say --yes\n')
        result = self.apogee("trial", "delete", "digits", "1", "-y")
        self.assertEqual((result.out, result.err), ("", "deleted trial 1\n"))
        self.assertEqual(self.trials("digits"), [])


class AlgorithmTest(Case):
    def test_list(self) -> None:
        lines = self.apogee("algorithm", "list").out.splitlines()
        self.assertEqual(lines[0].split(), ["NAME", "LEARNS", "OBJECTIVES", "SUMMARY"])
        names = [line.split()[0] for line in lines[1:]]
        self.assertIn("RANDOM_SEARCH", names)
        document = self.apogee("algorithm", "list", "-o", "json").json
        self.assertEqual([algorithm["name"] for algorithm in document], names)

    def test_show(self) -> None:
        result = self.apogee("algorithm", "show", "grid_search")
        self.assertTrue(result.out.startswith("GRID_SEARCH: "))
        self.assertIn("double_points", result.out)
        document = self.apogee("algorithm", "show", "GRID_SEARCH", "-o", "json").json
        options = {option["name"]: option for option in document["options"]}
        self.assertEqual(options["double_points"]["type"], "int")
        self.assertEqual(options["double_points"]["default"], 10)
        result = self.apogee("algorithm", "show", "DEFAULT")
        self.assertIn("Also known as: ALGORITHM_UNSPECIFIED", result.out)
        self.assertIn("  GP_UCB_PE            no budget or at most 1000 trials", result.out)
        result = self.apogee("algorithm", "show", "RANDOM_SERCH", code=3)
        self.assertEqual(
            result.err,
            'apogee: there is no algorithm "RANDOM_SERCH"; did you mean '
            '"RANDOM_SEARCH"?; "apogee algorithm list" shows them all\n',
        )


class ErrorTest(Case):
    def test_usage(self) -> None:
        for arguments, says in [
            ([], 'a subcommand is required; see "apogee --help"'),
            (["study"], 'a subcommand is required; see "apogee study --help"'),
            (
                ["studdy"],
                'there is no command "studdy" of "apogee"; did you '
                'mean "study"?; it has study, trial, worker, algorithm, regressor, tune, admin, '
                "completion, version",
            ),
            (
                ["study", "lst"],
                'there is no command "lst" of "apogee study"; did you mean '
                '"list"?; it has create, list, show, watch, pause, resume, stop, '
                "delete, best, export, validate, diff",
            ),
            (
                ["study", "list", "--timeout", "soon"],
                '--timeout "soon" is not a duration; write 90s, 5m, 1h30m or 250ms',
            ),
            (["study", "list", "--", "x"], "only tune takes a command after --"),
            (["study", "show", "a/b"], None),
            (["study", "list", "-o", "xml"], None),
            (["study", "list", "--bogus"], None),
        ]:
            result = self.apogee(*arguments, code=2)
            self.assertEqual(result.out, "", arguments)
            self.assertRegex(result.err, r"^apogee: .*\n$")
            if says:
                self.assertEqual(result.err, f"apogee: {says}\n")

    def test_errors_as_json(self) -> None:
        result = self.apogee("study", "show", "nope", "-o", "json", code=3)
        self.assertEqual(
            json.loads(result.err),
            {
                "error": {
                    "code": "NOT_FOUND",
                    "message": f"there is no study owners/{self.owner}/studies/nope",
                }
            },
        )
        result = self.apogee("study", "-o", "json", code=2)
        self.assertEqual(json.loads(result.err)["error"]["code"], "USAGE")

    def test_no_server(self) -> None:
        result = self.apogee("study", "list", "--server", "127.0.0.1:1", code=6)
        self.assertRegex(
            result.err,
            r"^apogee: no server answers at 127\.0\.0\.1:1 "
            r"\(.*\); start one with \"apogeed\", or name "
            r"another with --server HOST:PORT or "
            r"APOGEE_SERVER\n$",
        )

    def test_a_server_that_does_not_answer(self) -> None:
        silent = Server(self.work)
        try:
            self.apogee("study", "list", env={"APOGEE_SERVER": silent.address})
            os.kill(silent.process.pid, 19)  # SIGSTOP
            result = self.apogee(
                "study", "list", "--server", silent.address, "--timeout", "300ms", code=7
            )
            self.assertIn("give it longer with --timeout", result.err)
        finally:
            os.kill(silent.process.pid, 18)  # SIGCONT
            silent.stop()

    def test_options_come_before_variables(self) -> None:
        self.write("digits.yaml", DIGITS)
        self.apogee("--owner", "eva", "study", "create", "-f", "digits.yaml")
        result = self.apogee(
            "study", "list", "--owner", "eva", "-o", "json", env={"APOGEE_OWNER": "bob"}
        )
        self.assertEqual(result.json[0]["resource"], "owners/eva/studies/digits")


class TerminalTest(Case):
    """On a terminal: colours, tables that fit, questions."""

    def setUp(self) -> None:
        super().setUp()
        self.write("digits.yaml", DIGITS)
        self.apogee("study", "create", "-f", "digits.yaml")

    def on_terminal(
        self,
        *arguments: str,
        columns: int = 80,
        say: str = "",
        env: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        screen = self.on_screen(*arguments, columns=columns, env=env)
        screen.type(say)
        return screen.finish(), screen.text

    def test_colors(self) -> None:
        _, text = self.on_terminal("study", "list")
        self.assertIn("\033[32mACTIVE\033[0m", text)
        _, text = self.on_terminal("study", "list", env={"NO_COLOR": "1"})
        self.assertNotIn("\033", text)
        _, text = self.on_terminal("study", "list", "--color", "never")
        self.assertNotIn("\033", text)
        self.assertNotIn("\033", self.apogee("study", "list").out)
        self.assertIn(
            "\033[32mACTIVE\033[0m", self.apogee("study", "list", "--color", "always").out
        )

    def test_tables_fit(self) -> None:
        _, text = self.on_terminal("study", "list", "--color", "never", columns=60)
        self.assertIn("…", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 60)

    def test_delete_asks(self) -> None:
        code, text = self.on_terminal("study", "delete", "digits", say="n\n")
        self.assertEqual(code, 1)
        self.assertIn('Delete study "digits" with its 0 trials? [y/N]', text)
        self.assertIn("nothing was deleted", text)
        code, text = self.on_terminal("study", "delete", "digits", say="y\n")
        self.assertEqual(code, 0)
        self.apogee("study", "show", "digits", code=3)


if __name__ == "__main__":
    unittest.main()
