"""What the suites of this folder share. The package under test is in $APOGEE_PYTHON."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable
from typing import Any, TypeVar

import apogee
import apogeed

_T = TypeVar("_T")

ROOT = apogeed.ROOT
HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 60.0  # seconds until a test gives up waiting


def wait_for(condition: Callable[[], _T], what: str) -> _T:
    """What `condition` gives once that is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain: {what}")


class Case(unittest.TestCase):
    """One server for all tests of a class; each test is an owner of its own."""

    server: apogeed.Apogeed

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = apogeed.Apogeed()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    @property
    def where(self) -> dict[str, Any]:
        return {"server": self.server.address, "owner": self._testMethodName}

    def study(self, **changes: Any) -> apogee.Study:
        """Two parameters, one metric, ten trials."""
        keys: dict[str, Any] = {
            "name": "s",
            "metrics": {"accuracy": "maximize"},
            "parameters": {"lr": apogee.double(1e-4, 1.0), "layers": apogee.integer(1, 4)},
            "budget": {"trials": 10},
            "seed": 1,
        }
        return apogee.create_study(**{**self.where, **keys, **changes})

    def variables(self, **more: str) -> dict[str, str]:
        """For programs that work on this test's studies, and import from this folder."""
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([os.environ["APOGEE_PYTHON"], str(HERE)]),
            "APOGEE_SERVER": self.server.address,
            "APOGEE_OWNER": self._testMethodName,
            **more,
        }

    def python(
        self,
        *arguments: str,
        folder: pathlib.Path = HERE,
        errors: pathlib.Path | None = None,
        **more: str,
    ) -> subprocess.Popen[str]:
        """Starts a program in a folder, with variables `more`; its standard error may go to a
        file."""
        with contextlib.ExitStack() as files:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                stdout=subprocess.PIPE,
                stderr=files.enter_context(open(errors, "w")) if errors else subprocess.PIPE,
                text=True,
                cwd=folder,
                env=self.variables(**more),
            )
        self.addCleanup(end, process)
        return process

    def run_python(self, *arguments: str, folder: pathlib.Path = HERE, **more: str) -> str:
        """The standard output of a program that must succeed."""
        process = self.python(*arguments, folder=folder, errors=None, **more)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, f"{out}\n{err}")
        return out


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


class LossyProxy:
    """Stands between client and server, and loses answers.

    After `lose(n)`, the next n answers about a trial break their connection instead of passing.
    """

    def __init__(self, target: str):
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        self._to_lose = 0
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, answers: int) -> None:
        with self._lock:
            self._to_lose += answers

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            for source, sink, answers in ((client, server, False), (server, client, True)):
                threading.Thread(
                    target=self._pass_on, args=(source, sink, answers), daemon=True
                ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(1 << 16):
                if answers and self._loses(data):
                    break
                sink.sendall(data)
        except OSError:
            pass  # the other direction has closed it
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # a close alone does not wake who reads
            end.close()

    def _loses(self, data: bytes) -> bool:
        with self._lock:
            if self._to_lose == 0 or b"/trials/" not in data:
                return False
            self._to_lose -= 1
            self.lost += 1
            return True
