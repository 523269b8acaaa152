"""What an algorithm says of its suggestions, from the metadata of a study's trials."""

from __future__ import annotations

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
    # By source: what one of six results should lie below, one of two, and five of six.
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
    """Those of all trials, read by `apogee study export`."""
    command = [program, "study", "export", study, "--owner", owner, "-o", "json"]
    text = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
    return [_read(trial) for trial in json.loads(text)["trials"]]


def _read(trial: dict[str, Any]) -> Memo:
    (said,) = (
        json.loads(entry["value"])
        for entry in trial["metadata"]
        if (entry["namespace"], entry["key"]) == (":apogee", "suggestion")
    )
    loss = (trial["metrics"] or {}).get("loss")
    return Memo(int(trial["id"]), loss, said["source"], said.get("expected", {}))
