"""What somebody does with a pipeline that a manifest declares, start it, and what must come of it: a model."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import approver, execution
from rehearsal.job.module_parameters import pipeline_parameters
from rehearsal.job.plan import PipelineModule, Plan

_POLL_SECONDS = 0.3
_RUNNING = ("Executing", "Stopping")


@dataclasses.dataclass
class PipelineResult(execution.Outcome):
    """What came of one declared pipeline: everything the report shows."""

    module: str
    account: str
    pipeline: str = ""
    execution: str = ""
    status: str = ""


class Starter:
    """Starts the pipeline of one module as somebody who has the published starter policy only, and follows it."""

    def __init__(self, aws: EmbeddedAws, plan: Plan, module: PipelineModule) -> None:
        self._aws, self._module = aws, module
        self.step = f"run pipeline {module.name}"
        self.result = PipelineResult(module.name, module.account)
        self._names = pipeline_parameters(aws, plan, module, self.step)
        for name in ("pipeline-name", "starter-policy-arn"):
            if name not in self._names:
                raise RehearsalError(self.step, f"the module published no {name}")
        self.result.pipeline = self._names["pipeline-name"]

    def run(self, note: Callable[[str], None]) -> None:
        """Start an execution, wait for its end, and read what it registered.

        Raises RehearsalError with the cause when it does not succeed, or registers nothing although it has a step for
        it.
        """
        client = self._as_starter()
        began = time.monotonic()
        self.result.execution = client.start_pipeline_execution(PipelineName=self.result.pipeline)[
            "PipelineExecutionArn"
        ]
        while True:
            described = client.describe_pipeline_execution(PipelineExecutionArn=self.result.execution)
            self.result.status = described["PipelineExecutionStatus"]
            self.result.read_steps(client, self.result.execution)
            if self.result.status not in _RUNNING:
                break
            note(self._progress())
            time.sleep(_POLL_SECONDS)
        self.result.seconds = round(time.monotonic() - began, 1)
        if self.result.status != "Succeeded":
            reasons = [f"step {each['name']}: {each['reason']}" for each in self.result.steps if each.get("reason")]
            text = "\n    ".join(reasons or [described.get("FailureReason", "no reason was given")])
            raise RehearsalError(self.step, f"the pipeline ended as {self.result.status}\n    {text}")
        self._read_model(client)
        note(f"version {self.result.version} registered" if self.result.version else "succeeded")

    def _as_starter(self) -> Any:
        account, region = self._module.account, self._module.region
        name = f"starter-of-{self._module.name}"
        policy = self._names["starter-policy-arn"]
        role = approver.ensure_role(self._aws, account=account, region=region, name=name, policy_arn=policy)
        return self._aws.client("sagemaker", account=account, region=region, role=role)

    def _progress(self) -> str:
        running = [f"{step['name']} {step['status']}" for step in self.result.steps if step["status"] != "Succeeded"]
        done = sum(step["status"] == "Succeeded" for step in self.result.steps)
        return ", ".join([self.result.status, f"{done} steps done", *running])

    def _read_model(self, starter: Any) -> None:
        made = execution.registered(starter, self.result.execution)
        definition = starter.describe_pipeline(PipelineName=self.result.pipeline)["PipelineDefinition"]
        stubbed = self._aws.choices.stubs
        registers = [step for step in execution.step_types(definition, "RegisterModel") if step not in stubbed]
        if not made and registers:
            raise RehearsalError(self.step, f"it registered no model\n    {self._progress()}")
        if not made:
            return
        client = self._aws.client("sagemaker", account=self._module.account, region=self._module.region)
        package = client.describe_model_package(ModelPackageName=made[-1])
        self.result.read_package(client, self.result.execution, package, self._object, self.step)

    def _object(self, uri: str) -> bytes:
        # looked at from outside: not even an administrator may decrypt what is in the bucket
        client = self._aws.internal_client("s3", account=self._module.account, region=self._module.region)
        return execution.read_object(client, uri)
