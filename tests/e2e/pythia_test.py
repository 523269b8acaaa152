"""Algorithms in another process: Python policies behind upstream's own Pythia server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from absl.testing import absltest

import vizier_without_jax  # noqa: F401  isort: skip (before the first import of vizier.pythia)
from vizier import pythia
from vizier._src.service import pythia_service, pythia_service_pb2_grpc
from vizier.service import clients
from vizier.service import pyvizier as vz

import apogeed
import stock


class ScriptedPolicy(pythia.Policy):
    """Does what the test says; remembers what it was asked."""

    def __init__(self) -> None:
        self.name_of_policy = "A"
        self.suggest_requests: list[pythia.SuggestRequest] = []
        self.stop_requests: list[pythia.EarlyStopRequest] = []
        self.trials_seen: list[list[int]] = []
        self.metadata = vz.MetadataDelta()
        self.extra_suggestions = 0
        self.failure: Exception | None = None
        self.stop_above: int | None = 0
        self.supporter: pythia.PolicySupporter | None = None
        self.while_thinking: Callable[[], Any] | None = None

    def __call__(
        self, problem: Any, algorithm: str, supporter: pythia.PolicySupporter, study_name: str
    ) -> pythia.Policy:
        """As upstream's factories: a policy for each call. Here it is always this one."""
        self.supporter = supporter
        return self

    def suggest(self, request: pythia.SuggestRequest) -> pythia.SuggestDecision:
        self.suggest_requests.append(request)
        assert self.supporter is not None
        self.supporter.GetStudyConfig(request.study_guid)
        trials = self.supporter.GetTrials(study_guid=request.study_guid)
        self.trials_seen.append([trial.id for trial in trials])
        if self.while_thinking is not None:
            self.while_thinking()
        if self.failure is not None:
            raise self.failure
        suggestions = []
        for i in range(request.count + self.extra_suggestions):
            layers = 1 + (request.max_trial_id + i) % 5
            suggestion = vz.TrialSuggestion({"lr": 0.125, "layers": layers})
            suggestion.metadata["policy"] = self.name_of_policy
            suggestions.append(suggestion)
        return pythia.SuggestDecision(suggestions, self.metadata)

    def early_stop(self, request: pythia.EarlyStopRequest) -> pythia.EarlyStopDecisions:
        self.stop_requests.append(request)
        if self.stop_above is None:
            return pythia.EarlyStopDecisions()
        return pythia.EarlyStopDecisions(
            [
                pythia.EarlyStopDecision(id=i, reason="scripted", should_stop=i > self.stop_above)
                for i in range(1, request.max_trial_id + 1)
            ]
        )


