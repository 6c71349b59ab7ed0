"""Build and test with CodeBuild.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

from __future__ import annotations

import json
from typing import Any

from rehearsal.api import ApiError, Params
from rehearsal.codepipeline.actions.base import ActionFailedError, Context, MisconfiguredError, Provider, Result
from rehearsal.ports import ArtifactTarget, PipelineBuild, S3Location

_TYPES = ("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER")


class CodeBuild(Provider):
    """Build and Test / AWS / CodeBuild."""

    categories = ("Build", "Test")
    name = "CodeBuild"
    required = "ProjectName"
    optional = "PrimarySource EnvironmentVariables BatchEnabled CombineArtifacts"
    inputs = (1, 5)
    outputs = (0, 5)

    def check(self, action: Params) -> str | None:
        """Batch builds are not there; several inputs need a primary one."""
        configuration = action["configuration"]
        for name in ("BatchEnabled", "CombineArtifacts"):
            if configuration.get(name, "false").lower() != "false":
                return f"{name} of a CodeBuild action"
        inputs = [artifact["name"] for artifact in action.get("inputArtifacts") or []]
        primary = configuration.get("PrimarySource")
        if len(inputs) > 1 and primary not in inputs:
            return f"PrimarySource {primary!r} with the input artifacts {', '.join(inputs)}: it must be one of them"
        return None

    def run(self, context: Context) -> Result:
        """Start the build and wait for it. Raises ActionFailedError."""
        configuration, run = context.configuration, context.run
        primary = configuration.get("PrimarySource") or next(iter(run.inputs))
        locations = {name: S3Location(each.bucket, each.key) for name, each in run.inputs.items()}
        source = locations.pop(primary)
        revisions = [each.revision for each in context.execution.actions if each.revision and primary in each.outputs]
        key = (context.store.get("encryptionKey") or {}).get("id")
        targets = [ArtifactTarget(name, each.bucket, each.key, key) for name, each in run.outputs.items()]
        project = f"codebuild:{run.region}:{context.account}:project/{configuration['ProjectName']}"
        context.require("codebuild:StartBuild", project)
        wanted = PipelineBuild(
            project=configuration["ProjectName"],
            initiator=f"codepipeline/{context.pipeline.name}",
            source_version=revisions[-1].revision_id if revisions else "",
            source=source,
            secondary=locations,
            environment=_environment(configuration.get("EnvironmentVariables")),
            artifacts=targets,
            # on AWS it has a machine of its own; here it would hold up what made the pipeline and goes on
            patient=context.execution.trigger.kind == "CreatePipeline",
        )
        try:
            build_id = context.neighbours.builds.start_for_pipeline(context.account, run.region, wanted)
        except ApiError as error:
            raise MisconfiguredError(f"Error calling startBuild: {error.message}") from None
        console = f"https://{run.region}.console.aws.amazon.com/codebuild/home?region={run.region}"
        url = f"{console}#/builds/{build_id}/view/new"
        context.report(build_id, url)
        build = _finished(context, build_id)
        run.external_url = (build.get("logs") or {}).get("deepLink") or url
        variables = {each["name"]: each["value"] for each in build.get("exportedEnvironmentVariables") or []}
        if build["buildStatus"] != "SUCCEEDED":
            raise ActionFailedError("JobFailed", _cause(build))
        return Result(None, variables)


def _finished(context: Context, build_id: str) -> dict[str, Any]:
    codebuild = context.client("codebuild")
    pause = 0.1
    while True:
        (build,) = codebuild.batch_get_builds(ids=[build_id])["builds"]
        if build["buildStatus"] != "IN_PROGRESS":
            return dict(build)
        context.wait(pause)
        pause = min(pause * 1.5, 0.3)


def _environment(text: str | None) -> list[dict[str, str]]:
    """The EnvironmentVariables of the configuration: a JSON list of name, value and type."""
    if not text:
        return []
    try:
        given = json.loads(text)
        found = [
            {"name": each["name"], "value": str(each["value"]), "type": each.get("type", "PLAINTEXT")} for each in given
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise MisconfiguredError(f"EnvironmentVariables is not valid: {error}") from None
    unknown = sorted({each["type"] for each in found} - set(_TYPES))
    if unknown:
        raise MisconfiguredError(f"EnvironmentVariables has the type {', '.join(unknown)}")
    return found


def _cause(build: Params) -> str:
    """Why a build failed, in AWS's words."""
    text = f"Build terminated with state: {build['buildStatus']}"
    for phase in build.get("phases") or []:
        if phase.get("phaseStatus") not in (None, "SUCCEEDED"):
            found: Params = next(iter(phase.get("contexts") or []), {})
            code, message = found.get("statusCode", phase["phaseStatus"]), found.get("message", "")
            return f"{text}. Phase: {phase['phaseType']}, Code: {code}, Message: {message}"
    return text
