"""AWS::CodePipeline::Pipeline.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.shapes import boolean

STRUCTURE = ("ArtifactStore", "ExecutionMode", "PipelineType", "RoleArn", "Stages", "Triggers", "Variables")


class Pipeline(Provider):
    """A pipeline; CodePipeline itself refuses actions that it does not support."""

    type = "AWS::CodePipeline::Pipeline"
    service, noun, absent = "codepipeline", "pipeline", ("PipelineNotFoundException",)
    removal = ("DeletePipeline", "name")
    unsupported: ClassVar[dict[str, str]] = {
        "no actions of category Compute": (
            "Stages.Actions.Commands Stages.Actions.EnvironmentVariables Stages.Actions.OutputVariables"
        ),
        "no conditions and blockers of stages": "Stages.BeforeEntry Stages.Blockers Stages.OnFailure Stages.OnSuccess",
    }
    volatile = ("Version",)
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """The pipeline; it starts at once, as on AWS, when a source action finds its branch."""
        name = call.name(call.properties.get("Name"), 100)
        answer = call.invoke("CreatePipeline", pipeline=self._structure(call, name), tags=call.properties.get("Tags"))
        call.reserve(name)
        self._transitions(call, name, {})
        return self._made(call, answer["pipeline"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """A new version of the structure; transitions and tags."""
        name, new = call.handle, call.properties
        answer = call.invoke("UpdatePipeline", pipeline=self._structure(call, name))
        self._transitions(call, name, old)
        self.retag(call, old, resourceArn=call.arn("codepipeline", name))
        if boolean(new.get("RestartExecutionOnUpdate", False)):
            call.invoke("StartPipelineExecution", name=name)
        return self._made(call, answer["pipeline"])

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        return self._made(call, call.invoke("GetPipeline", name=name)["pipeline"])

    def _structure(self, call: Call, name: str) -> dict[str, Any]:
        wanted = call.properties
        made = {"Name": name} | {key: wanted[key] for key in STRUCTURE if key in wanted}
        if "ArtifactStores" in wanted:
            made["ArtifactStores"] = {item["Region"]: item["ArtifactStore"] for item in wanted["ArtifactStores"]}
        return made

    def _transitions(self, call: Call, name: str, old: dict[str, Any]) -> None:
        before, after = (
            {item["StageName"]: item["Reason"] for item in source.get("DisableInboundStageTransitions") or []}
            for source in (old, call.properties)
        )
        for stage, reason in after.items():
            if before.get(stage) != reason:
                call.invoke(
                    "DisableStageTransition",
                    pipelineName=name,
                    stageName=stage,
                    transitionType="Inbound",
                    reason=reason,
                )
        for stage in before.keys() - after.keys():
            call.invoke("EnableStageTransition", pipelineName=name, stageName=stage, transitionType="Inbound")

    def _made(self, call: Call, pipeline: dict[str, Any]) -> Made:
        name = pipeline["name"]
        return Made(name, {"Arn": call.arn("codepipeline", name), "Version": str(pipeline.get("version", 1))})
