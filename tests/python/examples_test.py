"""The examples of the README, each as a person would start it."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import unittest
from typing import Any

import yaml

import apogee
import apogeed
from harness import PATIENCE, ROOT, Case

EXAMPLES = ROOT / "client" / "python" / "examples"
README = ROOT / "client" / "python" / "README.md"


def needs(library: str) -> Any:
    found = importlib.util.find_spec(library) is not None
    return unittest.skipUnless(found, f"{library} is not installed")


class ProgramsTest(Case):
    def finished(self, name: str, trials: int) -> apogee.Results:
        study = apogee.open_study(name, **self.where)
        self.assertEqual(study.summary().state, "COMPLETED")
        results = study.results()
        self.assertEqual([r.state for r in results], ["SUCCEEDED"] * trials)
        return results

    @needs("sklearn")
    def test_tune_sklearn(self) -> None:
        out = self.run_python(str(EXAMPLES / "tune_sklearn.py"))
        results = self.finished("digits", 30)
        self.assertIn("TrialResult(id=", out)
        self.assertGreater(max(map(accuracy, results)), 0.9)
        self.assertEqual(len({r.worker for r in results}), 4)
        self.assertLess(min(len(r.measurements) for r in results), 10, "none was stopped")

    @needs("sklearn")
    def test_the_readme_begins_with_a_program_of_ten_lines(self) -> None:
        program = README.read_text().split("```python\n")[1].split("```")[0]
        self.assertLessEqual(len([line for line in program.splitlines() if line.strip()]), 10)
        self.run_python("-c", program)
        self.finished("quick", 20)

    def test_the_readme_shows_the_example_as_it_is(self) -> None:
        example = (EXAMPLES / "tune_sklearn.py").read_text().split('"""\n\n', 1)[1]
        self.assertIn(f"```python\n{example}```\n", README.read_text())

    def test_the_program_of_the_projects_readme(self) -> None:
        text = (ROOT / "README.md").read_text()
        folder = self.server.folder / "readme"
        folder.mkdir()
        (folder / "study.yaml").write_text(text.split("```yaml\n")[1].split("```")[0])
        program = text.split("```python\nimport apogee\n")[1].split("```")[0]
        (folder / "train.py").write_text("import apogee\n" + program)
        self.run_python("train.py", folder=folder)
        self.finished("digits-python", 60)

    @needs("jax")
    def test_tune_jax(self) -> None:
        self.run_python(str(EXAMPLES / "tune_jax.py"))
        losses = [r.metrics["loss"] for r in self.finished("jax", 12)]
        self.assertLess(min(losses), max(losses) / 2)

    @needs("torch")
    def test_tune_torch(self) -> None:
        self.run_python(str(EXAMPLES / "tune_torch.py"))
        losses = [r.metrics["loss"] for r in self.finished("torch", 8)]
        self.assertLess(min(losses), max(losses) / 2)


class SharedStudyTest(Case):
    """worker.py and worker.sh, by hand, under Slurm and under Kubernetes."""

    def study(self, **changes: Any) -> apogee.Study:
        return apogee.create_study(EXAMPLES / "study.yaml", **{**self.where, **changes})

    def start(self, *command: str, **more: str) -> subprocess.Popen[str]:
        path = f"{self.folder}:{apogeed.program('apogee').parent}:/usr/bin:/bin"
        return subprocess.Popen(
            command,
            cwd=EXAMPLES,
            env=self.variables(PATH=path, **more),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def finish(self, *processes: subprocess.Popen[str]) -> None:
        for process in processes:
            out, _ = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0, out)

    def setUp(self) -> None:
        # Their python3 is the one with the package.
        self.folder = self.server.folder / self._testMethodName
        self.folder.mkdir()
        python3 = self.folder / "python3"
        python3.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        python3.chmod(0o755)

    def test_shell_and_python_work_on_one_study(self) -> None:
        study = self.study()
        self.finish(
            self.start(
                "apogee", "tune", "-f", "study.yaml", "--", "./worker.sh", "{lr}", "{layers}"
            ),
            self.start("python3", "worker.py"),
        )
        results = study.results()
        self.assertEqual([r.state for r in results], ["SUCCEEDED"] * 24)
        self.assertEqual(study.summary().state, "COMPLETED")

    def test_slurm(self) -> None:
        study = self.study()
        left = study.as_worker("tune-17-3").ask()
        self.finish(
            self.start(
                "bash",
                "slurm.sh",
                SLURM_JOB_NAME="tune",
                SLURM_ARRAY_JOB_ID="17",
                SLURM_ARRAY_TASK_ID="3",
                SLURM_SUBMIT_DIR=str(EXAMPLES),
            )
        )
        self.assertEqual({r.worker for r in study.results()}, {"tune-17-3"})
        self.assertEqual(study.get(left.id).state, "SUCCEEDED")
        self.assertEqual(study.summary().state, "COMPLETED")

    def test_kubernetes(self) -> None:
        study = self.study()
        job = yaml.safe_load((EXAMPLES / "kubernetes.yaml").read_text())
        (container,) = job["spec"]["template"]["spec"]["containers"]
        self.assertEqual({e["name"] for e in container["env"]}, {"APOGEE_SERVER", "APOGEE_OWNER"})
        self.finish(self.start(*container["command"]))
        self.assertEqual({r.worker for r in study.results()}, {socket.gethostname()})
        self.assertEqual(study.summary().state, "COMPLETED")


def accuracy(result: apogee.TrialResult) -> float:
    return result.metrics["accuracy"]


if __name__ == "__main__":
    unittest.main()
