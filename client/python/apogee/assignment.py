"""A trial in the hands of a worker, as steps: the same for `Trial` and for `aio.Trial`."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import Any, TypeVar

from apogee import errors, measured
from apogee.core import Core
from apogee.heart import heart
from apogee.steps import Steps, log

_T = TypeVar("_T")

_LONGEST_REASON = 4000
# The server says that the trial is not this worker's any more.
_LOST = (errors.NotFoundError, errors.ConflictError)
# The server can not be told anything.
_AWAY = (errors.UnavailableError, errors.DeadlineError)


class Assignment:
    """Holds a worker's name from the moment the trial was given until it ends or is left.

    A copy in another process can do all that the trial can, and holds no name.
    """

    def __init__(self, core: Core, message: Any, worker: str):
        self._core = core
        self._start = time.monotonic()
        self._latest: dict[str, float] = {}
        self._elapsed: float | None = None  # when it was first told to be complete
        self._holding = True
        self._in_loop = False
        self.id = int(message.id)
        # Each a float, an int, a str or a bool.
        self.parameters: dict[str, Any] = core.converter.parameters(message)
        self.worker = worker
        # It has been completed or failed here, or somebody else ended it.
        self.ended = False
        self.failure = ""  # why it failed, if it did
        # For the heart, which speaks of it until it ends or is left.
        self.address = core.server.address
        self.study = core.name
        self.lease_seconds = core.lease_seconds
        if self.lease_seconds:
            heart.add(self)

    def __repr__(self) -> str:
        return f"Trial(id={self.id}, parameters={self.parameters})"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state
        self._holding = False

    def _release(self) -> None:
        if self._holding:
            self._holding = False
            heart.remove(self)
            self._core.names.give_back(self.worker)

    def _report(
        self, step: int, given: measured.Metrics | None, named: Mapping[str, Any]
    ) -> Steps[bool]:
        values = measured.read(self._core.metrics, given, named)
        self._latest |= values
        message = measured.message(values, step, time.monotonic() - self._start)
        try:
            trial = yield from self._core.measure(self.id, message)
            if trial.state != trial.ACTIVE or trial.client_id != self.worker:
                return True
            return bool(self._core.judged and (yield from self._core.should_stop(self.id)))
        except _LOST as error:
            if (yield from self._core.is_running(self.id)):
                raise
            log.warning("trial %d was ended by somebody else: %s", self.id, error)
            self._is_over()
            return True

    def _complete(self, given: measured.Metrics | None, named: Mapping[str, Any]) -> Steps[None]:
        values = self._latest | measured.read(self._core.metrics, given, named)
        if self._elapsed is None:  # told again, it must be the same
            self._elapsed = time.monotonic() - self._start
        self.failure = yield from self._end(self._core.complete(self.id, values, self._elapsed))

    def _fail(self, reason: str) -> Steps[None]:
        self.failure = reason
        yield from self._end(self._core.fail(self.id, reason))

    def _end(self, steps: Steps[_T]) -> Steps[_T]:
        try:
            result = yield from steps
        except _LOST:
            self._is_over()
            raise
        self._is_over()
        return result

    def _is_over(self) -> None:
        self.ended = True
        self._release()

    def _leave(self, error: BaseException | None) -> Steps[bool]:
        """The end of the `with` block; whether its error has been dealt with."""
        if self.ended:
            # An error because somebody else ended the trial is no error of the loop.
            return self._in_loop and isinstance(error, _LOST)
        if isinstance(error, _AWAY) or (error is not None and not isinstance(error, Exception)):
            # Interrupted: the trial stays ACTIVE, and is given again to this worker.
            self._release()
            return False
        try:
            if error is None:
                yield from self._complete_or_fail()
                return False
            log.warning("trial %d failed", self.id, exc_info=error)
            yield from self._fail(_reason(error))
        except _LOST as lost:
            log.warning("trial %d was ended by somebody else: %s", self.id, lost)
        return self._in_loop

    def _complete_or_fail(self) -> Steps[None]:
        try:
            yield from self._complete(None, {})
        except errors.InvalidError as error:
            mistake = errors.InvalidError(
                f"{error}; call trial.complete(...) or trial.report(...) with it"
            )
        else:
            return
        log.warning("trial %d failed: %s", self.id, mistake)
        yield from self._fail(str(mistake))
        if not self._in_loop:
            raise mistake


def _reason(error: BaseException) -> str:
    """One line that says it, then where it happened."""
    first = "".join(traceback.format_exception_only(error)).strip()
    trace = "".join(traceback.format_exception(error))
    return f"{first}\n{trace[-_LONGEST_REASON:]}"
