"""The `parameters` of a study file: flat, each child naming its parents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apogee import protocol
from apogee.node import Node, did_you_mean

_TYPES = ("double", "int", "discrete", "categorical", "bool")
_SCALES = {
    "linear": "UNIT_LINEAR_SCALE",
    "log": "UNIT_LOG_SCALE",
    "reverse_log": "UNIT_REVERSE_LOG_SCALE",
}
_EXTERNAL_TYPES = {
    "internal": "AS_INTERNAL",
    "boolean": "AS_BOOLEAN",
    "integer": "AS_INTEGER",
    "float": "AS_FLOAT",
}
_DEEPEST = 32
_MOST = 10_000


class _Entry:
    """A parameter, and which others hang below it under which of its values."""

    def __init__(self, name: str, node: Node):
        self.node = node
        self.body = protocol.ParameterSpec(parameter_id=name)
        self.type = _read_type(node, self.body)
        self.children: list[tuple[_Entry, list[Any]]] = []
        self.placed = False

    def value(self, node: Node) -> Any:
        """A value of this parameter."""
        if self.type == "bool":
            return str(node.boolean())
        if self.type == "categorical":
            return node.text()
        return node.integer() if self.type == "int" else node.number()


def read(node: Node, specs: Any) -> None:
    """Adds the parameters at `node` to `specs`, as the tree of the protocol."""
    node.map('expected parameters by name, as in {"lr": {"double": [0, 1]}}')
    entries = {name: _Entry(name, child) for name, child in node.items()}
    for entry in entries.values():
        _read_settings(entry)
        if "when" in entry.node:
            _read_when(entry, entry.node["when"], entries)
    count = [0]
    for entry in entries.values():
        if "when" not in entry.node:
            _place(entry, specs.add(), 1, count)
    for entry in entries.values():
        if not entry.placed:
            raise entry.node["when"].error('its parents form a circle; one must have no "when"')


def _read_type(node: Node, spec: Any) -> str:
    """Writes type and domain, and returns the type's key."""
    if node.is_text and node.text() == "bool":
        _read_domain("bool", Node(None), spec)
        return "bool"
    node.map('expected "bool" or a map such as {"double": [0, 1]}')
    node.has_only(*_TYPES, "scale", "default", "when", "as")
    types = [key for key in _TYPES if key in node]
    if not types:
        raise node.error(f"has no type; give it one of {', '.join(_TYPES)}")
    if len(types) > 1:
        raise node.error(f"has two types, {types[0]} and {types[1]}; keep one")
    _read_domain(types[0], node[types[0]], spec)
    return types[0]


def _read_domain(kind: str, node: Node, spec: Any) -> None:
    if kind == "bool":
        if not node.is_null:
            raise node.error('takes no value; write "bool": None')
        spec.categorical_value_spec.values.extend(("False", "True"))
        spec.external_type = protocol.ParameterSpec.AS_BOOLEAN
        return
    if kind in ("double", "int"):
        bounds = node.children("expected two numbers, [min, max]")
        if len(bounds) != 2:
            raise node.error("expected two numbers, [min, max]")
        low, high = bounds
        if kind == "double":
            spec.double_value_spec.min_value = low.number()
            spec.double_value_spec.max_value = high.number()
        else:
            spec.integer_value_spec.min_value = _int64(low)
            spec.integer_value_spec.max_value = _int64(high)
            spec.external_type = protocol.ParameterSpec.AS_INTEGER
        return
    items = node.children("expected a list of values, as in [a, b]")
    if kind == "categorical":
        spec.categorical_value_spec.values.extend(item.text() for item in items)
        spec.categorical_value_spec.SetInParent()
        return
    values = [item.number() for item in items]
    spec.discrete_value_spec.values.extend(values)
    spec.discrete_value_spec.SetInParent()
    whole = all(value.is_integer() for value in values)
    spec.external_type = (
        protocol.ParameterSpec.AS_INTEGER if whole else protocol.ParameterSpec.AS_FLOAT
    )


def _int64(node: Node) -> int:
    value = node.integer()
    if not -(2**63) <= value < 2**63:
        raise node.error(f"{value} takes more than 64 bits")
    return value


def _read_settings(entry: _Entry) -> None:
    node, spec = entry.node, entry.body
    if external := node.get("as"):
        spec.external_type = external.word("type", _EXTERNAL_TYPES)
    if scale := node.get("scale"):
        spec.scale_type = scale.word("scale", _SCALES)
    if default := node.get("default"):
        domain = getattr(spec, spec.WhichOneof("parameter_value_spec"))
        domain.default_value.value = entry.value(default)
        domain.default_value.SetInParent()


def _read_when(entry: _Entry, when: Node, entries: Mapping[str, _Entry]) -> None:
    conditions = [when]
    if isinstance(when.value, (list, tuple)):
        conditions = when.children("")
        if not conditions:
            raise when.error('is empty; name a parent as in {"optimizer": "sgd"}')
    for condition in conditions:
        pairs = condition.map('expected a parent and its value, as in {"optimizer": "sgd"}')
        if len(pairs) != 1:
            raise condition.error(
                'expected one parent; write a list, [{"a": 1}, {"b": 2}], if any of them '
                "activates it, or put one parent below the other if all must"
            )
        ((name, node),) = condition.items()
        if name not in entries:
            raise node.error(f'no parameter "{name}"{did_you_mean(name, list(entries))}')
        parent = entries[name]
        if parent.type == "double":
            raise node.error(
                f'parameter "{name}" is double and has no children; only int, discrete, '
                "categorical and bool parameters do"
            )
        listed = isinstance(node.value, (list, tuple))
        values = [parent.value(item) for item in (node.children("") if listed else [node])]
        if not values:
            raise node.error("is empty; list the values that activate it")
        parent.children.append((entry, values))


def _place(entry: _Entry, spec: Any, depth: int, count: list[int]) -> None:
    """Writes `entry` and all below it."""
    count[0] += 1
    if depth > _DEEPEST:
        raise entry.node.error(f"is nested more than {_DEEPEST} deep")
    if count[0] > _MOST:
        raise entry.node.error(
            f"the study has more than {_MOST} parameters; a child counts once under each parent"
        )
    entry.placed = True
    spec.CopyFrom(entry.body)
    for child, values in entry.children:
        conditional = spec.conditional_parameter_specs.add()
        if entry.type == "int":
            conditional.parent_int_values.values.extend(values)
        elif entry.type == "discrete":
            conditional.parent_discrete_values.values.extend(values)
        else:
            conditional.parent_categorical_values.values.extend(values)
        _place(child, conditional.parameter_spec, depth + 1, count)
