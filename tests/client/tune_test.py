#!/usr/bin/env python3
"""The stories of `apogee tune`: real server, real programs, real signals."""

import json
import os
import signal
import unittest
from typing import Any

from harness import EXAMPLES, Case, Result, Server, wait_for

STUDY = """\
name: s
algorithm: RANDOM_SEARCH
seed: 1
metrics:
  y: maximize
parameters:
  x: {double: [0, 1]}
  kind: {categorical: [a, b]}
  extra: {int: [1, 9], when: {kind: a}}
"""


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class TuneCase(Case):
    def setUp(self) -> None:
        super().setUp()
        self.write("study.yaml", STUDY)

    def study(self, extra: str) -> None:
        self.write("study.yaml", STUDY + extra)

    def command(self, *options: str, script: str) -> list[str]:
        return ["tune", "-f", "study.yaml", *options, "--", "sh", "-c", script]

    def tune(
        self,
        *options: str,
        script: str,
        code: int = 0,
        env: dict[str, str] | None = None,
    ) -> Result:
        return self.apogee(*self.command(*options, script=script), code=code, env=env)

    def pids(self, name: str = "pids") -> list[int]:
        """The process ids that programs have written, one per line."""
        path = self.work / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def wait_for_pids(self, count: int, name: str = "pids") -> list[int]:
        wait_for(lambda: len(self.pids(name)) >= count, f"{count} programs")
        return self.pids(name)

    def assert_gone(self, pids: list[int]) -> None:
        wait_for(lambda: not any(map(alive, pids)), f"the end of {pids}")


class ExamplesTest(Case):
    """The three kinds of workers, all for one study."""

    def tune(self, *command: object) -> list[dict[str, Any]]:
        result = self.apogee(
            "tune", "-f", EXAMPLES / "study.yaml", "--workers", "2", "--", *command
        )
        trials = self.trials("coffee")
        self.assertEqual([trial["state"] for trial in trials], ["SUCCEEDED"] * 12, result)
        best = max(trials, key=lambda trial: trial["metrics"]["taste"])
        self.assertEqual(result.out.splitlines()[1].split()[0], str(best["id"]))
        return trials

    def test_shell(self) -> None:
        self.tune(EXAMPLES / "worker.sh", "{temperature}", "{seconds}", "{roast}")

    def test_python(self) -> None:
        trials = self.tune(EXAMPLES / "worker.py", "--seconds", "{seconds}", "--milk", "{milk}")
        self.assertEqual(trials[0]["metrics"]["cups"], 3)
        self.assertEqual({trial["parameters"]["roast"] for trial in trials}, {"light", "dark"})
        shown = self.apogee("trial", "show", "coffee", "1", "-o", "json").json
        self.assertEqual([m["step"] for m in shown["measurements"]], [1, 2, 3])

    def test_cpp(self) -> None:
        self.tune(os.environ["APOGEE_EXAMPLE_WORKER"])


