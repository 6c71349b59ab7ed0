"""What the providers of monitoring job definitions have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._sagemaker import TAGGING


class JobDefinition(Provider):
    """A job definition, which Ref gives the ARN of; every change makes a new one."""

    service, tagging, noun, absent = "sagemaker", TAGGING, "job definition", ("ResourceNotFound",)
    named_by = "JobDefinitionName"
    of: ClassVar[str]

    def create(self, call: Call) -> Made:
        """The definition; SageMaker itself refuses what it does not support."""
        name = call.name(call.properties.get("JobDefinitionName"), 63)
        answer = call.invoke(f"Create{self.of}JobDefinition", **(call.properties | {"JobDefinitionName": name}))
        return self.made(answer["JobDefinitionArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Nothing: what can change makes a new one."""
        return self.made(call.id)

    def remove(self, call: Call) -> None:
        """The definition."""
        call.invoke(f"Delete{self.of}JobDefinition", JobDefinitionName=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        made = self.made(name)
        call.invoke(f"Describe{self.of}JobDefinition", JobDefinitionName=made.handle)
        return made

    def made(self, arn: str) -> Made:
        """The resource of an ARN."""
        return Made(arn, {"JobDefinitionArn": arn}, handle=arn.rpartition("/")[2])


def unsupported(of: str, features: str = "") -> dict[str, str]:
    """Reasons and paths of what a kind does not support; `features` are paths of its own."""
    told = (
        "{of}AppSpecification.ContainerArguments {of}AppSpecification.ContainerEntrypoint "
        "{of}AppSpecification.PostAnalyticsProcessorSourceUri {of}AppSpecification.RecordPreprocessorSourceUri"
    )
    made = {
        "only endpoints are monitored": "{of}JobInput.BatchTransformInput",
        "images run what they bring along": told,
        "the endpoint is that of the input": "EndpointName",
        "baselines are named by their files": "{of}BaselineConfig.BaseliningJobName",
    }
    more = {"all columns are analysed": features} if features else {}
    return {reason: paths.replace("{of}", of) for reason, paths in (made | more).items()}
