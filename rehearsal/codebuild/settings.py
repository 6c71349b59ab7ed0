"""A project's settings: checked, completed with AWS's defaults, and merged with StartBuild's overrides. Pure.

What AWS supports and this does not is refused by its name in the API.
https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from rehearsal.api import ApiError, Params, partition_of

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9\-_]{1,149}\Z")
_ROLE = re.compile(r"^arn:[\w-]+:iam::\d{12}:role/.+$")
ENVIRONMENTS = ("LINUX_CONTAINER", "ARM_CONTAINER")
SOURCES = ("NO_SOURCE", "S3", "CODECOMMIT", "CODEPIPELINE")
ARTIFACTS = ("NO_ARTIFACTS", "S3", "CODEPIPELINE")
VARIABLES = ("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER")
# Images made by AWS; commands run on this machine, so an image with tools of its own would be a false promise.
IMAGES = ("aws/codebuild/", "public.ecr.aws/codebuild/")

# StartBuild's member -> where it goes in the project; () marks those of StartBuild itself.
OVERRIDES: dict[str, tuple[str, ...]] = {
    "sourceTypeOverride": ("source", "type"),
    "sourceLocationOverride": ("source", "location"),
    "sourceAuthOverride": ("source", "auth"),
    "gitCloneDepthOverride": ("source", "gitCloneDepth"),
    "gitSubmodulesConfigOverride": ("source", "gitSubmodulesConfig"),
    "buildspecOverride": ("source", "buildspec"),
    "insecureSslOverride": ("source", "insecureSsl"),
    "reportBuildStatusOverride": ("source", "reportBuildStatus"),
    "buildStatusConfigOverride": ("source", "buildStatusConfig"),
    "secondarySourcesOverride": ("secondarySources",),
    "secondarySourcesVersionOverride": ("secondarySourceVersions",),
    "sourceVersion": ("sourceVersion",),
    "artifactsOverride": ("artifacts",),
    "secondaryArtifactsOverride": ("secondaryArtifacts",),
    "environmentTypeOverride": ("environment", "type"),
    "imageOverride": ("environment", "image"),
    "computeTypeOverride": ("environment", "computeType"),
    "certificateOverride": ("environment", "certificate"),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "registryCredentialOverride": ("environment", "registryCredential"),
    "imagePullCredentialsTypeOverride": ("environment", "imagePullCredentialsType"),
    "fleetOverride": ("environment", "fleet"),
    "cacheOverride": ("cache",),
    "serviceRoleOverride": ("serviceRole",),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "encryptionKeyOverride": ("encryptionKey",),
    "logsConfigOverride": ("logsConfig",),
    "autoRetryLimitOverride": ("autoRetryLimit",),
}
START_ONLY = ("projectName", "environmentVariablesOverride", "idempotencyToken", "debugSessionEnabled")

_PROJECT = (
    "name", "description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions", "artifacts",
    "secondaryArtifacts", "cache", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes",
    "encryptionKey", "tags", "vpcConfig", "badgeEnabled", "logsConfig", "concurrentBuildLimit", "fileSystemLocations",
    "buildBatchConfig", "autoRetryLimit",
)  # fmt: skip

_ENVIRONMENT: Params = {"environmentVariables": [], "privilegedMode": False, "imagePullCredentialsType": "CODEBUILD"}


def invalid(message: str) -> ApiError:
    """CodeBuild's error for what it does not accept."""
    return ApiError("InvalidInputException", message)


def unsupported(member: str, value: Any = None) -> ApiError:
    """An error that names what this CodeBuild does not do."""
    shown = "" if value is None else f" {value!r}"
    return invalid(f"the embedded AWS does not support {member}{shown} in CodeBuild")


def complete(params: Params, *, account: str, region: str) -> Params:
    """A project of checked settings with AWS's defaults. Raises ApiError."""
    for member in params:
        if member not in _PROJECT:
            raise unsupported(member)
    for member in ("name", "source", "artifacts", "environment", "serviceRole"):
        if member not in params:
            raise invalid(f"{member} is required")
    key = f"arn:{partition_of(region)}:kms:{region}:{account}:alias/aws/s3"
    defaults: Params = {
        "description": "",
        "cache": {"type": "NO_CACHE"},
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": key,
        "tags": [],
        "secondarySources": [],
        "secondarySourceVersions": [],
        "secondaryArtifacts": [],
    }
    given = {name: value for name, value in params.items() if value not in (None, "")}
    project = copy.deepcopy(defaults | given)
    project.pop("badgeEnabled", None)
    project["environment"] = _ENVIRONMENT | project["environment"]
    _check(params.get("badgeEnabled"), project)
    return project


def override(project: Params, params: Params) -> Params:
    """The settings of one build: the project with StartBuild's overrides. Raises ApiError."""
    settings = copy.deepcopy(project)
    if params.get("debugSessionEnabled"):
        raise unsupported("debugSessionEnabled")
    for member, value in params.items():
        if member in START_ONLY or value is None:
            continue
        if member not in OVERRIDES:
            raise unsupported(member)
        target = settings
        *parents, last = OVERRIDES[member]
        for name in parents:
            target = target[name]
        target[last] = copy.deepcopy(value)
    if settings["source"]["type"] == "NO_SOURCE":
        settings["source"].pop("location", None)
    if "sourceTypeOverride" in params and project["artifacts"]["type"] == "CODEPIPELINE":
        # A pipeline's project that is started by hand has no place for its artifacts.
        settings["artifacts"] = params.get("artifactsOverride") or {"type": "NO_ARTIFACTS"}
    given = params.get("environmentVariablesOverride", [])
    variables = {item["name"]: item for item in [*settings["environment"]["environmentVariables"], *given]}
    settings["environment"]["environmentVariables"] = copy.deepcopy(list(variables.values()))
    _check(None, settings)
    return settings


