"""The documented SQL views, as the sqlite3 shell shows them while the server works."""

from __future__ import annotations

import csv
import io
import json
import pathlib
import re
import shutil
import subprocess

from absl.testing import absltest

import apogeed
import stock

STORAGE_README = pathlib.Path(__file__).resolve().parents[2] / "storage/README.md"


@absltest.skipUnless(shutil.which("sqlite3"), "the sqlite3 shell is not installed")
class ViewsTest(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enter_context(apogeed.Apogeed())
        stock.use(self.server.address)

    def rows(self, sql: str) -> list[dict[str, str]]:
        shell = subprocess.run(
            ["sqlite3", "-readonly", "-header", "-csv", self.server.database, sql],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(shell.stderr, "")
        return list(csv.DictReader(io.StringIO(shell.stdout)))

    def tune(self, study_name: str, trials: int, workers: tuple[str, ...]) -> None:
        """Trial i reaches i/10 in two steps; the workers take turns."""
        study = stock.study(study_name)
        for i in range(1, trials + 1):
            (trial,) = study.suggest(count=1, client_id=workers[i % len(workers)])
            for step in (1, 2):
                trial.add_measurement(stock.accuracy(i * step / 20, steps=step, elapsed_secs=step))
            trial.complete()

    def test_the_best_trial_of_each_study(self) -> None:
        self.tune("first", 3, ("w",))
        self.tune("second", 5, ("w",))
        rows = self.rows("SELECT * FROM best_trials_v1 ORDER BY study")
        self.assertEqual(
            [(r["study"], r["trial_id"], r["metric"], r["value"]) for r in rows],
            [("first", "3", "accuracy", "0.3"), ("second", "5", "accuracy", "0.5")],
        )
        self.assertCountEqual(json.loads(rows[0]["parameters"]), ["lr", "layers"])

    def test_the_learning_curve_of_a_trial(self) -> None:
        self.tune("s", 2, ("w",))
        rows = self.rows(
            "SELECT step, elapsed_seconds, value FROM measurements_v1"
            " WHERE study = 's' AND trial_id = 2 AND metric = 'accuracy' ORDER BY number"
        )
        self.assertEqual(
            [tuple(r.values()) for r in rows], [("1", "1.0", "0.1"), ("2", "2.0", "0.2")]
        )

    def test_trials_per_hour_per_worker(self) -> None:
        self.tune("s", 5, ("a", "b"))
        rows = self.rows(
            "SELECT strftime('%Y-%m-%d %H:00', end_time) AS hour, client_id, count(*) AS trials"
            " FROM trials_v1 WHERE study = 's' AND end_time IS NOT NULL GROUP BY hour, client_id"
        )
        done = {"a": 0, "b": 0}
        for row in rows:  # two hours, if one ended just now
            done[row["client_id"]] += int(row["trials"])
        self.assertEqual(done, {"a": 2, "b": 3})

    def test_every_query_of_the_documentation_runs(self) -> None:
        self.tune("digits", 4, ("w",))
        (trial,) = stock.study("digits").suggest(count=1, client_id="w")
        trial.complete(infeasible_reason="no memory")
        queries = re.findall(r"^```sql\n(.*?)^```", STORAGE_README.read_text(), re.M | re.S)
        self.assertGreaterEqual(len(queries), 3)
        for query in queries:
            query = query.replace("owners/me/", "owners/e2e/")
            self.assertNotEmpty(self.rows(query), query)

    def test_reading_does_not_disturb_the_server(self) -> None:
        self.tune("s", 2, ("w",))
        with subprocess.Popen(
            ["sqlite3", "-readonly", self.server.database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as reader:
            assert reader.stdin is not None and reader.stdout is not None
            reader.stdin.write(b"BEGIN; SELECT count(*) FROM trials_v1;\n")
            reader.stdin.flush()
            self.assertEqual(reader.stdout.readline(), b"2\n")
            self.tune("t", 3, ("w",))  # the reader's transaction is still open
            reader.stdin.write(
                b"SELECT count(*) FROM trials_v1; COMMIT; SELECT count(*) FROM trials_v1;\n"
            )
            reader.stdin.close()
            self.assertEqual(reader.stdout.read(), b"2\n5\n")


if __name__ == "__main__":
    absltest.main()
