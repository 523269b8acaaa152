"""A blocking connection to a server."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Any, TypeVar

import grpc

from apogee.steps import Call, Pause, Server, Steps

_T = TypeVar("_T")

_LONGEST_WAIT_TO_FORK = 1.0

OPTIONS: list[tuple[str, Any]] = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.max_receive_message_length", 256 << 20),
    # A forked child must not find its parent's sockets.
    ("grpc.use_local_subchannel_pool", 1),
]


class _Gate:
    """Lets calls through, but while the process forks: gRPC is only then sound in the child when
    no other thread was within a call. A long call is not waited for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._forks = 0

    def __enter__(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._forks == 0)
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._forks += 1
            self._changed.wait_for(lambda: self._inside == 0, _LONGEST_WAIT_TO_FORK)

    def open(self) -> None:
        with self._changed:
            self._forks -= 1
            self._changed.notify_all()


class Connection:
    """Made when first needed, again whenever it breaks, and anew in a forked child. Thread-safe."""

    def __init__(self, server: Server):
        self.server = server
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._of_parent: list[grpc.Channel] = []
        _all.add(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Connection, (self.server,)

    def run(self, steps: Steps[_T]) -> _T:
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._do(step)
                except grpc.RpcError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: _T = end.value
            return result
        finally:
            steps.close()

    def _do(self, step: Call | Pause) -> Any:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        with self._lock:
            if self._channel is None:
                self._channel = grpc.insecure_channel(self.server.address, OPTIONS)
            channel = self._channel
        method = step.method
        stub = channel.unary_unary(
            method.path,
            request_serializer=method.serialize,
            response_deserializer=method.parse,
        )
        with _gate:
            return stub(step.request, timeout=step.timeout)

    def close(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def forget(self) -> None:
        """In a forked child: leaves the parent's channel alone, not even closing it."""
        self._lock = threading.Lock()
        if self._channel is not None:
            self._of_parent.append(self._channel)
            self._channel = None


_all: weakref.WeakSet[Connection] = weakref.WeakSet()
_gate = _Gate()


def _in_child() -> None:
    global _gate
    _gate = _Gate()
    for connection in list(_all):
        connection.forget()


# The gate that closes is the one that opens: a child has a new one.
os.register_at_fork(
    before=lambda: _gate.close(),
    after_in_parent=lambda: _gate.open(),
    after_in_child=_in_child,
)
