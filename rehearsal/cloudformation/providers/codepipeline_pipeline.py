"""AWS::CodePipeline::Pipeline.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree, tag_changes
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.shapes import boolean

ACTION: Any = {
    "ActionTypeId": {"Category": ANY, "Owner": ANY, "Provider": ANY, "Version": ANY}, "Configuration": ANY,
    "InputArtifacts": [{"Name": ANY}], "Name": ANY, "Namespace": ANY, "OutputArtifacts": [{"Name": ANY, "Files": ANY}],
    "Region": ANY, "RoleArn": ANY, "RunOrder": ANY, "TimeoutInMinutes": ANY,
}  # fmt: skip
STORE: Any = {"EncryptionKey": {"Id": ANY, "Type": ANY}, "Location": ANY, "Type": ANY}
STRUCTURE = ("ArtifactStore", "ExecutionMode", "PipelineType", "RoleArn", "Stages", "Variables")


class Pipeline(Provider):
    """A pipeline; CodePipeline itself refuses actions that it does not support."""

    type = "AWS::CodePipeline::Pipeline"
    properties: ClassVar[Tree] = {
        "ArtifactStore": STORE, "ArtifactStores": [{"ArtifactStore": STORE, "Region": ANY}],
        "DisableInboundStageTransitions": [{"Reason": ANY, "StageName": ANY}], "ExecutionMode": ANY, "Name": ANY,
        "PipelineType": ANY, "RestartExecutionOnUpdate": ANY, "RoleArn": ANY,
        "Stages": [{"Actions": [ACTION], "Name": ANY}], "Tags": TAGS,
        "Variables": [{"DefaultValue": ANY, "Description": ANY, "Name": ANY}],
    }  # fmt: skip
    required = ("RoleArn", "Stages")
    replace_on = frozenset({"Name"})
    attributes = ("Version",)
    volatile = frozenset({"Version"})
    identifier = ("Name",)
    named_by = "Name"
    tags = "list"

    def create(self, call: Call) -> Made:
        """The pipeline; it starts at once, as on AWS, when a source action finds its branch."""
        name = call.name(call.properties.get("Name"), 100)
        answer = call.invoke(
            "codepipeline", "CreatePipeline", pipeline=self._structure(call, name), tags=call.properties.get("Tags")
        )
        call.reserve(name)
        self._transitions(call, name, {})
        return self._made(answer["pipeline"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """A new version of the structure; transitions and tags."""
        name, new = call.handle, call.properties
        answer = call.invoke("codepipeline", "UpdatePipeline", pipeline=self._structure(call, name))
        self._transitions(call, name, old)
        arn = call.arn("codepipeline", name)
        put, gone = tag_changes(old, new)
        if put:
            call.invoke("codepipeline", "TagResource", resourceArn=arn, tags=put)
        if gone:
            call.invoke("codepipeline", "UntagResource", resourceArn=arn, tagKeys=gone)
        if boolean(new.get("RestartExecutionOnUpdate", False)):
            call.invoke("codepipeline", "StartPipelineExecution", name=name)
        return self._made(answer["pipeline"])

    def delete(self, call: Call) -> None:
        """The pipeline."""
        with ignoring("PipelineNotFoundException"):
            call.invoke("codepipeline", "DeletePipeline", name=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By name."""
        with not_found(f"pipeline {identifier['Name']}", "PipelineNotFoundException"):
            return self._made(call.invoke("codepipeline", "GetPipeline", name=identifier["Name"])["pipeline"])

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
                    "codepipeline",
                    "DisableStageTransition",
                    pipelineName=name,
                    stageName=stage,
                    transitionType="Inbound",
                    reason=reason,
                )
        for stage in before.keys() - after.keys():
            call.invoke(
                "codepipeline", "EnableStageTransition", pipelineName=name, stageName=stage, transitionType="Inbound"
            )

    def _made(self, pipeline: dict[str, Any]) -> Made:
        return Made(pipeline["name"], {"Version": str(pipeline.get("version", 1))})
