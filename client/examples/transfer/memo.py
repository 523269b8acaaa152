"""What an algorithm noted beside its suggestions, from a study's archive."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Memo:
    """Who chose a trial of REGRESSION_GUIDED, and what every source expected of it."""

    trial: int
    loss: float | None
    chosen_by: str
    # By source: the middle, and what two of three results should lie between.
    expected: dict[str, tuple[float, float, float]]

    def __str__(self) -> str:
        loss = "failed" if self.loss is None else f"loss {self.loss:.3f}"
        sources = (
            f"{source} {middle:.3f} ({low:.3f} to {high:.3f})"
            for source, (low, middle, high) in self.expected.items()
        )
        return (
            f"  trial {self.trial}: {loss}, chosen by {self.chosen_by}; "
            f"expected by {', '.join(sources) or 'nobody'}"
        )


def memos(program: str, owner: str, study: str) -> list[Memo]:
    """Those of all trials, read by `apogee admin export`."""
    command = [program, "admin", "export", "-", study, "--owner", owner]
    archive = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
    records = [line["trial"] for line in map(json.loads, archive.splitlines()) if "trial" in line]
    return [_read(record["trial"], base64.b64decode(record["memo"]).decode()) for record in records]


def _read(trial: dict[str, Any], text: str) -> Memo:
    """`text` is "priors 0.41; process -0.3 -0.2 -0.1; priors -0.2 -0.1 -0.1; @": the losses are
    negated, because algorithms maximize."""
    chosen, *parts = text.rsplit("@", 1)[0].rstrip("; ").split("; ")
    expected = {}
    for part in parts:
        source, *numbers = part.split()
        high, middle, low = (-float(number) for number in numbers)
        expected[source] = (low, middle, high)
    metrics = trial.get("finalMeasurement", {}).get("metrics", [])
    loss = float(metrics[0]["value"]) if metrics else None
    return Memo(int(trial["id"]), loss, chosen.split()[0], expected)
