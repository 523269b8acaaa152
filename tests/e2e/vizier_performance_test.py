"""google-vizier's stress test, against apogeed: many clients at work on one study."""

from __future__ import annotations

import multiprocessing.pool
import time

from absl.testing import absltest, parameterized
from vizier._src.service import vizier_client
from vizier.service import pyvizier as vz

import apogeed
import stock


class PerformanceTest(parameterized.TestCase):
    @parameterized.parameters((1, 10), (2, 10), (10, 10), (50, 5), (100, 5))
    def test_multiple_clients(self, workers: int, trials_each: int) -> None:
        with apogeed.Apogeed() as server:
            stock.use(server.address)
            config = vz.StudyConfig.from_problem(stock.problem())
            config.algorithm = "RANDOM_SEARCH"

            def work(worker: int) -> vizier_client.VizierClient:
                client = vizier_client.create_or_load_study("e2e", str(worker), self.id(), config)
                for _ in range(trials_each):
                    for trial in client.get_suggestions(suggestion_count=1):
                        value = -float(trial.parameters.get_value("lr"))
                        client.complete_trial(trial.id, stock.accuracy(value))
                return client

            start = time.monotonic()
            with multiprocessing.pool.ThreadPool(workers) as pool:
                clients = pool.map(work, range(workers))
            seconds = time.monotonic() - start
            trials = clients[0].list_trials()
            print(f"{workers} clients, {trials_each} trials each: {len(trials) / seconds:.0f}/s")
            self.assertEqual(max(trial.id for trial in trials), workers * trials_each)
            self.assertTrue(all(t.status == vz.TrialStatus.COMPLETED for t in trials))


if __name__ == "__main__":
    absltest.main()
