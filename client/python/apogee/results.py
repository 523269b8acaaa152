"""What became of trials, as plain values."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, overload

from google.protobuf import json_format

from apogee import protocol

# Where a trial keeps how it was lost.
_LEASES = (":apogee", "leases")
_SHOWN = 60  # rows in a notebook


@dataclass(frozen=True)
class Measurement:
    """What a worker measured on the way."""

    step: int
    elapsed_seconds: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class Loss:
    """A worker that had a trial, and lost it."""

    worker: str
    since: datetime | None
    until: datetime | None
    why: str


@dataclass(frozen=True)
class TrialResult:
    """A trial as it was when it was read."""

    id: int
    # REQUESTED, ACTIVE, STOPPING, SUCCEEDED, INFEASIBLE, or LOST: too often, so nobody gets it
    state: str
    # Each a float, an int, a str or a bool.
    parameters: dict[str, Any]
    # The final ones; empty until there are any.
    metrics: dict[str, float]
    infeasible_reason: str
    worker: str
    start_time: datetime | None
    end_time: datetime | None
    measurements: list[Measurement]
    # Oldest first.
    lost: list[Loss]

    @property
    def duration_seconds(self) -> float | None:
        if self.start_time is None or self.end_time is None:
            return None
        return (self.end_time - self.start_time).total_seconds()

    def to_dict(self) -> dict[str, Any]:
        """The fields that `apogee trial show -o json` has."""
        return {
            "id": self.id,
            "state": self.state,
            "parameters": dict(self.parameters),
            "metrics": dict(self.metrics),
            "infeasible_reason": self.infeasible_reason or None,
            "worker": self.worker or None,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "duration_seconds": self.duration_seconds,
            "measurements": [vars(measurement).copy() for measurement in self.measurements],
            "lost": [vars(loss).copy() for loss in self.lost],
        }

    def to_row(self) -> dict[str, Any]:
        """A flat form: a column `param.NAME` for each parameter, `metric.NAME` for each metric."""
        row = self.to_dict()
        del row["measurements"], row["lost"]
        for field, prefix in (("parameters", "param"), ("metrics", "metric")):
            for name, value in row.pop(field).items():
                row[f"{prefix}.{name}"] = value
        return row


class Results(Sequence[TrialResult]):
    """A list of trials."""

    def __init__(self, trials: Iterable[TrialResult]):
        self._trials = list(trials)

    @overload
    def __getitem__(self, index: int) -> TrialResult: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> TrialResult | Results:
        if isinstance(index, slice):
            return Results(self._trials[index])
        return self._trials[index]

    def __len__(self) -> int:
        return len(self._trials)

    def __repr__(self) -> str:
        return f"Results({self._trials!r})"

    def to_dicts(self) -> list[dict[str, Any]]:
        return [trial.to_dict() for trial in self._trials]

    def to_pandas(self) -> Any:
        """A DataFrame with the columns of TrialResult.to_row, one row a trial, by id."""
        try:
            import pandas
        except ImportError:
            raise ImportError("a DataFrame needs pandas: pip install pandas") from None
        rows = [trial.to_row() for trial in self._trials]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        return pandas.DataFrame(rows, columns=columns or ["id"]).set_index("id")

    def _repr_html_(self) -> str:
        rows = [trial.to_row() for trial in self._trials[:_SHOWN]]
        left_out = ("infeasible_reason", "worker", "start_time", "end_time")
        columns = [c for c in dict.fromkeys(n for row in rows for n in row) if c not in left_out]
        lines = [_table_row("th", columns)]
        lines += [_table_row("td", [_cell(row.get(c)) for c in columns]) for row in rows]
        rest = len(self) - len(rows)
        more = f"<p>and {rest} more</p>" if rest else ""
        return f"<table>{''.join(lines)}</table>{more}"


def _table_row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class Converter:
    """Reads the trials of one study. Knows its parameters' types."""

    def __init__(self, spec: Any):
        self._external: dict[str, int] = {}
        self._note(spec.parameters)

    def _note(self, specs: Any) -> None:
        for spec in specs:
            kind = spec.WhichOneof("parameter_value_spec")
            external = spec.external_type
            if not external and kind == "integer_value_spec":
                external = protocol.ParameterSpec.AS_INTEGER
            self._external[spec.parameter_id] = external
            self._note(child.parameter_spec for child in spec.conditional_parameter_specs)

    def parameters(self, trial: Any) -> dict[str, Any]:
        return {p.parameter_id: self._value(p.parameter_id, p.value) for p in trial.parameters}

    def _value(self, name: str, value: Any) -> Any:
        external = self._external.get(name, 0)
        kind = value.WhichOneof("kind")
        if kind == "bool_value":
            return bool(value.bool_value)
        if kind == "string_value":
            text = str(value.string_value)
            is_boolean = external == protocol.ParameterSpec.AS_BOOLEAN
            return text.lower() == "true" if is_boolean else text
        number = float(value.number_value)
        is_integer = external == protocol.ParameterSpec.AS_INTEGER and number.is_integer()
        return int(number) if is_integer else number

    def trial(self, trial: Any) -> TrialResult:
        leases = _leases(trial)
        given_up = leases.given_up and trial.state == trial.INFEASIBLE
        return TrialResult(
            id=int(trial.id),
            state="LOST" if given_up else protocol.Trial.State.Name(trial.state),
            parameters=self.parameters(trial),
            metrics=_metrics(trial.final_measurement),
            infeasible_reason=trial.infeasible_reason,
            worker=trial.client_id,
            start_time=_time(trial, "start_time"),
            end_time=_time(trial, "end_time"),
            measurements=[
                Measurement(m.step_count, _seconds(m.elapsed_duration), _metrics(m))
                for m in trial.measurements
            ],
            lost=[
                Loss(loss.worker, _time(loss, "since"), _time(loss, "until"), loss.why)
                for loss in leases.lost
            ],
        )


def _leases(trial: Any) -> Any:
    for entry in trial.metadata:
        if (entry.ns, entry.key) == _LEASES:
            with contextlib.suppress(json_format.ParseError):
                return json_format.Parse(entry.value, protocol.LeaseHistory())
    return protocol.LeaseHistory()


def _metrics(measurement: Any) -> dict[str, float]:
    return {metric.metric_id: metric.value for metric in measurement.metrics}


def _seconds(duration: Any) -> float:
    return float(duration.seconds + duration.nanos * 1e-9)


def _time(message: Any, field: str) -> datetime | None:
    if not message.HasField(field):
        return None
    time: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return time
