"""Calls and how they are repeated, without saying whether somebody blocks or awaits.

What a study does is written as generators that yield a Call or a Pause and get the answer sent
back. `connection.Connection` runs them with blocking calls, `aio.Connection` with awaited ones.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc

from apogee import errors, protocol

_T = TypeVar("_T")

log = logging.getLogger("apogee")

_FIRST_DELAY = 0.05
_LONGEST_DELAY = 2.0
# The answer may have been lost on its way: the call may or may not have been carried out.
_UNKNOWN_OUTCOME = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


@dataclass(frozen=True)
class Call:
    method: protocol.Method
    request: Any
    timeout: float


@dataclass(frozen=True)
class Pause:
    seconds: float


Steps = Generator[Call | Pause, Any, _T]


@dataclass
class Server:
    """Whom to call, and how to wait: `timeout` seconds for the answer to one attempt, `patience`
    for a server that is away."""

    address: str
    timeout: float = 60.0
    patience: float = 300.0
    # Whether it has been seen to be away, so that this is said once.
    away: bool = False

    def call(
        self, name: str, settle: Callable[[], Steps[Any]] | None = None, /, **fields: Any
    ) -> Steps[Any]:
        """Calls the method `name` until the server answers, as long as patience lasts.

        Most methods may be repeated. One that may not needs `settle`: steps that find out
        whether a call with a lost answer was carried out, and then return that answer, else None.
        """
        method = protocol.METHODS[name]
        request = method.request(**fields)
        end = time.monotonic() + self.patience
        for delay in _delays():
            try:
                answer = yield Call(method, request, self.timeout)
                self._is_back()
                return answer
            except grpc.RpcError as error:
                code, details = error.code(), error.details() or ""
                if code not in _UNKNOWN_OUTCOME:
                    self._is_back()
                    raise errors.make(code, details) from None
                left = end - time.monotonic() - delay
                if left < 0:
                    raise self._unreachable(code, details) from None
                self._is_away(details, left)
            yield Pause(delay)
            if settle is not None:
                answer = yield from settle()
                if answer is not None:
                    return answer
        raise AssertionError("delays do not end")

    def poll(self, operation: Any) -> Steps[Any]:
        """Waits for the end of a long operation, and returns it."""
        delays = _delays()
        while not operation.done:
            yield Pause(next(delays))
            operation = yield from self.call("GetOperation", name=operation.name)
        return operation

    def _is_away(self, details: str, left: float) -> None:
        if not self.away:
            self.away = True
            log.warning("no answer from %s (%s); trying for %.0f s", self.address, details, left)

    def _is_back(self) -> None:
        if self.away:
            self.away = False
            log.warning("%s answers again", self.address)

    def _unreachable(self, code: grpc.StatusCode, details: str) -> errors.ApogeeError:
        if code == grpc.StatusCode.UNAVAILABLE:
            details = (
                f'no server answers at {self.address} ({details}); start one with "apogeed", or '
                "name another with server= or APOGEE_SERVER"
            )
        else:
            details = f"no answer from {self.address} in time ({details})"
        return errors.make(code, details)


def _delays() -> Generator[float, None, None]:
    """Longer and longer; drawn, so that workers do not all come back at the same moment."""
    delay = _FIRST_DELAY
    while True:
        yield delay * random.uniform(0.5, 1.0)
        delay = min(2 * delay, _LONGEST_DELAY)
