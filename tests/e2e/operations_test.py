"""What operators see of a real server: its HTTP port and its log."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import resource
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import grpc
from absl.testing import absltest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import parser

import apogeed
import wire

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]

CALLS = ("grpc_server_started_total", "grpc_server_handled_total")


def get(server: apogeed.Apogeed, path: str, timeout: float = 10) -> tuple[int, str]:
    """Status and body."""
    try:
        with urllib.request.urlopen(server.http + path, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def metrics(server: apogeed.Apogeed) -> Samples:
    status, text = get(server, "/metrics")
    assert status == 200, text
    samples: Samples = {}
    for family in parser.text_string_to_metric_families(text):
        assert family.documentation, family
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples, key
            samples[key] = sample.value
    return samples


def value(samples: Samples, name: str, **labels: str) -> float:
    """The sum of what has that name and these labels."""
    return sum(
        number
        for (sample, its_labels), number in samples.items()
        if sample == name and labels.items() <= dict(its_labels).items()
    )


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def settled_metrics(server: apogeed.Apogeed, succeeded: float) -> Samples:
    """The metrics when the studies have counted that many trials, a moment after the answers."""
    until(lambda: value(metrics(server), "apogee_trials", state="SUCCEEDED") == succeeded)
    until(lambda: value(metrics(server), "apogee_studies_in_memory") == 1)
    return metrics(server)


def make_study(stub: Any, name: str, algorithm: str = "RANDOM_SEARCH") -> str:
    study = wire.study_pb.Study(display_name=name, study_spec=wire.spec(algorithm))
    return str(stub.CreateStudy(wire.pb.CreateStudyRequest(parent="owners/o", study=study)).name)


def suggest(stub: Any, study: str, count: int = 1, **options: Any) -> Any:
    request = wire.pb.SuggestTrialsRequest(parent=study, client_id="w", suggestion_count=count)
    return stub.SuggestTrials(request, **options)


class MetricsTest(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enter_context(apogeed.Apogeed())
        self.stub: Any = self.enter_context(wire.connect(self.server.address))

    def test_the_numbers_are_those_of_the_calls(self) -> None:
        study = make_study(self.stub, "s")
        trials = wire.suggested(suggest(self.stub, study, count=3))
        for trial in trials[:2]:
            self.stub.CompleteTrial(
                wire.pb.CompleteTrialRequest(
                    name=trial.name, final_measurement=wire.measurement(0.5)
                )
            )
        for _ in range(4):
            with self.assertRaises(grpc.RpcError):
                suggest(self.stub, "owners/o/studies/none")
            with self.assertRaises(grpc.RpcError):
                suggest(self.stub, study, count=-1)

        samples = settled_metrics(self.server, succeeded=2)
        vizier = {"grpc_service": "vizier.VizierService", "grpc_type": "unary"}
        for method, code, count in (
            ("CreateStudy", "OK", 1),
            ("SuggestTrials", "OK", 1),
            ("SuggestTrials", "NotFound", 4),
            ("SuggestTrials", "InvalidArgument", 4),
            ("CompleteTrial", "OK", 2),
            ("GetTrial", "OK", 0),
        ):
            labels = vizier | {"grpc_method": method, "grpc_code": code}
            self.assertEqual(value(samples, "grpc_server_handled_total", **labels), count, labels)
        for name in (*CALLS, "grpc_server_handling_seconds_count"):
            self.assertEqual(value(samples, name), 12, name)
        handling = value(samples, "grpc_server_handling_seconds_sum", grpc_method="CompleteTrial")
        self.assertBetween(handling, 1e-6, 60)

        self.assertEqual(value(samples, "apogee_suggest_seconds_count"), 1)
        random = value(samples, "apogee_suggest_seconds_count", algorithm="RANDOM_SEARCH")
        self.assertEqual(random, 1)
        # One at a time, each of the four calls was a commit, and a group, of its own.
        self.assertEqual(value(samples, "apogee_commits_total"), 4)
        self.assertEqual(value(samples, "apogee_commit_seconds_count"), 4)
        self.assertGreaterEqual(value(samples, "apogee_commit_rows_sum"), 7)
        self.assertGreater(value(samples, "apogee_wal_bytes"), 0)
        self.assertEqual(value(samples, "apogee_trials", state="ACTIVE"), 1)
        self.assertEqual(value(samples, "apogee_trials", state="SUCCEEDED"), 2)
        self.assertEqual(value(samples, "apogee_trials"), 3)
        self.assertEqual(value(samples, "apogee_workers"), 1)
        self.assertEqual(value(samples, "apogee_studies_in_memory"), 1)
        self.assertEqual(value(samples, "apogee_operations_open"), 0)
        self.assertEqual(value(samples, "apogee_build_info"), 1)
        self.assertGreater(value(samples, "process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(value(samples, "process_cpu_seconds_total"), 0)
        self.assertGreater(value(samples, "process_open_fds"), 5)
        self.assertBetween(
            value(samples, "process_start_time_seconds"), time.time() - 600, time.time()
        )

    def test_every_family_is_in_the_manual(self) -> None:
        manual = (apogeed.ROOT / "server/README.md").read_text()
        _, text = get(self.server, "/metrics")
        families = list(parser.text_string_to_metric_families(text))
        self.assertGreater(len(families), 15)
        for family in families:
            name = family.name + ("_total" if family.type == "counter" else "")
            self.assertIn(f"`{name}`", manual)

    def test_more_studies_add_no_lines(self) -> None:
        before = len(metrics(self.server))
        for i in range(100):
            suggest(self.stub, make_study(self.stub, f"s{i}"))
        self.assertEqual(len(metrics(self.server)), before)

    def test_scrapes_while_it_works(self) -> None:
        study = make_study(self.stub, "s")
        stop = threading.Event()

        def work(worker: str) -> None:
            while not stop.is_set():
                request = wire.pb.SuggestTrialsRequest(
                    parent=study, client_id=worker, suggestion_count=1
                )
                (trial,) = wire.suggested(self.stub.SuggestTrials(request))
                self.stub.CompleteTrial(
                    wire.pb.CompleteTrialRequest(
                        name=trial.name, final_measurement=wire.measurement(0.5)
                    )
                )

        workers = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
        for worker in workers:
            worker.start()
        last = 0.0
        for _ in range(20):
            samples = metrics(self.server)
            handled = value(samples, "grpc_server_handled_total", grpc_code="OK")
            self.assertGreaterEqual(handled, last)
            last = handled
        stop.set()
        for worker in workers:
            worker.join()
        done = value(metrics(self.server), "grpc_server_handled_total", grpc_method="CompleteTrial")
        self.assertGreater(done, 0)
        samples = settled_metrics(self.server, succeeded=done)
        self.assertEqual(*(value(samples, name) for name in CALLS))


class HealthTest(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enter_context(apogeed.Apogeed())

    def test_ready_until_the_store_stops(self) -> None:
        self.assertEqual(get(self.server, "/healthz"), (200, "ok\n"))
        self.assertEqual(get(self.server, "/readyz"), (200, "ok\n"))
        stub: Any = self.enter_context(wire.connect(self.server.address))
        study = make_study(stub, "s")

        # From now on no file of the server may grow: as if the disk were full.
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (1, 1))
        with self.assertRaises(grpc.RpcError):
            suggest(stub, study)
        status, reason = get(self.server, "/readyz")
        self.assertEqual(status, 503)
        self.assertStartsWith(reason, "the store takes no more writes: ")
        self.assertEqual(get(self.server, "/healthz"), (200, "ok\n"))
        self.assertEqual(get(self.server, "/metrics")[0], 200)
        with grpc.insecure_channel(self.server.address) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)
            until(
                lambda: (
                    health.Check(health_pb2.HealthCheckRequest()).status
                    == health_pb2.HealthCheckResponse.NOT_SERVING
                )
            )

    def test_hostile_clients_keep_nobody_out(self) -> None:
        host, port = self.server.http.removeprefix("http://").split(":")
        with contextlib.ExitStack() as open_sockets:
            for i in range(200):
                client = open_sockets.enter_context(socket.create_connection((host, int(port))))
                with contextlib.suppress(OSError):
                    client.sendall(
                        (b"", b"GET /metr", b"\0" * 4096, b"GET / HTTP/1.1\r\nh: ")[i % 4]
                    )
                if i % 20 == 0:
                    self.assertEqual(get(self.server, "/healthz", timeout=2), (200, "ok\n"))
            self.assertLess(value(metrics(self.server), "process_open_fds"), 150)
            # And the server stops in time.
            start = time.monotonic()
            self.assertEqual(self.server.stop(), 0)
            self.assertLess(time.monotonic() - start, 5)

    def test_a_taken_port_ends_the_start(self) -> None:
        address = self.server.http.removeprefix("http://")
        second = subprocess.run(
            [
                apogeed.program("apogeed"),
                "--listen=127.0.0.1:0",
                "--store=memory:",
                "--http",
                address,
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"can not serve HTTP on {address}: Address already in use", second.stderr)

    def test_an_index_and_nothing_else(self) -> None:
        status, index = get(self.server, "/")
        self.assertEqual(status, 200)
        for page in ("/metrics", "/healthz", "/readyz"):
            self.assertIn(page, index)
        self.assertEqual(get(self.server, "/etc/passwd")[0], 404)
        connection = http.client.HTTPConnection(self.server.http.removeprefix("http://"))
        for method, status in (("HEAD", 200), ("POST", 405), ("DELETE", 405)):
            connection.request(method, "/metrics", body=b"" if method == "HEAD" else b"x" * 1000)
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, status, method)
        connection.close()


class LogTest(absltest.TestCase):
    def start(self, *flags: str) -> tuple[apogeed.Apogeed, Any]:
        server = self.enter_context(apogeed.Apogeed(*flags))
        return server, self.enter_context(wire.connect(server.address))

    def test_json_lines_with_a_line_for_each_call(self) -> None:
        server, stub = self.start("--log-format=json", "--log-level=debug")
        study = make_study(stub, "s")
        operation, call = stub.SuggestTrials.with_call(
            wire.pb.SuggestTrialsRequest(parent=study, client_id="w", suggestion_count=1),
            metadata=(("x-request-id", "mine-1"),),
        )
        self.assertIn(("x-request-id", "mine-1"), call.initial_metadata())
        (trial,) = wire.suggested(operation)
        _, call = stub.GetTrial.with_call(wire.pb.GetTrialRequest(name=trial.name))
        generated = dict(call.initial_metadata())["x-request-id"]
        with self.assertRaises(grpc.RpcError):
            evil = 'no "such\nthing\u2028{"level":"critical"}'
            stub.GetStudy(wire.pb.GetStudyRequest(name=f"owners/o/studies/{evil}"))
        with self.assertRaises(grpc.RpcError):
            stub.GetStudy(wire.pb.GetStudyRequest(name="x" * 100_000))
        self.assertEqual(server.stop(), 0)

        lines = [json.loads(line) for line in server.log().splitlines()]
        for line in lines:
            self.assertContainsSubset(("ts", "level", "msg"), line)
            self.assertTrue(line["ts"].endswith("Z"), line)
            datetime.datetime.fromisoformat(line["ts"].removesuffix("Z"))
        calls = [line for line in lines if line["msg"] == "call"]
        self.assertLen(calls, 5)
        self.assertEqual(
            [line["method"] for line in calls],
            [
                f"vizier.VizierService/{name}"
                for name in ("CreateStudy", "SuggestTrials", "GetTrial", "GetStudy", "GetStudy")
            ],
        )
        self.assertEqual(
            [line["code"] for line in calls], ["OK", "OK", "OK", "NotFound", "InvalidArgument"]
        )
        self.assertLen({line["request_id"] for line in calls}, 5)
        asked = calls[1]
        self.assertEqual(asked["level"], "debug")
        self.assertEqual(asked["request_id"], "mine-1")
        self.assertEqual(asked["study"], study)
        self.assertStartsWith(asked["peer"], "ipv4:127.0.0.1:")
        self.assertBetween(asked["seconds"], 1e-6, 60)
        self.assertEqual(asked["request_bytes"], len(study) + 2 + 3 + 2)
        self.assertEqual(asked["response_bytes"], operation.ByteSize())
        self.assertEqual(calls[2]["request_id"], generated)
        self.assertEqual(calls[2]["study"], study)  # by its trial
        self.assertNotIn("error", calls[2])
        self.assertIn("such", calls[3]["study"])
        self.assertIn("\n", calls[3]["study"])
        self.assertIn("error", calls[3])
        self.assertNotIn("study", calls[4])
        self.assertLess(len(json.dumps(calls[4])), 2000)

    def test_request_ids_that_are_not_sane_are_replaced(self) -> None:
        server, stub = self.start("--log-level=debug")
        study = make_study(stub, "s")
        for given in ("", "with space", "x" * 129):
            _, call = stub.GetStudy.with_call(
                wire.pb.GetStudyRequest(name=study), metadata=(("x-request-id", given),)
            )
            answered = dict(call.initial_metadata())["x-request-id"]
            self.assertRegex(answered, r"^[0-9a-f]{16}$")
            self.assertIn(f"request_id={answered} ", server.log())

    def test_text_lines_can_not_be_forged(self) -> None:
        server, stub = self.start("--log-level=debug")
        with self.assertRaises(grpc.RpcError):
            stub.GetStudy(
                wire.pb.GetStudyRequest(name="owners/o/studies/a\n2026-01-01 critical b\u2028c")
            )
        self.assertEqual(server.stop(), 0)
        for line in server.log().splitlines():
            self.assertRegex(line, r"^20\d\d-\d\d-\d\dT[\d:.]+[+-][\d:]+ (info|debug) ")
        self.assertIn(r'study="owners/o/studies/a\n2026-01-01 critical b\u2028c"', server.log())

    def test_at_info_calls_leave_no_trace(self) -> None:
        server, stub = self.start("--log-format=json")
        _, call = stub.CreateStudy.with_call(
            wire.pb.CreateStudyRequest(
                parent="owners/o",
                study=wire.study_pb.Study(display_name="s", study_spec=wire.spec()),
            ),
            metadata=(("x-request-id", "mine-1"),),
        )
        self.assertNotIn("x-request-id", dict(call.initial_metadata()))
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("mine-1", server.log())
        self.assertNotIn("VizierService", server.log())


if __name__ == "__main__":
    absltest.main()
