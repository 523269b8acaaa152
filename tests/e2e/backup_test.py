"""A backup taken under load goes on, in a second server, as if nothing had happened."""

from __future__ import annotations

import pathlib
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

from absl.testing import absltest
from vizier.service import clients

import apogeed
import stock

# Algorithms by study, each with options that give it points enough.
STUDIES: dict[str, tuple[str, dict[str, Any]]] = {
    "random": ("RANDOM_SEARCH", {}),
    "grid": ("SHUFFLED_GRID_SEARCH", {"algorithm": {"double_points": 10_000}}),
    "quasi": ("QUASI_RANDOM_SEARCH", {}),
}
WORKERS = 4  # of each study

Point = dict[str, object]


class Load:
    """Workers that suggest and complete until told to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.completed: set[tuple[str, int]] = set()  # acknowledged: study, trial
        self._threads = [
            threading.Thread(target=self._work, args=(study, f"w{worker}"))
            for study in STUDIES
            for worker in range(WORKERS)
        ]

    def _work(self, name: str, worker: str) -> None:
        study = clients.Study.from_owner_and_id("e2e", name)
        while not self._stop.is_set():
            (trial,) = study.suggest(count=1, client_id=worker)
            trial.add_measurement(stock.accuracy(0.5, steps=1))
            trial.complete(stock.accuracy(float(trial.parameters["lr"])))
            with self._lock:
                self.completed.add((name, trial.id))

    def snapshot(self) -> set[tuple[str, int]]:
        with self._lock:
            return set(self.completed)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def points(study: clients.Study) -> Iterator[Point]:
    """What one worker after the other is given."""
    number = 0
    while True:
        number += 1
        (trial,) = study.suggest(count=1, client_id=f"reference{number}")
        yield dict(trial.parameters)


class BackupTest(absltest.TestCase):
    def make_studies(self) -> None:
        for name, (algorithm, options) in STUDIES.items():
            stock.study(name, algorithm, options={"seed": 7, **options})

    def backup(self, server: apogeed.Apogeed, path: pathlib.Path) -> None:
        command = [str(apogeed.program("apogee")), "admin", "backup", str(path)]
        subprocess.run([*command, "--server", server.address], check=True, capture_output=True)

    def test_a_backup_under_load_goes_on_with_the_same_suggestions(self) -> None:
        folder = pathlib.Path(self.create_tempdir().full_path)
        acknowledged = []
        with apogeed.Apogeed() as server:
            stock.use(server.address)
            self.make_studies()
            with Load() as load:
                for number in range(3):
                    while len(load.snapshot()) < 100 * (number + 1):
                        threading.Event().wait(0.01)
                    acknowledged.append(load.snapshot())
                    self.backup(server, folder / f"copy{number}.db")
        # An uninterrupted run of the same studies.
        with apogeed.Apogeed() as server:
            stock.use(server.address)
            self.make_studies()
            reference = {
                name: points(clients.Study.from_owner_and_id("e2e", name)) for name in STUDIES
            }
            drawn: dict[str, list[Point]] = {name: [] for name in STUDIES}
            for number, before in enumerate(acknowledged):
                with self.subTest(copy=number):
                    self.check_copy(folder / f"copy{number}.db", before, reference, drawn)

    def check_copy(
        self,
        path: pathlib.Path,
        acknowledged: set[tuple[str, int]],
        reference: dict[str, Iterator[Point]],
        drawn: dict[str, list[Point]],
    ) -> None:
        """The copy's trials and its next suggestions are those of the reference run."""
        second = apogeed.Apogeed()
        second.database = path
        with second:
            for name in STUDIES:
                stock.use(second.address)
                study = clients.Study.from_owner_and_id("e2e", name)
                trials = list(study.trials().get())
                # What was acknowledged before the backup began is in it.
                done = {t.id for t in trials if t.final_measurement is not None}
                self.assertContainsSubset({i for study, i in acknowledged if study == name}, done)
                self.assertEqual([t.id for t in trials], list(range(1, len(trials) + 1)))
                given = [t.parameters.as_dict() for t in trials]
                for number in range(5):
                    (trial,) = study.suggest(count=1, client_id=f"new{number}")
                    self.assertEqual(trial.id, len(trials) + number + 1)
                    given.append(dict(trial.parameters))
                while len(drawn[name]) < len(given):
                    drawn[name].append(next(reference[name]))
                self.assertEqual(given, drawn[name][: len(given)])


if __name__ == "__main__":
    absltest.main()
