#!/usr/bin/env python3
"""--help of every command, as it is and by what it must have.

The texts are kept in tests/golden/cli_help.txt; after a change that is meant,
run this file with --update-golden.
"""

import functools
import re
import shlex
import subprocess
import sys
import unittest

from harness import APOGEE, SOURCE, Case, Result

GOLDEN = SOURCE / "tests" / "golden" / "cli_help.txt"


@functools.cache
def help_of(command: tuple[str, ...]) -> str:
    return subprocess.run(
        [APOGEE, *command, "--help"], check=True, text=True, capture_output=True, env={}
    ).stdout


def commands(above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command there is, found from the lists in the help."""
    found = [above]
    section = re.search(r"^Commands:\n((?:  .*\n)+)", help_of(above), re.MULTILINE)
    for name in re.findall(r"^  (\w+)", section[1], re.MULTILINE) if section else []:
        found += commands((*above, name))
    return found


def help_text() -> str:
    return "".join(
        f"$ {' '.join(['apogee', *command, '--help'])}\n{help_of(command)}\n"
        for command in commands()
    )


def examples(command: tuple[str, ...]) -> list[str]:
    """The calls of apogee in the examples, without what else stands on their lines."""
    section = re.search(r"^Examples:\n((?:  .*\n)+)", help_of(command), re.MULTILINE)
    lines = section[1].splitlines() if section else []
    calls = [re.findall(r"\bapogee( [^|&>)]*)", line) for line in lines]
    assert all(calls), f"no call of apogee in {lines}"
    return [call for line in calls for call in line]


class HelpTest(Case):
    def test_text(self) -> None:
        self.assertEqual(help_text(), GOLDEN.read_text())

    def test_fits_a_screen(self) -> None:
        for line in help_text().splitlines():
            self.assertLessEqual(len(line), 80, line)
            self.assertEqual(line, line.rstrip())

    def test_every_command_says_what_it_is(self) -> None:
        for command in commands():
            with self.subTest(command=command):
                lines = help_of(command).splitlines()
                self.assertRegex(lines[0], r"^[A-Z].*[^.]$")
                usage = next(line for line in lines if line.startswith("Usage: "))
                self.assertTrue(usage.startswith(" ".join(["Usage: apogee", *command])), usage)
                self.assertIn("Examples:", lines)

    def test_examples_are_commands_there_are(self) -> None:
        # Nobody answers, so that nothing happens; wrong usage is found before.
        running = []
        for command in commands():
            calls = [shlex.split(call) for call in examples(command)]
            self.assertIn(command, [tuple(call[: len(command)]) for call in calls])
            for call in calls:
                process = self.start(*call, env={"APOGEE_SERVER": "127.0.0.1:1"})
                running.append((call, process))
        for call, process in running:
            out, err = process.communicate()
            with self.subTest(call=call):
                result = Result(process.returncode, out, err)
                self.assertNotIn("--help", err, result)
                self.assertNotIn("there is no command", err, result)

    def test_exit_codes_are_documented(self) -> None:
        readme = (SOURCE / "client" / "README.md").read_text()
        help_codes = re.findall(r"^  (\d+)  ", help_of(()), re.MULTILINE)
        readme_codes = re.findall(r"^\| (\d+) \|", readme, re.MULTILINE)
        self.assertEqual(sorted(help_codes), sorted(readme_codes))

    def test_commands_are_documented(self) -> None:
        readme = (SOURCE / "client" / "README.md").read_text()
        for command in commands():
            if len(command) == 2:
                noun, verb = command
                self.assertRegex(readme, rf"(?m)^apogee {noun} .*\b{verb}\b")

    def test_version(self) -> None:
        result = self.apogee("--version", env={"APOGEE_SERVER": "127.0.0.1:1"})
        self.assertRegex(result.out, r"^apogee \d+\.\d+\.\d+\n$")
        self.assertEqual(result.err, "")


if __name__ == "__main__":
    if "--update-golden" in sys.argv:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(help_text())
    else:
        unittest.main()
