"""Tunes a classifier on four processes. A trial that lags behind is stopped early."""

from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

import apogee


def train(trial: apogee.Trial) -> None:
    images, digits = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(images / 16, digits, random_state=0)
    model = SGDClassifier(random_state=0, **trial.parameters)
    for epoch in range(1, 11):
        model.partial_fit(x, y, classes=range(10))
        if trial.report(epoch, accuracy=model.score(x_test, y_test)):
            break


if __name__ == "__main__":
    study = apogee.create_study(
        name="digits",
        metrics={"accuracy": "maximize"},
        parameters={
            "alpha": apogee.double(1e-7, 1e-1, scale="log"),
            "loss": apogee.categorical(["hinge", "log_loss", "perceptron"]),
        },
        budget={"trials": 30},
        stopping="MEDIAN",
    )
    study.optimize(train, workers=4)
    print(study.best())
