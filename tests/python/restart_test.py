"""The server is killed under eight workers, and stays away until all of them wait for it."""

from __future__ import annotations

import asyncio
import json
import pathlib
import tempfile
import unittest

import apogee
import apogee.aio
from harness import PATIENCE, Case, wait_for

WORKERS = 8
TRIALS = 60  # before each kill, at least
STEPS = 3

PROGRAM = """
import json, pathlib, sys
import apogee

folder = pathlib.Path(sys.argv[1])

def train(trial):
    for step in range(1, {steps} + 1):
        trial.report(step, accuracy=trial.parameters["lr"] * step)
    # Who did it, and what it was; a line is written whole.
    with open(folder / "done", "a") as done:
        done.write(json.dumps([trial.id, trial.parameters]) + "\\n")

if __name__ == "__main__":
    apogee.open_study("s").optimize(train, workers={workers})
"""


class RestartTest(Case):
    def test_nothing_is_lost_or_done_twice(self) -> None:
        study = apogee.create_study(
            name="s",
            metrics={"accuracy": "maximize"},
            parameters={"lr": apogee.double(1e-4, 1.0)},
            **self.where,
        )
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            done, errors = folder / "done", folder / "errors"
            done.touch()
            (folder / "program.py").write_text(PROGRAM.format(steps=STEPS, workers=WORKERS))
            process = self.python(str(folder / "program.py"), name, errors=errors)

            def lines(file: pathlib.Path, text: str) -> int:
                return file.read_text().count(text)

            def wait_for_lines(file: pathlib.Path, text: str, count: int) -> None:
                wait_for(lambda: lines(file, text) >= count, f"{count} times {text!r}")

            for times in (1, 2):
                wait_for_lines(done, "\n", times * TRIALS)
                self.server.kill()
                wait_for_lines(errors, "no answer from", times * WORKERS)
                self.server.start()
                wait_for_lines(errors, "answers again", times * WORKERS)
            study.stop()
            self.assertEqual(process.wait(PATIENCE), 0, errors.read_text())
            records = [json.loads(line) for line in done.read_text().splitlines()]

        results = study.results()
        self.assertGreater(len(results), 2 * TRIALS)
        self.assertEqual([r.id for r in results], list(range(1, len(results) + 1)))
        self.assertEqual({r.state for r in results}, {"SUCCEEDED"})
        self.assertEqual(sorted(trial for trial, _ in records), [r.id for r in results])
        parameters = dict(records)
        for result in results:
            rate = float(result.parameters["lr"])
            self.assertEqual(result.parameters, parameters[result.id])
            self.assertEqual(
                [(m.step, m.metrics) for m in result.measurements],
                [(step, {"accuracy": rate * step}) for step in range(1, STEPS + 1)],
            )
            self.assertEqual(result.metrics, {"accuracy": rate * STEPS})

    def test_awaited_calls_ride_it_out(self) -> None:
        self.study()

        async def work() -> None:
            study = await apogee.aio.open_study("s", **self.where)
            async with study:
                trials = await asyncio.gather(*(study.ask() for _ in range(WORKERS)))
                self.server.kill()
                calls = asyncio.gather(*(trial.complete(accuracy=trial.id) for trial in trials))
                with self.assertLogs("apogee", "WARNING") as logs:
                    while not logs.records:
                        await asyncio.sleep(0.01)
                    await asyncio.to_thread(self.server.start)
                    await calls

        asyncio.run(work())
        results = apogee.open_study("s", **self.where).results()
        self.assertEqual([r.metrics["accuracy"] for r in results], [float(r.id) for r in results])
        self.assertEqual(len(results), WORKERS)

    def test_a_server_that_comes_late(self) -> None:
        self.study()
        self.server.kill()
        process = self.python("-c", "import apogee; print(apogee.open_study('s').ask().id)")
        assert process.stderr is not None
        self.assertIn("no answer from", process.stderr.readline())
        self.server.start()
        self.assertEqual(process.communicate(timeout=PATIENCE)[0], "1\n")


if __name__ == "__main__":
    unittest.main()
