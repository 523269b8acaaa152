"""apogee regressor: models that a server trains on the studies that are shared."""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from typing import Any

from harness import Case, Server, wait_for

TRIALS = 12


def records(owner: str, name: str, share: str, slope: float) -> list[Any]:
    """A finished study as the lines of an archive."""
    spec = {
        "parameters": [{"parameterId": "x", "doubleValueSpec": {"minValue": 0, "maxValue": 1}}],
        "metrics": [{"metricId": "y", "goal": "MAXIMIZE"}],
        "apogeeOptions": {"shareForTraining": share},
    }
    study = {"displayName": name, "name": f"owners/{owner}/studies/{name}", "studySpec": spec}
    lines: list[Any] = [{"study": {"study": {**study, "state": "COMPLETED"}}}]
    for i in range(TRIALS):
        x = i * 5 % TRIALS / TRIALS
        trial = {
            "id": str(i + 1),
            "state": "SUCCEEDED",
            "parameters": [{"parameterId": "x", "value": x}],
            "finalMeasurement": {"metrics": [{"metricId": "y", "value": slope * x}]},
        }
        lines.append({"trial": {"trial": trial}})
    return lines


def children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], text=True, capture_output=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


class RegressorTest(Case):
    """As Case, with a server on a file for each test."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="apogee-test-"))

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    def serve(self, *flags: str) -> Server:
        folder = self.work / "server"
        folder.mkdir()
        server = Server(folder, f"sqlite:{folder / 'live.db'}", *flags)
        self.addCleanup(server.stop)
        self.server = server
        return server

    def add_studies(self, count: int, share: str = "SERVER", prefix: str = "s") -> None:
        lines: list[Any] = [{"header": {"archive": "apogee", "version": 1}}]
        for i in range(count):
            lines += records(self.owner, f"{prefix}{i}", share, 1 + i)
        lines.append({"end": {"studies": str(count), "trials": str(count * TRIALS)}})
        path = self.write(
            f"{prefix}.jsonl",
            "\n".join(json.dumps(line, separators=(",", ":")) for line in lines) + "\n",
        )
        self.apogee("admin", "import", path)

    def list(self) -> Any:
        return self.apogee("regressor", "list", "-o", "json").json

    def train(self, *flags: str) -> Any:
        return self.apogee("regressor", "train", "--cpu", "2s", "--wait", "-o", "json", *flags).json

    def test_a_training_from_begin_to_end(self) -> None:
        self.serve("--train-minutes", "0")
        self.assertEqual(self.list(), {"regressors": [], "training": None})
        self.add_studies(6)
        shown = self.apogee("study", "show", "s0")
        self.assertIn("for training, with everybody's studies", shown.out)
        training = self.train()
        self.assertEqual(training["state"], "SUCCEEDED")
        self.assertEqual(training["version"], 1)
        report = training["report"]
        self.assertEqual((report["studies"], report["trials"]), (6, 6 * TRIALS))
        self.assertTrue(report["text_curve"] and report["context_curve"])
        names = [model["model"] for model in report["models"]]
        self.assertEqual(names, ["text", "context", "process", "trees"])
        (listed,) = self.list()["regressors"]
        self.assertEqual(listed, self.apogee("regressor", "show", 1, "-o", "json").json)
        scores = self.apogee("regressor", "evaluate", 1, "-o", "json").json
        self.assertEqual(scores, listed["report"]["scores"])
        text = self.apogee("regressor", "show", 1).out
        self.assertIn("Trained on 72 trials of 6 studies", text)
        self.assertIn("KNOWN TRIALS", text)
        self.assertIn("everybody", self.apogee("regressor", "list").out)

        self.assertIn("version 1", self.apogee("regressor", "use", 1).err)
        self.assertEqual(self.list()["regressors"][0]["state"], "IN_USE")
        self.apogee("regressor", "forget", 1, "--yes")
        self.assertEqual(self.list()["regressors"], [])
        error = self.apogee("regressor", "use", 1, code=3).err
        self.assertIn("there is no regressor of version 1", error)

    def test_a_private_study_is_no_reason_to_train(self) -> None:
        self.serve("--train-minutes", "0")
        self.add_studies(6, "NONE")
        self.add_studies(6, "OWNER", "own")
        error = self.apogee("regressor", "train", "--wait", code=1).err
        self.assertIn("share_for_training", error)
        self.assertEqual(self.list()["training"]["state"], "FAILED")
        training = self.train("--mine")
        self.assertEqual(training["parent"], f"owners/{self.owner}")
        self.assertEqual(training["report"]["studies"], 6)

    def test_versions_outlive_a_kill_and_trainings_do_not(self) -> None:
        server = self.serve("--train-minutes", "0")
        self.add_studies(6)
        self.train()
        before = self.list()["regressors"]
        self.apogee("regressor", "train", "--cpu", "1h")
        error = self.apogee("regressor", "train", code=4).err
        self.assertIn("a training is running", error)
        (child,) = wait_for(lambda: children(server.process.pid), "the training process")
        nice = pathlib.Path(f"/proc/{child}/stat")
        wait_for(lambda: nice.read_text().rsplit(")", 1)[1].split()[16] == "19", "nice 19")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        wait_for(lambda: not is_alive(child), "the end of the training")
        server.start()
        self.assertEqual(self.list(), {"regressors": before, "training": None})

    def test_a_crash_of_the_training_harms_nobody(self) -> None:
        server = self.serve("--train-minutes", "0")
        self.add_studies(6)
        self.apogee("regressor", "train", "--cpu", "1h")
        (child,) = wait_for(lambda: children(server.process.pid), "the training process")
        subprocess.run(["kill", "-KILL", str(child)], check=True)
        training = wait_for(
            lambda: (t := self.list()["training"])["state"] == "FAILED" and t, "its failure"
        )
        self.assertEqual(training["error"], "the training process ended too early: signal 9")
        self.assertEqual(self.train()["version"], 1)

    def test_the_server_stops_at_once_while_it_trains(self) -> None:
        server = self.serve("--train-minutes", "0")
        self.add_studies(6)
        self.apogee("regressor", "train", "--cpu", "1h")
        (child,) = wait_for(lambda: children(server.process.pid), "the training process")
        server.stop()
        self.assertEqual(server.process.returncode, 0)
        self.assertFalse(is_alive(child))

    def test_trains_by_itself_when_there_is_more_and_when_a_study_is_gone(self) -> None:
        server = self.serve("--train-minutes", "0")
        self.add_studies(21)
        server.stop()
        server.flags = ("--train-minutes", "0.02", "--train-check", "0.2")
        server.start()
        wait_for(lambda: self.list()["regressors"], "a first version")
        self.apogee("study", "delete", "s3", "--yes")
        second = wait_for(lambda: self.list()["regressors"][1:], "a second version")
        self.assertEqual(second[0]["report"]["studies"], 20)

    def guided(self, server: Server, trials: int, kills: bool) -> str:
        """The archive of a new study that learns from the others, without times."""
        self.server = server
        self.apogee("study", "create", "-f", "guided.yaml")
        for number in range(1, trials + 1):
            trial = self.apogee("trial", "suggest", "guided", "--worker", "w", "-o", "json").json[0]
            if kills and number % 3 == 0:
                server.kill()
                server.start()
            x = float(trial["parameters"]["x"])
            self.apogee("trial", "complete", "guided", trial["id"], f"y={1 - (x - 0.7) ** 2}")
        text = self.apogee("admin", "export", "-", "guided").out
        return re.sub(r'"\w*[tT]ime":"[^"]*",?', "", text)

    def test_a_killed_server_goes_on_with_the_same_suggestions(self) -> None:
        server = self.serve("--train-minutes", "0")
        self.add_studies(6)
        self.assertEqual(self.train()["state"], "SUCCEEDED")
        self.apogee("regressor", "use", 1)
        self.write(
            "guided.yaml",
            "name: guided\nalgorithm: REGRESSION_GUIDED\nseed: 7\ntransfer: {similar: 3}\n"
            "parameters: {x: {double: [0, 1]}}\nmetrics: {y: maximize}\n",
        )
        folder = self.work / "copy"
        folder.mkdir()
        self.apogee("admin", "backup", folder / "live.db")
        twin = Server(folder, f"sqlite:{folder / 'live.db'}", "--train-minutes", "0")
        self.addCleanup(twin.stop)
        expected = self.guided(twin, 14, kills=False)
        found = self.guided(server, 14, kills=True)
        self.assertEqual(found, expected)
        shown = self.apogee("trial", "show", "guided", "9").out
        self.assertRegex(shown, "Suggestion  source .*, regressors 1")
        for source in ("process", "priors", "text", "context"):
            self.assertRegex(shown, rf"\n{source} +\S+ +\S+ +\S+\n")

    def test_a_store_in_memory_says_what_it_needs(self) -> None:
        server = Server(self.work)
        self.addCleanup(server.stop)
        self.server = server
        error = self.apogee("regressor", "train", code=1).err
        self.assertIn("use sqlite:FILE", error)


if __name__ == "__main__":
    unittest.main()
