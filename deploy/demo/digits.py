"""Trains a small neural network on the handwritten digits that ship with scikit-learn.

A worker for `apogee tune`: hyperparameters come as flags, the accuracy on held-out digits goes
to standard output after every epoch.
"""

from __future__ import annotations

import argparse

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

EPOCHS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, required=True, help="learning rate")
    parser.add_argument("--units", type=int, required=True, help="hidden units per layer")
    parser.add_argument("--layers", type=int, required=True, help="hidden layers")
    parser.add_argument("--l2", type=float, required=True, help="weight of the L2 penalty")
    parser.add_argument("--optimizer", choices=["sgd", "adam"], required=True)
    parser.add_argument("--momentum", type=float, default=0.9, help="of sgd")
    parser.add_argument("--beta1", type=float, default=0.9, help="of adam")
    args = parser.parse_args()

    images, digits = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        images / 16, digits, test_size=0.3, random_state=0, stratify=digits
    )
    model = MLPClassifier(
        hidden_layer_sizes=(args.units,) * args.layers,
        solver=args.optimizer,
        learning_rate_init=args.lr,
        alpha=args.l2,
        momentum=args.momentum,
        beta_1=args.beta1,
        batch_size=64,
        random_state=0,
    )
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(train_x, train_y, classes=range(10))
        accuracy = model.score(test_x, test_y)
        print(f"apogee: step={epoch} accuracy={accuracy:.4f}", flush=True)


if __name__ == "__main__":
    main()
