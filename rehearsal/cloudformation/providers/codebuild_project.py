"""AWS::CodeBuild::Project.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider


class Project(Provider):
    """A build project; CodeBuild itself refuses values that it does not support."""

    type = "AWS::CodeBuild::Project"
    service, removal = "codebuild", ("DeleteProject", "name")
    unsupported: ClassVar[dict[str, str]] = {
        "builds run one by one, by hand or by a pipeline": "AutoRetryLimit BuildBatchConfig Triggers",
        "no public projects": "ResourceAccessRole Visibility",
        "no file systems and fleets": (
            "FileSystemLocations Environment.DockerServer Environment.Fleet Environment.HostKernel"
        ),
        "no registries and caches but those of the account": "Environment.RegistryCredential Cache.CacheNamespace",
        "no sources at other providers": (
            "Source.Auth Source.BuildStatusConfig Source.ReportBuildStatus SecondarySources.Auth "
            "SecondarySources.BuildStatusConfig SecondarySources.ReportBuildStatus"
        ),
    }
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """The project."""
        name = call.name(call.properties.get("Name"), 150)
        return self._made(call.invoke("CreateProject", **(self._wanted(call) | {"Name": name})))

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The whole project; what was taken away is put back to nothing."""
        emptied = {name: _EMPTY.get(name, "") for name in old if name not in call.properties and name != "Name"}
        return self._made(call.invoke("UpdateProject", **(emptied | self._wanted(call) | {"Name": call.handle})))

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
