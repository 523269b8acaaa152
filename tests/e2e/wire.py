"""The protocol without a client in between: Vizier's own generated stubs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2
from vizier._src.service import study_pb2, vizier_service_pb2, vizier_service_pb2_grpc

# Short names for what tests write most.
pb = vizier_service_pb2
study_pb = study_pb2
StudySpec = study_pb2.StudySpec
Parameter = study_pb2.StudySpec.ParameterSpec
Trial = study_pb2.Trial


@contextlib.contextmanager
def connect(address: str) -> Iterator[vizier_service_pb2_grpc.VizierServiceStub]:
    """A stub on a channel of its own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options) as channel:
        grpc.channel_ready_future(channel).result(timeout=30)
        yield vizier_service_pb2_grpc.VizierServiceStub(channel)


def spec(algorithm: str = "RANDOM_SEARCH", *parameters: Any) -> Any:
    """A study spec with one metric; without parameters it has a double "x"."""
    if not parameters:
        parameters = (double("x"),)
    return StudySpec(
        algorithm=algorithm,
        parameters=parameters,
        metrics=[StudySpec.MetricSpec(metric_id="y", goal=StudySpec.MetricSpec.MAXIMIZE)],
    )


def double(name: str, low: float = 0.0, high: float = 1.0) -> Any:
    return Parameter(
        parameter_id=name,
        double_value_spec=Parameter.DoubleValueSpec(min_value=low, max_value=high),
    )


def categorical(name: str, *values: str) -> Any:
    return Parameter(
        parameter_id=name, categorical_value_spec=Parameter.CategoricalValueSpec(values=values)
    )


def child(parent_value: str, parameter: Any) -> Any:
    """`parameter`, active when its categorical parent has the value."""
    conditional = Parameter.ConditionalParameterSpec
    return conditional(
        parameter_spec=parameter,
        parent_categorical_values=conditional.CategoricalValueCondition(values=[parent_value]),
    )


def measurement(value: float, step: int = 0) -> Any:
    return study_pb2.Measurement(
        step_count=step,
        metrics=[study_pb2.Measurement.Metric(metric_id="y", value=value)],
    )


def suggested(operation: Any) -> list[Any]:
    """The trials in a finished SuggestTrials operation."""
    assert operation.done, operation
    assert not operation.HasField("error"), operation
    response = pb.SuggestTrialsResponse()
    assert operation.response.Unpack(response), operation
    return list(response.trials)


def violations(error: grpc.RpcError) -> dict[str, str]:
    """Field to description, from the google.rpc details of an error."""
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        details = status_pb2.Status.FromString(value)
        bad_request = error_details_pb2.BadRequest()
        for detail in details.details:
            if detail.Unpack(bad_request):
                return {v.field: v.description for v in bad_request.field_violations}
    return {}
