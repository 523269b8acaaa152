"""proto/study_file.schema.json says what the parser says.

Every good example file satisfies the schema, every bad one does not, apart from
those that end in BEYOND: what is wrong with them no schema can say. The parser
reads the same files in study_file_test.cc.
"""

import json
import pathlib
import re
import unittest
from typing import Any

import jsonschema
import yaml

HERE = pathlib.Path(__file__).parent
SCHEMA = HERE.parent.parent / "proto" / "study_file.schema.json"
BEYOND = "# The schema can not tell.\n"

INTEGER = re.compile(r"[-+]?[0-9]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}


def value(node: yaml.Node) -> Any:
    """What YAML 1.2 means by a node, as editors read it. (PyYAML is YAML 1.1.)"""
    if isinstance(node, yaml.MappingNode):
        return {key.value: value(item) for key, item in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value(item) for item in node.value]
    if getattr(node, "style", None) is None:  # without quotes
        if node.value.lower() in CONSTANTS:
            return CONSTANTS[node.value.lower()]
        if INTEGER.fullmatch(node.value):
            return int(node.value)
        if NUMBER.fullmatch(node.value):
            return float(node.value)
    return node.value


def parse(text: str) -> Any:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return None if node is None else value(node)


class SchemaTest(unittest.TestCase):
    def setUp(self) -> None:
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        self.validator = jsonschema.Draft7Validator(schema)

    def examples(self, folder: str) -> list[tuple[str, str]]:
        files = sorted((HERE / "study_files" / folder).glob("*.yaml"))
        self.assertTrue(files)
        return [(file.name, file.read_text()) for file in files]

    def test_takes_good_files(self) -> None:
        for name, text in self.examples("good"):
            with self.subTest(name):
                # JSON may be indented with tabs; PyYAML thinks not.
                is_json = text.startswith("{")
                self.validator.validate(json.loads(text) if is_json else parse(text))

    def test_refuses_bad_files(self) -> None:
        for name, text in self.examples("bad"):
            with self.subTest(name):
                try:
                    taken = self.validator.is_valid(parse(text))
                except (yaml.YAMLError, TypeError):
                    taken = False  # no YAML, or a key that is no text
                self.assertEqual(taken, text.endswith(BEYOND))


if __name__ == "__main__":
    unittest.main()