def _check(badge: Any, settings: Params) -> None:
    name = settings["name"]
    if not NAME.match(name):
        raise invalid(f"Invalid project name: {name!r}; expected {NAME.pattern}")
    if badge:
        raise unsupported("badgeEnabled")
    _refuse(settings, "", ("fileSystemLocations", "buildBatchConfig", "autoRetryLimit"))
    if not _ROLE.match(settings["serviceRole"]):
        raise invalid(f"Invalid service role: Service role {settings['serviceRole']!r} is not a role ARN")
    _range("timeoutInMinutes", settings["timeoutInMinutes"], 5, 2160)
    _range("queuedTimeoutInMinutes", settings["queuedTimeoutInMinutes"], 5, 480)
    if settings["cache"].get("type") not in ("NO_CACHE", "LOCAL"):
        raise unsupported("cache.type", settings["cache"].get("type"))
    logs = settings.get("logsConfig", {})
    if logs.get("s3Logs", {}).get("status", "DISABLED") != "DISABLED":
        raise unsupported("logsConfig.s3Logs")
    _check_vpc(settings.get("vpcConfig") or {})
    _check_environment(settings["environment"])
    _check_sources(settings)
    _check_artifacts(settings)


def _check_vpc(vpc: Params) -> None:
    """https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html"""
    if not any(vpc.values()):
        return
    missing = [member for member in ("vpcId", "subnets", "securityGroupIds") if not vpc.get(member)]
    if missing:
        raise invalid(f"Invalid vpc config: {', '.join(missing)} is required")
    for member, most in (("subnets", 16), ("securityGroupIds", 5)):
        if len(vpc[member]) > most:
            raise invalid(f"Invalid vpc config: got {len(vpc[member])} {member}, expected at most {most}")


def _check_environment(environment: Params) -> None:
    _refuse(
        environment,
        "environment.",
        ("fleet", "certificate", "registryCredential", "dockerServer", "computeConfiguration", "hostKernel"),
    )
    if environment.get("type") not in ENVIRONMENTS:
        raise unsupported("environment.type", environment.get("type"))
    image = environment.get("image", "")
    if not image.startswith(IMAGES):
        raise invalid(
            f"the embedded AWS does not support environment.image {image!r} in CodeBuild: builds run on this machine, "
            f"without containers, in place of an image of AWS's ({IMAGES[0]}...)"
        )
    for variable in environment["environmentVariables"]:
        if variable.get("type", "PLAINTEXT") not in VARIABLES:
            raise invalid(f"Invalid environment variable type: {variable.get('type')!r}")


def _check_sources(settings: Params) -> None:
    for number, source in enumerate([settings["source"], *settings["secondarySources"]]):
        where = "source." if number == 0 else f"secondarySources[{number - 1}]."
        if source.get("type") not in SOURCES:
            raise unsupported(f"{where}type", source.get("type"))
        _refuse(source, where, ("auth", "reportBuildStatus", "buildStatusConfig", "insecureSsl"))
        if source.get("gitSubmodulesConfig", {}).get("fetchSubmodules"):
            raise unsupported(f"{where}gitSubmodulesConfig.fetchSubmodules")
        if source["type"] in ("S3", "CODECOMMIT") and not source.get("location"):
            raise invalid(f"Invalid project source: location is required for source type {source['type']}")
        if number and not source.get("sourceIdentifier"):
            raise invalid("Invalid project source: secondary sources need a sourceIdentifier")
    source = settings["source"]
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise invalid("Invalid project source: buildspec is required for source type NO_SOURCE")


def _check_artifacts(settings: Params) -> None:
    for number, artifacts in enumerate([settings["artifacts"], *settings["secondaryArtifacts"]]):
        where = "artifacts." if number == 0 else f"secondaryArtifacts[{number - 1}]."
        if artifacts.get("type") not in ARTIFACTS:
            raise unsupported(f"{where}type", artifacts.get("type"))
        if artifacts.get("bucketOwnerAccess", "NONE") != "NONE":
            raise unsupported(f"{where}bucketOwnerAccess", artifacts["bucketOwnerAccess"])
        if artifacts["type"] == "S3" and not artifacts.get("location"):
            raise invalid("Invalid artifacts: artifact location must be specified")
        if number and not artifacts.get("artifactIdentifier"):
            raise invalid("Invalid artifacts: secondary artifacts need an artifactIdentifier")
    kinds = settings["source"]["type"], settings["artifacts"]["type"]
    if kinds.count("CODEPIPELINE") == 1:
        raise invalid(f"Invalid project: source type {kinds[0]} cannot be combined with artifacts type {kinds[1]}")


def _refuse(found: Params, where: str, members: Iterable[str]) -> None:
    for member in members:
        if found.get(member):
            raise unsupported(f"{where}{member}")


def _range(member: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise invalid(f"Invalid {member}: got {value}, expected {low} to {high}")
