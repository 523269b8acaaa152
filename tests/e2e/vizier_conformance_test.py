"""The client conformance suite that ships with google-vizier, against apogeed.

Every case runs for two owners, one after the other, on one server.
"""

from __future__ import annotations

import functools
import sys
import unittest

from absl.testing import absltest, parameterized
from vizier.client import client_abc_testing
from vizier.service import clients
from vizier.service import pyvizier as vz

import apogeed
import stock

UPSTREAM_CASES = frozenset(unittest.defaultTestLoader.getTestCaseNames(client_abc_testing.TestCase))
ALGORITHMS = (
    "RANDOM_SEARCH",
    "QUASI_RANDOM_SEARCH",
    "GRID_SEARCH",
    "SHUFFLED_GRID_SEARCH",
    "DEFAULT",
    "ALGORITHM_UNSPECIFIED",
    "GAUSSIAN_PROCESS_BANDIT",
    "GP_UCB_PE",
)

server = apogeed.Apogeed()
cases_run: dict[str, set[str]] = {}


def setUpModule() -> None:
    server.start()
    stock.use(server.address)


def tearDownModule() -> None:
    server.close()
    if len(sys.argv) > 1:  # only chosen cases
        return
    # Nothing was skipped, renamed or lost between releases of the package.
    assert len(UPSTREAM_CASES) == 29, sorted(UPSTREAM_CASES)
    assert sorted(cases_run) == ["first", "second"], cases_run
    for owner, cases in cases_run.items():
        assert cases >= UPSTREAM_CASES, (owner, UPSTREAM_CASES - cases)


class FirstOwner(client_abc_testing.TestCase):
    owner = "first"

    def tearDown(self) -> None:
        cases_run.setdefault(self.owner, set()).add(self._testMethodName)
        super().tearDown()

    def create_study(
        self, problem: vz.ProblemStatement, study_id: str, algorithm: str = "RANDOM_SEARCH"
    ) -> clients.Study:
        return stock.study(study_id, algorithm, statement=problem, owner=self.owner)

    @parameterized.product(algorithm=ALGORITHMS, multi_objective=(False, True))
    def test_end_to_end_tuning(self, algorithm: str, multi_objective: bool) -> None:
        self.assertPassesE2ETuning(
            study_factory=functools.partial(
                self.create_study, study_id=self.id(), algorithm=algorithm
            ),
            multi_objective=multi_objective,
        )


class SecondOwner(FirstOwner):
    owner = "second"


if __name__ == "__main__":
    absltest.main()