class PythiaServer:
    """Upstream's Pythia server around one policy."""

    def __init__(self, policy: ScriptedPolicy, vizier_address: str):
        servicer = pythia_service.PythiaServicer(policy_factory=policy)
        servicer.connect_to_vizier(vizier_address)
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
        pythia_service_pb2_grpc.add_PythiaServiceServicer_to_server(servicer, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(grace=None).wait()


def dead_address() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


class PythiaTest(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enter_context(apogeed.Apogeed())
        stock.use(self.server.address)
        self.policy = ScriptedPolicy()
        self.pythia = self.start(self.policy)

    def start(self, policy: ScriptedPolicy) -> PythiaServer:
        pythia_server = PythiaServer(policy, self.server.address)
        self.addCleanup(pythia_server.stop)
        return pythia_server

    def study(self, algorithm: str = "MY_POLICY", endpoint: str = "") -> clients.Study:
        return stock.study(self.id(), algorithm, pythia_endpoint=endpoint or self.pythia.address)

    def test_suggestions_come_from_the_policy(self) -> None:
        study = self.study()
        trials = study.suggest(count=2, client_id="w")
        self.assertEqual([t.parameters["layers"] for t in trials], [1, 2])
        self.assertEqual(trials[0].materialize().metadata["policy"], "A")
        trials[0].complete(stock.accuracy(0.5))
        trials[1].complete(stock.accuracy(0.5))
        study.suggest(count=1, client_id="w")
        # The policy read the study back through the server while it was asked.
        self.assertEqual(self.policy.trials_seen, [[], [1, 2]])
        first, second = self.policy.suggest_requests
        self.assertEqual((first.count, first.max_trial_id), (2, 0))
        self.assertEqual((second.count, second.max_trial_id), (1, 2))
        self.assertEqual(first.study_guid, study.resource_name)
        self.assertEqual(first.study_config.search_space, stock.problem().search_space)

    def test_the_study_goes_on_working_while_the_policy_thinks(self) -> None:
        study = self.study()
        (running,) = study.suggest(count=1, client_id="w")
        thinking, go_on = threading.Event(), threading.Event()

        def think() -> None:
            thinking.set()
            self.assertTrue(go_on.wait(60))

        self.policy.while_thinking = think
        with futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(study.suggest, count=1, client_id="other")
            self.assertTrue(thinking.wait(60))
            running.add_measurement(stock.accuracy(0.1, steps=1))
            running.complete(stock.accuracy(0.5))
            self.assertLen(list(study.trials()), 1)
            self.assertFalse(waiting.done())
            go_on.set()
            self.assertEqual(waiting.result(60)[0].id, 2)

    def test_metadata_of_the_decision_is_kept(self) -> None:
        study = self.study()
        study.suggest(count=1, client_id="a")
        self.policy.metadata.assign("policy", "generation", "2")
        self.policy.metadata.assign("policy", "rank", "1", trial_id=1)
        study.suggest(count=1, client_id="b")
        config = study.materialize_study_config()
        self.assertEqual(config.metadata.ns("policy")["generation"], "2")
        trial = study.get_trial(1).materialize()
        self.assertEqual(trial.metadata.ns("policy")["rank"], "1")

    def test_extra_suggestions_wait_for_the_next_worker(self) -> None:
        study = self.study()
        self.policy.extra_suggestions = 2
        self.assertEqual([t.id for t in study.suggest(count=1, client_id="a")], [1])
        statuses = [t.materialize().status for t in study.trials()]
        self.assertEqual(
            statuses,
            [vz.TrialStatus.ACTIVE, vz.TrialStatus.REQUESTED, vz.TrialStatus.REQUESTED],
        )
        self.assertEqual([t.id for t in study.suggest(count=2, client_id="b")], [2, 3])
        self.assertLen(self.policy.suggest_requests, 1)

    def test_fewer_suggestions_than_asked_make_a_short_answer(self) -> None:
        study = self.study()
        self.policy.extra_suggestions = -1
        self.assertLen(study.suggest(count=3, client_id="a"), 2)
        self.assertEmpty(study.suggest(count=1, client_id="b"))

    def test_early_stopping_asks_the_policy(self) -> None:
        study = self.study()
        one, two = study.suggest(count=2, client_id="w")
        self.policy.stop_above = 1
        self.assertFalse(one.check_early_stopping())
        self.assertTrue(two.check_early_stopping())
        self.assertEqual(self.policy.stop_requests[1].trial_ids, frozenset([2]))
        self.policy.stop_above = None  # no decision about anything
        self.assertFalse(two.check_early_stopping())

    def test_a_failing_policy_is_an_error_of_the_operation(self) -> None:
        study = self.study()
        self.policy.failure = ValueError("no such surrogate")
        with self.assertRaisesRegex(RuntimeError, "no such surrogate"):
            study.suggest(count=1, client_id="w")
        self.assertEmpty(list(study.trials()))
        self.policy.failure = None
        self.assertLen(study.suggest(count=1, client_id="w"), 1)

    def test_a_dead_endpoint_leaves_a_built_in_algorithm_to_the_server(self) -> None:
        study = self.study("RANDOM_SEARCH", dead_address())
        start = time.monotonic()
        (trial,) = study.suggest(count=1, client_id="w")
        self.assertNotIn("policy", trial.materialize().metadata)
        self.assertFalse(trial.check_early_stopping())
        self.assertLess(time.monotonic() - start, 10)

    def test_a_dead_endpoint_of_an_external_algorithm_is_an_error(self) -> None:
        address = dead_address()
        study = self.study(endpoint=address)
        for _ in range(5):  # as often as a worker may try
            start = time.monotonic()
            with self.assertRaisesRegex(RuntimeError, address):
                study.suggest(count=1, client_id="w")
            self.assertLess(time.monotonic() - start, 10)
        self.assertEmpty(list(study.trials()))

    def test_a_policy_that_comes_back_is_found_again(self) -> None:
        study = self.study()
        self.assertLen(study.suggest(count=1, client_id="a"), 1)
        self.pythia.stop()
        with self.assertRaises(RuntimeError):
            study.suggest(count=1, client_id="b")
        study.update_metadata(
            vz.StudyConfig.pythia_endpoint_metadata(self.start(self.policy).address)
        )
        self.assertLen(study.suggest(count=1, client_id="b"), 1)

    def test_the_endpoint_may_change_in_mid_study(self) -> None:
        study = self.study()
        (trial,) = study.suggest(count=1, client_id="a")
        self.assertEqual(trial.materialize().metadata["policy"], "A")
        other = ScriptedPolicy()
        other.name_of_policy = "B"
        study.update_metadata(vz.StudyConfig.pythia_endpoint_metadata(self.start(other).address))
        (trial,) = study.suggest(count=1, client_id="b")
        self.assertEqual(trial.materialize().metadata["policy"], "B")

    def test_an_unknown_algorithm_without_an_endpoint_is_refused_at_creation(self) -> None:
        with self.assertRaisesRegex(grpc.RpcError, "RANDOM_SEARCH"):
            stock.study(self.id(), "MY_POLICY")


if __name__ == "__main__":
    absltest.main()
