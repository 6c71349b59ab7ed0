"""What follows from the tests of an environment: where they failed, it goes back to the release that served before.

It runs in a build that may act as the environment's deploy role; the build that runs the tests may not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.accounts import parameters
from model_cicd.aws.sessions import plain_errors
from model_cicd.aws.stack_deletion import DeployedStack, delete
from model_cicd.promotion import before
from model_cicd.promotion.redeploy import Redeployment, redeploy, rollback_token
from model_cicd.promotion.renewed import renewed
from model_cicd.promotion.tests_outcome import outcome
from model_cicd.text.errors import ModelCicdError

_SESSION = "model-cicd-settle"
_CHANGE_SET = "model-cicd-tests-failed"
_PACKAGE = "ModelPackageArn"


@dataclass(frozen=True)
class SettleRequest:
    """The execution whose tests are waited for, what is tested (the release's ARN) and what was served before.

    Then the environment.
    """

    pipeline: str
    execution: str
    stage: str
    tested: str
    before: str
    environment: str
    account: str
    region: str
    stack: str
    deploy_role_arn: str
    cfn_exec_role_arn: str


def settle(request: SettleRequest, say: Callable[[str], None]) -> None:
    """Nothing where the tests passed; else take the environment back. Raises ModelCicdError with what was done."""
    import boto3

    with plain_errors():
        passed, text = outcome(boto3.client("codepipeline"), request.pipeline, request.execution, request.stage)
        say(f"tests of {request.environment} {text}")
        if passed:
            return
        done = _take_back(request, say)
    raise ModelCicdError(f"tests of {request.environment} {text}; {done}")


def _take_back(request: SettleRequest, say: Callable[[str], None]) -> str:
    """What was done, in words."""
    name, client = request.environment, renewed(request.deploy_role_arn, request.region, _SESSION, "cloudformation")
    stack = accounts.stack(client(), request.stack)
    if stack is None:
        return f"{name} has no endpoint any more"
    now, back = parameters(stack), before.values(request.before)
    if now.get(_PACKAGE) != request.tested:
        return f"{name} was given another release meanwhile, version {now.get('Version')}, and goes on with it"
    if not back:
        say(f"{name} served nothing before")
        found = DeployedStack(
            request.stack, request.account, request.cfn_exec_role_arn, client(), stack["StackId"], stack
        )
        delete([found], say)
        return f"{name} served nothing before, and its endpoint is deleted"
    if back[_PACKAGE] == request.tested:
        return f"{name} served this release before, and goes on with it"
    say(f"{name} goes back to version {back['Version']} ({back[_PACKAGE]})")
    token = rollback_token(back["Version"])
    done = redeploy(client, Redeployment(stack, back, request.cfn_exec_role_arn, _CHANGE_SET, token))
    return _outcome(name, back["Version"], now.get("Version", "unknown"), done)


def _outcome(name: str, back: str, tested: str, done: Mapping[str, Any]) -> str:
    if done["StackStatus"] == "UPDATE_COMPLETE":
        return f"{name} serves version {back} again"
    reason = done.get("StackStatusReason", "")
    return f"it could NOT go back to version {back} and serves version {tested}: {done['StackStatus']} {reason}".strip()
