"""bench_service runs through, says what it promises to say, and cleans up."""

from __future__ import annotations

import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""

FIGURES = (
    "ratio_to_durable_ceiling_64_workers",
    "complete_to_empty_call_64",
    "complete_to_empty_call_256",
    "get_to_empty_call_64",
    "rounds_per_second_64",
    "suggest_p99_ratio_1m_to_1k",
    "batch_suggest_to_empty_call",
    "list_optimal_100k_ms",
    "restart_1m_seconds",
    "resident_1m_mib",
    "fsyncs_per_1000_completes",
    "rows_per_commit",
    "server_cpu_us_per_complete",
)
PEER_FIGURES = ("rounds_to_vizier", "rounds_to_optuna", "rounds_to_optuna_grpc")


def processes_of(directory: str) -> list[str]:
    """The command lines of processes that name something in the directory."""
    lines = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if directory + "/" in line:
            lines.append(line)
    return lines


class SmokeTest(unittest.TestCase):
    def setUp(self) -> None:
        # Beside the program: the system's folder for temporary files may be in memory.
        folder = tempfile.TemporaryDirectory(dir=pathlib.Path(PROGRAM).parent)
        self.addCleanup(folder.cleanup)
        self.directory = folder.name

    def assert_nothing_is_left(self) -> None:
        self.assertEqual(os.listdir(self.directory), [])
        # What was killed may take a moment to go.
        deadline = time.monotonic() + 30
        while processes_of(self.directory) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(processes_of(self.directory), [])

    def test_last_line_has_all_figures(self) -> None:
        run = subprocess.run(
            [PROGRAM, "--smoke", "--dir", self.directory],
            stdout=subprocess.PIPE,
            text=True,
            timeout=280,
            check=True,
        )
        figures = json.loads(run.stdout.splitlines()[-1])
        for key in FIGURES:
            self.assertTrue(math.isfinite(figures[key]) and figures[key] > 0, (key, figures[key]))
        for key in PEER_FIGURES:
            self.assertIsNone(figures[key])
        self.assert_nothing_is_left()

    def test_interrupted_cleans_up(self) -> None:
        with subprocess.Popen(
            [PROGRAM, "--only", "calls", "--dir", self.directory], stdout=subprocess.DEVNULL
        ) as run:
            # It has started apogeed and two ceilings.
            deadline = time.monotonic() + 60
            while len(processes_of(self.directory)) < 3:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=60), 128 + signal.SIGINT)
        self.assert_nothing_is_left()


if __name__ == "__main__":
    PROGRAM = sys.argv.pop()
    unittest.main()
