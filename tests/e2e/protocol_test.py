"""What the Vizier protocol promises on the wire, call by call."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
from absl.testing import absltest
from google.longrunning import operations_pb2
from google.protobuf import any_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from vizier._src.service import pythia_service_pb2_grpc

import apogeed
import wire
from wire import Trial, pb

OWNER = "owners/e2e"


class ProtocolTestCase(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enter_context(apogeed.Apogeed())
        self.stub: Any = self.enter_context(wire.connect(self.server.address))

    def create(self, study: str = "s", spec: Any = None) -> Any:
        return self.stub.CreateStudy(
            pb.CreateStudyRequest(
                parent=OWNER,
                study=wire.study_pb.Study(display_name=study, study_spec=spec or wire.spec()),
            )
        )

    def suggest(self, study: str, worker: str = "w", count: int = 1) -> list[Any]:
        return wire.suggested(
            self.stub.SuggestTrials(
                pb.SuggestTrialsRequest(parent=study, client_id=worker, suggestion_count=count)
            )
        )

    def complete(self, trial: str, value: float = 0.5) -> Any:
        return self.stub.CompleteTrial(
            pb.CompleteTrialRequest(name=trial, final_measurement=wire.measurement(value))
        )

    def everything(self, study: str) -> tuple[Any, list[Any]]:
        return (
            self.stub.GetStudy(pb.GetStudyRequest(name=study)),
            list(self.stub.ListTrials(pb.ListTrialsRequest(parent=study)).trials),
        )

    def refused(self, code: grpc.StatusCode, call: Callable[[], Any]) -> Any:
        """The error of a call that must end with `code`."""
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        error: Any = caught.exception
        self.assertEqual(error.code(), code, error.details())
        return error


class RejectionTest(ProtocolTestCase):
    """A call that is refused has changed nothing."""

    def test_calls_on_a_closed_study(self) -> None:
        study = self.create().name
        (running,) = self.suggest(study, "other")
        (done,) = self.suggest(study)
        self.complete(done.name)
        self.stub.SetStudyState(
            pb.SetStudyStateRequest(parent=study, state=wire.study_pb.Study.COMPLETED)
        )
        before = self.everything(study)
        update = pb.UpdateMetadataRequest(name=study)
        update.delta.add().metadatum.key = "k"
        for call in (
            lambda: self.suggest(study),
            lambda: self.stub.CreateTrial(pb.CreateTrialRequest(parent=study, trial=Trial())),
            lambda: self.stub.DeleteTrial(pb.DeleteTrialRequest(name=done.name)),
            lambda: self.stub.UpdateMetadata(update),
        ):
            error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, call)
            self.assertIn("COMPLETED", error.details())
            self.assertEqual(self.everything(study), before)
        self.assertEqual(self.complete(running.name).state, Trial.SUCCEEDED)

    def test_calls_on_a_finished_trial(self) -> None:
        study = self.create().name
        (trial,) = self.suggest(study)
        self.complete(trial.name, 0.5)
        before = self.everything(study)
        self.refused(grpc.StatusCode.FAILED_PRECONDITION, lambda: self.complete(trial.name, 0.75))
        error = self.refused(
            grpc.StatusCode.FAILED_PRECONDITION,
            lambda: self.stub.AddTrialMeasurement(
                pb.AddTrialMeasurementRequest(
                    trial_name=trial.name, measurement=wire.measurement(1.0)
                )
            ),
        )
        self.assertIn("Measurements can only be added to", error.details())
        self.assertEqual(self.everything(study), before)
        # The same completion again is a retry, and succeeds.
        self.assertEqual(self.complete(trial.name, 0.5), before[1][0])
        self.assertEqual(self.everything(study), before)

    def test_a_batch_of_metadata_is_written_whole_or_not_at_all(self) -> None:
        study = self.create().name
        before = self.everything(study)
        update = pb.UpdateMetadataRequest(name=study)
        update.delta.add().metadatum.key = "k"
        update.delta.add(trial_id="7").metadatum.key = "k"
        self.assertIn("7", self.stub.UpdateMetadata(update).error_details)
        self.assertEqual(self.everything(study), before)

    def test_completing_without_any_measurement(self) -> None:
        study = self.create().name
        (trial,) = self.suggest(study)
        before = self.everything(study)
        error = self.refused(
            grpc.StatusCode.INVALID_ARGUMENT,
            lambda: self.stub.CompleteTrial(pb.CompleteTrialRequest(name=trial.name)),
        )
        self.assertIn("final_measurement", wire.violations(error))
        self.assertEqual(self.everything(study), before)


class StatusTest(ProtocolTestCase):
    def test_what_is_not_there_is_not_found(self) -> None:
        study = self.create().name
        for call in (
            lambda: self.stub.GetStudy(pb.GetStudyRequest(name=f"{OWNER}/studies/other")),
            lambda: self.stub.GetTrial(pb.GetTrialRequest(name=f"{study}/trials/1")),
            lambda: self.stub.DeleteStudy(pb.DeleteStudyRequest(name=f"{OWNER}/studies/other")),
            lambda: self.complete(f"{study}/trials/9"),
            lambda: self.stub.GetOperation(
                operations_pb2.GetOperationRequest(name=f"{OWNER}/operations/suggestion/s/w/1")
            ),
        ):
            self.refused(grpc.StatusCode.NOT_FOUND, call)

    def test_a_bad_request_names_its_field(self) -> None:
        study = self.create().name
        cases = {
            "suggestion_count": lambda: self.suggest(study, count=-1),
            "client_id": lambda: self.suggest(study, worker=""),
            "parent": lambda: self.suggest("owners/e2e"),
            "study.display_name": lambda: self.create(study="a/b"),
            "study.study_spec.parameters[0].double_value_spec.max_value": lambda: self.create(
                "bad", wire.spec("RANDOM_SEARCH", wire.double("x", 1.0, 0.1))
            ),
        }
        for field, call in cases.items():
            error = self.refused(grpc.StatusCode.INVALID_ARGUMENT, call)
            self.assertIn(field, wire.violations(error), error.details())
            self.assertEqual(wire.violations(error)[field], error.details())
        studies = self.stub.ListStudies(pb.ListStudiesRequest(parent=OWNER)).studies
        self.assertEqual([s.name for s in studies], [study])

    def test_creating_a_study_again_loads_it(self) -> None:
        study = self.create("s")
        self.assertEqual(self.create("s", wire.spec("GRID_SEARCH", wire.double("z"))), study)


class ContentTest(ProtocolTestCase):
    def test_a_deep_conditional_space(self) -> None:
        deepest = wire.categorical("d", "p", "q")
        deepest.conditional_parameter_specs.extend(
            [wire.child("p", wire.double("e")), wire.child("q", wire.double("e", 5.0, 6.0))]
        )
        c = wire.categorical("c", "m", "n")
        c.conditional_parameter_specs.append(wire.child("m", deepest))
        b = wire.categorical("b", "k", "l")
        b.conditional_parameter_specs.append(wire.child("k", c))
        a = wire.categorical("a", "i", "j")
        a.conditional_parameter_specs.append(wire.child("i", b))
        spec = wire.spec("RANDOM_SEARCH", a)
        study = self.create(spec=spec)
        self.assertEqual(study.study_spec, spec)
        shapes = set()
        for trial in self.suggest(study.name, count=200):
            values = {p.parameter_id: p.value for p in trial.parameters}
            expected = ["a"]
            for value, then in (("i", "b"), ("k", "c"), ("m", "d")):
                if values[expected[-1]].string_value != value:
                    break
                expected.append(then)
            else:
                expected.append("e")
                low = 0.0 if values["d"].string_value == "p" else 5.0
                self.assertBetween(values["e"].number_value, low, low + 1)
            self.assertEqual(list(values), expected)
            shapes.add(len(values))
        self.assertEqual(shapes, {1, 2, 3, 5})

    def test_unknown_fields_and_opaque_metadata_come_back_byte_for_byte(self) -> None:
        unknown_field = bytes.fromhex("c2bb01") + b"\x05later"  # field 3000, bytes
        opaque = any_pb2.Any(type_url="type.example.com/no.such.Message", value=b"\x00\xff\x01")
        spec = wire.StudySpec.FromString(wire.spec().SerializeToString() + unknown_field)
        spec.metadata.add(key="k", ns=":n").proto.CopyFrom(opaque)
        study = self.create(spec=spec)
        self.assertEqual(
            study.study_spec.SerializeToString(deterministic=True),
            spec.SerializeToString(deterministic=True),
        )
        (trial,) = self.suggest(study.name)
        update = pb.UpdateMetadataRequest(name=study.name)
        update.delta.add(trial_id=trial.id).metadatum.key = "k"
        update.delta[0].metadatum.proto.CopyFrom(opaque)
        self.stub.UpdateMetadata(update)
        sent = wire.study_pb.Measurement.FromString(
            wire.measurement(0.5).SerializeToString() + unknown_field
        )
        self.stub.AddTrialMeasurement(
            pb.AddTrialMeasurementRequest(trial_name=trial.name, measurement=sent)
        )

        self.server.kill()
        self.server.start()

        with wire.connect(self.server.address) as stub:
            read = stub.GetStudy(pb.GetStudyRequest(name=study.name))
            self.assertEqual(
                read.SerializeToString(deterministic=True),
                study.SerializeToString(deterministic=True),
            )
            kept = stub.GetTrial(pb.GetTrialRequest(name=trial.name))
            self.assertEqual(kept.metadata[0].proto, opaque)
            self.assertEqual(kept.measurements[0].SerializeToString(), sent.SerializeToString())

    def test_pages_are_honoured_when_asked_for(self) -> None:
        names = [self.create(f"s{i}").name for i in range(5)]
        self.suggest(names[0], count=5)

        def pages(call: Callable[[str], Any], field: str) -> Iterator[list[Any]]:
            token = ""
            while True:
                response = call(token)
                yield [item.name for item in getattr(response, field)]
                token = response.next_page_token
                if not token:
                    return

        def list_studies(token: str) -> Any:
            return self.stub.ListStudies(
                pb.ListStudiesRequest(parent=OWNER, page_size=2, page_token=token)
            )

        def list_trials(token: str) -> Any:
            return self.stub.ListTrials(
                pb.ListTrialsRequest(parent=names[0], page_size=2, page_token=token)
            )

        self.assertEqual(list(pages(list_studies, "studies")), [names[0:2], names[2:4], names[4:5]])
        trials = [f"{names[0]}/trials/{i}" for i in range(1, 6)]
        self.assertEqual(list(pages(list_trials, "trials")), [trials[0:2], trials[2:4], trials[4:]])
        everything = self.stub.ListStudies(pb.ListStudiesRequest(parent=OWNER))
        self.assertLen(everything.studies, 5)
        self.assertEqual(everything.next_page_token, "")
        self.refused(
            grpc.StatusCode.INVALID_ARGUMENT,
            lambda: self.stub.ListTrials(
                pb.ListTrialsRequest(parent=names[0], page_size=2, page_token="no such token")
            ),
        )

    def test_an_operation_can_be_asked_for_again(self) -> None:
        study = self.create().name
        operation = self.stub.SuggestTrials(
            pb.SuggestTrialsRequest(parent=study, client_id="w", suggestion_count=1)
        )
        self.assertEqual(operation.name, f"{OWNER}/operations/suggestion/s/w/1")
        again = self.stub.GetOperation(operations_pb2.GetOperationRequest(name=operation.name))
        self.assertEqual(again, operation)

    def test_times_are_set_and_do_not_move(self) -> None:
        start = time.time()
        study = self.create()
        self.assertBetween(study.create_time.ToSeconds(), int(start), time.time())
        (trial,) = self.suggest(study.name)
        self.assertFalse(trial.HasField("end_time"))
        done = self.complete(trial.name)
        self.assertEqual(done.start_time, trial.start_time)
        self.assertGreaterEqual(done.end_time.ToNanoseconds(), trial.start_time.ToNanoseconds())

    def test_a_request_of_many_megabytes(self) -> None:
        study = self.create().name
        update = pb.UpdateMetadataRequest(name=study)
        update.delta.add().metadatum.key = "weights"
        update.delta[0].metadatum.value = "w" * (10 << 20)
        self.assertEqual(self.stub.UpdateMetadata(update).error_details, "")


class SlowPolicy(pythia_service_pb2_grpc.PythiaServiceServicer):
    """Thinks until it is released, and then fails."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.release = threading.Event()

    def Ping(self, request: Any, context: Any) -> Any:
        return request

    def Suggest(self, request: Any, context: Any) -> Any:
        self.asked.set()
        self.release.wait(60)
        context.abort(grpc.StatusCode.INTERNAL, "released")


