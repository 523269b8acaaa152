"""What worker processes run: they import it from here."""

from __future__ import annotations

import multiprocessing
import os
import pathlib
import signal
import time

import apogee


def accuracy(trial: apogee.Trial) -> float:
    return 1 - float(trial.parameters["lr"])


def accuracy_by_steps(trial: apogee.Trial) -> None:
    for step in (1, 2, 3):
        trial.report(step, accuracy=trial.id + step / 10)


def killed_on_the_second(trial: apogee.Trial) -> float:
    if trial.id == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.5


def always_killed(trial: apogee.Trial) -> float:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0.5


def fails(trial: apogee.Trial) -> float:
    raise ValueError("no such layer")


def with_children(trial: apogee.Trial) -> float:
    """As a DataLoader with workers."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.map(abs, [-0.25, -0.25]))


def asks_for_a_second(trial: apogee.Trial) -> float:
    second = apogee.open_study("s", worker=trial.worker).ask()
    second.complete(accuracy=second.id)
    return trial.id


def waits_for_ever(trial: apogee.Trial) -> float:
    """Leaves a file named after its process in $APOGEE_TEST_FOLDER."""
    (pathlib.Path(os.environ["APOGEE_TEST_FOLDER"]) / str(os.getpid())).touch()
    while True:
        time.sleep(60)
