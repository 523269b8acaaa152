"""What a study does, as steps: the same for `Study` and for `aio.Study`."""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from apogee import errors, measured, protocol, study_file, workers
from apogee.results import Converter, Results, TrialResult
from apogee.steps import Server, Steps

_PAGE = 1000
_DEFAULT_SERVER = "localhost:28080"
_OPTIONS_KEY = (":apogee", "options")


def server(address: str | None, timeout: float, patience: float) -> Server:
    address = address or os.environ.get("APOGEE_SERVER") or _DEFAULT_SERVER
    return Server(address, timeout, patience)


def resource_name(study: str, owner: str | None) -> str:
    """owners/OWNER/studies/NAME of a name, which may be that already."""
    parts = study.split("/")
    if len(parts) == 4 and parts[0] == "owners" and parts[2] == "studies" and all(parts):
        return study
    if len(parts) != 1 or not study:
        raise errors.InvalidError(
            f'"{study}" is not a study\'s name; write NAME or owners/OWNER/studies/NAME'
        )
    return f"{parent(owner)}/studies/{study}"


def parent(owner: str | None) -> str:
    return f"owners/{owner or os.environ.get('APOGEE_OWNER') or _login_name()}"


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "default"  # a container has users without a name


def create(
    server: Server, source: study_file.Source | None, owner: str | None, changes: Mapping[str, Any]
) -> Steps[Any]:
    """Creates the study, or joins the one of that name if it is equal."""
    wanted = study_file.read(source, changes)
    name = resource_name(wanted.display_name, owner)
    try:
        study = yield from server.call("GetStudy", name=name)
    except errors.NotFoundError:
        # Somebody else may be first: then the server gives that one.
        study = yield from server.call("CreateStudy", parent=parent(owner), study=wanted)
    differing = _differences(study.study_spec, wanted.study_spec)
    if differing:
        raise errors.ConflictError(
            f'there is another study "{wanted.display_name}": it differs in '
            f"{', '.join(differing)}; choose another name, or delete it"
        )
    return study


def open_study(server: Server, name: str, owner: str | None) -> Steps[Any]:
    return (yield from server.call("GetStudy", name=resource_name(name, owner)))


def list_studies(server: Server, owner: str | None) -> Steps[list[str]]:
    found = yield from _pages(server, "ListStudies", "studies", parent=parent(owner))
    return [study.display_name for study in found]


def _differences(existing: Any, wanted: Any) -> list[str]:
    """The keys of a study file in which the two differ."""
    found = []
    for key, field in (("metrics", "metrics"), ("parameters", "parameters")):
        if list(getattr(existing, field)) != list(getattr(wanted, field)):
            found.append(key)
    if existing.algorithm != wanted.algorithm:
        found.append("algorithm")
    has = {field.name: value for field, value in _options(existing).ListFields()}
    wants = {field.name: value for field, value in _options(wanted).ListFields()}
    for name in sorted(has | wants):
        if has.get(name) != wants.get(name):
            found.append("algorithm's options" if name == "algorithm" else name)
    if existing.observation_noise != wanted.observation_noise:
        found.append("noise")
    # Others may have added to the metadata since.
    entries = {(entry.ns, entry.key): entry for entry in existing.metadata}
    if any(entries.get((entry.ns, entry.key)) != entry for entry in wanted.metadata):
        found.append("metadata")
    return found


def _options(spec: Any) -> Any:
    """The study's options, from the field or from the JSON of a stock Vizier client."""
    options = protocol.StudyOptions()
    options.CopyFrom(spec.apogee_options)
    for entry in spec.metadata:
        if (entry.ns, entry.key) == _OPTIONS_KEY:
            json_format.ParseDict(json.loads(entry.value), options)
    return options


def _pages(server: Server, method: str, field: str, /, **request: Any) -> Steps[list[Any]]:
    found: list[Any] = []
    token = ""
    while True:
        page = yield from server.call(method, page_size=_PAGE, page_token=token, **request)
        found.extend(getattr(page, field))
        token = page.next_page_token
        if not token:
            return found


@dataclasses.dataclass(frozen=True)
class Summary:
    """How far a study is."""

    # ACTIVE, INACTIVE (paused) or COMPLETED
    state: str
    inactive_reason: str
    algorithm: str
    seed: int
    requested: int
    active: int
    stopping: int
    succeeded: int
    infeasible: int
    # Given up, for workers had lost them too often.
    lost: int
    started_trials: int
    # 0 without a budget
    budget_trials: int


