"""Parameters of a search space, for studies that are written in Python.

Each function returns what a study file has for the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Scale = Literal["linear", "log", "reverse_log"]
# {"optimizer": "sgd"}, {"optimizer": ["sgd", "adam"]}, or a list of such: any of them.
When = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def double(
    low: float,
    high: float,
    *,
    scale: Scale | None = None,
    default: float | None = None,
    when: When | None = None,
) -> dict[str, Any]:
    """A real number."""
    return _parameter("double", [low, high], scale, default, when)


def integer(
    low: int,
    high: int,
    *,
    scale: Scale | None = None,
    default: int | None = None,
    when: When | None = None,
) -> dict[str, Any]:
    """A whole number."""
    return _parameter("int", [low, high], scale, default, when)


def discrete(
    values: Sequence[float],
    *,
    scale: Scale | None = None,
    default: float | None = None,
    when: When | None = None,
) -> dict[str, Any]:
    """One of some numbers, rising."""
    return _parameter("discrete", list(values), scale, default, when)


def categorical(
    values: Sequence[str], *, default: str | None = None, when: When | None = None
) -> dict[str, Any]:
    """One of some words."""
    return _parameter("categorical", list(values), None, default, when)


def boolean(*, default: bool | None = None, when: When | None = None) -> dict[str, Any]:
    """Yes or no."""
    return _parameter("bool", None, None, default, when)


def _parameter(kind: str, domain: Any, scale: Any, default: Any, when: Any) -> dict[str, Any]:
    settings = {"scale": scale, "default": default, "when": when}
    return {kind: domain} | {key: value for key, value in settings.items() if value is not None}
