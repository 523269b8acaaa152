"""When a loop over trials goes on."""

from __future__ import annotations

import threading
import time
import types
from dataclasses import dataclass
from typing import Any

from apogee.assignment import Assignment
from apogee.errors import FailedTrialsError

# If so many trials fail before any succeeds, the program is taken to be broken.
_FIRST_TRIALS = 5


@dataclass
class Limits:
    """What the workers of one loop share: how many trials they may still take, until when, and
    whether any has succeeded.

    Processes that are killed at any point hold up no other: there are no locks.
    """

    # Semaphores; without the first, trials are not counted.
    trials: Any
    chances: Any
    # Flags, with a `value`.
    worked: Any
    stopped: Any
    # By time.time(), which processes agree on.
    end: float | None

    @staticmethod
    def new(trials: int | None = None, seconds: float | None = None, context: Any = None) -> Limits:
        """For threads, or for the processes of a context of multiprocessing."""
        semaphores = context or threading

        def flag() -> Any:
            return context.RawValue("b", 0) if context else types.SimpleNamespace(value=0)

        return Limits(
            trials=None if trials is None else semaphores.Semaphore(trials),
            chances=semaphores.Semaphore(_FIRST_TRIALS - 1),
            worked=flag(),
            stopped=flag(),
            end=None if seconds is None else time.time() + seconds,
        )

    def next(self) -> bool:
        """Whether one more trial may be taken."""
        if self.stopped.value or (self.end is not None and time.time() >= self.end):
            return False
        return self.trials is None or bool(self.trials.acquire(False))

    def stop(self) -> None:
        self.stopped.value = 1

    def note(self, trial: Assignment) -> None:
        """Raises FailedTrialsError when this was the last of the first trials, all failed."""
        if not trial.ended:
            return
        if not trial.failure:
            self.worked.value = 1
        else:
            self.note_failure(trial.failure)

    def note_failure(self, reason: str) -> None:
        if self.worked.value or self.chances.acquire(False):
            return
        self.stop()
        raise FailedTrialsError(
            f"the first {_FIRST_TRIALS} trials have all failed; the last one said: {reason}"
        )