class ParametersTest(TuneCase):
    def test_template_and_environment(self) -> None:
        self.apogee(
            "tune",
            "-f",
            "study.yaml",
            "--max-trials",
            "6",
            "--",
            "sh",
            "-c",
            """
            env | grep ^APOGEE_ | sort > env.$APOGEE_TRIAL_ID
            echo "$@" > args.$APOGEE_TRIAL_ID
            echo "apogee: y=1"
            """,
            "name",
            "{trial_id}",
            "{study}",
            "{x}",
            "--extra",
            "{extra}",
            "--e={extra}",
            "e{extra}",
        )
        kinds = set()
        for trial in self.trials("s"):
            number, given = trial["id"], trial["parameters"]
            kinds.add(given["kind"])
            words = (self.work / f"args.{number}").read_text().split()
            self.assertEqual(words[:2], [str(number), "s"])
            self.assertEqual(float(words[2]), given["x"])
            extra = str(given.get("extra", ""))
            self.assertEqual(
                words[3:], ["--extra", extra, f"--e={extra}", f"e{extra}"] if extra else ["e"]
            )
            env = dict(
                line.split("=", 1)
                for line in (self.work / f"env.{number}").read_text().splitlines()
            )
            self.assertEqual(json.loads(env["APOGEE_PARAMS"]), given)
            self.assertEqual(float(env["APOGEE_PARAM_X"]), given["x"])
            self.assertEqual(env["APOGEE_PARAM_KIND"], given["kind"])
            self.assertEqual(env.get("APOGEE_PARAM_EXTRA", ""), extra)
            self.assertEqual(env["APOGEE_STUDY"], "s")
            self.assertEqual(env["APOGEE_SERVER"], self.server.address)
            self.assertEqual(env["APOGEE_WORKER"], trial["worker"])
        self.assertEqual(kinds, {"a", "b"})

    def test_wrong_commands_run_nothing(self) -> None:
        for command, says in [
            (["echo", "{xx}"], 'the study has no parameter "xx" for "{xx}"; did you mean "x"?'),
            (["echo", "{x"], 'the brace in "{x" has no partner'),
            (["no-such-program"], 'there is no program "no-such-program"'),
        ]:
            result = self.apogee("tune", "-f", "study.yaml", "--", *command, code=2)
            self.assertIn(says, result.err)
        result = self.apogee("tune", "-f", "study.yaml", code=2)
        self.assertIn("tune needs a command after --", result.err)
        result = self.apogee("tune", "--", "true", code=2)
        self.assertIn("either -f FILE or --study NAME", result.err)
        self.apogee("study", "show", "s", code=3)

    def test_variables_must_differ(self) -> None:
        self.study("  X: {double: [0, 1]}\n")
        result = self.tune(script="true", code=2)
        self.assertIn("APOGEE_PARAM_X; rename one of them", result.err)

    def test_joining(self) -> None:
        script = "echo apogee: y={x}"
        result = self.tune("--max-trials", "1", script=script)
        self.assertIn('created study "s"\n', result.err)
        result = self.tune("--max-trials", "1", script=script)
        self.assertIn('joined study "s"\n', result.err)
        self.apogee("tune", "--study", "s", "--max-trials", "1", "--", "sh", "-c", script)
        self.assertEqual(len(self.trials("s")), 3)
        self.study("budget: {trials: 3}\n")
        result = self.tune(script=script, code=4)
        self.assertIn('there is another study "s"', result.err)
        self.apogee("tune", "--study", "nope", "--", "true", code=3)


class MetricsTest(TuneCase):
    def test_the_last_values_count(self) -> None:
        self.tune(
            "--max-trials",
            "1",
            script="""
            echo apogee: y=1 loss=5
            echo apogee: step=1 y=2
            echo apogee: step=2 y=3
            echo hello
            echo apogee: what is this
            """,
        )
        trial = self.apogee("trial", "show", "s", "1", "-o", "json").json
        self.assertEqual(trial["metrics"], {"loss": 5.0, "y": 3.0})
        self.assertEqual(
            [(m["step"], m["metrics"]) for m in trial["measurements"]],
            [(1, {"y": 2.0}), (2, {"y": 3.0})],
        )

    def test_measurements_arrive_as_they_come(self) -> None:
        process = self.start(
            *self.command(
                "--max-trials",
                "1",
                script="""
            echo apogee: step=1 y=0.5
            while [ ! -e go ]; do sleep 0.02; done
            echo apogee: y=1
            """,
            )
        )
        wait_for(lambda: self.apogee("study", "list", "-o", "json").json, "the study")
        wait_for(lambda: self.trials("s"), "the trial")
        shown = wait_for(
            lambda: self.apogee("trial", "show", "s", "1", "-o", "json").json["measurements"],
            "the measurement",
        )
        self.assertEqual(shown[0]["metrics"], {"y": 0.5})
        self.write("go", "")
        self.finish(process)

    def test_metrics_file(self) -> None:
        self.tune(
            "--max-trials",
            "1",
            script="""
            printf '{{"step": 1, "y": 0.25}}\\n{{"step": 2, "y": 0.5}}\\n' \
                > $APOGEE_METRICS_FILE
            """,
        )
        trial = self.apogee("trial", "show", "s", "1", "-o", "json").json
        self.assertEqual([m["step"] for m in trial["measurements"]], [1, 2])
        self.assertEqual(trial["metrics"], {"y": 0.5})
        self.tune(
            "--max-trials", "1", script="""printf '{{\\n "y": 7\\n}}' > $APOGEE_METRICS_FILE"""
        )
        self.assertEqual(self.trials("s")[1]["metrics"], {"y": 7.0})

    def test_output_is_passed_on(self) -> None:
        result = self.tune(
            "--max-trials",
            "1",
            script="""
            echo apogee: y=1; echo hello; echo oops >&2; echo apogee: huh""",
        )
        lines = result.err.splitlines()
        for line in ["[trial 1] hello", "[trial 1] oops", "[trial 1] apogee: huh"]:
            self.assertIn(line, lines)
        self.assertIn("(not taken as a measurement:", result.err)
        self.assertRegex(
            result.err,
            r"(?m)^trial 1 done in \d+ms: y=1 \(best 1, "
            r"trial 1\)$",
        )
        self.assertEqual(result.out.splitlines()[1].split()[:3], ["1", "SUCCEEDED", "1"])

    def test_output_into_files(self) -> None:
        result = self.tune(
            "--max-trials",
            "2",
            "--log-dir",
            "logs/here",
            script="echo apogee: y=1; echo hello {trial_id}",
        )
        self.assertNotIn("hello", result.err)
        self.assertEqual(
            (self.work / "logs/here/trial-2.log").read_text(), "apogee: y=1\nhello 2\n"
        )

    def test_output_without_line_ends(self) -> None:
        self.tune(
            "--max-trials",
            "1",
            "--log-dir",
            "logs",
            script="""
            head -c 50000000 /dev/zero; echo; echo apogee: y=1""",
        )
        size = (self.work / "logs/trial-1.log").stat().st_size
        self.assertLess(size, 70000)
        self.assertEqual(self.trials("s")[0]["state"], "SUCCEEDED")