class Core:
    """One study. Knows its messages; whoever has one runs its steps."""

    def __init__(self, server: Server, study: Any, worker: str | None):
        self.server = server
        self.study = study
        self.name: str = study.name
        self.worker = worker
        self.names = workers.names(server.address, study.name, worker)
        self.metrics = [metric.metric_id for metric in study.study_spec.metrics]
        self.converter = Converter(study.study_spec)
        spec = study.study_spec
        options = _options(spec)
        # How long a worker may be silent; 0 for as long as it likes.
        self.lease_seconds = float(options.lease.seconds)
        self.judged = options.HasField("stopping") or spec.HasField("default_stopping_spec")

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_bytes, (self.server, self.study.SerializeToString(), self.worker)

    def trial_name(self, trial: int) -> str:
        return f"{self.name}/trials/{trial}"

    def suggest(self, worker: str, count: int) -> Steps[list[Any]]:
        """The trials of `worker`: those that it has, then new ones. StudyOverError if none."""
        try:
            operation = yield from self.server.call(
                "SuggestTrials", parent=self.name, client_id=worker, suggestion_count=count
            )
            operation = yield from self.server.poll(operation)
            if operation.HasField("error"):
                raise errors.made_from_number(operation.error.code, operation.error.message)
        except errors.ConflictError as error:
            raise errors.StudyOverError(str(error)) from None
        response = protocol.SuggestTrialsResponse.FromString(operation.response.value)
        if not response.trials:
            raise errors.StudyOverError(
                f"{self.name} has nothing to suggest: its budget or its search space is spent"
            )
        return list(response.trials)

    def measure(self, trial: int, measurement: Any) -> Steps[Any]:
        """Adds a measurement, once; returns the trial."""
        name = self.trial_name(trial)

        def settle() -> Steps[Any]:
            known = yield from self.server.call("GetTrial", name=name)
            # As bytes, because NaN is not equal to itself.
            last = known.measurements[-1].SerializeToString() if known.measurements else b""
            return known if last == measurement.SerializeToString() else None

        return (
            yield from self.server.call(
                "AddTrialMeasurement", settle, trial_name=name, measurement=measurement
            )
        )

    def is_running(self, trial: int) -> Steps[bool]:
        try:
            found = yield from self.server.call("GetTrial", name=self.trial_name(trial))
        except errors.NotFoundError:
            return False
        return found.state in (found.ACTIVE, found.STOPPING)

    def should_stop(self, trial: int) -> Steps[bool]:
        answer = yield from self.server.call(
            "CheckTrialEarlyStoppingState", trial_name=self.trial_name(trial)
        )
        return bool(answer.should_stop)

    def complete(self, trial: int, values: Mapping[str, float], elapsed: float = 0.0) -> Steps[str]:
        """Ends a trial with its metrics. A value that is NaN or infinite makes it INFEASIBLE:
        then the reason is returned, else ""."""
        measured.check_complete(self.metrics, values)
        problem = measured.not_finite(self.metrics, values)
        if problem:
            yield from self.fail(trial, problem)
        else:
            message = measured.message(values, 0, elapsed)
            name = self.trial_name(trial)
            yield from self.server.call("CompleteTrial", name=name, final_measurement=message)
        return problem

    def fail(self, trial: int, reason: str) -> Steps[Any]:
        return (
            yield from self.server.call(
                "CompleteTrial",
                name=self.trial_name(trial),
                trial_infeasible=True,
                infeasible_reason=reason.encode(errors="replace").decode(),
            )
        )

    def release(self, trial: int, worker: str, reason: str) -> Steps[Any]:
        """Gives back a trial that its worker will not end, for another one."""
        name = self.trial_name(trial)
        return (
            yield from self.server.call("ReleaseTrial", name=name, client_id=worker, reason=reason)
        )

    def get(self, trial: int) -> Steps[TrialResult]:
        found = yield from self.server.call("GetTrial", name=self.trial_name(trial))
        return self.converter.trial(found)

    def results(self) -> Steps[Results]:
        found = yield from _pages(self.server, "ListTrials", "trials", parent=self.name)
        return Results(self.converter.trial(trial) for trial in found)

    def pareto(self) -> Steps[Results]:
        found = yield from _pages(
            self.server, "ListOptimalTrials", "optimal_trials", parent=self.name
        )
        return Results(self.converter.trial(trial) for trial in found)

    def best(self) -> Steps[TrialResult]:
        summary = yield from self.server.call("GetStudySummary", name=self.name)
        if summary.HasField("best_trial"):
            return self.converter.trial(summary.best_trial)
        objectives = [
            metric.metric_id
            for metric in self.study.study_spec.metrics
            if not metric.HasField("safety_config")
        ]
        if len(objectives) > 1:
            raise errors.ConflictError(
                f"{self.name} has {len(objectives)} objectives, so there is no one best trial; "
                "ask for pareto()"
            )
        raise errors.NotFoundError(f"no trial of {self.name} has succeeded yet")

    def summary(self) -> Steps[Summary]:
        found = yield from self.server.call("GetStudySummary", name=self.name)
        counts = found.trials
        return Summary(
            state=protocol.Study.State.Name(found.study.state),
            inactive_reason=found.study.inactive_reason,
            algorithm=found.algorithm,
            seed=found.seed,
            requested=counts.requested,
            active=counts.active,
            stopping=counts.stopping,
            succeeded=counts.succeeded,
            infeasible=counts.infeasible - counts.given_up,
            lost=counts.given_up,
            started_trials=found.started_trials,
            budget_trials=found.budget_trials,
        )

    def set_state(self, state: str) -> Steps[None]:
        number = protocol.Study.State.Value(state)
        yield from self.server.call("SetStudyState", parent=self.name, state=number)

    def delete(self) -> Steps[None]:
        def settle() -> Steps[Any]:
            try:
                yield from self.server.call("GetStudy", name=self.name)
            except errors.NotFoundError:
                return True
            return None

        yield from self.server.call("DeleteStudy", settle, name=self.name)


def _from_bytes(server: Server, study: bytes, worker: str | None) -> Core:
    return Core(server, protocol.Study.FromString(study), worker)
