"""Definitions of monitoring jobs: what is held against which baseline, as which role, and where the reports go.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDataQualityJobDefinition.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelQualityJobDefinition.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.api import Caller, Operation, Params, invalid, unsupported
from rehearsal.sagemaker import images, listing
from rehearsal.sagemaker.hosting.endpoints import Endpoints
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.jobs.kind import container_path
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

PROBLEMS = ("Regression", "BinaryClassification")
#: what the members are called of which each kind has its own
_PARTS = {
    "DataQuality": (
        "DataQualityAppSpecification",
        "DataQualityBaselineConfig",
        "DataQualityJobInput",
        "DataQualityJobOutputConfig",
    ),
    "ModelQuality": (
        "ModelQualityAppSpecification",
        "ModelQualityBaselineConfig",
        "ModelQualityJobInput",
        "ModelQualityJobOutputConfig",
    ),
}
_BELOW = "/opt/ml/processing"


@dataclass(frozen=True)
class Definition:
    """A job definition as it was asked for; it never changes. `kind` is `DataQuality` or `ModelQuality`."""

    kind: str
    described: Params

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.described["JobDefinitionName"])

    def part(self, name: str) -> Params:
        """The member that is called after the kind: `JobInput`, `AppSpecification`, ..."""
        (member,) = (each for each in _PARTS[self.kind] if each == f"{self.kind}{name}")
        found: Params = self.described.get(member, {})
        return found

    @property
    def source(self) -> Params:
        """Its EndpointInput."""
        found: Params = self.part("JobInput")["EndpointInput"]
        return found


class JobDefinitions(Resources[Definition]):
    """The definitions of one kind, of all accounts."""

    def __init__(self, platform: SageMakerPlatform, tags: Tags, endpoints: Endpoints, kind: str) -> None:
        super().__init__(tags)
        self._platform, self._endpoints, self._of = platform, endpoints, kind
        self.kind = {"DataQuality": "data-quality", "ModelQuality": "model-quality"}[kind] + "-job-definition"
        self.words = "job definition"

    taken = ("ResourceInUse", "Job definition already exists: {arn}")
    absent = ("ResourceNotFound", "Could not find {words} {arn}")

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method."""
        noun = f"{self._of}JobDefinition"
        return {
            f"Create{noun}": self.create,
            f"Describe{noun}": lambda caller, params: self.at(caller.scope, params["JobDefinitionName"]).described,
            f"List{noun}s": self.list_all,
            f"Delete{noun}": self.delete,
        }

    def create(self, caller: Caller, params: Params) -> Params:
        """Keep a definition that can run here. Raises ApiError ValidationException."""
        definition = Definition(self._of, {key: value for key, value in params.items() if key != "Tags"})
        self._check(caller, definition)
        scope, name = caller.scope, definition.name
        described = definition.described | {"JobDefinitionArn": self.arn(scope, name), "CreationTime": listing.now()}
        kept = Definition(self._of, described)
        return {"JobDefinitionArn": self.register(scope, name, kept, params.get("Tags"))}

    def list_all(self, caller: Caller, params: Params) -> Params:
        """The definitions of the account, the newest first."""
        wanted = params.get("EndpointName")
        rows = [
            {
                "MonitoringJobDefinitionName": each.name,
                "MonitoringJobDefinitionArn": each.described["JobDefinitionArn"],
                "CreationTime": each.described["CreationTime"],
                "EndpointName": each.source["EndpointName"],
            }
            for each in self.of(caller.scope)
            if wanted in (None, each.source["EndpointName"])
        ]
        return listing.answer(rows, params, "JobDefinitionSummaries", "MonitoringJobDefinition")

    def delete(self, caller: Caller, params: Params) -> Params:
        """Forget a definition. Raises ApiError ResourceNotFound."""
        self.at(caller.scope, params["JobDefinitionName"])
        self.pop(caller.scope, params["JobDefinitionName"])
        return {}

    def _check(self, caller: Caller, definition: Definition) -> None:
        kind, given = self._of, definition.described
        if "BaseliningJobName" in definition.part("BaselineConfig"):
            raise unsupported(f"Create{kind}JobDefinition {kind}BaselineConfig.BaseliningJobName: name the files")
        if "EndpointInput" not in definition.part("JobInput"):
            raise invalid(f"{kind}JobInput: EndpointInput: missing")
        source = definition.source
        if source.get("S3InputMode", "File") != "File":
            raise unsupported(f"Create{kind}JobDefinition EndpointInput.S3InputMode {source['S3InputMode']}")
        cluster = given["JobResources"]["ClusterConfig"]
        if cluster["InstanceCount"] != 1:
            raise unsupported(
                f"Create{kind}JobDefinition ClusterConfig.InstanceCount {cluster['InstanceCount']}: 1 only"
            )
        container_path(source["LocalPath"], _BELOW, "EndpointInput.LocalPath")
        (output,) = definition.part("JobOutputConfig")["MonitoringOutputs"]
        container_path(output["S3Output"]["LocalPath"], _BELOW, "MonitoringOutputs.S3Output.LocalPath")
        problem = definition.part("AppSpecification").get("ProblemType", PROBLEMS[0])
        if problem not in PROBLEMS:
            raise unsupported(f"Create{kind}JobDefinition ProblemType {problem}: it can do {', '.join(PROBLEMS)} only")
        check_role(self._platform, given["RoleArn"], caller.account)
        image = self._platform.image(definition.part("AppSpecification")["ImageUri"], caller.region)
        if image.framework != images.MODEL_MONITOR and image.by_itself is None:
            raise invalid(
                f"{image.uri} is no image that monitors: expected {images.ANALYZER}, or one that runs by itself"
            )
        self._endpoints.at(caller.scope, source["EndpointName"])


def capture_of(endpoints: Endpoints, scope: tuple[str, str], name: str) -> Any:
    """The data capture of an endpoint, or None."""
    endpoint = endpoints.at(scope, name)
    return endpoint.fleet.capture if endpoint.fleet else None