class FailureTest(TuneCase):
    def fails_with(self, script: str, reason: str, *options: str) -> None:
        self.tune("--max-trials", "1", *options, script=script, code=1)
        trial = self.trials("s")[-1]
        self.assertEqual((trial["state"], trial["infeasible_reason"]), ("INFEASIBLE", reason))

    def test_exit_code(self) -> None:
        self.fails_with(
            "echo apogee: y=1; echo one >&2; echo boom >&2; exit 3", "exit code 3: boom"
        )
        self.fails_with("exit 4", "exit code 4")

    def test_crash(self) -> None:
        self.fails_with("kill -SEGV $$", "killed by signal 11 (Segmentation fault)")

    def test_missing_metric(self) -> None:
        self.fails_with("true", 'the program ended without metric "y"')
        self.fails_with(
            "echo apogee: yy=1", 'the program ended without metric "y" (it measured yy)'
        )

    def test_non_finite_metric(self) -> None:
        self.fails_with("echo apogee: y=nan", 'metric "y" is nan')
        self.fails_with("echo apogee: y=-inf", 'metric "y" is -inf')
        self.fails_with("""echo '{{"y": NaN}}' > $APOGEE_METRICS_FILE""", 'metric "y" is nan')

    def test_a_hanging_program_is_killed(self) -> None:
        self.fails_with(
            """
            trap '' TERM
            echo $$ >> pids; sleep 1000 & echo $! >> pids
            while :; do sleep 1; done
            """,
            "timed out after 300ms",
            "--timeout-per-trial",
            "300ms",
            "--grace",
            "200ms",
        )
        self.assert_gone(self.wait_for_pids(2))

    def test_what_a_program_leaves_behind_is_killed(self) -> None:
        self.tune("--max-trials", "1", script="sleep 1000 & echo $! >> pids; echo apogee: y=1")
        self.assert_gone(self.wait_for_pids(1))

    def test_a_broken_command_does_not_burn_the_budget(self) -> None:
        self.study("budget: {trials: 50}\n")
        result = self.tune(script="echo no such module >&2; exit 1", code=1)
        self.assertRegex(
            result.err,
            r"apogee: the first 5 trials have all failed, so "
            r"the command seems broken \(--keep-going goes "
            r"on\); the last one said: no such module\n$",
        )
        self.assertEqual(len(self.trials("s")), 5)

    def test_keep_going(self) -> None:
        self.tune(
            "--keep-going", "--max-trials", "8", script="[ {trial_id} -gt 7 ] && echo apogee: y=1"
        )
        self.assertEqual(
            [trial["state"] for trial in self.trials("s")], ["INFEASIBLE"] * 7 + ["SUCCEEDED"]
        )


