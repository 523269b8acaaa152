"""The same with await."""

from __future__ import annotations

import asyncio
import unittest

import apogee
import apogee.aio
from harness import Case


class AioTest(Case, unittest.IsolatedAsyncioTestCase):
    async def open(self) -> apogee.aio.Study:
        study = await apogee.aio.open_study("s", **self.where)
        self.addAsyncCleanup(study.close)
        return study

    async def test_create_ask_tell(self) -> None:
        async with await apogee.aio.create_study(
            name="s",
            metrics={"loss": "minimize"},
            parameters={"x": apogee.double(0, 1)},
            budget={"trials": 2},
            **self.where,
        ) as study:
            first, second = await study.ask_many(2)
            await study.tell(first, loss=0.5)
            await study.tell(second.id, {"loss": 0.25})
            self.assertEqual((await study.best()).id, second.id)
            with self.assertRaises(apogee.StudyOverError):
                await study.ask()
            self.assertEqual((await study.summary()).state, "COMPLETED")

    async def test_a_loop(self) -> None:
        self.study(budget={"trials": 3})
        study = await self.open()
        stops = []
        with self.assertLogs("apogee", "WARNING"):
            async for trial in study.trials():
                async with trial:
                    stops.append(await trial.report(1, accuracy=trial.id / 4))
                    if trial.id == 2:
                        raise ValueError("boom")
        self.assertEqual(stops, [False] * 3)
        results = await study.results()
        self.assertEqual([r.state for r in results], ["SUCCEEDED", "INFEASIBLE", "SUCCEEDED"])
        self.assertEqual((await study.get(3)).metrics, {"accuracy": 0.75})
        self.assertTrue(results[1].infeasible_reason.startswith("ValueError: boom\nTraceback"))

    async def test_many_at_once(self) -> None:
        self.study()
        study = await self.open()
        together = asyncio.Barrier(5)

        async def fn(trial: apogee.aio.Trial) -> float:
            await together.wait()  # for ever, unless five are at work at once
            return trial.id

        await asyncio.wait_for(study.optimize(fn, workers=5), 30)
        results = await study.results()
        self.assertEqual([r.metrics["accuracy"] for r in results], [float(i) for i in range(1, 11)])

    async def test_a_function_that_always_fails(self) -> None:
        self.study()
        study = await self.open()

        async def fn(trial: apogee.aio.Trial) -> None:
            raise ValueError("no such layer")

        with (
            self.assertLogs("apogee"),
            self.assertRaisesRegex(apogee.FailedTrialsError, "no such layer"),
        ):
            await study.optimize(fn, workers=3)

    async def test_cancelled_it_leaves_the_trial_to_the_next_turn(self) -> None:
        self.study()
        study = await self.open()
        begun = asyncio.Event()

        async def fn(trial: apogee.aio.Trial) -> None:
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(study.optimize(fn))
        await begun.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual((await study.get(1)).state, "ACTIVE")
        self.assertEqual((await study.ask()).id, 1)

    async def test_pause_resume_stop_fail_delete(self) -> None:
        self.study()
        study = await self.open()
        await study.fail(await study.ask(), "no memory")
        self.assertEqual((await study.get(1)).infeasible_reason, "no memory")
        await study.pause()
        with self.assertRaises(apogee.StudyOverError):
            await study.ask()
        await study.resume()
        await study.tell(await study.ask(), 1.0)
        self.assertEqual([r.id for r in await study.pareto()], [2])
        await study.stop()
        await study.delete()
        with self.assertRaises(apogee.NotFoundError):
            await study.summary()

    def test_both_kinds_have_the_same_methods(self) -> None:
        for sync, awaited in (
            (apogee.Study, apogee.aio.Study),
            (apogee.Trial, apogee.aio.Trial),
        ):
            public = {name for name in vars(sync) if not name.startswith("_")}
            self.assertLessEqual(public - {"as_worker"}, set(dir(awaited)))


if __name__ == "__main__":
    unittest.main()
