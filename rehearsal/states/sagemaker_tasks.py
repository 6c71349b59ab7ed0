"""Tasks of SageMaker: `arn:aws:states:::sagemaker:createTrainingJob.sync`, which waits for the end of the job.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.api import ApiError
from rehearsal.iam.checks import Check
from rehearsal.ports import Authorization, Platform
from rehearsal.states.api_calls import ApiCall, camel
from rehearsal.states.failures import TaskFailed

_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::sagemaker:(?P<operation>[a-zA-Z]+?)(?P<waits>\.sync)?")
_LOOK = 0.2  # seconds between two looks at a job
_UNCHANGED = ("CreateEndpoint", "CreateEndpointConfig", "CreateModel", "UpdateEndpoint")


#: kinds of jobs, by their names in the API; the managed rules that tell of their ends have these words in their names
_JOBS = {
    "TrainingJob": "Training",
    "TransformJob": "Transform",
    "ProcessingJob": "Processing",
    "HyperParameterTuningJob": "Tuning",
}


@dataclass(frozen=True)
class SageMakerTask(ApiCall):
    """A call, and the wait for the job of the kind `job` that it started."""

    job: str | None = None

    def run(self, client: Any, parameters: Any) -> Any:
        """Call it, and wait. Raises TaskFailed: States.TaskFailed with the job's description when the job failed."""
        answer = super().run(client, parameters)
        if self.job is None:
            return answer
        name, status = f"{self.job}Name", f"{self.job}Status"
        described = dataclasses.replace(self, operation=f"Describe{self.job}", job=None)
        while True:
            found: dict[str, Any] = described.run(client, {name: parameters[name]})
            if found[status] == "Completed":
                return found
            if found[status] in ("Failed", "Stopped"):
                raise TaskFailed("States.TaskFailed", json.dumps(found))
            time.sleep(_LOOK)

    @property
    def unnamed_error(self) -> str:
        """What the integration calls an error that the API does not declare."""
        return "AmazonSageMakerException"


def find(resource: str) -> SageMakerTask | None:
    """The task that a Resource means, None for any other resource and for operations without an integration."""
    found = _RESOURCE.fullmatch(resource)
    if found is None:
        return None
    operation = camel(found["operation"])
    job = next((kind for kind in _JOBS if operation == f"Create{kind}"), None)
    if job is None and (found["waits"] or operation not in _UNCHANGED):
        return None
    return SageMakerTask("sagemaker", operation, "SageMaker", job=job if found["waits"] else None)


def jobs(definition: Mapping[str, Any]) -> set[str]:
    """The kinds of jobs for whose end a machine waits: `Training`, `Transform`, `Processing`, `Tuning`."""
    tasks = [find(str(state.get("Resource"))) for state in definition["States"].values()]
    return {_JOBS[task.job] for task in tasks if task and task.job}


def check(platform: Platform, iam: Authorization, kinds: Iterable[str], role: str, region: str) -> None:
    """The role of a machine that waits for jobs may make the rules by which Step Functions learns of their end.

    Raises ApiError AccessDeniedException.
    https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html
    """
    _, partition, _, _, account, _ = role.split(":", 5)
    for kind in sorted(kinds):
        rule = f"rule/StepFunctionsGetEventsForSageMaker{kind}JobsRule"
        arn = f"arn:{partition}:events:{region}:{account}:{rule}"
        needed = [Check(f"events:{action}", arn, account) for action in ("PutTargets", "PutRule", "DescribeRule")]
        try:
            iam.require(platform.accounts.role_session(role), needed, region, "states")
        except ApiError:
            text = f"'{role}' is not authorized to create managed-rule."
            raise ApiError("AccessDeniedException", text) from None
