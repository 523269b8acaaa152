"""apogee admin: what operators do, and what they see when it can not be done."""

import json
import pathlib
import sqlite3
import tempfile
import unittest
from typing import Any

from harness import Case, Server

STUDY = """
name: {name}
algorithm: QUASI_RANDOM_SEARCH
seed: 7
metrics: {{accuracy: maximize}}
parameters:
  lr: {{double: [1e-5, 1e-1], scale: log}}
  optimizer: {{categorical: [sgd, adam]}}
  momentum: {{double: [0, 0.99], when: {{optimizer: sgd}}}}
"""


class AdminCase(Case):
    """As Case, with a server on a file: a store in memory has no backups."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="apogee-test-"))
        cls.server = Server(cls.folder, f"sqlite:{cls.folder / 'live.db'}")

    def second_server(self, store: str) -> Server:
        folder = self.work / "second"
        folder.mkdir()
        server = Server(folder, store)
        self.addCleanup(server.stop)
        return server

    def study(self, name: str, finished: int = 3) -> None:
        """A study with trials in several states."""
        self.apogee("study", "create", "-f", self.write("s.yaml", STUDY.format(name=name)))
        for number in range(finished):
            (trial,) = self.apogee(
                "trial", "suggest", name, "--worker", f"w{number}", "-o", "json"
            ).json
            self.apogee("trial", "measure", name, trial["id"], "accuracy=0.1", "--step", "1")
            self.apogee("trial", "complete", name, trial["id"], f"accuracy=0.{number + 1}")
        self.apogee("trial", "suggest", name, "--worker", "busy")

    def suggest(self, study: str, worker: str, **options: Any) -> Any:
        (trial,) = self.apogee(
            "trial", "suggest", study, "--worker", worker, "-o", "json", **options
        ).json
        return trial["id"], trial["parameters"]


class BackupTest(AdminCase):
    def test_a_backup_is_served_like_any_other_file(self) -> None:
        self.study("digits")
        result = self.apogee("admin", "backup", "copy.db")
        self.assertEqual(result.out, "")
        self.assertIn(f'wrote "{self.work}/copy.db"', result.err)
        self.assertIn("apogeed --store sqlite:", result.err)
        second = self.second_server(f"sqlite:{self.work / 'copy.db'}")
        there = {"APOGEE_SERVER": second.address}
        self.assertEqual(
            self.apogee("trial", "list", "digits", "-o", "json", env=there).json,
            self.trials("digits"),
        )
        self.assertEqual(
            self.suggest("digits", "new", env=there),
            self.suggest("digits", "new"),
        )

    def test_nothing_is_replaced(self) -> None:
        path = self.write("copy.db", "precious")
        error = self.apogee("admin", "backup", path, code=4).err
        self.assertEqual(error, f'apogee: "{path}" exists already; choose another name\n')
        self.assertEqual(path.read_text(), "precious")
        live = self.folder / "live.db"
        for own in (live, f"{live}-wal", f"{live}.lock"):
            error = self.apogee("admin", "backup", own, code=4).err
            self.assertIn("is a file of the store itself", error)

    def test_a_path_that_can_not_be_written_is_named(self) -> None:
        error = self.apogee("admin", "backup", self.work / "no" / "copy.db", code=4).err
        self.assertIn(f'can not write "{self.work}/no/copy.db', error)

    def test_a_store_in_memory_has_none(self) -> None:
        second = self.second_server("memory:")
        there = {"APOGEE_SERVER": second.address}
        error = self.apogee("admin", "backup", "copy.db", env=there, code=1).err
        self.assertIn("apogee admin export", error)

    def test_as_json(self) -> None:
        result = self.apogee("admin", "backup", "copy.db", "-o", "json")
        self.assertEqual(result.json, {"path": str(self.work / "copy.db")})


class CheckTest(AdminCase):
    def test_a_good_store(self) -> None:
        self.study("digits")
        self.assertEqual(self.apogee("admin", "check").out, "")
        self.assertEqual(self.apogee("admin", "check", "-o", "json").json, {"problems": []})
        self.assertIn("small", self.apogee("admin", "vacuum").err)
        self.assertEqual(len(self.trials("digits")), 4)

    def test_a_damaged_store_is_told_and_fails(self) -> None:
        self.study("digits")
        self.apogee("admin", "backup", "copy.db")
        with sqlite3.connect(self.work / "copy.db") as database:
            database.execute("UPDATE trials SET proto = x'ff' WHERE trial_id = 2")
            database.execute("DELETE FROM trials WHERE trial_id = 1")
        database.close()
        second = self.second_server(f"sqlite:{self.work / 'copy.db'}")
        result = self.apogee("admin", "check", env={"APOGEE_SERVER": second.address}, code=1)
        orphans, study = result.out.splitlines()
        self.assertEqual(orphans, "1 measurements that belong to no trial")
        self.assertIn(f"owners/{self.owner}/studies/digits: trial 2", study)
        self.assertIn("restore it from a backup", result.err)


class ExportTest(AdminCase):
    def test_an_archive_comes_back_byte_by_byte_and_the_study_goes_on(self) -> None:
        self.study("digits")
        self.study("letters", finished=1)
        self.apogee("trial", "delete", "digits", "2", "--yes")
        self.apogee("study", "stop", "letters")
        result = self.apogee("admin", "export", "a.jsonl")
        self.assertEqual(result.err, "exported studies: 2, trials: 5\n")
        archive = (self.work / "a.jsonl").read_text()

        second = self.second_server(f"sqlite:{self.work / 'second.db'}")
        there = {"APOGEE_SERVER": second.address}
        result = self.apogee("admin", "import", "a.jsonl", env=there)
        self.assertIn('imported from the Apogee archive "a.jsonl"', result.err)
        self.assertRegex(result.out, rf"owners/{self.owner}/studies/letters +COMPLETED +2")
        self.assertEqual(self.apogee("admin", "export", "-", env=there).out, archive)
        for worker in ("new", "newer"):
            self.assertEqual(
                self.suggest("digits", worker, env=there), self.suggest("digits", worker)
            )

    def test_what_is_exported(self) -> None:
        self.study("mine", finished=0)
        self.study("other", finished=0)
        theirs = f"{self.owner}_too"
        self.apogee("study", "create", "-f", "s.yaml", "--owner", theirs)

        def exported(*arguments: str) -> list[str]:
            lines = self.apogee("admin", "export", "-", *arguments).out.splitlines()
            return [
                json.loads(line)["study"]["study"]["name"].removeprefix("owners/")
                for line in lines
                if line.startswith('{"study"')
            ]

        mine = [f"{self.owner}/studies/mine", f"{self.owner}/studies/other"]
        self.assertEqual(exported(), mine)
        self.assertEqual(exported("mine"), mine[:1])
        self.assertEqual(
            exported(f"owners/{theirs}/studies/other", "other"),
            [f"{theirs}/studies/other", mine[1]],
        )
        self.assertLessEqual({*mine, f"{theirs}/studies/other"}, set(exported("--all-owners")))

    def test_errors(self) -> None:
        self.assertIn("--all-owners", self.apogee("admin", "export", "a.jsonl", code=3).err)
        self.study("digits", finished=0)
        self.apogee("admin", "export", "a.jsonl", "no-such", code=3)
        self.assertFalse(list(self.work.glob("a.jsonl*")), "nothing is left behind")
        self.write("a.jsonl", "precious")
        self.apogee("admin", "export", "a.jsonl", code=4)
        self.apogee("admin", "export", self.work / "no" / "a.jsonl", code=1)
        self.assertEqual((self.work / "a.jsonl").read_text(), "precious")


class ImportTest(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.study("digits")
        self.apogee("admin", "export", "a.jsonl")

    def studies(self, owner: str) -> list[str]:
        listed = self.apogee("study", "list", "--owner", owner, "-o", "json").json
        return [study["name"] for study in listed]

    def test_a_study_that_exists_is_a_conflict_with_its_cures(self) -> None:
        error = self.apogee("admin", "import", "a.jsonl", code=4).err
        self.assertIn(f'study "owners/{self.owner}/studies/digits" exists already', error)
        for cure in ("--rename", "--into", "--study"):
            self.assertIn(cure, error)
        self.apogee("admin", "import", "a.jsonl", "--rename", "digits=again")
        self.assertEqual(self.studies(self.owner), ["digits", "again"])
        self.assertEqual(len(self.trials("again")), 4)
        self.apogee("admin", "import", "a.jsonl", "--into", self.owner + "_too")
        self.assertEqual(self.studies(self.owner + "_too"), ["digits"])

    def test_a_dry_run_changes_nothing(self) -> None:
        into = self.owner + "_too"
        result = self.apogee("admin", "import", "a.jsonl", "--into", into, "--dry-run")
        self.assertIn("would import", result.err)
        self.assertEqual(self.studies(into), [])
        self.apogee("admin", "import", "a.jsonl", "--dry-run", code=4)

    def test_nothing_is_sent_of_a_file_that_is_wrong_somewhere(self) -> None:
        lines = (self.work / "a.jsonl").read_text().splitlines(keepends=True)
        into = self.owner + "_too"
        for number, damage, told in (
            (2, "{}\n", "line 2: "),
            (4, lines[3][:100] + "\n", 'line 4, study "digits": '),
            (6, "", "the archive is damaged"),
            (7, "", "cut short"),
        ):
            damaged = [*lines[: number - 1], damage, *lines[number:]]
            path = self.write("damaged.jsonl", "".join(damaged))
            error = self.apogee("admin", "import", path, "--into", into, code=8).err
            self.assertIn(told, error)
        self.assertEqual(self.studies(into), [])

    def test_the_algorithm_can_be_another(self) -> None:
        text = (self.work / "a.jsonl").read_text()
        foreign = self.write("b.jsonl", text.replace("QUASI_RANDOM_SEARCH", "NOT_OURS"))
        arguments = ("admin", "import", foreign, "--rename", "digits=again")
        error = self.apogee(*arguments, code=8).err
        self.assertIn('algorithm "NOT_OURS" is unknown', error)
        self.assertIn("choose another algorithm with --algorithm NAME", error)
        self.apogee(*arguments, "--algorithm", "RANDOM_SEARCH")
        shown = self.apogee("study", "show", "again", "-o", "json").json
        self.assertEqual(shown["algorithm"], "RANDOM_SEARCH")

    def test_only_the_studies_that_are_named(self) -> None:
        self.apogee("study", "create", "-f", self.write("t.yaml", STUDY.format(name="other")))
        self.apogee("admin", "export", "both.jsonl")
        into = self.owner + "_too"
        result = self.apogee(
            "admin", "import", "both.jsonl", "--into", into, "--study", "other", "-o", "json"
        )
        self.assertEqual(
            result.json,
            [
                {
                    "resource": f"owners/{into}/studies/other",
                    "state": "ACTIVE",
                    "trials": 0,
                    "notes": [],
                }
            ],
        )
        self.assertEqual(self.studies(into), ["other"])
        error = self.apogee("admin", "import", "both.jsonl", "--study", "othr", code=8).err
        self.assertIn('the file has no study "othr"; did you mean "other"?', error)

    def test_a_file_of_another_kind(self) -> None:
        self.apogee("admin", "import", "missing", code=3)
        error = self.apogee("admin", "import", self.write("x.yaml", "a: b\n"), code=8).err
        self.assertIn("import takes an Apogee archive, or an SQLite file of", error)
        self.apogee("admin", "backup", "copy.db")
        error = self.apogee("admin", "import", "copy.db", code=8).err
        self.assertIn("apogeed --store sqlite:FILE", error)
        self.apogee("admin", "import", "a.jsonl", "--rename", "digits", code=2)

    def test_an_import_that_breaks_off_says_how_to_go_on(self) -> None:
        # A server that takes so little takes the study, but not its trials.
        text = (self.work / "a.jsonl").read_text()
        trial = text.splitlines()[2]
        large = trial.replace('"state"', '"infeasibleReason":"' + "x" * 2**21 + '","state"', 1)
        path = self.write("large.jsonl", text.replace(trial, large))
        folder = self.work / "small"
        folder.mkdir()
        small = Server(folder, "memory:", "--max-request-mib", "1")
        self.addCleanup(small.stop)
        there = {"APOGEE_SERVER": small.address}
        error = self.apogee("admin", "import", path, env=there, code=1).err
        self.assertIn(f'study "owners/{self.owner}/studies/digits" was imported in part', error)
        self.assertIn("delete it and import it again with --study", error)
        shown = self.apogee("study", "show", "digits", "-o", "json", env=there).json
        self.assertEqual(shown["state"], "INACTIVE")
        self.assertEqual(shown["inactive_reason"], "its import has not ended")


if __name__ == "__main__":
    unittest.main()
