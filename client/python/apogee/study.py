"""Studies and trials, with calls that block."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from apogee import core, notebook, optimize
from apogee.assignment import Assignment
from apogee.connection import Connection
from apogee.core import Core, Summary
from apogee.errors import StudyOverError
from apogee.loop import Limits
from apogee.measured import Metrics
from apogee.measured import read as read_metrics
from apogee.results import Results, TrialResult
from apogee.study_file import Source


class Trial(Assignment):
    """A point to try. As a context manager it ends with its block: with what was reported, or as
    failed with the traceback of an exception. Ctrl-C leaves it to this worker's next turn."""

    def __init__(self, connection: Connection, core: Core, message: Any, worker: str):
        super().__init__(core, message, worker)
        self._connection = connection

    def report(self, step: int, metrics: Metrics | None = None, /, **named: Any) -> bool:
        """Sends a measurement; whether the trial should stop.

        It should when the study's stopping rule or a person says so, or it has been ended.
        """
        return self._connection.run(self._report(step, metrics, named))

    def complete(self, metrics: Metrics | None = None, /, **named: Any) -> None:
        """Ends the trial. Metrics that are left out have the value reported last."""
        self._connection.run(self._complete(metrics, named))

    def fail(self, reason: str) -> None:
        """Ends the trial without a result."""
        self._connection.run(self._fail(reason))

    def __enter__(self) -> Trial:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> bool:
        return self._connection.run(self._leave(error))


