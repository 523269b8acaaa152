#!/usr/bin/env python3
"""Who works on trials, and what becomes of those whose workers are gone."""

import signal
import unittest

from harness import Case, Server, wait_for

STUDY = """\
name: s
algorithm: RANDOM_SEARCH
seed: 1
metrics: {y: maximize}
parameters: {x: {double: [0, 1]}}
"""

WAITING = "echo $$ > pid; while [ ! -e go ]; do sleep 0.05; done; echo apogee: y=1"


class WorkerTest(Case):
    def create(self, extra: str) -> None:
        self.write("study.yaml", STUDY + extra)
        self.apogee("study", "create", "-f", "study.yaml")

    def suggest(self, worker: str) -> None:
        self.apogee("trial", "suggest", "s", "--worker", worker)

    def start_tune(self) -> None:
        (self.work / "pid").unlink(missing_ok=True)
        self.process = self.start("tune", "--study", "s", "--", "sh", "-c", WAITING)
        wait_for((self.work / "pid").exists, "the program")

    def test_list(self) -> None:
        self.create("lease: 600\n")
        self.assertEqual(self.apogee("worker", "list").err, "nobody has a trial\n")
        self.suggest("w1")
        self.suggest("w2")
        lines = self.apogee("worker", "list", "s").out.splitlines()
        self.assertEqual(
            lines[0].split(),
            ["WORKER", "STUDY", "TRIAL", "SINCE", "LAST", "HEARD", "LEASE", "LEFT"],
        )
        self.assertRegex(lines[1], r"^w1 +s +1 +\S+ ago +\S+ ago +(9m\d\ds|10m00s)$")
        self.assertRegex(lines[2], r"^w2 +s +2 ")
        workers = self.apogee("worker", "list", "-o", "json").json
        self.assertEqual([w["worker"] for w in workers], ["w1", "w2"])
        self.assertEqual(workers[0]["study"], f"owners/{self.owner}/studies/s")
        self.assertEqual(workers[0]["trial"], 1)
        self.assertLess(workers[0]["since"], workers[0]["lease_end"])
        self.assertIs(workers[0]["stopping"], False)
        everybody = self.apogee("worker", "list", "--all", "-o", "csv").out
        self.assertIn(f"w1,owners/{self.owner}/studies/s,1,", everybody)
        self.apogee("trial", "complete", "s", "1", "y=1")
        self.assertEqual(len(self.apogee("worker", "list", "s", "-o", "json").json), 1)

    def test_a_killed_workers_trial_goes_to_the_next(self) -> None:
        self.create("budget: {trials: 1}\nlease: {seconds: 1, reissues: 2}\n")
        self.start_tune()
        self.process.kill()
        self.process.communicate()
        self.write("go", "")
        # All is handed out, so it waits until the trial is lost.
        self.apogee("tune", "--study", "s", "--", "sh", "-c", WAITING)
        trial = self.apogee("trial", "show", "s", "1", "-o", "json").json
        self.assertEqual(trial["state"], "SUCCEEDED")
        self.assertEqual([loss["why"] for loss in trial["lost"]], ["was silent for 1 s"])
        shown = self.apogee("trial", "show", "s", "1").out
        self.assertIn("LOST BY", shown)
        self.assertIn(trial["lost"][0]["worker"], shown)
        study = self.apogee("study", "show", "s", "-o", "json").json
        self.assertEqual((study["state"], study["budget"]["started"]), ("COMPLETED", 1))

    def test_a_worker_that_must_go_gives_its_trial_back(self) -> None:
        self.create("budget: {trials: 1}\nlease: 600\n")
        self.start_tune()
        self.process.send_signal(signal.SIGTERM)
        self.finish(self.process, code=130)
        trial = self.apogee("trial", "show", "s", "1", "-o", "json").json
        self.assertEqual(trial["state"], "REQUESTED")
        self.assertEqual(trial["lost"][0]["why"], "gave it back: interrupted: worker was stopped")
        self.assertIn("lost 1 time; its last worker", self.apogee("trial", "list", "s").out)
        self.write("go", "")
        self.apogee("tune", "--study", "s", "--", "sh", "-c", WAITING)
        self.assertEqual([t["state"] for t in self.trials("s")], ["SUCCEEDED"])

    def test_a_busy_program_keeps_its_trial(self) -> None:
        self.create("budget: {trials: 1}\nlease: {seconds: 1, reissues: 0}\n")
        program = "sleep 3; echo apogee: y=1"
        self.apogee("tune", "--study", "s", "--", "sh", "-c", program)
        self.assertEqual([t["state"] for t in self.trials("s")], ["SUCCEEDED"])

    def test_what_was_lost_is_known_after_a_restart(self) -> None:
        own = Server(self.work, f"sqlite:{self.work}/store.db")
        self.addCleanup(own.stop)
        where = {"APOGEE_SERVER": own.address}
        self.write("study.yaml", STUDY + "lease: {seconds: 1, reissues: 0}\n")
        self.apogee("study", "create", "-f", "study.yaml", env=where)
        self.apogee("trial", "suggest", "s", "--worker", "w", env=where)

        def states() -> list[str]:
            trials = self.apogee("trial", "list", "s", "-o", "json", env=where).json
            return [trial["state"] for trial in trials]

        wait_for(lambda: states() == ["LOST"], "the loss")
        own.kill()
        own.start()
        self.assertEqual(states(), ["LOST"])
        listed = self.apogee("trial", "list", "s", "--state", "LOST", env=where).out
        self.assertIn('lost 1 time; its last worker, "w", was silent for 1 s', listed)
        self.assertIn("1 lost", self.apogee("study", "show", "s", env=where).out)
        # Its worker lives after all.
        self.apogee("trial", "complete", "s", "1", "y=0.5", env=where)
        self.assertEqual(states(), ["SUCCEEDED"])

    def test_an_impossible_lease(self) -> None:
        self.write("study.yaml", STUDY + "lease: 0\n")
        result = self.apogee("study", "create", "-f", "study.yaml", code=8)
        self.assertIn(
            'study.yaml:6: lease: option "lease.seconds" is 0; it must be from 1 to 31536000',
            result.err,
        )


if __name__ == "__main__":
    unittest.main()
