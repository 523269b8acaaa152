#!/usr/bin/env python3
"""A model that predicts trials, for apogeed to ask while it tunes REGRESSION_GUIDED studies.

    pip install ./client/python numpy
    client/examples/prediction_server.py --port 8500
    apogeed --remote-regressor localhost:8500

The model is small here: for each request a Gaussian process over the finished trials of the
study. A large one takes its place in three steps:

1. Load it once, before the server starts: `network = torch.load(...).eval().cuda()`.
2. In predict(), write the study (metric, metadata, trials) and each query as the text or the
   tensors that the network reads. All queries of a request make one batch, one pass:
   `with torch.inference_mode(): logits = network(batch)`. A lock around that pass keeps
   requests that come at once from sharing the memory of a GPU.
3. Turn what comes out into seven quantiles a query, in units of the metric, and a probability
   that the trial is feasible. A network that writes numbers digit by digit gives quantiles by
   sampling: `numpy.quantile(samples, QUANTILES, axis=0)`.

It has two seconds for an answer (apogeed --remote-regressor-deadline). The rules are in
proto/apogee/v1/prediction.proto.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from concurrent import futures
from typing import Any

import grpc
import numpy as np

from apogee.protocol import PredictRequest, PredictResponse

Array = Any  # numpy.ndarray

QUANTILES = (0.05, 0.16, 0.25, 0.5, 0.75, 0.84, 0.95)
# Those of the standard normal distribution.
NORMAL = np.array([-1.6448536, -0.9944579, -0.6744898, 0, 0.6744898, 0.9944579, 1.6448536])
SCALES = (0.3, 1.0, 3.0)
NOISE = 1e-2
LEAST_RESULTS = 2


class Features:
    """Points as vectors: a column for each number, one for each word that a parameter had.

    Numbers that span powers of ten count by their logarithm. All is known from the finished
    trials alone, so that what is predicted of one point does not depend on the others that are
    asked about.
    """

    def __init__(self, points: list[Mapping[str, Any]]):
        self._columns: dict[tuple[str, str], int] = {}
        for point in points:
            for name, value in sorted(point.items()):
                key = (name, value.string_value)
                self._columns.setdefault(key, len(self._columns))
        self._logarithmic = np.zeros(len(self._columns), dtype=bool)
        raw = self._raw(points)
        self._logarithmic = (raw.min(axis=0) > 0) & (raw.max(axis=0) > 100 * raw.min(axis=0))
        raw = self._raw(points)
        self._mean = raw.mean(axis=0)
        spread = raw.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)

    def of(self, points: list[Mapping[str, Any]]) -> Array:
        return (self._raw(points) - self._mean) / self._spread

    def _raw(self, points: list[Mapping[str, Any]]) -> Array:
        raw = np.zeros((len(points), len(self._columns)))
        for row, point in zip(raw, points, strict=True):
            for name, value in point.items():
                column = self._columns.get((name, value.string_value))
                if column is not None:
                    is_word = value.WhichOneof("kind") == "string_value"
                    row[column] = 1.0 if is_word else value.number_value
        smallest = np.finfo(float).tiny
        return np.where(self._logarithmic, np.log(np.maximum(raw, smallest)), raw)


def kernel(a: Array, b: Array, scale: float) -> Array:
    width = scale * np.sqrt(a.shape[1])
    squares = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    return np.exp(-squares / (2 * width**2))


class Process:
    """A Gaussian process with the likeliest of a few length scales."""

    def __init__(self, x: Array, y: Array):
        self._x = x
        self._mean = y.mean()
        self._spread = y.std() or 1.0
        z = (y - self._mean) / self._spread
        best = -np.inf
        for scale in SCALES:
            factor = np.linalg.cholesky(kernel(x, x, scale) + NOISE * np.eye(len(x)))
            weights = np.linalg.solve(factor.T, np.linalg.solve(factor, z))
            likelihood = -0.5 * z @ weights - np.log(np.diag(factor)).sum()
            if likelihood > best:
                best = likelihood
                self._scale, self._factor, self._weights = scale, factor, weights

    def quantiles(self, x: Array) -> Array:
        """One row for each place."""
        near = kernel(x, self._x, self._scale)
        mean = near @ self._weights
        known = (np.linalg.solve(self._factor, near.T) ** 2).sum(axis=0)
        sd = np.sqrt(np.maximum(1 - known, 0) + NOISE)
        return self._mean + self._spread * (mean[:, None] + sd[:, None] * NORMAL)


def predict(request: Any, context: grpc.ServicerContext) -> Any:
    trials = request.study.trials
    measured = np.array([trial.HasField("value") for trial in trials], dtype=bool)
    if measured.sum() < LEAST_RESULTS:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{LEAST_RESULTS} results are needed")
    points = [trial.parameters for trial in trials]
    features = Features(points)
    places = features.of(points)
    queries = features.of([query.parameters for query in request.queries])
    process = Process(places[measured], np.array([t.value for t in trials])[measured])
    # The share of feasible trials nearby, and one that is feasible anywhere.
    near = kernel(queries, places, SCALES[0])
    good = near[:, measured].sum(axis=1)
    feasible = (good + 1) / (good + near[:, ~measured].sum(axis=1) + 1)
    response = PredictResponse(model="gaussian-process 1")
    for quantiles, probability in zip(process.quantiles(queries), feasible, strict=True):
        response.predictions.add(quantiles=quantiles.tolist(), p_feasible=float(probability))
    return response


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves predictions of trials.")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8500, help="0 takes a free one")
    arguments = parser.parse_args()
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4),
        options=[("grpc.max_receive_message_length", 64 << 20)],
    )
    method = grpc.unary_unary_rpc_method_handler(
        predict, PredictRequest.FromString, PredictResponse.SerializeToString
    )
    handler = grpc.method_handlers_generic_handler(
        "apogee.v1.PredictionService", {"Predict": method}
    )
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port(f"{arguments.host}:{arguments.port}")
    server.start()
    print(f"predicts on {arguments.host}:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
