"""Steps that are a job: made with the pipeline's role, waited for, stopped with the execution."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from typing import Any, ClassVar

from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.jobs.kind import JobKind, Refused, refuse
from rehearsal.sagemaker.pipelines import retries
from rehearsal.sagemaker.pipelines.expressions import is_expression
from rehearsal.sagemaker.steps.base import Context, RequestStep, StepFailed, StepStopped

_ALPHABET = string.ascii_letters + string.digits


class JobStep(RequestStep):
    """A step that creates one job of `kind`."""

    kind: ClassVar[JobKind]

    def __init_subclass__(cls) -> None:
        cls.operation, cls.named = f"Create{cls.kind.kind}Job", f"{cls.kind.kind}JobName"
        cls.given = ("RoleArn",) if cls.kind.takes_role else ()

    def problems(self, step: Params) -> Iterator[str]:
        """Also: what the embedded AWS does not support."""
        yield from super().problems(step)
        yield from unsupported(step, self.kind.refused, self.operation)

    def _with_entrypoint(self, context: Context) -> Params:
        """The arguments, with the command that stands in for the image's own where they have none."""
        command = context.platform.step_options.entrypoints.get(context.step)
        member = self.kind.application
        given = context.arguments.get(member, {}) if member else {}
        if not command or "ContainerEntrypoint" in given:
            return context.arguments
        return context.arguments | {member: given | {"ContainerEntrypoint": command}}

    def run(self, context: Context) -> Params:
        """Create the job and wait for its end. Raises StepStopped and StepFailed."""
        kind = self.kind.kind
        name = job_name(context, self.named)
        role = {"RoleArn": context.execution.role} if self.kind.takes_role else {}
        request = role | self._with_entrypoint(context) | {f"{kind}JobName": name}
        context.services.jobs.made_for(context.step, name)
        create(context, self.operation, request)
        job = context.services.jobs.find(context.execution.scope, kind, name)
        assert job, "it was just created"
        context.show({f"{kind}Job": {"Arn": job.arn}})
        context.started(job)
        while not job.finished.wait(0.05):
            if context.stopping.is_set() and job.status == "InProgress":
                _stop(context, kind, name)
        if context.stopping.is_set() and job.status == "Stopped":
            raise StepStopped
        described = job.describe()
        if job.status != "Completed":
            reason = described.get("FailureReason") or f"the job {name} is {job.status}: {_why(described)}"
            raise StepFailed(reason, retries.kind_of(reason))
        return described


def unsupported(step: Params, refused: Refused, operation: str) -> Iterator[str]:
    """What of a step's arguments the embedded AWS does not support."""
    try:
        refuse(plain(step["Arguments"]), refused, operation)
    except ApiError as error:
        yield error.message


def create(context: Context, operation: str, request: Params) -> Params:
    """Call a Create operation as the pipeline's role. Raises StepFailed with the words of AWS."""
    problems = list(shapes.problems(shapes.input_shape(operation), request))
    if problems:
        raise StepFailed(_failed(operation, "; ".join(problems)))
    try:
        answer: Params = getattr(context.client("sagemaker"), xform_name(operation))(**request)
    except ClientError as error:
        details = error.response["Error"]
        raise StepFailed(_failed(operation, details["Message"]), retries.kind_of(details["Code"])) from None
    return answer


def _failed(operation: str, details: str) -> str:
    return f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {details}"


def job_name(context: Context, member: str, limit: int = 63) -> str:
    """The name of what a step makes, cut to `limit` characters (63: a job's name).

    `pipelines-<execution id>-<step>-<10 random>`, or where the arguments have a name in `member` (the SDK's custom
    prefix) `<that>-<execution id>-<10 random>-<how often it has failed>`.
    https://github.com/aws/sagemaker-python-sdk/pull/3946 says so; how AWS cuts what is too long is not documented.
    """
    end = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    prefix = context.arguments.get(member)
    if prefix:
        end = f"{context.execution.id}-{end}-{context.execution.steps[context.step].attempt - 1}"
        return f"{prefix[: limit - len(end) - 1].rstrip('-')}-{end}"
    start = f"pipelines-{context.execution.id}-" if limit == 63 else f"{context.execution.id}-"
    step = context.step.replace("_", "-").strip("-")
    return f"{start}{step[: limit - len(start) - 11].rstrip('-')}-{end}"


def _stop(context: Context, kind: str, name: str) -> None:
    try:
        getattr(context.client("sagemaker"), f"stop_{kind.lower()}_job")(**{f"{kind}JobName": name})
    except ClientError as error:  # it ended meanwhile
        if error.response["Error"]["Code"] != "ValidationException":
            raise


def _why(described: Params) -> str:
    transitions = described.get("SecondaryStatusTransitions") or [{}]
    return str(described.get("ExitMessage") or transitions[-1].get("StatusMessage") or "it was stopped")


def plain(value: Any) -> Any:
    """`value` without the members that only a running pipeline knows."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if not is_expression(part)}
    if isinstance(value, list):
        return [plain(part) for part in value if not is_expression(part)]
    return value
