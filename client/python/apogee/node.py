"""A place in a study file or dict: its value, and the keys that lead to it."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from apogee.errors import InvalidError

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_BOOLEANS = dict.fromkeys(("true", "True", "TRUE"), True)
_BOOLEANS |= dict.fromkeys(("false", "False", "FALSE"), False)
_LARGEST_WHOLE = 9e18


class Plain(str):
    """Text of a file without quotes: as it is written, or a number, true, false, null."""

    def number(self) -> float | int | None:
        if not _NUMBER.fullmatch(self):
            return None
        try:
            return int(self)
        except ValueError:
            return float(self)

    def boolean(self) -> bool | None:
        return _BOOLEANS.get(self)


class Node:
    def __init__(self, value: Any, path: str = "", source: str = ""):
        self.value = value
        self.path = path
        self.source = source

    def error(self, message: str) -> InvalidError:
        return InvalidError(": ".join(part for part in (self.source, self.path, message) if part))

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, Mapping) and key in self.value

    def __getitem__(self, key: str) -> Node:
        return Node(self.value[key], f"{self.path}.{key}" if self.path else key, self.source)

    def get(self, key: str) -> Node | None:
        """The entry of a map, if it is one and has it."""
        if key not in self:
            return None
        return self[key]

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of a map."""
        for key in self.map():
            yield key, self[key]

    def children(self, expected: str) -> list[Node]:
        """The entries of a list."""
        if isinstance(self.value, str) or not isinstance(self.value, Sequence):
            raise self.error(expected)
        return [Node(v, f"{self.path}[{i}]", self.source) for i, v in enumerate(self.value)]

    def map(self, expected: str = "expected a map") -> Mapping[str, Any]:
        if not isinstance(self.value, Mapping):
            raise self.error(expected)
        for key in self.value:
            if not isinstance(key, str):
                raise self.error(f"the key {key!r} is not text")
        return self.value

    def has_only(self, *known: str) -> None:
        for key, node in self.items():
            if key not in known:
                raise node.error(f'unknown key "{key}"{did_you_mean(key, known)}')

    @property
    def is_null(self) -> bool:
        return self.value is None

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str)

    def text(self) -> str:
        if not isinstance(self.value, str):
            cure = "" if isinstance(self.value, (Mapping, list)) else f'; write "{self.value}"'
            raise self.error(f"expected text, found {self.value!r}{cure}")
        return str(self.value)

    def word(self, what: str, meanings: Mapping[str, str]) -> str:
        """The meaning of a word; `what` it is, for the error."""
        text = self.text()
        if text not in meanings:
            raise self.error(f'unknown {what} "{text}"{did_you_mean(text, list(meanings))}')
        return meanings[text]

    def number(self) -> float:
        return float(self._number("a number"))

    def integer(self) -> int:
        number = self._number("a whole number")
        if isinstance(number, int):
            return number
        if not number.is_integer() or abs(number) > _LARGEST_WHOLE:
            raise self.error(f"expected a whole number, found {self.value!r}")
        return int(number)

    def _number(self, expected: str) -> float | int:
        value = self.value.number() if isinstance(self.value, Plain) else self.value
        if not isinstance(value, Real) or isinstance(value, bool):
            quoted = isinstance(self.value, str) and _NUMBER.fullmatch(self.value)
            cure = "; remove the quotes" if quoted else ""
            raise self.error(f"expected {expected}, found {self.value!r}{cure}")
        try:
            number = int(value) if hasattr(value, "__index__") else float(value)
            if math.isfinite(float(number)):
                return number
        except OverflowError:
            pass
        raise self.error(f"{self.value!r} is not a finite double")

    def boolean(self) -> bool:
        value = self.value.boolean() if isinstance(self.value, Plain) else self.value
        if not isinstance(value, bool):
            raise self.error(f"expected true or false, found {self.value!r}")
        return value

    def json(self) -> Any:
        """Whatever it is, as JSON has it."""
        if isinstance(self.value, Mapping):
            return {key: node.json() for key, node in self.items()}
        if isinstance(self.value, (list, tuple)):
            return [node.json() for node in self.children("")]
        if isinstance(self.value, Plain):
            for meaning in (self.value.boolean(), self.value.number()):
                if meaning is not None:
                    return meaning
        if self.value is None or isinstance(self.value, (bool, str)):
            return self.value
        return self.number()


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of an error about an unknown `word`."""
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; write one of {', '.join(known)}" if known else ""
