"""Runs the real `apogeed` on a free port for the time of a test."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType

ROOT = pathlib.Path(__file__).resolve().parents[2]
_START_SECONDS = 30


def program(name: str) -> pathlib.Path:
    """The built program `name`: in $APOGEE_BIN_DIR or build/release/bin."""
    folder = os.environ.get("APOGEE_BIN_DIR", str(ROOT / "build/release/bin"))
    path = pathlib.Path(folder) / name
    if not path.exists():
        raise FileNotFoundError(f"{path}: build it, or set APOGEE_BIN_DIR to where it is")
    return path


class Apogeed:
    """One server on one file. Restarts keep the file and the port.

    As a context manager it starts on entry; on exit it stops and removes its folder.
    """

    def __init__(self, *flags: str, listen: str = "127.0.0.1:0"):
        self._flags: Sequence[str] = flags
        self._listen = listen
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="apogee-e2e-"))
        self.database = self.folder / "apogee.db"
        self.address = ""
        self.http = ""  # "http://HOST:PORT"

    def start(self) -> None:
        """Returns when the server answers on `address`."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [
                    program("apogeed"),
                    f"--listen={self.address or self._listen}",
                    f"--store=sqlite:{self.database}",
                    f"--port-file={port_file}",
                    "--http=127.0.0.1:0",
                    f"--http-port-file={self.folder / 'http'}",
                    *self._flags,
                ],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not port_file.exists():
            if self._process.poll() is not None:
                raise RuntimeError(f"apogeed ended at its start:\n{self.log()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"apogeed did not start:\n{self.log()}")
            time.sleep(0.01)
        self.address = port_file.read_text().strip()
        self.http = "http://" + (self.folder / "http").read_text().strip()

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    def send(self, signal_number: int) -> None:
        assert self._process is not None, "not started"
        self._process.send_signal(signal_number)

    def wait(self, timeout: float = 60) -> int:
        """Waits for the end; the exit code."""
        assert self._process is not None, "not started"
        code = self._process.wait(timeout)
        self._process = None
        return code

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.send(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL: no goodbye, no flush."""
        self.send(signal.SIGKILL)
        self.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder)

    def __enter__(self) -> Apogeed:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            print(self.log())
        self.close()
