"""The server's messages and methods, from the protos of this release.

They live in a descriptor pool of their own: the pool that all of a process shares refuses a
second set of `vizier` messages, and google-vizier brings one.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def _load() -> Any:
    data = importlib.resources.files(__package__).joinpath("protocol.bin").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


_POOL = _load()


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(name))


Study = _message("vizier.Study")
StudySpec = _message("vizier.StudySpec")
ParameterSpec = _message("vizier.StudySpec.ParameterSpec")
Trial = _message("vizier.Trial")
Measurement = _message("vizier.Measurement")
SuggestTrialsResponse = _message("vizier.SuggestTrialsResponse")
StudyOptions = _message("apogee.v1.StudyOptions")
LeaseHistory = _message("apogee.v1.LeaseHistory")
Value = _message("google.protobuf.Value")
# Of apogee.v1.PredictionService, which others serve and the server calls.
PredictRequest = _message("apogee.v1.PredictRequest")
PredictResponse = _message("apogee.v1.PredictResponse")


@dataclass(frozen=True)
class Method:
    """A remote procedure. `request` makes its message from fields."""

    name: str
    path: str
    request: Callable[..., Any]
    serialize: Callable[[Any], bytes]
    parse: Callable[[bytes], Any]


def _methods(service: str) -> dict[str, Method]:
    methods = {}
    for method in _POOL.FindServiceByName(service).methods:
        request: Any = message_factory.GetMessageClass(method.input_type)
        response: Any = message_factory.GetMessageClass(method.output_type)
        path = f"/{service}/{method.name}"
        methods[method.name] = Method(
            method.name, path, request, request.SerializeToString, response.FromString
        )
    return methods


METHODS = (
    _methods("vizier.VizierService")
    | _methods("apogee.v1.AdminService")
    | _methods("apogee.v1.WorkerService")
)
