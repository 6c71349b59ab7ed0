"""The main job, from an empty embedded AWS to registered models."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.errors import RehearsalError
from rehearsal.job import apply, bootstrap, project
from rehearsal.job.plan import Plan
from rehearsal.job.progress import Progress, Step
from rehearsal.job.report import Report
from rehearsal.job.train import Result, Trainer
from rehearsal.world import World

# [2026-11-20 20:10:07,346 | INFO | MainThread ]
_SEEDFARMER_PREFIX = re.compile(r"^\[[^]]*\] *")


class Job:
    """One run of the main job on a fresh world. `results` fills while it runs."""

    def __init__(self, world: World, plan: Plan, progress: Progress) -> None:
        self.world, self.plan, self.progress = world, plan, progress
        self.results: list[Result] = []
        self._cwd = world.directory / "project"

    def run(self) -> Report:
        """Run everything and report; what goes wrong is in the report, not raised."""
        failure: RehearsalError | None = None
        try:
            self.prepare()
            with self.progress.step("seedfarmer apply") as step:
                apply.apply(self.world, self.plan, self._cwd, lambda line: self._note(step, line))
            self._train()
        except RehearsalError as error:
            failure = error
        except (ClientError, BotoCoreError) as error:
            last = next((step.name for step in reversed(self.progress.steps) if step.failed), "rehearsal")
            failure = RehearsalError(last, str(error))
        except Exception as error:  # a defect of ours: it still ends in a report, and the log has the traceback
            logging.getLogger(__name__).exception("the rehearsal failed")
            failure = RehearsalError("rehearsal", f"{type(error).__name__}: {error}")
        manifest = str(self.plan.manifest)
        known: dict[str, Any] = {
            "accounts": self.plan.accounts,
            "seconds": self.progress.elapsed,
            "steps": self.progress.steps,
            "groups": self.results,
        }
        return Report.failed(manifest, failure, **known) if failure else Report(manifest, passed=True, **known)

    def prepare(self) -> None:
        """Bootstrap the accounts of the manifest."""
        plan = self.plan
        project.copy(plan.root, self._cwd)
        with self.progress.step(f"bootstrap {len(plan.accounts)} accounts"), ThreadPoolExecutor() as pool:
            for done in [
                pool.submit(each, self.world, plan, self._cwd) for each in (bootstrap.cdk, bootstrap.seedfarmer)
            ]:
                done.result()

    def _note(self, step: Step, line: str) -> None:
        text = _SEEDFARMER_PREFIX.sub("", line).strip(" \t┃│")
        if text[:1].isalnum():
            self.progress.note(step, text[:100])

    def _train(self) -> None:
        trainers = [
            Trainer(self.world, self.plan, module, group) for module in self.plan.modules for group in module.groups
        ]
        if not trainers:
            raise RehearsalError("train", f"{self.plan.manifest}: no module with deployment-groups to train for")
        self.results.extend(trainer.result for trainer in trainers)
        with ThreadPoolExecutor(max_workers=len(trainers)) as pool:
            running = [pool.submit(self._train_one, trainer) for trainer in trainers]
            errors = [done.exception() for done in running]
        for error in errors:
            if error is not None:
                raise error
        self._wait_until_quiet()
        for trainer in trainers:
            foreign = trainer.foreign_executions()
            if foreign:
                raise RehearsalError(trainer.step, f"its pipeline also ran on commits of other branches: {foreign}")

    def _train_one(self, trainer: Trainer) -> None:
        with self.progress.step(trainer.step) as step:
            trainer.push()
            trainer.follow(lambda text: self.progress.note(step, text))

    def _wait_until_quiet(self) -> None:
        """Give a wrongly wired rule the time to start a pipeline: events are delivered within a second."""
        time.sleep(1.0)


def with_world(plan: Plan, directory: Path, port: int, call: Callable[[World], int]) -> int:
    """Run `call` on a world with the plan's accounts and close it afterwards."""
    world = World(accounts=plan.accounts, directory=directory, port=port)
    try:
        return call(world)
    finally:
        world.close()
