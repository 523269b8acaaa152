"""Names of workers. A trial belongs to its worker's name until it ends: whoever asks under that
name again gets the same trial, so two that work at once must not share one.
"""

from __future__ import annotations

import itertools
import os
import secrets
import socket
import threading
import weakref


class Names:
    """Names for the trials that one process works on at once. Thread-safe.

    The first is `base`, the next `base:1`, and so on; the lowest that is free is taken, so
    a trial that was left behind is given again to the next who asks.
    """

    def __init__(self, base: str):
        self._base = base
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}  # name to how many trials have it
        _all.add(self)

    def take(self, trials: int = 1, first: int = 0) -> str:
        """A name for so many trials, with a number of `first` or above."""
        with self._lock:
            for number in itertools.count(first):
                name = f"{self._base}:{number}" if number else self._base
                if name not in self._held:
                    self._held[name] = trials
                    return name
        raise AssertionError("numbers do not end")

    def give_back(self, name: str, trials: int = 1) -> None:
        """So many trials less. Names that are not held are no matter."""
        with self._lock:
            left = self._held.get(name, 0) - trials
            if left > 0:
                self._held[name] = left
            else:
                self._held.pop(name, None)

    def forget(self) -> None:
        """In a forked child: it is another worker, and has no trials."""
        self._lock = threading.Lock()
        self._held = {}
        self._base = f"{self._base}:p{os.getpid()}"


_all: weakref.WeakSet[Names] = weakref.WeakSet()
_shared: dict[tuple[str, str, str], Names] = {}
_shared_lock = threading.Lock()


def names(server: str, study: str, worker: str | None) -> Names:
    """Those of this process for a study; all who open it under the same name share them."""
    worker = worker or os.environ.get("APOGEE_WORKER", "")
    key = (server, study, worker)
    with _shared_lock:
        if key not in _shared:
            _shared[key] = Names(worker or _unique())
        return _shared[key]


def _unique() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def _forget_all() -> None:
    global _shared_lock
    _shared_lock = threading.Lock()
    for each in list(_all):
        each.forget()


os.register_at_fork(after_in_child=_forget_all)
