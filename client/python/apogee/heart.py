"""Heartbeats: a process that works on trials of studies with leases says that it lives.

One thread does it for all of them, whatever the program does meanwhile. Trials that the program
has dropped are not spoken of, and so are lost in time.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import defaultdict
from typing import TYPE_CHECKING

from apogee.connection import Connection
from apogee.errors import ApogeeError, NotFoundError
from apogee.steps import Server, log

if TYPE_CHECKING:
    from apogee.assignment import Assignment

_LONGEST_CALL = 10.0  # seconds


class Heart:
    """Thread-safe. The thread lives while there are trials."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """In a forked child: the trials are its parent's, which speaks of them."""
        self._changed = threading.Condition()
        self._trials: weakref.WeakSet[Assignment] = weakref.WeakSet()
        self._connections: dict[str, Connection] = {}
        self._running = False

    def add(self, trial: Assignment) -> None:
        with self._changed:
            self._trials.add(trial)
            if not self._running:
                self._running = True
                threading.Thread(target=self._beat, name="apogee heart", daemon=True).start()
            self._changed.notify()  # its lease may be shorter than the others'

    def remove(self, trial: Assignment) -> None:
        with self._changed:
            self._trials.discard(trial)

    def _beat(self) -> None:
        last = time.monotonic()
        while self._wait_until_due(last):
            last = time.monotonic()
            self._speak()

    def _wait_until_due(self, last: float) -> bool:
        """False when there is nothing left to speak of."""
        with self._changed:
            while True:
                lease = min((trial.lease_seconds for trial in self._trials), default=0.0)
                self._running = lease > 0
                if not self._running:
                    return False
                left = last + lease / 3 - time.monotonic()
                if left <= 0:
                    return True
                self._changed.wait(left)

    def _speak(self) -> None:
        with self._changed:
            trials = list(self._trials)
        by_worker: dict[tuple[str, str, str], dict[int, Assignment]] = defaultdict(dict)
        for trial in trials:
            by_worker[trial.address, trial.study, trial.worker][trial.id] = trial
        for (address, study, worker), held in by_worker.items():
            self._speak_of(self._connection(address), study, worker, held)

    def _connection(self, address: str) -> Connection:
        if address not in self._connections:
            server = Server(address, timeout=_LONGEST_CALL, patience=0)
            self._connections[address] = Connection(server)
        return self._connections[address]

    def _speak_of(
        self, connection: Connection, study: str, worker: str, held: dict[int, Assignment]
    ) -> None:
        try:
            answer = connection.run(
                connection.server.call(
                    "Heartbeat", parent=study, client_id=worker, trial_ids=sorted(held)
                )
            )
            lost = [trial.id for trial in answer.trials if trial.lost]
        except NotFoundError:
            lost = list(held)  # the study is deleted
        except ApogeeError as error:
            log.debug("no heartbeat: %s", error)  # there will be another
            return
        for trial in lost:
            self.remove(held[trial])
            # It may have ended while the answer was on its way.
            if not held[trial].ended:
                log.warning("trial %d of %s is not ours any more", trial, study)


heart = Heart()

os.register_at_fork(after_in_child=heart.forget)