class ServiceTest(ProtocolTestCase):
    def test_health_and_reflection(self) -> None:
        with grpc.insecure_channel(self.server.address) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)
            for service in ("", "vizier.VizierService"):
                answer = health.Check(health_pb2.HealthCheckRequest(service=service))
                self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING, service)
            reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
            ask = reflection_pb2.ServerReflectionRequest(list_services="*")
            (listing,) = reflection.ServerReflectionInfo(iter([ask]))
            services = {s.name for s in listing.list_services_response.service}
            self.assertContainsSubset({"vizier.VizierService", "grpc.health.v1.Health"}, services)

    def slow_study(self) -> tuple[str, SlowPolicy]:
        """A study whose policy thinks until it is released."""
        policy = SlowPolicy()
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        pythia_service_pb2_grpc.add_PythiaServiceServicer_to_server(policy, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(lambda: server.stop(grace=None).wait())
        self.addCleanup(policy.release.set)
        spec = wire.spec("SLOW")
        spec.metadata.add(ns=":service", key="PYTHIA_ENDPOINT", value=f"127.0.0.1:{port}")
        return self.create(spec=spec).name, policy

    def start_suggesting(self, study: str, worker: str) -> Any:
        return self.stub.SuggestTrials.future(
            pb.SuggestTrialsRequest(parent=study, client_id=worker, suggestion_count=1)
        )

    def test_150_calls_wait_on_one_connection(self) -> None:
        study, policy = self.slow_study()
        waiting = [self.start_suggesting(study, str(i)) for i in range(150)]
        self.assertTrue(policy.asked.wait(60))
        # While all of them wait, the same connection serves others.
        self.stub.GetStudy(pb.GetStudyRequest(name=study), timeout=20)
        self.assertFalse(any(call.done() for call in waiting))
        policy.release.set()
        for call in waiting:
            self.assertIn("released", call.result(timeout=60).error.message)

    def test_sigterm_ends_waiting_calls_and_the_process(self) -> None:
        study, policy = self.slow_study()
        waiting = self.start_suggesting(study, "w")
        self.assertTrue(policy.asked.wait(60))
        start = time.monotonic()
        self.server.send(signal.SIGTERM)
        self.assertEqual(waiting.exception(timeout=30).code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(self.server.wait(), 0)
        self.assertLess(time.monotonic() - start, 30)

    def test_an_answer_that_takes_long_is_an_operation_to_poll(self) -> None:
        self.server.stop()
        self.server = self.enter_context(apogeed.Apogeed("--suggest-wait=0.1"))
        self.stub = self.enter_context(wire.connect(self.server.address))
        study, policy = self.slow_study()
        operation = self.start_suggesting(study, "w").result(timeout=60)
        self.assertFalse(operation.done)
        # Who asks again meanwhile gets the same operation.
        self.assertEqual(self.start_suggesting(study, "w").result(timeout=60), operation)
        policy.release.set()
        ask = operations_pb2.GetOperationRequest(name=operation.name)
        deadline = time.monotonic() + 60
        while not operation.done:
            self.assertLess(time.monotonic(), deadline)
            operation = self.stub.GetOperation(ask)
        self.assertIn("released", operation.error.message)

    def test_a_second_server_on_the_file_is_refused(self) -> None:
        second = apogeed.Apogeed()
        self.addCleanup(second.close)
        second.database = self.server.database
        with self.assertRaisesRegex(RuntimeError, "another"):
            second.start()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


@absltest.skipUnless(has_ipv6(), "this machine has no IPv6")
class ListenTest(absltest.TestCase):
    def test_every_interface_of_both_families(self) -> None:
        with apogeed.Apogeed(listen="[::]:0") as server:
            port = server.address.rsplit(":", 1)[1]
            for host in ("127.0.0.1", "[::1]"):
                with wire.connect(f"{host}:{port}") as stub:
                    stub.ListStudies(pb.ListStudiesRequest(parent=OWNER))

    def test_several_addresses(self) -> None:
        socket_path = self.create_tempdir().full_path + "/socket"
        with apogeed.Apogeed(listen=f"127.0.0.1:0,[::1]:0,unix:{socket_path}") as server:
            for address in (server.address, f"unix:{socket_path}"):
                with wire.connect(address) as stub:
                    stub.ListStudies(pb.ListStudiesRequest(parent=OWNER))


class TakenPortTest(absltest.TestCase):
    def test_a_taken_port_is_an_error_that_says_the_cure(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            server = apogeed.Apogeed(listen=f"127.0.0.1:{taken.getsockname()[1]}")
            self.addCleanup(server.close)
            with self.assertRaisesRegex(RuntimeError, "--listen"):
                server.start()


if __name__ == "__main__":
    absltest.main()
