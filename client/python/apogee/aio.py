"""Studies and trials, with calls that are awaited. Otherwise as in `apogee`."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import grpc

from apogee import core
from apogee.assignment import Assignment
from apogee.connection import OPTIONS
from apogee.core import Core, Summary
from apogee.errors import StudyOverError
from apogee.loop import Limits
from apogee.measured import Metrics
from apogee.measured import read as read_metrics
from apogee.results import Results, TrialResult
from apogee.steps import Call, Pause, Server, Steps
from apogee.study_file import Source

_T = TypeVar("_T")


class Connection:
    """Belongs to the event loop that first uses it."""

    def __init__(self, server: Server):
        self.server = server
        self._channel: Any = None

    async def run(self, steps: Steps[_T]) -> _T:
        try:
            step = next(steps)
            while True:
                try:
                    answer = await self._do(step)
                except grpc.RpcError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: _T = end.value
            return result
        finally:
            steps.close()

    async def _do(self, step: Call | Pause) -> Any:
        if isinstance(step, Pause):
            return await asyncio.sleep(step.seconds)
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self.server.address, OPTIONS)
        method = step.method
        stub = self._channel.unary_unary(
            method.path,
            request_serializer=method.serialize,
            response_deserializer=method.parse,
        )
        return await stub(step.request, timeout=step.timeout)

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
            self._channel = None


class Trial(Assignment):
    """A point to try. As a context manager it ends with its block; cancelled, it is left to this
    worker's next turn."""

    def __init__(self, connection: Connection, core: Core, message: Any, worker: str):
        super().__init__(core, message, worker)
        self._connection = connection

    async def report(self, step: int, metrics: Metrics | None = None, /, **named: Any) -> bool:
        """Sends a measurement; whether the trial should stop."""
        return await self._connection.run(self._report(step, metrics, named))

    async def complete(self, metrics: Metrics | None = None, /, **named: Any) -> None:
        """Ends the trial. Metrics that are left out have the value reported last."""
        await self._connection.run(self._complete(metrics, named))

    async def fail(self, reason: str) -> None:
        """Ends the trial without a result."""
        await self._connection.run(self._fail(reason))

    async def __aenter__(self) -> Trial:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> bool:
        return await self._connection.run(self._leave(error))


class Study:
    """A study on a server. `async with` closes its connection at the end."""

    def __init__(self, connection: Connection, core: Core):
        self._connection = connection
        self._core = core

    def __repr__(self) -> str:
        return f"Study({self.resource_name!r})"

    async def __aenter__(self) -> Study:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._connection.close()

    @property
    def name(self) -> str:
        return str(self._core.study.display_name)

    @property
    def resource_name(self) -> str:
        return self._core.name

    async def ask(self) -> Trial:
        """The next point to try. StudyOverError when there is none any more."""
        return (await self.ask_many(1))[0]

    async def ask_many(self, count: int) -> list[Trial]:
        """Up to `count` points at once, which the algorithm chooses together."""
        worker = self._core.names.take(count)
        given = 0
        try:
            messages = await self._connection.run(self._core.suggest(worker, count))
            trials = [Trial(self._connection, self._core, m, worker) for m in messages]
            given = len(trials)
        finally:
            self._core.names.give_back(worker, count - given)
        return trials

    async def tell(
        self, trial: Trial | int, metrics: Metrics | None = None, /, **named: Any
    ) -> None:
        """Ends a trial, or the one of that id, with its metrics."""
        if isinstance(trial, Trial):
            await trial.complete(metrics, **named)
        else:
            values = read_metrics(self._core.metrics, metrics, named)
            await self._connection.run(self._core.complete(trial, values))

    async def fail(self, trial: Trial | int, reason: str) -> None:
        """Ends a trial, or the one of that id, without a result."""
        if isinstance(trial, Trial):
            await trial.fail(reason)
        else:
            await self._connection.run(self._core.fail(trial, reason))

    def trials(self, limit: int | None = None) -> AsyncIterator[Trial]:
        """Trials to work on, `async with trial:`, until the study is over; at most `limit`."""
        return self._trials(Limits.new(limit))

    async def _trials(self, limits: Limits) -> AsyncIterator[Trial]:
        while limits.next():
            try:
                trial = await self.ask()
            except StudyOverError:
                return
            trial._in_loop = True
            yield trial
            limits.note(trial)

    async def optimize(
        self,
        fn: Callable[[Trial], Awaitable[Metrics | None]],
        *,
        workers: int = 1,
        trials: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Awaits `fn` for trials until the study is over, `workers` at a time."""
        if workers < 1:
            raise ValueError(f"workers is {workers}; it must be 1 or more")
        limits = Limits.new(trials, seconds)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(fn, limits))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _work(self, fn: Callable[[Trial], Awaitable[Metrics | None]], limits: Limits) -> None:
        async for trial in self._trials(limits):
            async with trial:
                result = await fn(trial)
                if not trial.ended:
                    await trial.complete(result)

    async def get(self, trial: int) -> TrialResult:
        return await self._connection.run(self._core.get(trial))

    async def results(self) -> Results:
        """All trials, by id."""
        return await self._connection.run(self._core.results())

    async def best(self) -> TrialResult:
        """The best trial of a study with one objective."""
        return await self._connection.run(self._core.best())

    async def pareto(self) -> Results:
        """The trials that no other one beats in every objective."""
        return await self._connection.run(self._core.pareto())

    async def summary(self) -> Summary:
        return await self._connection.run(self._core.summary())

    async def pause(self) -> None:
        """Nothing is suggested until resume()."""
        await self._connection.run(self._core.set_state("INACTIVE"))

    async def resume(self) -> None:
        await self._connection.run(self._core.set_state("ACTIVE"))

    async def stop(self) -> None:
        """The study is over."""
        await self._connection.run(self._core.set_state("COMPLETED"))

    async def delete(self) -> None:
        """Deletes the study and all of its trials."""
        await self._connection.run(self._core.delete())


async def create_study(
    source: Source | None = None,
    *,
    server: str | None = None,
    owner: str | None = None,
    worker: str | None = None,
    timeout: float = 60.0,
    patience: float = 300.0,
    **keys: Any,
) -> Study:
    """As apogee.create_study; `keys` are those of a study file."""
    connection = Connection(core.server(server, timeout, patience))
    changes = {key: value for key, value in keys.items() if value is not None}
    study = await connection.run(core.create(connection.server, source, owner, changes))
    return Study(connection, Core(connection.server, study, worker))


async def open_study(
    name: str,
    *,
    server: str | None = None,
    owner: str | None = None,
    worker: str | None = None,
    timeout: float = 60.0,
    patience: float = 300.0,
) -> Study:
    """The study of that name, or of owners/OWNER/studies/NAME."""
    connection = Connection(core.server(server, timeout, patience))
    study = await connection.run(core.open_study(connection.server, name, owner))
    return Study(connection, Core(connection.server, study, worker))
