"""The example client/examples/transfer in small, as a person would start it.

story.py tells it, with network.py, memo.py and plot.py.
"""

from __future__ import annotations

import base64
import json
import math
import subprocess
import unittest
from typing import Any

import apogee
import apogeed
from examples_test import needs
from harness import ROOT, Case

STORY = ROOT / "client" / "examples" / "transfer" / "story.py"
OWNER = "transfer-wine-quick"
WAYS = ["guided-trained", "guided", "guided-by-all", "guided-alone", "gp", "random"]
PATIENCE = 400.0


@needs("sklearn")
@needs("matplotlib")
class StoryTest(Case):
    def tell(self, *flags: str) -> str:
        """The story of few and small studies of wine."""
        program = self.python(
            str(STORY),
            *("--quick", "--new", "wine", "--apogee", str(apogeed.program("apogee"))),
            *("--plot", str(self.server.folder / "story.png"), *flags),
            errors=self.server.folder / "errors",
        )
        out, _ = program.communicate(timeout=PATIENCE)
        errors = (self.server.folder / "errors").read_text()
        self.assertEqual(program.returncode, 0, f"{out}\n{errors}")
        return out

    def memos(self, study: str) -> list[str]:
        archive = subprocess.run(
            [apogeed.program("apogee"), "admin", "export", "-", study, "--owner", OWNER],
            env=self.variables(),
            check=True,
            text=True,
            capture_output=True,
        ).stdout
        lines = map(json.loads, archive.splitlines())
        records = [line["trial"] for line in lines if "trial" in line]
        return [base64.b64decode(record["memo"]).decode() for record in records]

    def test_the_story_from_begin_to_end(self) -> None:
        out = self.tell("--train")
        first = table(out)
        self.assertEqual(list(first), WAYS)
        for after_5, after_10 in first.values():
            self.assertTrue(0 < after_10 <= after_5 < math.inf, out)
        self.assertEqual((self.server.folder / "story.png").read_bytes()[:4], b"\x89PNG")
        self.assertIn("chosen by priors", out)

        where: dict[str, Any] = {"server": self.server.address, "owner": OWNER}
        names = apogee.list_studies(**where)
        self.assertEqual(sum(name.startswith("old-") for name in names), 10)
        for name in names:
            self.assertEqual(apogee.open_study(name, **where).summary().state, "COMPLETED")
        # Nobody expects anything of the first two trials.
        for memo in self.memos("guided-1")[2:]:
            self.assertIn("; priors ", memo)
        for memo in self.memos("guided-alone-1"):
            self.assertNotIn("priors", memo)

        # Told again, the story reads the studies that are there.
        del first["guided-trained"]
        self.assertEqual(table(self.tell()), first)


def table(out: str) -> dict[str, list[float]]:
    """The losses by way, after 5 and 10 trials."""
    head, *rows = out.split("\n\n")[1].splitlines()
    assert head.split()[-2:] == ["5", "10"], head
    return {way: list(map(float, losses)) for way, *losses in map(str.split, rows)}


if __name__ == "__main__":
    unittest.main()
