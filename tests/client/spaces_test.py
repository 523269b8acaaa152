"""The examples for the three kinds of spaces: does what they show find something good?"""

import unittest

from harness import EXAMPLES, Case


class SpacesTest(Case):
    def tune(self, kind: str) -> None:
        folder = EXAMPLES / kind
        self.apogee(
            "tune",
            "-f",
            folder / "study.yaml",
            "--workers",
            "4",
            "--",
            "/usr/bin/python3",
            folder / "worker.py",
        )

    def best(self, study: str, metric: str, *more: object) -> float:
        trial = self.apogee("study", "best", study, *more, "-o", "json").json[0]
        value = trial["metrics"][metric]
        assert isinstance(value, float | int)
        return value

    def test_layered(self) -> None:
        self.tune("layered")
        self.assertGreater(self.best("widths", "accuracy"), 0.69)
        small = self.best("widths", "accuracy", "--max-cost", 60_000)
        self.assertGreater(small, 0.66)
        self.assertLess(small, self.best("widths", "accuracy", "--max-cost", 300_000))

    def test_hybrid(self) -> None:
        self.tune("hybrid")
        self.assertGreater(self.best("cart-pole", "steps"), 150)

    def test_continuous(self) -> None:
        self.tune("continuous")
        self.assertLess(self.best("oscillation", "error"), 0.02)


if __name__ == "__main__":
    unittest.main()
