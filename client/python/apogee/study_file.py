"""The study file, or a dict of the same form, as the server's messages."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from apogee import parameters_file, protocol, yaml_file
from apogee.node import Node

Source = str | os.PathLike[str] | Mapping[str, Any]

_KEYS = (
    "name",
    "algorithm",
    "metrics",
    "parameters",
    "constraints",
    "budget",
    "seed",
    "stopping",
    "lease",
    "share_for_training",
    "transfer",
    "noise",
    "metadata",
)

_YEAR = 365 * 24 * 3600


def read(source: Source | None, changes: Mapping[str, Any]) -> Any:
    """The vizier.Study of a file or a dict, with `changes` in place of keys of its own."""
    if source is None:
        file = Node(dict(changes))
    elif isinstance(source, Mapping):
        file = Node({**source, **changes})
    else:
        tree = yaml_file.read(pathlib.Path(source)) or {}
        file = Node(tree, source=str(source))
        file.map("expected a map with name, metrics and parameters")
        file.value = {**tree, **changes}
    return _study(file)


def _study(file: Node) -> Any:
    file.has_only(*_KEYS)
    for key, example in (
        ("name", '"my-study"'),
        ("metrics", '{"accuracy": "maximize"}'),
        ("parameters", '{"lr": {"double": [0, 1]}}'),
    ):
        if key not in file:
            raise file.error(f'{key} is missing; add "{key}": {example}')
    study = protocol.Study(display_name=file["name"].text())
    spec = study.study_spec
    file["metrics"].map('expected metrics with goals, as in {"accuracy": "maximize"}')
    for name, node in file["metrics"].items():
        _read_metric(node, spec.metrics.add(metric_id=name))
    parameters_file.read(file["parameters"], spec.parameters)
    for key, read_setting in _SETTINGS.items():
        if key in file:
            read_setting(file[key], spec)
    return study


def _read_metric(node: Node, metric: Any) -> None:
    goal = node
    if isinstance(node.value, Mapping):
        node.has_only("goal", "threshold", "min_safe_fraction")
        if "goal" not in node:
            raise node.error('goal is missing; add "goal": "maximize" or "goal": "minimize"')
        goal = node["goal"]
        if "threshold" in node:
            metric.safety_config.safety_threshold = node["threshold"].number()
        if fraction := node.get("min_safe_fraction"):
            if "threshold" not in node:
                raise fraction.error("needs a threshold to say what is safe")
            metric.safety_config.desired_min_safe_trials_fraction = fraction.number()
    metric.goal = goal.word("goal", {"maximize": "MAXIMIZE", "minimize": "MINIMIZE"})


def _read_algorithm(node: Node, spec: Any) -> None:
    name: Node | None = node
    if isinstance(node.value, Mapping):
        name = node.get("name")
        spec.apogee_options.algorithm.SetInParent()
        for key, option in node.items():
            if key != "name":
                _set_value(spec.apogee_options.algorithm.fields[key], option.json())
    if name is None:
        return
    if not name.is_text or not name.text():
        raise name.error("expected an algorithm's name; leave it out for the server's default")
    spec.algorithm = name.text()


def _set_value(value: Any, json: Any) -> None:
    """Fills a google.protobuf.Value."""
    if json is None:
        value.null_value = 0
    elif isinstance(json, bool):
        value.bool_value = json
    elif isinstance(json, str):
        value.string_value = json
    elif isinstance(json, Mapping):
        value.struct_value.SetInParent()
        for key, item in json.items():
            _set_value(value.struct_value.fields[key], item)
    elif isinstance(json, list):
        value.list_value.SetInParent()
        for item in json:
            _set_value(value.list_value.values.add(), item)
    else:
        value.number_value = json


def _at_least(node: Node, least: int) -> int:
    value = node.integer()
    if value < least:
        raise node.error(f"must be {least} or more")
    return value


def _between(node: Node, least: int, most: int) -> int:
    value = node.integer()
    if not least <= value <= most:
        raise node.error(f"must be from {least} to {most}")
    return value


def _read_constraints(node: Node, spec: Any) -> None:
    for item in node.children('expected a list such as ["a + b <= 1"]'):
        spec.apogee_options.constraints.append(item.text())


def _read_budget(node: Node, spec: Any) -> None:
    node.has_only("trials")
    if "trials" not in node:
        raise node.error('is empty; add "trials": 100 or remove it')
    spec.apogee_options.budget.trials = _at_least(node["trials"], 1)


def _read_seed(node: Node, spec: Any) -> None:
    seed = _at_least(node, 0)
    if seed >= 2**64:
        raise node.error("must be below 2^64")
    spec.apogee_options.seed = seed


def _read_stopping(node: Node, spec: Any) -> None:
    stopping = spec.apogee_options.stopping
    stopping.SetInParent()
    rule: Node | None = node
    if isinstance(node.value, Mapping):
        wholes, numbers = ("eta", "max_steps"), ("percentile", "confidence", "fraction")
        node.has_only("rule", "min_steps", "min_trials", *wholes, *numbers)
        if "min_steps" in node:
            stopping.min_steps = _at_least(node["min_steps"], 0)
        if "min_trials" in node:
            stopping.min_trials = _at_least(node["min_trials"], 1)
        for option in wholes:
            if option in node:
                setattr(stopping, option, node[option].integer())
        for option in numbers:
            if option in node:
                setattr(stopping, option, node[option].number())
        rule = node.get("rule")
    if rule is None:
        return
    if not rule.is_text or not rule.text():
        raise rule.error('expected a rule such as "MEDIAN", or a map {"rule": "MEDIAN"}')
    stopping.rule = rule.text()


def _read_lease(node: Node, spec: Any) -> None:
    lease = spec.apogee_options.lease
    lease.SetInParent()
    if not isinstance(node.value, Mapping):
        lease.seconds = _between(node, 1, _YEAR)
        return
    node.has_only("seconds", "reissues", "trial_seconds")
    if "seconds" in node:
        lease.seconds = _between(node["seconds"], 1, _YEAR)
    if "reissues" in node:
        lease.reissues = _between(node["reissues"], 0, 100)
    if "trial_seconds" in node:
        lease.trial_seconds = _between(node["trial_seconds"], 1, _YEAR)


def _read_sharing(node: Node, spec: Any) -> None:
    words = {word: word for word in ("NONE", "OWNER", "SERVER")}
    spec.apogee_options.share_for_training = node.word("word", words)


def _read_transfer(node: Node, spec: Any) -> None:
    transfer = spec.apogee_options.transfer
    transfer.SetInParent()
    node.has_only("from", "similar", "regressor", "remote")
    if "from" in node:
        for item in node["from"].children('expected a list of studies such as ["digits"]'):
            getattr(transfer, "from").append(item.text())
    if "similar" in node:
        transfer.similar = _at_least(node["similar"], 0)
    if "regressor" in node:
        transfer.regressor = node["regressor"].text()
    if "remote" in node:
        transfer.remote = node["remote"].boolean()


def _read_noise(node: Node, spec: Any) -> None:
    spec.observation_noise = node.word("noise", {"low": "LOW", "high": "HIGH"})


def _read_metadata(node: Node, spec: Any) -> None:
    for key, entry in node.items():
        if isinstance(entry.value, Mapping):
            for inner, text in entry.items():
                spec.metadata.add(ns=key, key=inner, value=text.text())
        else:
            spec.metadata.add(key=key, value=entry.text())


_SETTINGS = {
    "algorithm": _read_algorithm,
    "constraints": _read_constraints,
    "budget": _read_budget,
    "seed": _read_seed,
    "stopping": _read_stopping,
    "lease": _read_lease,
    "share_for_training": _read_sharing,
    "transfer": _read_transfer,
    "noise": _read_noise,
    "metadata": _read_metadata,
}
