#!/usr/bin/env python3
"""What the Tab key does: the words that may come next, and the scripts in their shells."""

import shutil
import subprocess
import time
import unittest

from harness import APOGEE, Case

STUDY = """\
name: digits
metrics: {accuracy: maximize}
parameters: {lr: {double: [0, 1]}}
"""
NOBODY = {"APOGEE_SERVER": "127.0.0.1:1"}


class CompletionCase(Case):
    def setUp(self) -> None:
        super().setUp()
        self.write("study.yaml", STUDY)
        for name in ("digits", "exp:1", "exp:2", "two words"):
            self.apogee("study", "create", "-f", "study.yaml", "--name", name)


class WordsTest(CompletionCase):
    def words(self, *line: str, env: dict[str, str] | None = None) -> list[str]:
        """The candidates for the last word of the line, without their descriptions."""
        result = self.apogee("completion", "words", "--", *line, env=env)
        self.assertEqual(result.err, "")
        return [line.split("\t")[0] for line in result.out.splitlines()]

    def test_commands(self) -> None:
        self.assertIn("study", self.words(""))
        self.assertEqual(self.words("stu"), ["study"])
        self.assertEqual(self.words("study", "w"), ["watch"])
        self.assertEqual(self.words("stuy", "x"), [])
        out = self.apogee("completion", "words", "--", "study", "w").out
        self.assertEqual(out, "watch\tFollow a study until it is done\n")

    def test_options(self) -> None:
        self.assertEqual(self.words("study", "watch", "--e"), ["--every"])
        self.assertEqual(self.words("study", "watch", "--serv"), ["--server"])
        self.assertEqual(self.words("trial", "list", "--ev"), [])
        # Where nothing else can come, also without a dash.
        self.assertIn("--all-owners", self.words("study", "list", ""))

    def test_values_of_options(self) -> None:
        for line in (["-o", ""], ["--output", ""], ["--output="]):
            self.assertEqual(self.words("study", "list", *line), ["table", "json", "yaml", "csv"])
        self.assertEqual(self.words("study", "list", "--output=j"), ["json"])
        self.assertEqual(self.words("trial", "list", "digits", "--state", "SU"), ["SUCCEEDED"])
        self.assertEqual(self.words("study", "watch", "--every", ""), [])

    def test_studies(self) -> None:
        self.assertEqual(self.words("study", "show", ""), ["digits", "exp:1", "exp:2", "two words"])
        self.assertEqual(self.words("study", "show", "d"), ["digits"])
        self.assertEqual(self.words("trial", "complete", "d"), ["digits"])
        self.assertEqual(self.words("tune", "--study", "d"), ["digits"])
        # There is room for one only.
        self.assertNotIn("digits", self.words("study", "show", "exp:1", ""))

    def test_studies_of_others(self) -> None:
        name = f"owners/{self.owner}/studies/digits"
        somebody = {"APOGEE_OWNER": "somebody"}
        self.assertEqual(self.words("study", "show", "", env=somebody), [])
        self.assertEqual(self.words("study", "show", name[:-1], env=somebody), [name])
        self.assertEqual(
            self.words("--owner", self.owner, "study", "show", "d", env=somebody), ["digits"]
        )
        self.assertEqual(
            self.words("--server", self.server.address, "study", "show", "d", env=NOBODY),
            ["digits"],
        )

    def test_algorithms(self) -> None:
        self.assertEqual(self.words("algorithm", "show", "GR"), ["GRID_SEARCH"])

    def test_files(self) -> None:
        self.assertEqual(self.words("tune", "-f", ""), ["/"])
        self.assertEqual(self.words("tune", "--log-dir="), ["/"])
        self.assertEqual(self.words("study", "validate", "a.yaml", ""), ["/"])
        self.assertEqual(self.words("study", "diff", "d"), ["digits", "/"])
        # The worker's command is not ours.
        self.assertEqual(self.words("tune", "--study", "digits", "--", "./tr"), ["/"])

    def test_no_server(self) -> None:
        self.assertEqual(self.words("study", "show", "", env=NOBODY), [])
        # Nobody answers there, either: packets to these networks are dropped.
        start = time.monotonic()
        self.assertEqual(self.words("study", "show", "", env={"APOGEE_SERVER": "192.0.2.1:1"}), [])
        self.assertLess(time.monotonic() - start, 10)


class BashTest(CompletionCase):
    def complete(self, line: str) -> list[str]:
        """What bash would offer for the line."""
        script = """
            source <("$0" completion bash) || exit
            compopt() { :; }  # it works at a prompt only
            COMP_LINE=$1 COMP_POINT=${#1}
            _apogee "$0"
            ((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}"
            complete -p apogee >&2
        """
        result = subprocess.run(
            ["bash", "--norc", "--noprofile", "-c", script, APOGEE, line],
            text=True,
            capture_output=True,
            env=self.environment(),
            cwd=self.work,
        )
        self.assertEqual(result.stderr, "complete -F _apogee apogee\n")
        return result.stdout.splitlines()

    def test_words(self) -> None:
        self.assertEqual(self.complete("apogee study sh"), ["show"])
        self.assertEqual(self.complete("apogee study show d"), ["digits"])
        self.assertEqual(self.complete("apogee  study  export digits -o "), [
            "table", "json", "yaml", "csv",
        ])  # fmt: skip
        self.assertEqual(self.complete("apogee study list --output=j"), ["json"])

    def test_names_the_shell_would_break(self) -> None:
        # bash replaces what stands behind the colon.
        self.assertEqual(self.complete("apogee study show exp:"), ["1", "2"])
        self.assertEqual(self.complete("apogee study show t"), ["two\\ words"])
        self.assertEqual(self.complete("apogee study show two\\ w"), ["two\\ words"])

    def test_files(self) -> None:
        self.assertEqual(self.complete("apogee tune -f st"), ["study.yaml"])
        self.assertEqual(self.complete("apogee tune --file=st"), ["study.yaml"])
        self.assertEqual(self.complete("apogee study diff d"), ["digits"])

    def test_key(self) -> None:
        screen = self.on_shell("bash", "--norc", "--noprofile", "-i")
        screen.type(f'source <("{APOGEE}" completion bash); PATH="{APOGEE[:-7]}:$PATH"\n')
        screen.type("apogee stu\tsh\td\t-o j\t\n")
        screen.wait_for('"resource": ')
        screen.type("exit\n")
        self.assertEqual(screen.finish(), 0)
        self.assertIn("apogee study show digits -o json", screen.text)


@unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
class ZshTest(CompletionCase):
    def test_key(self) -> None:
        screen = self.on_shell("zsh", "-f", "-i")
        screen.type("autoload -Uz compinit; compinit -u -D; zmodload zsh/zle; bindkey -e\n")
        screen.type(
            f'source <("{APOGEE}" completion zsh); PATH="{APOGEE[:-7]}:$PATH"; echo re""ady\n'
        )
        screen.wait_for("ready")
        for typed, shown in [("apogee stu\t", "study"), ("sh\t", "show"), ("d\t", "digits")]:
            screen.type(typed)
            screen.wait_for(shown)
        screen.type("--output=j\t\n")
        screen.wait_for('"resource": ')
        screen.type("exit\n")
        self.assertEqual(screen.finish(), 0)


if __name__ == "__main__":
    unittest.main()
