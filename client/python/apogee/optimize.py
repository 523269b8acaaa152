"""study.optimize: one function, called for trials by this process, its threads, or others."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import connection as wires
from typing import TYPE_CHECKING, Any

from apogee.errors import ApogeeError, FailedTrialsError
from apogee.loop import Limits
from apogee.steps import log

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from apogee.study import Study

_GRACE = 10.0  # seconds for a process to end when it is told to

Fn = Callable[[Any], Any]


def work(study: Study, fn: Fn, limits: Limits) -> None:
    for trial in study._trials(limits):
        with trial:
            result = fn(trial)
            if not trial.ended:
                trial.complete(result)


def in_threads(study: Study, fn: Fn, workers: int, limits: Limits) -> None:
    """Raises the first error. Ctrl-C does not wait for the trials at work."""
    errors: list[BaseException] = []

    def one() -> None:
        try:
            work(study, fn, limits)
        except BaseException as error:
            errors.append(error)
            limits.stop()

    threads = [threading.Thread(target=one, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:
        limits.stop()
    if errors:
        raise errors[0]


def in_processes(
    study: Study, fn: Fn, workers: int, trials: int | None, seconds: float | None
) -> None:
    """Spawns processes: a fork would copy threads and devices in whatever state they are.

    Raises the first error. When a process dies, its trial has failed and another takes its place.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(
            "this program is being imported by a worker process of its own; put the call of "
            'optimize() below  if __name__ == "__main__":'
        )
    _check_picklable(fn)
    context = multiprocessing.get_context("spawn")
    limits = Limits.new(trials, seconds, context)
    crew = _Crew(context, study, fn, limits)
    names = study._core.names
    # Numbered: NAME's own further names would be those of other processes.
    taken = [names.take(first=1) for _ in range(workers)]
    try:
        for name in taken:
            crew.start(name)
        crew.watch()
    finally:
        limits.stop()
        crew.end()
        for name in taken:
            names.give_back(name)
    if crew.errors:
        raise crew.errors[0]


def _check_picklable(fn: Fn) -> None:
    module = sys.modules.get(getattr(fn, "__module__", ""))
    in_notebook = module is not None and module.__name__ == "__main__" and not _main_is_a_file()
    try:
        pickle.dumps(fn)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"{_cure(fn)} ({error})") from None
    if in_notebook:
        raise TypeError(_cure(fn))


def _main_is_a_file() -> bool:
    main = sys.modules["__main__"]
    return getattr(main, "__spec__", None) is not None or os.path.exists(
        getattr(main, "__file__", None) or ""
    )


def _cure(fn: Fn) -> str:
    return (
        f"{getattr(fn, '__qualname__', fn)} can not be sent to another process: define it at the "
        "top level of a file that can be imported, or use threads=True"
    )


class _Crew:
    """The processes of one call."""

    def __init__(self, context: Any, study: Study, fn: Fn, limits: Limits):
        self._context = context
        self._study = study
        self._fn = fn
        self._limits = limits
        self._running: dict[int, tuple[SpawnProcess, Connection, str]] = {}
        self.errors: list[BaseException] = []

    def start(self, name: str) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_main,
            args=(self._study, name, self._fn, self._limits, theirs),
            name=f"apogee {name}",
        )
        process.start()
        theirs.close()
        self._running[process.sentinel] = (process, ours, name)

    def watch(self) -> None:
        """Until all have ended."""
        while self._running:
            ended = wires.wait(list(self._running))
            for sentinel in [s for s in self._running if s in ended]:
                process, pipe, name = self._running.pop(sentinel)
                process.join()
                self._note_end(process, _said(pipe), name)

    def _note_end(self, process: SpawnProcess, said: list[Any], name: str) -> None:
        if said and isinstance(said[-1], BaseException):
            self._stop(said[-1])
        elif not said:
            self._stop(
                FailedTrialsError(
                    f"a worker process ended with {_ending(process)} before it began; what it "
                    "said is above"
                )
            )
        elif process.exitcode != 0:
            reason = f"its process ended with {_ending(process)}"
            log.warning("worker %s: %s", name, reason)
            try:
                self._fail_trials_of(name, reason)
                if not self._limits.stopped.value:
                    self.start(name)
            except ApogeeError as error:
                self._stop(error)

    def _fail_trials_of(self, name: str, reason: str) -> None:
        """What a process leaves behind would be given to the next one, and might end it, too.

        With leases it is lost, and so given to others only so often.
        """
        for trial in self._study.results():
            if trial.worker == name and trial.state in ("ACTIVE", "STOPPING"):
                self._study._abandon(trial.id, name, reason)
                self._limits.note_failure(reason)

    def _stop(self, error: BaseException) -> None:
        self.errors.append(error)
        self._limits.stop()

    def end(self) -> None:
        """Ends those that still run; their trials stay ACTIVE."""
        for process, _, _ in self._running.values():
            if process.pid is not None:
                os.kill(process.pid, signal.SIGINT)
        for process, _, _ in self._running.values():
            process.join(_GRACE)
            if process.is_alive():
                process.kill()
                process.join()


def _said(pipe: Connection) -> list[Any]:
    said = []
    with pipe:
        try:
            while pipe.poll():
                said.append(pipe.recv())
        except EOFError:
            pass
    return said


def _ending(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _main(study: Study, name: str, fn: Fn, limits: Limits, pipe: Connection) -> None:
    """In the process. Says "ready", then perhaps an error."""
    signal.signal(signal.SIGINT, _interrupt)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe.send("ready")
    try:
        work(study.as_worker(name), fn, limits)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        pipe.send(_sendable(error))


def _interrupt(number: int, frame: object) -> None:
    """Once: Ctrl-C comes from the terminal, and from the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # It interrupts what the main thread waits for.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        return ApogeeError(f"{type(error).__name__}: {error}")
