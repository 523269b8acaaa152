"""Studies of other programs' files, imported and gone on with: real files, real clients."""

from __future__ import annotations

import math
import pathlib
import subprocess
import warnings
from typing import Any

import vizier_without_jax  # noqa: F401  isort: skip (before the first import of Vizier's server)
import optuna
from absl.testing import absltest
from vizier.service import clients, servers
from vizier.service import pyvizier as vz

import apogeed
import stock

optuna.logging.set_verbosity(optuna.logging.ERROR)


def admin_import(server: apogeed.Apogeed, file: pathlib.Path, *options: str) -> str:
    """Imports the file as owner "e2e"; what is said about it."""
    command = [str(apogeed.program("apogee")), "admin", "import", str(file), *options]
    result = subprocess.run(
        [*command, "--server", server.address, "--owner", "e2e"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stderr


def load(name: str, owner: str = "e2e") -> clients.Study:
    return clients.Study.from_owner_and_id(owner, name)


def trials(study: clients.Study) -> list[vz.Trial]:
    return list(study.trials().get())


class VizierTest(absltest.TestCase):
    def make_file(self, path: pathlib.Path) -> tuple[list[vz.Trial], vz.StudyConfig]:
        """A study with trials in all states in the file of a real Vizier server."""
        server = servers.DefaultVizierServer(database_url=f"sqlite:///{path}")
        stock.use(server.endpoint)
        config = vz.StudyConfig(algorithm="RANDOM_SEARCH")
        root = config.search_space.root
        root.add_float_param("lr", 1e-4, 1.0, scale_type=vz.ScaleType.LOG)
        root.add_int_param("layers", 1, 5)
        root.add_bool_param("bias")
        root.add_discrete_param("batch", [16, 32, 64])
        model = root.add_categorical_param("model", ["tree", "net"])
        model.select_values(["net"]).add_float_param("dropout", 0.0, 0.5)
        config.metric_information.append(
            vz.MetricInformation("accuracy", goal=vz.ObjectiveMetricGoal.MAXIMIZE)
        )
        config.metadata.ns("user")["note"] = "kept"
        study = clients.Study.from_study_config(config, owner="team", study_id="cnn")

        def take(worker: str, lr: float) -> clients.Trial:
            point = {"lr": lr, "layers": 2, "bias": True, "batch": 32, "model": "tree"}
            study.request(vz.TrialSuggestion(point))
            (trial,) = study.suggest(count=1, client_id=worker)
            return trial

        first, second, third = (take(f"w{lr}", lr) for lr in (0.1, 0.2, 0.3))
        take("busy", 0.4)
        for step, accuracy in enumerate((0.1, 0.3, math.nan)):
            second.add_measurement(stock.accuracy(accuracy, steps=step, elapsed_secs=step / 4))
        second.complete(stock.accuracy(0.8))
        first.complete(stock.accuracy(0.7))
        third.complete(infeasible_reason="no memory")
        second.update_metadata(vz.Metadata({"host": "n1"}))
        study.request(vz.TrialSuggestion({"lr": 0.5, "layers": 1}))
        kept = trials(study), study.materialize_study_config()
        server._server.stop(None).wait()
        return kept

    def test_a_vizier_study_moves_over_and_goes_on(self) -> None:
        path = pathlib.Path(self.create_tempdir().full_path) / "vizier.db"
        before, config = self.make_file(path)
        with apogeed.Apogeed() as server:
            admin_import(server, path)
            stock.use(server.address)
            study = load("cnn", "team")
            self.assertEqual(repr(trials(study)), repr(before))  # NaN is not equal to itself
            self.assertEqual(study.materialize_study_config(), config)
            self.assertEqual(study.materialize_state(), vz.StudyState.ACTIVE)
            (best,) = study.optimal_trials()
            self.assertEqual(best.id, 2)
            # Workers find what is theirs; then the requested trial; then new ones.
            (mine,) = study.suggest(count=1, client_id="busy")
            self.assertEqual(mine.id, 4)
            new = study.suggest(count=3, client_id="fresh")
            self.assertEqual([trial.id for trial in new], [5, 6, 7])
            new[1].complete(stock.accuracy(0.9))
            (best,) = study.optimal_trials()
            self.assertEqual(best.id, 6)

    def test_an_algorithm_of_a_policy_of_ones_own_is_replaced(self) -> None:
        path = pathlib.Path(self.create_tempdir().full_path) / "vizier.db"
        vizier = servers.DefaultVizierServer(database_url=f"sqlite:///{path}")
        stock.use(vizier.endpoint)
        stock.study("own", "MY_POLICY", owner="team")
        vizier._server.stop(None).wait()
        with apogeed.Apogeed() as server:
            with self.assertRaisesRegex(AssertionError, "--algorithm NAME"):
                admin_import(server, path)
            admin_import(server, path, "--algorithm", "DEFAULT")
            stock.use(server.address)
            self.assertLen(load("own", "team").suggest(count=1), 1)


class OptunaTest(absltest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.create_tempdir().full_path) / "optuna.db"
        self.server = self.enter_context(apogeed.Apogeed())
        stock.use(self.server.address)

    def create(self, name: str, **options: Any) -> optuna.Study:
        sampler = optuna.samplers.RandomSampler(seed=1)
        return optuna.create_study(
            storage=f"sqlite:///{self.path}", study_name=name, sampler=sampler, **options
        )

    def test_an_optuna_study_moves_over_and_goes_on(self) -> None:
        before = self.create("cnn", direction="maximize")
        before.set_user_attr("note", "kept")

        def objective(trial: optuna.Trial) -> float:
            x = trial.suggest_float("x", 1e-5, 1.0, log=True)
            trial.suggest_float("q", 0.0, 1.0, step=0.1)
            trial.suggest_int("n", 1, 9, log=True)
            trial.suggest_int("even", 2, 20, step=2)
            trial.suggest_categorical("batch", [64, 16, 32])
            trial.suggest_categorical("bias", [True, False])
            trial.suggest_categorical("model", ["tree", "net"])
            trial.set_user_attr("host", f"n{trial.number}")
            for step in range(3):
                trial.report(x * step, step)
            if trial.number == 1:
                raise optuna.TrialPruned
            if trial.number == 2:
                raise ValueError("no memory")
            return math.inf if trial.number == 3 else x

        before.optimize(objective, n_trials=8, catch=(ValueError,))
        before.ask()  # and never told
        point = dict(before.trials[0].params) | {"x": 0.25}
        before.enqueue_trial(point)

        said = admin_import(self.server, self.path)
        self.assertRegex(said, "running trials, .*: 1")

        study = load("cnn")
        after = trials(study)
        self.assertEqual([trial.id for trial in after], [t.number + 1 for t in before.trials])
        for trial, old in zip(after[:8], before.trials, strict=False):
            self.assertEqual(dict(study.get_trial(trial.id).parameters), old.params)
            curve = {m.steps: m.metrics["value"].value for m in trial.measurements}
            self.assertEqual(curve, old.intermediate_values)
            self.assertEqual(trial.metadata.ns("optuna")["host"], f'"n{old.number}"')
            assert old.datetime_start is not None and old.datetime_complete is not None
            self.assertEqual(trial.creation_time, old.datetime_start.astimezone())
            if old.state == optuna.trial.TrialState.FAIL:
                self.assertTrue(trial.infeasible)
            else:
                self.assertEqual(trial.completion_time, old.datetime_complete.astimezone())
                assert trial.final_measurement is not None
                self.assertEqual(trial.final_measurement.metrics["value"].value, old.value)
        self.assertEqual(after[8].status, vz.TrialStatus.ACTIVE)
        self.assertEqual(after[9].status, vz.TrialStatus.REQUESTED)
        config = study.materialize_study_config()
        self.assertEqual(config.metadata.ns("optuna")["note"], '"kept"')
        self.assertEqual(config.search_space.get("x").scale_type, vz.ScaleType.LOG)
        self.assertEqual(config.search_space.get("even").feasible_values, list(range(2, 21, 2)))

        (waiting,) = study.suggest(count=1, client_id="w")
        self.assertEqual(waiting.id, 10)
        self.assertEqual(dict(waiting.parameters), point)
        (new,) = study.suggest(count=1, client_id="v")
        self.assertEqual(new.id, 11)
        self.assertEqual(set(new.parameters), set(point))
        new.complete(vz.Measurement({"value": 2.0}))
        finite = [t for t in study.optimal_trials() if t.id == 11]
        self.assertLen(finite, 1, "the infinite value is nobody's best")

    def test_several_objectives_keep_their_names_and_directions(self) -> None:
        before = self.create("pareto", directions=["minimize", "maximize"])
        with warnings.catch_warnings(action="ignore"):
            before.set_metric_names(["latency", "accuracy"])
        before.optimize(lambda t: (t.suggest_float("x", 0, 1), 1 - t.params["x"] ** 2), n_trials=20)
        admin_import(self.server, self.path)
        study = load("pareto")
        goals = {m.name: m.goal.name for m in study.materialize_study_config().metric_information}
        self.assertEqual(goals, {"latency": "MINIMIZE", "accuracy": "MAXIMIZE"})
        self.assertEqual(
            {trial.id for trial in study.optimal_trials()},
            {trial.number + 1 for trial in before.best_trials},
        )

    def test_ranges_that_grew_are_as_wide_as_they_ever_were(self) -> None:
        before = self.create("grew")
        for low, high in ((0.0, 1.0), (0.5, 3.0)):
            trial = before.ask()
            before.tell(trial, trial.suggest_float("x", low, high))
        admin_import(self.server, self.path)
        parameter = load("grew").materialize_study_config().search_space.get("x")
        self.assertEqual(parameter.bounds, (0.0, 3.0))

    def test_a_study_of_many_with_a_name_of_its_own(self) -> None:
        for name in ("team/a", "b"):
            self.create(name).optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=2)
        with self.assertRaisesRegex(AssertionError, r'--rename \\?"team/a=NAME'):
            admin_import(self.server, self.path)
        admin_import(self.server, self.path, "--rename", "team/a=a", "--study", "team/a")
        self.assertLen(trials(load("a")), 2)
        with self.assertRaises(Exception):  # noqa: B017  (which one is Vizier's business)
            load("b").materialize_state()


if __name__ == "__main__":
    absltest.main()
