"""Short forms for the stock `google-vizier` client."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import grpc
from absl import logging
from vizier.service import clients
from vizier.service import pyvizier as vz

_T = TypeVar("_T")

logging.set_verbosity(logging.WARNING)


def use(address: str) -> None:
    """Aims the stock client of this process at a server."""
    clients.environment_variables.server_endpoint = address


def problem() -> vz.ProblemStatement:
    """Two parameters, one metric to maximize."""
    statement = vz.ProblemStatement()
    statement.search_space.root.add_float_param("lr", 1e-4, 1.0, scale_type=vz.ScaleType.LOG)
    statement.search_space.root.add_int_param("layers", 1, 5)
    statement.metric_information.append(
        vz.MetricInformation("accuracy", goal=vz.ObjectiveMetricGoal.MAXIMIZE)
    )
    return statement


def study(
    name: str,
    algorithm: str = "RANDOM_SEARCH",
    *,
    statement: vz.ProblemStatement | None = None,
    options: Mapping[str, Any] | None = None,
    pythia_endpoint: str | None = None,
    owner: str = "e2e",
) -> clients.Study:
    """Creates the study, or loads the one of that name."""
    config = vz.StudyConfig.from_problem(statement or problem())
    config.algorithm = algorithm
    if options is not None:
        config.metadata.ns("apogee")["options"] = json.dumps(options)
    if pythia_endpoint is not None:
        config.pythia_endpoint = pythia_endpoint
    return clients.Study.from_study_config(config, owner=owner, study_id=name)


def accuracy(value: float, **fields: float) -> vz.Measurement:
    return vz.Measurement({"accuracy": value}, **fields)


def when_connected(call: Callable[[], _T], seconds: float = 20) -> _T:
    """The answer of `call`, tried again while the channel finds the server again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                raise
        time.sleep(0.05)
