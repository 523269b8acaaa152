"""Studies from files, dicts and code; what the package makes of them is what the CLI makes."""

from __future__ import annotations

import pathlib
import subprocess
import tempfile
import unittest
from typing import Any

import yaml
from google.protobuf import text_format

import apogee
import apogeed
from apogee import node, protocol, study_file
from harness import ROOT, Case

FILES = ROOT / "tests" / "proto" / "study_files"
DIGITS: dict[str, Any] = {
    "name": "digits",
    "algorithm": "QUASI_RANDOM_SEARCH",
    "metrics": {"accuracy": "maximize"},
    "parameters": {
        "lr": {"double": [1e-5, 1e-1], "scale": "log", "default": 1e-3},
        "layers": {"int": [1, 4]},
        "optimizer": {"categorical": ["sgd", "adam"]},
        "momentum": {"double": [0, 0.99], "when": {"optimizer": "sgd"}},
    },
    "budget": {"trials": 60},
}


class StudyFileTest(Case):
    def test_every_good_file_is_the_study_that_the_command_line_makes(self) -> None:
        files = sorted(FILES.glob("good/*.yaml"))
        self.assertGreater(len(files), 5)
        for file in files:
            with self.subTest(file.name):
                cli = self.create_with_command_line(file)
                if cli.returncode != 0:  # an algorithm or an option that the server does not have
                    with self.assertRaises(apogee.InvalidError) as caught:
                        apogee.create_study(file, **self.where)
                    self.assertIn(str(caught.exception), cli.stderr)
                    continue
                # ConflictError if the two differed in anything.
                study = apogee.create_study(file, **self.where)
                made = study_file.read(file, {}).study_spec
                self.assertEqual(study._core.study.study_spec, made)

    def create_with_command_line(self, file: pathlib.Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [apogeed.program("apogee"), "study", "create", "-f", file],
            capture_output=True,
            text=True,
            env=self.variables(),
        )

    def test_every_word_of_the_grammar(self) -> None:
        expected = protocol.Study()
        text_format.Parse((FILES / "good" / "everything.txtpb").read_text(), expected)
        made = study_file.read(FILES / "good" / "everything.yaml", {})
        self.assertEqual(text_format.MessageToString(made), text_format.MessageToString(expected))

    def test_no_bad_file_makes_a_study(self) -> None:
        files = sorted(FILES.glob("bad/*.yaml"))
        self.assertGreater(len(files), 50)
        for file in files:
            with self.subTest(file.name), self.assertRaises(apogee.InvalidError):
                apogee.create_study(file, **self.where)
        self.assertEqual(apogee.list_studies(**self.where), [])

    def test_a_dict_and_code_make_the_study_of_the_file(self) -> None:
        file = apogee.create_study(FILES / "good" / "digits.yaml", **self.where)
        self.assertEqual(yaml.safe_load((FILES / "good/digits.yaml").read_text())["name"], "digits")
        from_dict = apogee.create_study(DIGITS, **self.where)
        from_code = apogee.create_study(
            name="digits",
            algorithm="QUASI_RANDOM_SEARCH",
            metrics={"accuracy": "maximize"},
            parameters={
                "lr": apogee.double(1e-5, 1e-1, scale="log", default=1e-3),
                "layers": apogee.integer(1, 4),
                "optimizer": apogee.categorical(["sgd", "adam"]),
                "momentum": apogee.double(0, 0.99, when={"optimizer": "sgd"}),
            },
            budget={"trials": 60},
            **self.where,
        )
        self.assertEqual(file.resource_name, from_dict.resource_name)
        self.assertEqual(file.resource_name, from_code.resource_name)

    def test_all_kinds_of_parameters_reach_the_worker_in_their_types(self) -> None:
        study = self.study(
            parameters={
                "real": apogee.double(0, 1, default=0.5),
                "whole": apogee.integer(1, 9),
                "sizes": apogee.discrete([16, 32]),
                "rates": apogee.discrete([0, 0.5]),
                "word": apogee.categorical(["a", "b"], default="b"),
                "flag": apogee.boolean(default=True),
                "child": apogee.integer(1, 2, when=[{"flag": True}, {"word": ["a", "b"]}]),
            },
        )
        types = {name: type(value) for name, value in study.ask().parameters.items()}
        self.assertEqual(
            types,
            {
                "real": float,
                "whole": int,
                "sizes": int,
                "rates": float,
                "word": str,
                "flag": bool,
                "child": int,
            },
        )

    def test_keys_replace_those_of_a_file(self) -> None:
        study = apogee.create_study(
            FILES / "good" / "digits.yaml", name="again", budget={"trials": 3}, **self.where
        )
        self.assertEqual(study.name, "again")
        self.assertEqual(study.summary().budget_trials, 3)

    def test_an_equal_study_is_joined_and_another_is_a_conflict(self) -> None:
        first = apogee.create_study(DIGITS, **self.where)
        first.tell(first.ask(), accuracy=0.5)
        self.assertEqual(len(apogee.create_study(DIGITS, **self.where).results()), 1)
        for changes, what in (
            ({"budget": {"trials": 61}}, "budget"),
            ({"seed": 0}, "seed"),
            ({"metrics": {"accuracy": "minimize"}}, "metrics"),
            ({"algorithm": "RANDOM_SEARCH"}, "algorithm"),
            ({"algorithm": {"name": "QUASI_RANDOM_SEARCH", "x": 1}}, "algorithm's options"),
            ({"stopping": "NONE"}, "stopping"),
            ({"noise": "high"}, "noise"),
            ({"metadata": {"a": "b"}}, "metadata"),
            ({"constraints": ["lr + layers <= 4"]}, "constraints"),
        ):
            with (
                self.subTest(what),
                self.assertRaisesRegex(apogee.ConflictError, f"differs in {what};"),
            ):
                apogee.create_study(DIGITS, **changes, **self.where)

    def test_mistakes_are_named_with_their_cure(self) -> None:
        cases: list[tuple[dict[str, Any], str]] = [
            ({"paramters": {}}, 'unknown key "paramters"; did you mean "parameters"?'),
            ({"metrics": {"a": "maximise"}}, 'metrics.a: unknown goal "maximise"; did you mean'),
            ({"parameters": {"x": {"double": [0]}}}, r"x.double: expected two numbers"),
            ({"parameters": {"x": {"categorical": [16]}}}, r'found 16; write "16"'),
            ({"parameters": {"x": {"double": [1, 0]}}}, "max"),  # the server's words
            ({"parameters": {"x": {"double": [0, float("nan")]}}}, "not a finite double"),
            ({"parameters": {"x": {"int": [0, 2**70]}}}, "64 bits"),
            ({"algorithm": "NO_SUCH"}, "NO_SUCH"),
        ]
        for change, message in cases:
            with self.subTest(message), self.assertRaisesRegex(apogee.InvalidError, message):
                apogee.create_study({**DIGITS, **change}, **self.where)

    def test_a_file_names_the_line_that_is_no_yaml(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "study.yaml"
            with self.assertRaisesRegex(apogee.InvalidError, "can not read"):
                apogee.create_study(file, **self.where)
            file.write_text("name: s\nmetrics: {\n")
            with self.assertRaisesRegex(apogee.InvalidError, r"study.yaml:3: "):
                apogee.create_study(file, **self.where)


class OpenTest(Case):
    def test_by_name_and_by_resource_name(self) -> None:
        self.study()
        by_name = apogee.open_study("s", **self.where)
        full = f"owners/{self.where['owner']}/studies/s"
        by_resource = apogee.open_study(full, server=self.server.address, owner="other")
        self.assertEqual(by_name.resource_name, by_resource.resource_name)
        self.assertEqual(apogee.list_studies(**self.where), ["s"])

    def test_what_is_not_there(self) -> None:
        with self.assertRaises(apogee.NotFoundError) as caught:
            apogee.open_study("nothing", **self.where)
        self.assertEqual(caught.exception.code, "NOT_FOUND")
        with self.assertRaisesRegex(apogee.InvalidError, "owners/OWNER/studies/NAME"):
            apogee.open_study("a/b", **self.where)

    def test_pause_resume_stop_and_delete(self) -> None:
        study = self.study()
        study.pause()
        with self.assertRaisesRegex(apogee.StudyOverError, "INACTIVE"):
            study.ask()
        study.resume()
        study.tell(study.ask(), accuracy=1)
        study.stop()
        self.assertEqual(study.summary().state, "COMPLETED")
        study.delete()
        self.assertEqual(apogee.list_studies(**self.where), [])

    def test_no_server(self) -> None:
        with (
            self.assertLogs("apogee", "WARNING"),
            self.assertRaises(apogee.UnavailableError) as caught,
        ):
            apogee.open_study("s", server="127.0.0.1:1", patience=0.2)
        self.assertIn("no server answers at 127.0.0.1:1", str(caught.exception))
        self.assertIsInstance(caught.exception, ConnectionError)


class NumberTest(unittest.TestCase):
    def test_words_without_quotes_are_read_as_the_server_reads_them(self) -> None:
        self.assertEqual(
            [node.Plain(text).number() for text in ("1e3", "-.5", "7", "0x1", "1_000", "inf", "")],
            [1000.0, -0.5, 7, None, None, None, None],
        )


if __name__ == "__main__":
    unittest.main()
