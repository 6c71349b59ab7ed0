"""Tuning steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.jobs.tuning import REFUSED
from rehearsal.sagemaker.pipelines import retries
from rehearsal.sagemaker.steps.base import Context, RequestStep, StepFailed, StepStopped
from rehearsal.sagemaker.steps.job import create, job_name, unsupported

_TRAININGS = "TrainingJobSummaries"


class TuningStep(RequestStep):
    """A tuning job; its trials are training jobs."""

    keys = ("CacheConfig", "RetryPolicies")
    describe = "DescribeHyperParameterTuningJob"
    operation, named = "CreateHyperParameterTuningJob", "HyperParameterTuningJobName"
    cache_attributes = ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions")

    def problems(self, step: Params) -> Iterator[str]:
        """Also: what the embedded AWS does not support."""
        yield from super().problems(step)
        yield from unsupported(step, REFUSED, self.operation)

    def properties(self, step: Params) -> dict[str, Any]:
        """Also the list of trials, the best first."""
        trials = shapes.output_shape("ListTrainingJobsForHyperParameterTuningJob").members[_TRAININGS]
        return dict(shapes.output_shape(self.describe).members) | {_TRAININGS: trials}

    def stand_in(self, context: Context) -> Params:
        """Also a best trial."""
        best = {"TrainingJobName": f"{job_name(context, self.named, limit=32)}-001"}
        return super().stand_in(context) | {"BestTrainingJob": best, _TRAININGS: [dict(best)]}

    def outputs(self, properties: Params) -> dict[str, str]:
        """The model of the best trial."""
        best = properties.get("BestTrainingJob")
        if not best:
            return {}
        path = properties["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        return {"best model": f"{path}/{best['TrainingJobName']}/output/model.tar.gz"}

    def run(self, context: Context) -> Params:
        """Create the job and wait for its end. Raises StepStopped and StepFailed."""
        name = job_name(context, self.named, limit=32)
        context.services.jobs.made_for(context.step, name)
        create(context, self.operation, context.arguments | {self.named: name})
        tuning = context.services.tunings.find(context.execution.scope, name)
        assert tuning  # it was made just now
        context.show({"TuningJob": {"Arn": tuning.arn}})
        while not tuning.finished.wait(0.05):
            if context.stopping.is_set():
                tuning.stopping.set()
        for job in tuning.trials:
            context.started(job)
        if context.stopping.is_set():
            raise StepStopped
        described: Params = tuning.describe()
        if described["HyperParameterTuningJobStatus"] != "Completed":
            reason = described.get("FailureReason", f"the tuning job {name} was stopped")
            raise StepFailed(reason, retries.kind_of(reason))
        return described | {_TRAININGS: tuning.summaries(by_objective=True)}
