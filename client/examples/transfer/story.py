#!/usr/bin/env python3
"""Tunes a network on ten data sets, and then on one more, with and without what was learned.

Needs a server (APOGEE_SERVER), the program `apogee`, and
    pip install './client/python[yaml]' scikit-learn matplotlib
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import pathlib
import statistics
import subprocess
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import apogee
import network
from memo import memos
from plot import Curves, best_so_far, draw

STUDY = pathlib.Path(__file__).with_name("study.yaml")
MARKS = (5, 10, 20, 30)


@dataclass(frozen=True)
class Way:
    """A way to tune on the new data set."""

    name: str
    algorithm: str
    transfer: dict[str, Any] | None = None


OLD = Way("old", "QUASI_RANDOM_SEARCH")
GUIDED = Way("guided", "REGRESSION_GUIDED", {"regressor": "none"})
TRAINED = Way("guided-trained", "REGRESSION_GUIDED")
WAYS = (
    GUIDED,
    Way("guided-by-all", "REGRESSION_GUIDED", {"similar": 10, "regressor": "none"}),
    Way("guided-alone", "REGRESSION_GUIDED", {"similar": 0, "regressor": "none"}),
    Way("gp", "GP_UCB_PE"),
    Way("random", "RANDOM_SEARCH"),
)


@dataclass(frozen=True)
class Task:
    """A study, and the data set that its networks are trained on."""

    owner: str
    name: str
    data: str
    way: Way
    trials: int
    seed: int
    share: bool = False


def train(data: str, trial: apogee.Trial) -> float | None:
    try:
        return network.loss(data, trial.parameters)
    except ValueError as error:
        trial.fail(str(error))
        return None


def finish(task: Task) -> list[float | None]:
    """Creates a study, works on it, and returns the losses, None for failed trials.

    One trial follows the other, so that each run of this program measures the same. What an
    earlier run has begun is finished: the worker of a study has always the same name.
    """
    study = apogee.create_study(
        STUDY,
        owner=task.owner,
        name=task.name,
        worker=task.name,
        algorithm=task.way.algorithm,
        budget={"trials": task.trials},
        seed=task.seed,
        share_for_training="OWNER" if task.share else "NONE",
        transfer=task.way.transfer,
        metadata=network.metadata(task.data),
    )
    study.optimize(functools.partial(train, task.data))
    return [trial.metrics.get("loss") for trial in study.results()]


def print_table(curves: Curves) -> None:
    marks = [mark for mark in MARKS if all(len(one) >= mark for one in curves["random"])]
    print(f"{'median of the best loss after':30}" + "".join(f"{mark:>9}" for mark in marks))
    for way, runs in curves.items():
        middles = (statistics.median(run[mark - 1] for run in runs) for mark in marks)
        print(f"  {way:28}" + "".join(f"{middle:9.4f}" for middle in middles))


def owner_of(arguments: argparse.Namespace) -> str:
    """Each story has an owner of its own, so that no old study knows the new data set."""
    return f"transfer-{arguments.new}" + ("-quick" if arguments.quick else "")


def tell(arguments: argparse.Namespace, pool: Executor) -> Curves:
    """Works on the old studies, and when all have ended on the new ones."""
    owner = owner_of(arguments)
    old_trials, trials, seeds = (10, 10, 1) if arguments.quick else (40, 30, arguments.seeds)
    old = [
        Task(owner, f"old-{data}", data, OLD, old_trials, seed, share=True)
        for seed, data in enumerate(network.DATA, 1)
        if data != arguments.new
    ]
    print(f"{len(old)} old studies: {', '.join(task.data for task in old)}", flush=True)
    list(pool.map(finish, old))

    ways = list(WAYS)
    if arguments.train:
        call = [arguments.apogee, "regressor", "train", "--owner", owner, "--mine", "--wait"]
        subprocess.run([*call, "--cpu", "2s" if arguments.quick else "60s"], check=True)
        ways.insert(0, TRAINED)

    new = [
        Task(owner, f"{way.name}-{seed}", arguments.new, way, trials, seed)
        for seed in range(1, seeds + 1)
        for way in ways
    ]
    print(f"{len(new)} new studies of {arguments.new}", flush=True)
    curves: Curves = {way.name: [] for way in ways}
    for task, losses in zip(new, pool.map(finish, new), strict=True):
        curves[task.way.name].append(best_so_far(losses))
    return curves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--new", choices=network.DATA, default="digits", help="the new data set")
    parser.add_argument("--seeds", type=int, default=5, help="studies of each way")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller studies")
    parser.add_argument("--train", action="store_true", help="also with regressors, after a minute")
    parser.add_argument("--workers", type=int, default=2, help="studies at once")
    parser.add_argument("--apogee", default="apogee", help="the program apogee")
    parser.add_argument("--plot", type=pathlib.Path, default=pathlib.Path("transfer.png"))
    arguments = parser.parse_args()
    # Each process has a core for itself.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

    # Not forked: gRPC does not like that.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.workers, mp_context=spawn) as pool:
        curves = tell(arguments, pool)
    print()
    print_table(curves)
    draw(curves, f"a network on {arguments.new}", arguments.plot)
    print(f"\n{arguments.plot} shows the same for every trial.\n")
    print(f"{GUIDED.name}-1 began with these trials:")
    for memo in memos(arguments.apogee, owner_of(arguments), f"{GUIDED.name}-1")[:5]:
        print(memo)


if __name__ == "__main__":
    main()
