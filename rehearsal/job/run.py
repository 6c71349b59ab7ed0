"""The main job, from an empty embedded AWS to models that answer in every environment."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal import protections
from rehearsal.codebuild import user_settings
from rehearsal.embedded_aws import ORGANIZATION, EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.iam import usage
from rehearsal.job import (
    apply,
    bootstrap,
    data_sets,
    doctor,
    mail,
    module_outputs,
    project,
    provide,
    references,
    sources,
    topology,
)
from rehearsal.job.hosts import Hosts
from rehearsal.job.pipeline_modules import PipelineResult, Starter
from rehearsal.job.plan import Group, Module, Plan
from rehearsal.job.progress import Progress, Step
from rehearsal.job.promote import Promoter
from rehearsal.job.provenance import Provenance
from rehearsal.job.report import Report
from rehearsal.job.scene import Scene, play
from rehearsal.job.train import Result, Trainer
from rehearsal.job.train_by_workflow import WorkflowTrainer
from rehearsal.job.variables import from_files
from rehearsal.sagemaker.shapes import nearest
from rehearsal.snapshot.anchors import Anchors

# [2026-11-20 20:10:07,346 | INFO | MainThread ]
_SEEDFARMER_PREFIX = re.compile(r"^\[[^]]*\] *")

T = TypeVar("T")


class Job:
    """One run of the main job on a fresh embedded AWS. `results` fills while it runs.

    `by_hand` is called when the models await approval and makes the job wait for a person to approve them. `scenes`
    are played once everything serves.
    """

    def __init__(
        self,
        aws: EmbeddedAws,
        plan: Plan,
        progress: Progress,
        *,
        by_hand: Callable[[], None] | None = None,
        scenes: Sequence[Scene] = (),
    ) -> None:
        self.aws, self.plan, self.progress = aws, plan, progress
        self._by_hand, self._scenes = by_hand, scenes
        self.life: list[dict[str, Any]] = []
        self.results: list[Result] = []
        self.pipelines: list[PipelineResult] = []
        self.modules: list[module_outputs.ModuleOutputs] = []
        self._cwd = aws.directory / "project"
        self.hosts = Hosts(aws, plan)

    def run(self) -> Report:
        """Run everything and report; what goes wrong is in the report, not raised."""
        failure: RehearsalError | None = None
        origin = Provenance.of(self.plan.root)
        try:
            self.prepare()
            self._examine("before the deployment")
            with self.progress.step("seedfarmer apply") as step:
                apply.apply(self.aws, self.plan, self._cwd, lambda line: self._note(step, line))
            self._examine("after the deployment")
            self.modules = module_outputs.read(self.aws, self.plan)
            mail.confirm(self.aws)
            if not self.plan.modules:
                self._check_steps()
            data_sets.let_read(self.aws, self.plan)
            self._start_pipelines()
            if self.plan.modules:
                trained = self._train()
                self._check_steps()
                self._promote(trained)
                self._play(trained)
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
            "pipelines": self.pipelines,
            "life": self.life,
            "modules": self.modules,
            "iam": usage.report(self.aws.iam, self.plan.accounts),
            "notifications": mail.sent(self.aws),
            "stubbed": sorted(self.aws.choices.stubs),
            "stand_ins": self.aws.services.cloudformation.stand_ins(),
            "topology": topology.describe(self.plan, self.results),
            "project": str(self.plan.root),
            "provenance": origin,
            "protections": protections.describe(self.aws.confinement),
        }
        return Report.failed(manifest, failure, **known) if failure else Report(manifest, passed=True, **known)

    def prepare(self) -> None:
        """Bootstrap the accounts of the manifest."""
        plan = self.plan
        for line in user_settings.unprotected(protections.missing(self.aws.confinement)):
            self.progress.tell(f"note: {line}")
        project.copy(plan.root, self._cwd)
        project.write_variables(self._cwd, from_files(plan.root, plan.env_files) | dict(plan.variables))
        sources.make(plan, self.aws.directory)
        sources.unpack(plan, self._cwd)
        with self.progress.step(f"bootstrap {len(plan.accounts)} accounts"), ThreadPoolExecutor() as pool:
            for done in [
                pool.submit(each, self.aws, plan, self._cwd) for each in (bootstrap.cdk, bootstrap.seedfarmer)
            ]:
                done.result()
        if any(module.remotes for module in plan.modules):
            with self.progress.step("repositories at other hosts") as step:
                self.progress.note(step, ", ".join(self.hosts.prepare(self._cwd)))
        provide.uploads(self.aws, plan)
        provide.data_buckets(self.aws, plan)
        data_sets.put(self.aws, plan)
        references.put(self.aws, plan)
        for line in (*data_sets.unsaid(plan), *references.unsaid(plan)):
            self.progress.tell(f"note: {line}")
        for url in dict.fromkeys(sources.missing(plan)):
            self.progress.tell(f"note: modules of {url} are downloaded (--source {url}=DIR takes them from here)")

    def _examine(self, when: str) -> None:
        with self.progress.step(f"doctor {when}") as step:
            self.progress.note(step, doctor.examine(self.aws, self.plan, when))

    def _note(self, step: Step, line: str) -> None:
        text = _SEEDFARMER_PREFIX.sub("", line).strip(" \t┃│")
        if text[:1].isalnum():
            self.progress.note(step, text[:100])

    def _check_steps(self) -> None:
        """Raise RehearsalError when the options name a step that no pipeline has."""
        choices, known = self.aws.choices, self.aws.services.sagemaker.pipelines.step_names()
        named: dict[str, Iterable[str]] = {
            "--stub": choices.stubs,
            "--stub-output": [each.step for each in choices.outputs],
            "--requirements": choices.requirements,
            "--entrypoint": choices.entrypoints,
        }
        wrong = [
            f"{option} {step}: no pipeline has such a step{nearest(step, known)}"
            for option, steps in named.items()
            for step in steps
            if step not in known
        ]
        if wrong:
            raise RehearsalError("steps", "\n    ".join(wrong))

    def _start_pipelines(self) -> None:
        starters = [Starter(self.aws, self.plan, pipeline) for pipeline in self.plan.pipelines]
        self.pipelines.extend(starter.result for starter in starters)
        if starters:
            _together(self._start_one, starters)

    def _start_one(self, starter: Starter) -> None:
        with self.progress.step(starter.step) as step:
            starter.run(lambda text: self.progress.note(step, text))

    def _train(self) -> list[Trainer]:
        groups = [(module, group) for module in self.plan.modules for group in module.groups]
        lacking = [text for each in groups if (text := data_sets.missing(self.aws, *each))]
        if lacking:
            raise RehearsalError(data_sets.STEP, "\n    ".join(lacking))
        trainers = [self._trainer(module, group) for module, group in groups]
        self.results.extend(trainer.result for trainer in trainers)
        _together(self._train_one, trainers)
        # a wrongly wired rule has started its pipeline by now: events are delivered within a second of a push
        for trainer in trainers:
            foreign = trainer.foreign_executions()
            if foreign:
                raise RehearsalError(trainer.step, f"its pipeline also ran on commits of other branches: {foreign}")
        return trainers

    def _trainer(self, module: Module, group: Group) -> Trainer:
        if group.workflow and self.hosts.workflows:
            return WorkflowTrainer(self.aws, self.plan, module, group, self.hosts.workflows)
        return Trainer(self.aws, self.plan, module, group)

    def _promote(self, trainers: Sequence[Trainer]) -> None:
        promoters = [Promoter(self.aws, self.plan, trainer) for trainer in trainers]
        if self._by_hand:
            self._by_hand()
            for promoter in promoters:
                self.progress.tell(
                    f"{promoter.result.group} version {promoter.result.version} awaits approval by hand:"
                )
                self.progress.tell(f'  eval "$(rehearse env --account {promoter.result.build_account})"')
                self.progress.tell(f"  {promoter.command}")
        _together(self._promote_one, promoters)

    def _promote_one(self, promoter: Promoter) -> None:
        if self._by_hand:
            with self.progress.step(f"wait for approval of {promoter.result.group} by hand"):
                while not promoter.approved_by_hand():
                    time.sleep(0.5)
        with self.progress.step(promoter.step) as step:
            if not self._by_hand:
                promoter.approve()
            promoter.follow(lambda text: self.progress.note(step, text))

    def _play(self, trained: Sequence[Trainer]) -> None:
        for told in play(self._scenes, self.aws, self.plan, trained, self.progress):
            self.life.append(told)

    def _train_one(self, trainer: Trainer) -> None:
        with self.progress.step(trainer.step) as step:
            trainer.push()
            trainer.follow(lambda text: self.progress.note(step, text))


def _together(call: Callable[[T], None], items: Sequence[T]) -> None:
    """Call for all items at the same time, to the end; then raise the first error."""
    with ThreadPoolExecutor(max_workers=len(items)) as pool:
        errors = [done.exception() for done in [pool.submit(call, item) for item in items]]
    for error in errors:
        if error is not None:
            raise error


def with_embedded_aws(
    plan: Plan,
    directory: Path,
    port: int,
    call: Callable[[EmbeddedAws], int],
    settings: Mapping[str, Any] | None = None,
) -> int:
    """Run `call` on an embedded AWS with the plan's accounts, made with these `settings`, and close it afterwards."""
    made = {"accounts": plan.accounts, "organization_id": plan.organization_id or ORGANIZATION, **(settings or {})}
    aws = EmbeddedAws(directory=directory, port=port, **made)
    aws.settings, aws.anchors = made, Anchors(aws)
    try:
        return call(aws)
    finally:
        aws.close()
