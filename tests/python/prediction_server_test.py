"""client/examples/prediction_server.py, as a person would start it, and apogeed that asks it."""

from __future__ import annotations

import base64
import json
import subprocess
import unittest
from typing import Any

import grpc

import apogee
import apogeed
from apogee.protocol import PredictRequest, PredictResponse
from harness import ROOT, Case, wait_for

EXAMPLE = ROOT / "client" / "examples" / "prediction_server.py"


def measure(parameters: dict[str, Any]) -> float:
    miss: float = parameters["lr"] - 0.3
    return -(miss**2) - (0.2 if parameters["kind"] == "b" else 0)


class PredictionServerTest(Case):
    address: str

    def setUp(self) -> None:
        process = self.python(str(EXAMPLE), "--host", "127.0.0.1", "--port", "0")
        assert process.stdout is not None
        self.address = process.stdout.readline().split()[-1]

    def ask(self, request: Any) -> Any:
        with grpc.insecure_channel(self.address) as channel:
            call = channel.unary_unary(
                "/apogee.v1.PredictionService/Predict",
                request_serializer=PredictRequest.SerializeToString,
                response_deserializer=PredictResponse.FromString,
            )
            return call(request, timeout=60)

    def test_predicts_near_what_was_measured(self) -> None:
        request = PredictRequest()
        request.study.metric = "accuracy"
        for i in range(20):
            parameters = {"lr": i / 20, "kind": "ab"[i % 2]}
            trial = request.study.trials.add()
            trial.parameters["lr"].number_value = i / 20
            trial.parameters["kind"].string_value = parameters["kind"]
            if i < 15:  # the others are infeasible
                trial.value = 100 + measure(parameters)
        for lr, kind in ((0.3, "a"), (0.3, "b"), (0.0, "a"), (0.95, "a"), (0.3, "new")):
            query = request.queries.add()
            query.parameters["lr"].number_value = lr
            query.parameters["kind"].string_value = kind
        response = self.ask(request)
        self.assertEqual(response.model, "gaussian-process 1")
        best, other, far, infeasible, _ = response.predictions
        self.assertAlmostEqual(best.quantiles[3], 100, delta=0.03)
        self.assertAlmostEqual(other.quantiles[3], 99.8, delta=0.03)
        self.assertLess(far.quantiles[3], best.quantiles[3])
        self.assertLess(infeasible.p_feasible, 0.5)
        self.assertGreater(best.p_feasible, 0.8)
        for each in response.predictions:
            self.assertEqual(list(each.quantiles), sorted(each.quantiles))
            self.assertEqual(len(each.quantiles), 7)
        # Of the same point the same, whatever else is asked.
        del request.queries[1:]
        self.assertEqual(self.ask(request).predictions[0], best)

    def test_a_study_asks_it(self) -> None:
        flags = ("--remote-regressor", self.address, "--remote-regressor-deadline", "60")
        with apogeed.Apogeed(*flags) as server:
            studies = {}
            for remote in (True, False):
                study = apogee.create_study(
                    name=f"remote-{remote}",
                    server=server.address,
                    owner="o",
                    algorithm="REGRESSION_GUIDED",
                    metrics={"accuracy": "maximize"},
                    parameters={
                        "lr": apogee.double(0.0, 1.0),
                        "kind": apogee.categorical(["a", "b"]),
                    },
                    seed=1,
                    transfer={"remote": remote},
                )
                for _ in range(12):
                    trial = study.ask()
                    trial.complete(accuracy=measure(trial.parameters))
                studies[remote] = memos(server, study.name)
            self.assertNotIn("remote", " ".join(studies[False]))
            # Two results are needed before it can say anything.
            for memo in studies[True][:2]:
                self.assertNotIn("; remote ", memo)
            for memo in studies[True][3:]:
                self.assertIn("; remote ", memo)
            self.assertIn("remote", {memo.split()[0] for memo in studies[True]})
            self.assertIn("answers with the model gaussian-process 1", server.log())
            shown = run("study", "show", "remote-True", "-o", "json", server=server)
            self.assertIs(json.loads(shown)["remote_regressor"], True)

    def test_a_server_goes_on_when_it_is_gone(self) -> None:
        with apogeed.Apogeed("--remote-regressor", "127.0.0.1:1") as server:
            study = apogee.create_study(
                name="alone",
                server=server.address,
                owner="o",
                algorithm="REGRESSION_GUIDED",
                metrics={"accuracy": "maximize"},
                parameters={"lr": apogee.double(0.0, 1.0)},
            )
            for _ in range(4):
                trial = study.ask()
                trial.complete(accuracy=trial.parameters["lr"])
            for memo in memos(server, "alone"):
                self.assertNotEqual(memo.split()[0], "remote")
                self.assertNotIn("; remote ", memo)
            wait_for(lambda: "fails, studies go on without it" in server.log(), "the warning")

    def test_a_wrong_address_is_told(self) -> None:
        for flags, error in (
            (["--remote-regressor", "gpu1"], '"gpu1" is not HOST:PORT'),
            (["--remote-regressor", "gpu1:0"], '"gpu1:0" is not HOST:PORT'),
            (["--remote-regressor-deadline", "3"], "--remote-regressor-deadline requires"),
        ):
            done = subprocess.run(
                [apogeed.program("apogeed"), *flags], text=True, capture_output=True, check=False
            )
            self.assertEqual(done.returncode, 2)
            self.assertIn(error, done.stdout + done.stderr)


def run(*arguments: str, server: apogeed.Apogeed) -> str:
    where = ("--server", server.address, "--owner", "o")
    command = [str(apogeed.program("apogee")), *arguments, *where]
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, check=True).stdout


def memos(server: apogeed.Apogeed, study: str) -> list[str]:
    lines = map(json.loads, run("admin", "export", "-", study, server=server).splitlines())
    return [base64.b64decode(line["trial"]["memo"]).decode() for line in lines if "trial" in line]


if __name__ == "__main__":
    unittest.main()
