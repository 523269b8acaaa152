"""A small neural network, and eleven small data sets to train it on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

EPOCHS = 12


def _in_groups(data: Any, groups: int) -> tuple[Any, Any]:
    """Makes classes, all as large, of the numbers to predict."""
    rows, values = data
    edges = np.quantile(values, np.arange(1, groups) / groups)
    return rows, np.digitize(values, edges)


# The first four are measurements, the others made up; rows and their classes.
DATA: dict[str, Callable[[], Any]] = {
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "diabetes": lambda: _in_groups(datasets.load_diabetes(return_X_y=True), 3),
    "moons": lambda: datasets.make_moons(800, noise=0.25, random_state=0),
    "blobs": lambda: datasets.make_blobs(
        1000, n_features=4, centers=12, cluster_std=3, random_state=0
    ),
    "shells": lambda: datasets.make_gaussian_quantiles(
        n_samples=1000, n_features=5, n_classes=4, random_state=0
    ),
    "roll": lambda: _in_groups(datasets.make_swiss_roll(1000, noise=0.5, random_state=0), 8),
    "hastie": lambda: datasets.make_hastie_10_2(1000, random_state=0),
    "noisy": lambda: datasets.make_classification(
        1000, n_features=20, n_informative=8, flip_y=0.15, random_state=0
    ),
    "wide": lambda: datasets.make_classification(
        800, n_features=60, n_informative=12, n_classes=3, random_state=0
    ),
}


def metadata(data: str) -> dict[str, str]:
    """What is known of a data set before anything is trained on it."""
    rows, classes = DATA[data]()
    counts = {"features": rows.shape[1], "classes": len(np.unique(classes))}
    return {"data": data, **{name: str(count) for name, count in counts.items()}}


def loss(data: str, parameters: Mapping[str, Any]) -> float:
    """The cross-entropy on the two fifths of the rows that the network has not seen.

    The same parameters give the same loss. ValueError when the weights overflow.
    """
    rows, classes = DATA[data]()
    train, test, train_classes, test_classes = train_test_split(
        rows, classes, test_size=0.4, stratify=classes, random_state=0
    )
    scale = StandardScaler().fit(train)
    network = MLPClassifier(
        hidden_layer_sizes=[parameters["units"]] * parameters["layers"],
        activation=parameters["activation"],
        solver=parameters["solver"],
        momentum=parameters.get("momentum", 0.0),
        learning_rate_init=parameters["lr"],
        alpha=parameters["l2"],
        batch_size=min(parameters["batch"], len(train)),
        max_iter=EPOCHS,
        random_state=0,
    )
    with warnings.catch_warnings(), np.errstate(over="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(scale.transform(train), train_classes)
    return float(log_loss(test_classes, network.predict_proba(scale.transform(test))))
