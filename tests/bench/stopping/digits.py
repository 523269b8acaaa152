"""Trains real networks on scikit-learn's digits with and without early stopping.

Needs an apogeed (--server), scikit-learn, and client/python on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import json
import statistics
import uuid
import warnings

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import apogee

EPOCHS = 27
PARAMETERS = {
    "learning_rate_init": apogee.double(1e-5, 1e-1, scale="log"),
    "momentum": apogee.double(0, 0.99),
    "alpha": apogee.double(1e-7, 1, scale="log"),
    "units": apogee.integer(4, 64, scale="log"),
    "batch_size": apogee.integer(8, 256, scale="log"),
}


class Data:
    """Parts to train on, to tune by, and to report, drawn anew for each seed."""

    def __init__(self, seed: int) -> None:
        images, digits = load_digits(return_X_y=True)
        x, self.x_test, y, self.y_test = train_test_split(
            images / 16, digits, test_size=0.25, random_state=seed
        )
        self.x, self.x_tune, self.y, self.y_tune = train_test_split(
            x, y, test_size=0.25, random_state=seed
        )


def train(trial: apogee.Trial, data: Data, seed: int) -> tuple[int, float, float]:
    """Epochs run, and the accuracy to tune by and to report."""
    settings = dict(trial.parameters)
    units = settings.pop("units")
    model = MLPClassifier((units,), solver="sgd", random_state=seed, **settings)
    tuned = 0.0
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(data.x, data.y, classes=range(10))
        tuned = model.score(data.x_tune, data.y_tune)
        if trial.report(epoch, accuracy=tuned):
            break
    return epoch, tuned, model.score(data.x_test, data.y_test)


def run(server: str | None, stopping: str, trials: int, seed: int) -> tuple[int, float]:
    """Epochs of a study, and the reported accuracy of the trial that it would choose."""
    study = apogee.create_study(
        name=f"digits-{uuid.uuid4()}",
        server=server,
        metrics={"accuracy": "maximize"},
        parameters=PARAMETERS,
        algorithm="RANDOM_SEARCH",
        budget={"trials": trials},
        seed=seed,
        stopping=json.loads(stopping) if stopping.startswith("{") else stopping,
    )
    data = Data(seed)
    done = []
    for trial in study.trials():
        with trial:
            done.append(train(trial, data, seed))
    return sum(epochs for epochs, _, _ in done), max(done, key=lambda one: one[1])[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", help="HOST:PORT of apogeed; else $APOGEE_SERVER")
    parser.add_argument("--rule", action="append", help="a name, or the JSON of its options")
    parser.add_argument("--trials", type=int, default=60, help="of each study")
    parser.add_argument("--seeds", type=int, default=5, help="studies for each rule")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")  # networks that diverge
    whole = arguments.trials * EPOCHS
    for rule in arguments.rule or ["NONE", "MEDIAN", "ASHA", "CURVE"]:
        runs = [
            run(arguments.server, rule, arguments.trials, seed)
            for seed in range(1, arguments.seeds + 1)
        ]
        saved = [100 - 100 * epochs / whole for epochs, _ in runs]
        reached = [accuracy for _, accuracy in runs]
        print(
            f"{rule:12} saved {statistics.mean(saved):5.1f} %"
            f"   test accuracy {statistics.mean(reached):.4f}"
            f" ({min(reached):.4f} to {max(reached):.4f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
