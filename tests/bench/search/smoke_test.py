"""bench_search runs from end to end, and ends well when it is used wrongly."""

from __future__ import annotations

import csv
import gzip
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM = ""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, timeout=250, check=False
    )


class SmokeTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write_table(self) -> list[str]:
        with gzip.open(self.folder / "t.csv.gz", "wt") as file:
            file.write("a,b,score,price\n")
            for a in range(5):
                for b in "xyz":
                    file.write(f"{a},{b},{a * a + ord(b)},{a}\n")
        (self.folder / "s.yaml").write_text(
            "parameters:\n  a: {int: [0, 4]}\n  b: {categorical: [x, y, z]}\n"
        )
        table, space = str(self.folder / "t.csv.gz"), str(self.folder / "s.yaml")
        return ["--table", table, "--space", space, "--objective", "score"]

    def test_files_of_a_run(self) -> None:
        out = self.folder / "out" / "deep"
        arguments = ["--algorithm", "RANDOM_SEARCH,RANDOM_SEARCH:again"]
        arguments += ["--seeds", "3", "--trials", "20"]
        problems = ["--problem", "bbob/f=1/d=2,layered-front/l=3/s=3,zdt/f=1/d=2"]
        done = run(*arguments, *problems, "-w", "4", "--failures", "0.1", "--out", str(out))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((out / "summary.txt").read_text(), done.stdout)
        with (out / "results.csv").open() as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 3 * 2 * 3 * 16)
        labels = {row["algorithm"] for row in rows}
        self.assertEqual(labels, {"RANDOM_SEARCH", "RANDOM_SEARCH:again"})
        plots = list(out.glob("*.svg"))
        self.assertEqual(len(plots), 3 + 2 + 1)
        for plot in plots:
            xml.etree.ElementTree.parse(plot)

    def test_threads_change_nothing(self) -> None:
        arguments = ["--suite", "quick", "--algorithm", "RANDOM_SEARCH", "--trials", "30"]
        outputs = [run(*arguments, "--threads", threads).stdout for threads in ("1", "5")]
        self.assertIn("layered-front", outputs[0])
        self.assertEqual(*outputs)

    def test_a_table_of_ones_own(self) -> None:
        table = self.write_table()
        done = run(*table, "-a", "GRID_SEARCH", "--trials", "15", "--seeds", "1", "--target", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        # The best, 16 + ord("z"), is found once the grid is done.
        self.assertRegex(done.stdout, r"t/score +GRID_SEARCH +15 +1 +0 .* 100% +15 +138 ")
        done = run(*table, "-a", "GRID_SEARCH", "--cost", "price", "--max-cost", "1,2")
        self.assertIn("t/score/price<=1", done.stdout)
        self.assertIn("t/score/price<=2", done.stdout)
        done = run(*table, "--cost", "price", "--trials", "20", "--seeds", "2")
        self.assertIn("t/score/price", done.stdout)

    def test_space_files_that_come_along_are_found(self) -> None:
        done = run("--suite", "nas-bench-macro", "--data", str(self.folder))
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"cannot read {self.folder}/nas-bench-macro", done.stderr)

    def test_wrong_usage(self) -> None:
        table = self.write_table()
        for arguments, message in (
            ([], "name a --suite, a --problem or a --table"),
            (["--problem", "bob"], 'did you mean "bbob"?'),
            (["--suite", "quik"], 'did you mean "quick"?'),
            (["--suite", "nas-bench-201"], "--data"),
            (["--problem", "zdt", "-a", "RANDOM_SERCH"], 'did you mean "RANDOM_SEARCH"?'),
            (["--problem", "zdt", "-a", "RANDOM_SEARCH,RANDOM_SEARCH"], "RANDOM_SEARCH:LABEL"),
            (["--problem", "zdt", "-a", "RANDOM_SEARCH", "--options", "X={}"], "--options is for"),
            (["--problem", "zdt", "--peer", "cmas"], 'did you mean "cma'),
            (["--problem", "zdt", "-a", "RANDOM_SEARCH", "--options", "RANDOM_SEARCH={"], "JSON"),
            (["--problem", "zdt", "--checkpoints", "10,5"], "must rise"),
            (["--problem", "zdt", "--failures", "0.6", "--lost", "0.6"], "more than 1 together"),
            (["--problem", "zdt", "--workers", "0"], "--workers"),
            (["--nonsense"], "--nonsense"),
            ([*table[:2]], "--table also needs --space"),
            ([*table, "--max-cost", "1"], "--max-cost also needs --cost"),
            ([*table[:4], "--objective", "scor"], 'did you mean "score"?'),
        ):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertIn(message, done.stderr + done.stdout, arguments)

    def test_a_folder_that_can_not_be_made(self) -> None:
        (self.folder / "file").write_text("")
        done = run("--problem", "zdt/f=1", "-n", "1", "--out", str(self.folder / "file" / "out"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot make the folder", done.stderr)

    def test_list_and_help(self) -> None:
        self.assertIn("RANDOM_SEARCH", run("--list").stdout)
        self.assertIn("Examples:", run("--help").stdout)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop()
    unittest.main()
