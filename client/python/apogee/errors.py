"""What can go wrong. The text is the server's, as it is."""

from __future__ import annotations

import grpc


class ApogeeError(Exception):
    """Any error of this package. `code` is gRPC's name for it, as NOT_FOUND."""

    code = "UNKNOWN"


class InvalidError(ApogeeError, ValueError):
    """A study, a call or a value is not as it must be."""

    code = "INVALID_ARGUMENT"


class NotFoundError(ApogeeError):
    """There is no such study or trial."""

    code = "NOT_FOUND"


class ConflictError(ApogeeError):
    """It exists already and differs, or its state does not allow this."""

    code = "FAILED_PRECONDITION"


class StudyOverError(ConflictError):
    """The study is finished or paused: it has nothing to suggest."""


class NotAllowedError(ApogeeError):
    code = "PERMISSION_DENIED"


class UnavailableError(ApogeeError, ConnectionError):
    """The server could not be reached, for as long as the caller's patience lasted."""

    code = "UNAVAILABLE"


class DeadlineError(ApogeeError, TimeoutError):
    """The server did not answer in time."""

    code = "DEADLINE_EXCEEDED"


class FailedTrialsError(ApogeeError):
    """The first trials have all failed, or a worker can not start: the program seems broken."""

    code = "ABORTED"


_CLASSES: dict[grpc.StatusCode, type[ApogeeError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: ConflictError,
    grpc.StatusCode.FAILED_PRECONDITION: ConflictError,
    grpc.StatusCode.ABORTED: ConflictError,
    grpc.StatusCode.UNAUTHENTICATED: NotAllowedError,
    grpc.StatusCode.PERMISSION_DENIED: NotAllowedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
}


def make(code: grpc.StatusCode, message: str) -> ApogeeError:
    """The error of this package for one of gRPC."""
    error = _CLASSES.get(code, ApogeeError)(message)
    error.code = code.name
    return error


def made_from_number(code: int, message: str) -> ApogeeError:
    """The same for a google.rpc.Status."""
    known = {status.value[0]: status for status in grpc.StatusCode}
    return make(known.get(code, grpc.StatusCode.UNKNOWN), message)
