"""What can be read of a SageMaker pipeline execution and of the model that it registered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal import archives
from rehearsal.errors import RehearsalError
from rehearsal.job.gate import gates
from rehearsal.sagemaker.pipelines import definition_reader

#: the content of the S3 object at a URI
Read = Callable[[str], bytes]


@dataclass(kw_only=True)
class Outcome:
    """What came of an execution, however it was started. Seconds are wall-clock."""

    seconds: float = 0.0
    steps: list[dict[str, Any]] = field(default_factory=list)
    graph: list[dict[str, Any]] = field(default_factory=list)
    metric: str = ""
    value: float | None = None
    operator: str = ""
    threshold: float | None = None
    model_package: str = ""
    version: int | None = None
    approval_status: str = ""
    model_data: str = ""

    def read_steps(self, client: Any, arn: str) -> None:
        """Note how far the execution `arn` got, and once, of what steps its pipeline is made."""
        self.graph = self.graph or graph(client, arn)
        self.steps = steps(client, arn)

    def read_package(self, client: Any, arn: str, package: Mapping[str, Any], read: Read, step: str) -> None:
        """Note what the execution `arn` registered, and see for yourself that its model is there.

        Raises RehearsalError for `step` when the artifact is empty or the metrics lack what the gate looks at.
        """
        self.model_package = package["ModelPackageArn"]
        self.version = package["ModelPackageVersion"]
        self.approval_status = package["ModelApprovalStatus"]
        self.model_data = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        judged = judge(client, arn, package, read, step)
        if judged is not None:
            self.metric, self.operator = judged.metric, judged.operator
            self.value, self.threshold = judged.value, judged.threshold
        check_model_data(self.model_data, read, step)


@dataclass(frozen=True)
class Judgement:
    """The metric that a model was judged by, and against what."""

    metric: str
    operator: str
    value: float
    threshold: float


def steps(client: Any, arn: str) -> list[dict[str, Any]]:
    """Name, status, start (ISO 8601) and seconds of each step as they began, and the reason of those that failed."""
    found = client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
    return [
        {
            "name": each["StepName"],
            "status": each["StepStatus"],
            "started": each["StartTime"].isoformat(timespec="milliseconds") if "StartTime" in each else None,
            "seconds": round((each["EndTime"] - each["StartTime"]).total_seconds(), 1) if "EndTime" in each else None,
            **({"reason": each["FailureReason"]} if each.get("FailureReason") else {}),
        }
        for each in found["PipelineExecutionSteps"]
    ]


def graph(client: Any, arn: str) -> list[dict[str, Any]]:
    """The steps of the definition that the execution `arn` follows: name, type, and `after`, the names it waits for.

    A step that is on one side of a condition has `condition` and `outcome` as well.
    """
    text = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
    return [
        {
            "name": step.name,
            "type": step.type,
            "after": sorted(step.after),
            **({"condition": step.branch.condition, "outcome": step.branch.outcome} if step.branch else {}),
        }
        for step in definition_reader.parse(text).steps.values()
    ]


def step_types(definition: str, kind: str) -> list[str]:
    """The names of the steps of a type, those of branches among them."""

    def walk(steps: list[dict[str, Any]]) -> Iterator[str]:
        for step in steps:
            if step["Type"] == kind:
                yield step["Name"]
            for side in ("IfSteps", "ElseSteps"):
                yield from walk(step["Arguments"].get(side, []) if step["Type"] == "Condition" else [])

    return list(walk(json.loads(definition)["Steps"]))


def registered(client: Any, arn: str) -> list[str]:
    """The ARNs of the model packages that an execution registered; none for an empty `arn`."""
    found = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"] if arn else []
    return [each["Metadata"]["RegisterModel"]["Arn"] for each in found if "RegisterModel" in each.get("Metadata", {})]


def judge(client: Any, arn: str, package: Mapping[str, Any], read: Read, step: str) -> Judgement | None:
    """The last gate of the execution `arn` on the model package's quality report, and what that says of it.

    None without gates or without a report. Raises RehearsalError for `step` when the report has the metric of no gate.
    """
    quality = package.get("ModelMetrics", {}).get("ModelQuality", {}).get("Statistics", {}).get("S3Uri")
    if quality is None:
        return None
    described = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    listed = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    values = {each["Name"]: each["Value"] for each in listed}
    report = json.loads(read(quality))
    looked_at = list(gates(json.loads(described["PipelineDefinition"]), values))
    found = [(gate, value) for gate in looked_at if (value := gate.value(report)) is not None]
    if looked_at and not found:  # others look at other files
        raise RehearsalError(step, f"the registered model's metrics have no {looked_at[-1].path}: {report}")
    return Judgement(found[-1][0].path, found[-1][0].operator, found[-1][1], found[-1][0].limit) if found else None


def check_model_data(uri: str, read: Read, step: str) -> None:
    """Raise RehearsalError for `step` when the model artifact at `uri` is an empty archive, or none."""
    try:
        names = archives.names(read(uri))
    except (archives.Unreadable, EOFError, OSError) as error:
        raise RehearsalError(step, f"the model artifact {uri} cannot be read: {error}") from None
    if not names:
        raise RehearsalError(step, f"the model artifact {uri} is empty")


def read_object(client: Any, uri: str) -> bytes:
    """The S3 object at `uri`."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())
