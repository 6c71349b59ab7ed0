"""The Prepare stage of a promotion pipeline: is this version to be promoted, and what do approvers want to know.

It releases the version (releasing.py) and changes no environment. What it finds becomes the variables of the pipeline's
later stages, by way of a file that the build reads as a shell script.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.sessions import plain_errors
from model_cicd.promotion import package, plan, serving, suites
from model_cicd.promotion.release import Release
from model_cicd.promotion.releasing import release
from model_cicd.stage_tests import bundle
from model_cicd.text.errors import ModelCicdError

_SESSION = "model-cicd-promotion"

#: the build's exported variables, in this order, then `Serving_1`, `Serving_2`, ... for the environments in order
VARIABLES = ("Version", "Commit", "Metrics", "Release", "Digest", "ReleaseKeyArn")


@dataclass(frozen=True)
class PrepareRequest:
    """Which execution of which promotion pipeline, for which model package."""

    plan: plan.Plan
    model_package_arn: str
    pipeline: str
    execution: str
    output: Path


#: and the digest of the suites, where an environment is tested
SUITES = "Suites"


def exported(environments: int, *, tested: bool = False) -> list[str]:
    """Names of all variables of a group with that many environments."""
    serving = [serving_variable(number) for number in range(1, environments + 1)]
    return [*VARIABLES, *serving, *([SUITES] if tested else ())]


def serving_variable(number: int) -> str:
    """The variable that says what the environment with that number, from 1, serves."""
    return f"Serving_{number}"


def prepare(request: PrepareRequest, say: Callable[[str], None]) -> None:
    """Check the package, find what every environment serves and write the variables to `request.output`.

    Raises ModelCicdError when the package cannot be promoted. An execution without a package is stopped, not failed:
    CodePipeline starts one whenever it creates a pipeline.
    """
    import boto3

    if not package.wanted(request.model_package_arn):
        stop = "nothing to promote: approve a model version, or start a promotion with `model-cicd promote`"
        say(stop)
        with plain_errors():
            pipelines = boto3.client("codepipeline")
            pipelines.stop_pipeline_execution(
                pipelineName=request.pipeline, pipelineExecutionId=request.execution, abandon=False, reason=stop
            )
        request.output.write_text("", encoding="utf-8")
        return
    found, made, key, tests = _released(request, say)
    served = [_served(environment, say) for environment in request.plan.environments]
    with plain_errors():
        supersede(boto3.client("codepipeline"), request.pipeline, request.execution, found.version, say)
    values = [str(found.version), found.commit, found.metrics, made.arn, made.digest, key, *served]
    if tests is not None:
        values.append(bundle.digest_of(tests))
        request.output.with_name(bundle.FILE).write_bytes(tests)
    names = exported(len(request.plan.environments), tested=tests is not None)
    request.output.write_text(script(dict(zip(names, values, strict=True))), encoding="utf-8")


def script(values: Mapping[str, str]) -> str:
    """A shell script that sets `values`, whatever is in them."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _released(
    request: PrepareRequest, say: Callable[[str], None]
) -> tuple[package.Candidate, Release, str, bytes | None]:
    """The version, its release, the ARN of the key that releases are encrypted with, and its suites if any are run."""
    wanted = request.plan
    # before anything is asked: it comes from whoever started this
    package.version_of(request.model_package_arn, wanted)
    client = accounts.assume(wanted.release_role_arn, wanted.region, _SESSION)
    with plain_errors():
        described = client("sagemaker").describe_model_package(ModelPackageName=request.model_package_arn)
        key = client("ssm").get_parameter(Name=wanted.key_parameter)["Parameter"]["Value"]
        found = package.candidate(request.model_package_arn, described, wanted)
        say(f"deployment group {wanted.group}: version {found.version}, commit {found.commit}, {found.metrics}")
        # before anything is released
        tests = suites.take_along(client, wanted, found.version) if wanted.suites else None
        return found, release(client, wanted, described, say), key, tests


def _served(environment: plan.PlannedEnvironment, say: Callable[[str], None]) -> str:
    try:
        client = accounts.assume(environment.lookup_role_arn, environment.region, _SESSION)
    except ModelCicdError as error:
        # The environment's own stage fails if this does not change; those before it can go ahead.
        place = f"aws://{environment.account}/{environment.region}"
        say(f"warning: environment {environment.name}: {error}; was `cdk bootstrap {place} --trust ...` run?")
        return "unknown, its account cannot be read"
    with plain_errors():
        stack = accounts.stack(client("cloudformation"), environment.stack)
    if serving.blocked(stack):
        say(
            f"warning: environment {environment.name}: stack {environment.stack} is left over from a first deployment "
            "that failed, and CloudFormation will not update it; the next `seedfarmer apply` deletes it"
        )
    text = serving.served(stack)
    say(f"environment {environment.name} serves {text}")
    return text


def supersede(codepipeline: Any, pipeline: str, own: str, version: int, say: Callable[[str], None]) -> None:
    """Stop older executions of `pipeline` that wait for a manual approval: this one takes their place.

    CodePipeline itself lets a newer execution overtake those that wait between stages; an approval holds its stage.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    """
    for execution in waiting(codepipeline.get_pipeline_state(name=pipeline)):
        if execution == own:
            continue
        reason = f"superseded by version {version} (execution {own})"
        say(f"execution {execution}, which waits for an approval, is {reason}")
        codepipeline.stop_pipeline_execution(
            pipelineName=pipeline, pipelineExecutionId=execution, abandon=True, reason=reason
        )


def waiting(state: Mapping[str, Any]) -> list[str]:
    """The executions that wait for a manual approval, from the answer of GetPipelineState.

    An approval in progress has a token. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecution.html
    """
    return [
        stage["latestExecution"]["pipelineExecutionId"]
        for stage in state["stageStates"]
        for action in stage.get("actionStates") or []
        if (latest := action.get("latestExecution"))
        and latest.get("status") == "InProgress"
        and latest.get("token")
        and stage.get("latestExecution")
    ]
