"""A push to GitHub whose workflow trains: the job takes its role with a token, and no CodePipeline has a part in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.plan import Group, Module, Plan
from rehearsal.job.train import BY_WORKFLOW, Trainer
from rehearsal.workflows.results import SKIPPED, SUCCESS, JobResult, WorkflowRun
from rehearsal.workflows.service import Workflows

_JOB = "train"
_START_SECONDS, _LINES = 60, 25


class WorkflowTrainer(Trainer):
    """Pushes to the branch of one group and follows the workflow that the push starts."""

    def __init__(self, aws: EmbeddedAws, plan: Plan, module: Module, group: Group, workflows: Workflows) -> None:
        self._workflows = workflows
        super().__init__(aws, plan, module, group)
        self.result.trainer = BY_WORKFLOW

    @property
    def pipeline(self) -> str:
        """The repository, whose workflow it is."""
        return self.group.repository

    def follow(self, note: Callable[[str], None]) -> None:
        """Wait for the workflow of the pushed commit, then read what it registered.

        Raises RehearsalError with the failing step's log when none starts within a minute or it does not succeed.
        """
        began = time.monotonic()
        while True:
            run = next((each for each in self._of_branch() if each.sha == self.result.commit), None)
            if run and run.finished.is_set():
                break
            if run is None and time.monotonic() - began > _START_SECONDS:
                raise RehearsalError(self.step, f"the push started no workflow of {self.pipeline} within a minute")
            self._read_steps()
            note(self._where(run))
            time.sleep(0.5)
        self.result.pipeline = f"{self.pipeline} {run.workflow.path}"
        self.result.pipeline_status = "Succeeded" if run.conclusion == SUCCESS else run.conclusion.capitalize()
        self._read_steps()
        if run.conclusion != SUCCESS:
            raise RehearsalError(self.step, "\n    ".join([f"the workflow ended as {run.conclusion}", *_causes(run)]))
        if not _trained(run):
            raise RehearsalError(self.step, f"{run.workflow.path} of {self.pipeline} trained no group on this branch")
        self._finish(note, began)

    def _where(self, run: WorkflowRun | None) -> str:
        steps = [
            f"{job.name}: {step.name}" for job in (run.jobs if run else []) for step in job.steps if step.end is None
        ]
        done = sum(step["status"] == "Succeeded" for step in self.result.steps)
        text = steps[0] if steps else "waiting for the workflow"
        return f"{text}, {done} steps of SageMaker done" if done else text

    def _of_branch(self) -> list[WorkflowRun]:
        ref = f"refs/heads/{self.group.branch}"
        return [run for run in self._workflows.runs(self.pipeline) if run.event == "push" and run.ref == ref]

    def _revisions(self) -> set[str]:
        """Commits on which a job trained this group."""
        return {
            run.sha
            for run in self._workflows.runs(self.pipeline)
            for job in _trained(run)
            if self.group.name in (dict(job.matrix.get("target") or {}).get("group"), *job.name.split())
        }


def _trained(run: WorkflowRun) -> list[JobResult]:
    """The jobs that trained."""
    return [job for job in run.jobs if job.id == _JOB and job.conclusion != SKIPPED]


def _causes(run: WorkflowRun) -> Iterator[str]:
    if run.message:
        yield run.message
    for job in run.jobs:
        for step in job.steps:
            if step.outcome not in (SUCCESS, SKIPPED, ""):
                yield f"{job.name}: {step.name} ({step.outcome})"
                yield from (f"  {line}" for line in step.log[-_LINES:])