class StopTest(TuneCase):
    def test_a_trial_that_somebody_stops(self) -> None:
        process = self.start(
            *self.command(
                "--max-trials",
                "1",
                script="""
            echo apogee: step=1 y=0.5
            echo $$ >> pids; while :; do sleep 0.05; done
            """,
            )
        )
        pids = self.wait_for_pids(1)
        wait_for(
            lambda: self.apogee("trial", "show", "s", "1", "-o", "json").json["measurements"],
            "a measurement",
        )
        self.apogee("trial", "stop", "s", "1")
        result = self.finish(process)
        self.assertIn("trial 1 stopped early after", result.err)
        self.assert_gone(pids)
        trial = self.trials("s")[0]
        self.assertEqual((trial["state"], trial["metrics"]), ("SUCCEEDED", {"y": 0.5}))

    def test_a_trial_that_is_stopped_too_early(self) -> None:
        process = self.start(
            *self.command(
                "--max-trials",
                "1",
                script="""
            echo $$ >> pids; while :; do sleep 0.05; done""",
            )
        )
        self.wait_for_pids(1)
        self.apogee("trial", "stop", "s", "1")
        self.finish(process, code=1)
        self.assertEqual(
            self.trials("s")[0]["infeasible_reason"],
            'stopped before the program measured metric "y"',
        )

    def test_the_studys_own_rule(self) -> None:
        self.study("stopping: {rule: MEDIAN, min_trials: 2}\n")
        # The later a trial, the worse; from the third on the rule can tell.
        self.tune(
            "--max-trials",
            "4",
            script="""
            for step in 1 2 3; do echo apogee: step=$step y=-{trial_id}; done
            [ {trial_id} -lt 3 ] || while :; do sleep 0.05; done
            """,
        )
        trials = self.trials("s")
        self.assertEqual([trial["state"] for trial in trials], ["SUCCEEDED"] * 4)
        self.assertEqual([trial["metrics"]["y"] for trial in trials], [-1, -2, -3, -4])
        shown = self.apogee("trial", "show", "s", "3").out
        self.assertRegex(shown, "Stopping +MEDIAN: step 1: best value -3 is worse than -1.5, the")

    def test_a_trial_that_somebody_deletes(self) -> None:
        process = self.start(
            *self.command(
                "--max-trials",
                "1",
                script="""
            echo $$ >> pids; while :; do sleep 0.05; done""",
            )
        )
        pids = self.wait_for_pids(1)
        self.apogee("trial", "delete", "s", "1", "--yes")
        result = self.finish(process)
        self.assertIn("trial 1 was ended or deleted by somebody else", result.err)
        self.assert_gone(pids)

    def test_a_paused_study_ends_the_tune(self) -> None:
        process = self.start(
            *self.command(
                script="""
            echo $$ >> pids; while [ ! -e go ]; do sleep 0.02; done
            echo apogee: y=1"""
            )
        )
        self.wait_for_pids(1)
        self.apogee("study", "pause", "s")
        self.write("go", "")
        self.finish(process)
        self.assertEqual([trial["state"] for trial in self.trials("s")], ["SUCCEEDED"])
        result = self.tune(script="echo apogee: y=1")
        self.assertIn('study "s" has nothing to suggest', result.err)


class InterruptTest(TuneCase):
    OBEDIENT = """
        sleep 1000 & echo $$ $! >> pids; wait"""
    STUBBORN = """
        trap '' TERM
        sleep 1000 & echo $$ $! >> pids
        while :; do wait; done"""

    def interrupted(self) -> None:
        for trial in self.trials("s"):
            self.assertEqual(
                (trial["state"], trial["infeasible_reason"]),
                ("INFEASIBLE", "interrupted: worker was stopped"),
            )

    def test_ctrl_c(self) -> None:
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            name = f"pids.{number}"
            process = self.start(
                *self.command("--workers", "3", script=self.OBEDIENT.replace("pids", name))
            )
            pids = self.wait_for_pids(6, name)
            process.send_signal(number)
            result = self.finish(process, code=130)
            self.assertIn(
                "apogee: interrupted; the same command goes on with the study", result.err
            )
            self.assert_gone(pids)
            self.interrupted()
        self.assertEqual(len(self.trials("s")), 9)

    def test_ctrl_c_kills_after_the_grace(self) -> None:
        process = self.start(*self.command("--grace", "200ms", script=self.STUBBORN))
        pids = self.wait_for_pids(2)
        process.send_signal(signal.SIGINT)
        self.finish(process, code=130)
        self.assert_gone(pids)
        self.interrupted()

    def test_the_second_ctrl_c_kills_at_once(self) -> None:
        process = self.start(*self.command("--grace", "1h", script=self.STUBBORN))
        pids = self.wait_for_pids(2)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "once more kills them" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        self.finish(process, code=130)
        self.assert_gone(pids)
        self.interrupted()

    def test_kill_9_takes_the_programs_along(self) -> None:
        process = self.start(*self.command("--workers", "2", script=self.STUBBORN))
        pids = self.wait_for_pids(4)
        process.kill()
        process.communicate()
        self.assert_gone(pids)

    def test_waiting_for_a_server_can_be_interrupted(self) -> None:
        own = Server(self.work)
        self.addCleanup(own.stop)
        process = self.start(
            *self.command(
                script="""
            echo $$ >> pids; while [ ! -e go ]; do sleep 0.02; done
            echo apogee: y=1"""
            ),
            env={"APOGEE_SERVER": own.address},
        )
        self.wait_for_pids(1)
        own.kill()
        self.write("go", "")
        self.assert_gone(self.pids())
        process.send_signal(signal.SIGINT)
        # What must be said at the end finds no server, and says so.
        self.finish(process, code=130)


