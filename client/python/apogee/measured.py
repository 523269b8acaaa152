"""Metrics as workers give them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from apogee import protocol
from apogee.errors import InvalidError

# {"accuracy": 0.9}, or just 0.9 where the study has one metric. Anything that float() takes is
# a number: also what PyTorch, JAX and NumPy compute.
Metrics = Mapping[str, Any] | Any


def read(known: Sequence[str], given: Metrics | None, named: Mapping[str, Any]) -> dict[str, float]:
    """Values by metric, of a mapping or a number and of keyword arguments. `known` are the
    study's metrics."""
    if given is None:
        values: dict[str, Any] = {}
    elif isinstance(given, Mapping):
        values = dict(given)
    elif len(known) == 1:
        values = {known[0]: given}
    else:
        raise InvalidError(
            f"one number can not say all of the study's metrics, {_list(known)}; "
            f"name each, as in {known[0] if known else 'accuracy'}=0.9"
        )
    values |= named
    return {name: _number(name, value) for name, value in values.items()}


def check_complete(known: Sequence[str], values: Mapping[str, float]) -> None:
    missing = [name for name in known if name not in values]
    if missing:
        given = f"; given: {_list(list(values))}" if values else ""
        raise InvalidError(f"no value for the metric {_list(missing)}{given}")


def not_finite(known: Sequence[str], values: Mapping[str, float]) -> str:
    """What is wrong with the first metric that is NaN or infinite; "" if none is."""
    for name in known:
        if not math.isfinite(values[name]):
            return f"metric {name} is {values[name]}"
    return ""


def message(values: Mapping[str, float], step: int, elapsed: float) -> Any:
    measurement = protocol.Measurement(step_count=step)
    measurement.elapsed_duration.FromNanoseconds(int(elapsed * 1e9))
    for name, value in values.items():
        measurement.metrics.add(metric_id=name, value=value)
    return measurement


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidError(f"metric {name} is {value!r}, which is no number") from None


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
