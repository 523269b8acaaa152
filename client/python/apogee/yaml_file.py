"""Study files on disk. YAML needs PyYAML; JSON, which is YAML, does not."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable
from typing import Any

from apogee.errors import ApogeeError, InvalidError
from apogee.node import Plain

_NULL = ("", "~", "null", "Null", "NULL")


def read(path: pathlib.Path) -> Any:
    """The tree of a file, in which numbers and words without quotes are still as written."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(f"can not read the study file {path}: {error}") from None
    if text.lstrip().startswith("{"):
        try:
            return json.loads(
                text,
                parse_float=Plain,
                parse_int=Plain,
                object_pairs_hook=lambda pairs: _unique(f"{path}", pairs),
            )
        except json.JSONDecodeError:
            pass  # YAML has braces, too
    return _read_yaml(path, text)


def _unique(where: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in pairs:
        if key in tree:
            raise InvalidError(f'{where}: the key "{key}" is there twice')
        tree[key] = value
    return tree


def _read_yaml(path: pathlib.Path, text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise ApogeeError(
            f"reading {path} needs PyYAML: pip install PyYAML, or give the study as JSON or a dict"
        ) from None
    try:
        for token in yaml.scan(text):
            if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)):
                raise InvalidError(
                    f"{_line(path, token)}: anchors, aliases and tags are not taken; write it out"
                )
        root = yaml.compose(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidError(f"{path}:{line}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise InvalidError(f"{path}: {error}") from None
    return None if root is None else _tree(path, root)


def _line(path: pathlib.Path, where: Any) -> str:
    return f"{path}:{where.start_mark.line + 1}"


def _tree(path: pathlib.Path, node: Any) -> Any:
    """Of a yaml.Node."""
    if node.id == "sequence":
        return [_tree(path, item) for item in node.value]
    if node.id == "mapping":
        for key, _ in node.value:
            if key.id != "scalar":
                raise InvalidError(f"{_line(path, key)}: a key must be text")
        pairs = ((str(key.value), _tree(path, value)) for key, value in node.value)
        return _unique(_line(path, node), pairs)
    if node.style is not None:
        return str(node.value)
    return None if node.value in _NULL else Plain(node.value)