class SharedTest(TuneCase):
    def test_two_tunes_share_a_budget(self) -> None:
        self.study("budget: {trials: 30}\n")
        script = "echo apogee: y={x}"
        processes = [self.start(*self.command("--workers", "3", script=script)) for _ in range(2)]
        for process in processes:
            self.finish(process)
        trials = self.trials("s")
        self.assertEqual([trial["state"] for trial in trials], ["SUCCEEDED"] * 30)
        study = self.apogee("study", "show", "s", "-o", "json").json
        self.assertEqual(
            (study["state"], study["budget"]), ("COMPLETED", {"started": 30, "trials": 30})
        )
        workers = {trial["worker"] for trial in trials}
        self.assertGreaterEqual(len(workers), 2)

    def test_max_trials_is_this_tunes_own(self) -> None:
        self.tune("--workers", "4", "--max-trials", "7", script="echo apogee: y=1")
        self.assertEqual(len(self.trials("s")), 7)

    def test_a_server_killed_in_mid_run(self) -> None:
        own = Server(self.work, f"sqlite:{self.work}/s.db")
        self.addCleanup(own.stop)
        env = {"APOGEE_SERVER": own.address}
        self.study("budget: {trials: 24}\n")
        process = self.start(
            *self.command(
                "--workers",
                "3",
                script="""
            echo $$ >> pids
            for step in 1 2 3; do echo apogee: step=$step y=0.$step; sleep 0.05; done
            """,
            ),
            env=env,
        )
        for count in 6, 12:
            self.wait_for_pids(count)
            own.kill()
            own.start()
        self.finish(process)
        trials = self.apogee("trial", "list", "s", "-o", "json", env=env).json
        self.assertEqual([trial["state"] for trial in trials], ["SUCCEEDED"] * 24)
        self.assertEqual([trial["id"] for trial in trials], list(range(1, 25)))
        for trial in trials:
            shown = self.apogee("trial", "show", "s", trial["id"], "-o", "json", env=env).json
            self.assertEqual([m["step"] for m in shown["measurements"]], [1, 2, 3])
        self.assert_gone(self.pids())

    def test_patience_has_an_end(self) -> None:
        own = Server(self.work)
        self.addCleanup(own.stop)
        process = self.start(
            *self.command(
                "--timeout",
                "500ms",
                script="""
            echo $$ >> pids; while [ ! -e go ]; do sleep 0.02; done
            echo apogee: step=1 y=1; while :; do sleep 0.05; done""",
            ),
            env={"APOGEE_SERVER": own.address},
        )
        pids = self.wait_for_pids(1)
        own.kill()
        self.write("go", "")
        result = self.finish(process, code=6)
        self.assertIn("no server answers", result.err)
        self.assert_gone(pids)


class TerminalTest(TuneCase):
    def test_live_lines(self) -> None:
        screen = self.on_screen(
            *self.command("--max-trials", "3", script="sleep 0.2; echo hi; echo apogee: y={x}"),
            columns=70,
        )
        self.assertEqual(screen.finish(), 0)
        self.assertRegex(screen.text, r"1 running  1 done  0 failed  elapsed .* left")
        self.assertRegex(screen.text, r"best y=\S+  trial \d: x=")
        self.assertIn("\033[2F\033[J", screen.text)  # redrawn in place
        self.assertIn("[trial 2] hi", screen.text)


if __name__ == "__main__":
    unittest.main()
