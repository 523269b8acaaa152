"""Runs the real apogeed and apogee for the tests of this folder."""

import fcntl
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest
from collections.abc import Callable
from typing import Any

APOGEE = os.environ["APOGEE_BIN"]
APOGEED = os.environ["APOGEED_BIN"]
SOURCE = pathlib.Path(os.environ["APOGEE_SOURCE_DIR"])
EXAMPLES = SOURCE / "client" / "examples"
PATIENCE = 60  # seconds until a test gives up waiting


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Returns what `condition` gives once that is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s in vain: {what}")


class Server:
    """An apogeed of our own; restart() keeps its address."""

    process: subprocess.Popen[bytes]

    def __init__(self, folder: pathlib.Path, store: str = "memory:", *flags: str) -> None:
        self.folder = folder
        self.store = store
        self.flags = flags
        self.address = "127.0.0.1:0"
        self.start()

    def start(self) -> None:
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    APOGEED,
                    "--listen",
                    self.address,
                    "--store",
                    self.store,
                    "--port-file",
                    str(port_file),
                    *self.flags,
                ],
                stderr=log,
            )
        wait_for(lambda: port_file.exists() or self.process.poll() is not None, "the server's port")
        self.address = port_file.read_text().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)


class Result:
    def __init__(self, code: int | None, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Screen:
    """A program on a terminal of its own. text: all it has written so far."""

    def __init__(
        self, command: list[str], env: dict[str, str], cwd: pathlib.Path, columns: int
    ) -> None:
        self.text = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            size = struct.pack("HHHH", 24, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(command[0], command, env)

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def read(self) -> bool:
        """Adds to text what comes within a moment; false when the program is gone."""
        if not select.select([self.terminal], [], [], 0.02)[0]:
            return True
        try:
            data = os.read(self.terminal, 4096)
        except OSError:  # how a terminal tells that nobody is left
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return data != b""

    def wait_for(self, text: str) -> None:
        wait_for(lambda: not self.read() or text in self.text, f"{text!r} on the screen")
        assert text in self.text, self.text

    def finish(self) -> int:
        """Waits for the end of the program; its exit code."""
        wait_for(lambda: not self.read(), f"the end of {self.text!r}")
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Case(unittest.TestCase):
    """One server for all tests of a class; each test is an owner of its own."""

    maxDiff = None
    folder: pathlib.Path
    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="apogee-test-"))
        cls.server = Server(cls.folder)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        shutil.rmtree(cls.folder)

    def setUp(self) -> None:
        self.owner = self._testMethodName
        self.work = self.folder / self.owner
        self.work.mkdir()

    def environment(self, **more: str) -> dict[str, str]:
        keep = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "ASAN_OPTIONS", "LSAN_OPTIONS")
            if name in os.environ
        }
        return {
            **keep,
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            # What a killed tune leaves behind goes with the test.
            "TMPDIR": str(self.folder),
            "APOGEE_SERVER": self.server.address,
            "APOGEE_OWNER": self.owner,
            **more,
        }

    def start(
        self, *arguments: object, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [APOGEE, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**(env or {})),
            cwd=self.work,
            **options,
        )

    def finish(self, process: subprocess.Popen[str], code: int = 0) -> Result:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate()
            self.fail(f"it does not end\n{Result(None, out, err)}")
        result = Result(process.returncode, out, err)
        self.assertEqual(result.code, code, result)
        return result

    def apogee(
        self, *arguments: object, code: int = 0, env: dict[str, str] | None = None
    ) -> Result:
        return self.finish(self.start(*arguments, env=env), code)

    def on_screen(
        self, *arguments: str, columns: int = 80, env: dict[str, str] | None = None
    ) -> Screen:
        environment = self.environment(**(env or {}))
        return Screen([APOGEE, *arguments], environment, self.work, columns)

    def on_shell(self, *command: str) -> Screen:
        return Screen(list(command), self.environment(), self.work, 80)

    def write(self, name: str, text: str) -> pathlib.Path:
        path = self.work / name
        path.write_text(text)
        return path

    def trials(self, study: str) -> list[dict[str, Any]]:
        trials: list[dict[str, Any]] = self.apogee("trial", "list", study, "-o", "json").json
        return trials
