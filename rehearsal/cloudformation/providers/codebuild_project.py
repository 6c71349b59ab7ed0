"""AWS::CodeBuild::Project.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, Tree

ARTIFACTS: Any = dict.fromkeys(
    (
        "ArtifactIdentifier",
        "EncryptionDisabled",
        "Location",
        "Name",
        "NamespaceType",
        "OverrideArtifactName",
        "Packaging",
        "Path",
        "Type",
    ),
    ANY,
)
SOURCE: Any = {
    "BuildSpec": ANY, "GitCloneDepth": ANY, "GitSubmodulesConfig": {"FetchSubmodules": ANY}, "InsecureSsl": ANY,
    "Location": ANY, "SourceIdentifier": ANY, "Type": ANY,
}  # fmt: skip
ENVIRONMENT: Any = {
    "Certificate": ANY, "ComputeType": ANY, "EnvironmentVariables": [{"Name": ANY, "Type": ANY, "Value": ANY}],
    "Image": ANY, "ImagePullCredentialsType": ANY, "PrivilegedMode": ANY, "Type": ANY,
}  # fmt: skip
LOGS: Any = {
    "CloudWatchLogs": {"GroupName": ANY, "Status": ANY, "StreamName": ANY},
    "S3Logs": {"EncryptionDisabled": ANY, "Location": ANY, "Status": ANY},
}


class Project(Provider):
    """A build project; CodeBuild itself refuses values that it does not support."""

    type = "AWS::CodeBuild::Project"
    properties: ClassVar[Tree] = {
        "Artifacts": ARTIFACTS, "Cache": {"Location": ANY, "Modes": ANY, "Type": ANY}, "ConcurrentBuildLimit": ANY,
        "Description": ANY, "EncryptionKey": ANY, "Environment": ENVIRONMENT, "LogsConfig": LOGS, "Name": ANY,
        "QueuedTimeoutInMinutes": ANY, "SecondaryArtifacts": [ARTIFACTS],
        "SecondarySourceVersions": [{"SourceIdentifier": ANY, "SourceVersion": ANY}], "SecondarySources": [SOURCE],
        "ServiceRole": ANY, "Source": SOURCE, "SourceVersion": ANY, "Tags": TAGS, "TimeoutInMinutes": ANY,
        "VpcConfig": {"SecurityGroupIds": ANY, "Subnets": ANY, "VpcId": ANY},
    }  # fmt: skip
    required = ("Artifacts", "Environment", "ServiceRole", "Source")
    replace_on = frozenset({"Name"})
    attributes = ("Arn", "Id")
    named_by = "Name"
    tags = "list"

    def create(self, call: Call) -> Made:
        """The project."""
        name = call.name(call.properties.get("Name"), 150)
        return self._made(call.invoke("codebuild", "CreateProject", **(self._wanted(call) | {"Name": name})))

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The whole project; what was taken away is put back to nothing."""
        emptied = {name: _EMPTY.get(name, "") for name in old if name not in call.properties and name != "Name"}
        return self._made(
            call.invoke("codebuild", "UpdateProject", **(emptied | self._wanted(call) | {"Name": call.handle}))
        )

    def delete(self, call: Call) -> None:
        """The project; CodeBuild takes the name of one that is gone."""
        call.invoke("codebuild", "DeleteProject", name=call.handle)

    def _wanted(self, call: Call) -> dict[str, Any]:
        return {key: value for key, value in call.properties.items() if key != "Name"}

    def _made(self, answer: dict[str, Any]) -> Made:
        project = answer["project"]
        return Made(project["name"], {"Arn": project["arn"], "Id": project["name"]})


_EMPTY: dict[str, Any] = {
    "Tags": [], "SecondaryArtifacts": [], "SecondarySources": [], "SecondarySourceVersions": [],
    "Cache": {"Type": "NO_CACHE"}, "VpcConfig": {}, "TimeoutInMinutes": 60, "QueuedTimeoutInMinutes": 480,
    "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED"}}, "ConcurrentBuildLimit": -1,
}  # fmt: skip