class Study:
    """A study on a server. Thread-safe; a copy in another process is another worker."""

    def __init__(self, connection: Connection, core: Core):
        self._connection = connection
        self._core = core

    def __repr__(self) -> str:
        return f"Study({self.resource_name!r})"

    def _repr_html_(self) -> str:
        return notebook.study(self._core)

    def as_worker(self, name: str) -> Study:
        """The same study for a worker of that name."""
        return Study(self._connection, Core(self._core.server, self._core.study, name))

    @property
    def name(self) -> str:
        return str(self._core.study.display_name)

    @property
    def resource_name(self) -> str:
        """owners/OWNER/studies/NAME"""
        return self._core.name

    def ask(self) -> Trial:
        """The next point to try. StudyOverError when there is none any more."""
        return self.ask_many(1)[0]

    def ask_many(self, count: int) -> list[Trial]:
        """Up to `count` points at once, which the algorithm chooses together."""
        worker = self._core.names.take(count)
        given = 0
        try:
            messages = self._connection.run(self._core.suggest(worker, count))
            trials = [Trial(self._connection, self._core, m, worker) for m in messages]
            given = len(trials)
        finally:
            self._core.names.give_back(worker, count - given)
        return trials

    def tell(self, trial: Trial | int, metrics: Metrics | None = None, /, **named: Any) -> None:
        """Ends a trial, or the one of that id, with its metrics."""
        if isinstance(trial, Trial):
            trial.complete(metrics, **named)
        else:
            values = read_metrics(self._core.metrics, metrics, named)
            self._connection.run(self._core.complete(trial, values))

    def fail(self, trial: Trial | int, reason: str) -> None:
        """Ends a trial, or the one of that id, without a result."""
        if isinstance(trial, Trial):
            trial.fail(reason)
        else:
            self._connection.run(self._core.fail(trial, reason))

    def _abandon(self, trial: int, worker: str, reason: str) -> None:
        """Ends the trial of a worker that died, or where there are leases gives it to others."""
        if self._core.lease_seconds:
            self._connection.run(self._core.release(trial, worker, reason))
        else:
            self.fail(trial, reason)

    def trials(self, limit: int | None = None) -> Iterator[Trial]:
        """Trials to work on, `with trial:`, until the study is over; at most `limit`."""
        return self._trials(Limits.new(trials=limit))

    def _trials(self, limits: Limits) -> Iterator[Trial]:
        while limits.next():
            try:
                trial = self.ask()
            except StudyOverError:
                return
            trial._in_loop = True
            yield trial
            limits.note(trial)

    def optimize(
        self,
        fn: Callable[[Trial], Metrics | None],
        *,
        workers: int = 1,
        threads: bool = False,
        trials: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Calls `fn` for trials until the study is over, on `workers` processes.

        What it returns are the trial's metrics; None takes those reported last. An exception
        makes the trial failed. With `threads` all happens in this process. `trials` and
        `seconds` limit this call; the study's own budget counts for all callers together.
        """
        if workers < 1:
            raise ValueError(f"workers is {workers}; it must be 1 or more")
        if workers == 1 and not threads:
            optimize.work(self, fn, Limits.new(trials=trials, seconds=seconds))
        elif threads:
            optimize.in_threads(self, fn, workers, Limits.new(trials=trials, seconds=seconds))
        else:
            optimize.in_processes(self, fn, workers, trials, seconds)

    def get(self, trial: int) -> TrialResult:
        return self._connection.run(self._core.get(trial))

    def results(self) -> Results:
        """All trials, by id."""
        return self._connection.run(self._core.results())

    def best(self) -> TrialResult:
        """The best trial of a study with one objective."""
        return self._connection.run(self._core.best())

    def pareto(self) -> Results:
        """The trials that no other one beats in every objective."""
        return self._connection.run(self._core.pareto())

    def summary(self) -> Summary:
        return self._connection.run(self._core.summary())

    def pause(self) -> None:
        """Nothing is suggested until resume()."""
        self._connection.run(self._core.set_state("INACTIVE"))

    def resume(self) -> None:
        self._connection.run(self._core.set_state("ACTIVE"))

    def stop(self) -> None:
        """The study is over."""
        self._connection.run(self._core.set_state("COMPLETED"))

    def delete(self) -> None:
        """Deletes the study and all of its trials."""
        self._connection.run(self._core.delete())


def create_study(
    source: Source | None = None,
    *,
    name: str | None = None,
    metrics: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    algorithm: str | Mapping[str, Any] | None = None,
    constraints: list[str] | None = None,
    budget: Mapping[str, int] | None = None,
    seed: int | None = None,
    stopping: str | Mapping[str, Any] | None = None,
    lease: int | Mapping[str, int] | None = None,
    share_for_training: Literal["NONE", "OWNER", "SERVER"] | None = None,
    transfer: Mapping[str, Any] | None = None,
    noise: Literal["low", "high"] | None = None,
    metadata: Mapping[str, Any] | None = None,
    server: str | None = None,
    owner: str | None = None,
    worker: str | None = None,
    timeout: float = 60.0,
    patience: float = 300.0,
) -> Study:
    """Creates a study from a YAML file, a dict of the same form, or the keys given here, which
    replace those of the file. One of that name that is equal is joined; ConflictError if not.

    server    HOST:PORT; else $APOGEE_SERVER, else localhost:28080
    owner     else $APOGEE_OWNER, else your login name
    worker    this process's name: a later one of the same name gets the trials that this one
              leaves; else $APOGEE_WORKER, else one that nobody had
    timeout   seconds for the server's answer
    patience  seconds to go on trying while no server answers
    """
    keys = {
        "name": name,
        "metrics": metrics,
        "parameters": parameters,
        "algorithm": algorithm,
        "constraints": constraints,
        "budget": budget,
        "seed": seed,
        "stopping": stopping,
        "lease": lease,
        "share_for_training": share_for_training,
        "transfer": transfer,
        "noise": noise,
        "metadata": metadata,
    }
    changes = {key: value for key, value in keys.items() if value is not None}
    connection = Connection(core.server(server, timeout, patience))
    study = connection.run(core.create(connection.server, source, owner, changes))
    return Study(connection, Core(connection.server, study, worker))


def open_study(
    name: str,
    *,
    server: str | None = None,
    owner: str | None = None,
    worker: str | None = None,
    timeout: float = 60.0,
    patience: float = 300.0,
) -> Study:
    """The study of that name, or of owners/OWNER/studies/NAME. NotFoundError if there is none."""
    connection = Connection(core.server(server, timeout, patience))
    study = connection.run(core.open_study(connection.server, name, owner))
    return Study(connection, Core(connection.server, study, worker))


def list_studies(
    *,
    server: str | None = None,
    owner: str | None = None,
    timeout: float = 60.0,
    patience: float = 300.0,
) -> list[str]:
    """The names of an owner's studies."""
    connection = Connection(core.server(server, timeout, patience))
    return connection.run(core.list_studies(connection.server, owner))
