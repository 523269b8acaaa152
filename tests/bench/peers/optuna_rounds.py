"""Rounds of ask and tell on one Optuna study by several processes.

Writes {"per_second": ..., "p50_ms": ..., "p99_ms": ..., "rounds": ...} to --output.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import pathlib
import queue
import socket
import statistics
import time
import warnings
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import optuna

# What is measured here is still marked as experimental.
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

PARAMETERS = 8
STUDY = "bench"


def file_storage(file: str) -> optuna.storages.RDBStorage:
    # Processes wait for each other's locks instead of failing after SQLite's 5 seconds.
    return optuna.storages.RDBStorage(
        f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": 60}}
    )


def serve(file: str, port: int) -> None:
    optuna.storages.run_grpc_proxy_server(file_storage(file), host="127.0.0.1", port=port)


def work(
    number: int, file: str, port: int, ready: Barrier, results: Queue[tuple[float, float]]
) -> None:
    """Rounds without end; the result of each is when it ended and how many seconds it took."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage: optuna.storages.BaseStorage
    if port:
        proxy = optuna.storages.GrpcStorageProxy(host="127.0.0.1", port=port)
        proxy.wait_server_ready(timeout=30)
        storage = proxy
    else:
        storage = file_storage(file)
    study = optuna.load_study(
        study_name=STUDY, storage=storage, sampler=optuna.samplers.RandomSampler(seed=number)
    )
    space: dict[str, optuna.distributions.BaseDistribution] = {
        f"x{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(PARAMETERS)
    }
    ready.wait()
    while True:
        begin = time.monotonic()
        study.tell(study.ask(space), 0.25)
        end = time.monotonic()
        results.put((end, end - begin))


def collect(results: Queue[tuple[float, float]], begin: float, end: float) -> list[float]:
    """The seconds of the rounds that ended between the two points in time."""
    seconds = []
    while (now := time.monotonic()) < end:
        try:
            ended, took = results.get(timeout=end - now)
        except queue.Empty:
            break
        if ended >= begin:
            seconds.append(took)
    return seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", required=True, help="a new SQLite file")
    parser.add_argument("--grpc", action="store_true", help="reach it through the gRPC proxy")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--warm-up", type=float, required=True, help="seconds")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study(study_name=STUDY, storage=file_storage(arguments.file))
    # Nothing of gRPC runs in this process, so its children may be forks.
    context = multiprocessing.get_context("fork")
    port = free_port() if arguments.grpc else 0
    if port:
        context.Process(target=serve, args=(arguments.file, port), daemon=True).start()
    # The one more is this process.
    ready = context.Barrier(arguments.workers + 1)
    results: Queue[tuple[float, float]] = context.Queue()
    for number in range(arguments.workers):
        context.Process(
            target=work, args=(number, arguments.file, port, ready, results), daemon=True
        ).start()
    ready.wait(timeout=60)
    begin = time.monotonic() + arguments.warm_up
    rounds = collect(results, begin, begin + arguments.seconds)
    # A round may wait long for a lock: nobody waits for the last ones.
    for child in multiprocessing.active_children():
        child.kill()
    figures = {
        "per_second": len(rounds) / arguments.seconds,
        "p50_ms": 1e3 * statistics.median(rounds),
        "p99_ms": 1e3 * statistics.quantiles(rounds, n=100)[98],
        "rounds": len(rounds),
    }
    pathlib.Path(arguments.output).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
