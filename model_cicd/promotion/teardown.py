"""Removes endpoint stacks: `python -m model_cicd.promotion.teardown [--failed]`, in the module's environment.

Promotion pipelines make these stacks, so `cdk destroy` does not know them. Without an option all of them are deleted,
with `--failed` only those that a failed first deployment left over, which CloudFormation would not update.
docs/adr/0007-promotion-trigger.md has the reasons.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from model_cicd.aws import accounts
from model_cicd.aws.sessions import plain_errors
from model_cicd.aws.stack_deletion import DeployedStack, delete
from model_cicd.promotion import serving
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, build
from model_cicd.text.errors import ModelCicdError

_SESSION = "model-cicd-teardown"


def find(
    targets: Sequence[EndpointTarget], *, failed_only: bool, say: Callable[[str], None]
) -> Iterator[DeployedStack]:
    """The stacks of `targets` that exist, or those of them that never served.

    An account that cannot be reached is named and passed over: it may never have been bootstrapped.
    """
    for target in targets:
        place = f"environment {target.environment.name} (account {target.environment.account})"
        try:
            client = accounts.assume(target.bootstrap.deploy, target.environment.region, _SESSION)("cloudformation")
        except ModelCicdError as error:
            if not failed_only:
                say(f"{place} was not looked at: {error}")
            continue
        with plain_errors():
            stack = accounts.stack(client, target.stack_name)
        if stack is not None and (serving.blocked(stack) or not failed_only):
            yield DeployedStack(
                target.stack_name, target.environment.account, target.bootstrap.cfn_exec, client, stack["StackId"]
            )


def with_place(env: Mapping[str, str]) -> Mapping[str, str]:
    """`env` with the tooling account and region, which the CDK command tells an app and nobody tells us."""
    import boto3

    with plain_errors():
        account = boto3.client("sts").get_caller_identity()["Account"]
    return {"CDK_DEFAULT_ACCOUNT": account, "CDK_DEFAULT_REGION": boto3.Session().region_name or "", **env}


def main(arguments: Sequence[str], env: Mapping[str, str] = os.environ) -> int:
    """Delete the endpoint stacks of the module's settings; the exit code is 0, or 1 when one could not be deleted."""
    failed_only = list(arguments) == ["--failed"]
    if arguments and not failed_only:
        print(f"got {' '.join(arguments)}, expected nothing or --failed", file=sys.stderr)
        return 2

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        topology = build(*load(with_place(env)))
        targets = [target for group in topology.groups for target in group.promotion.targets]
        delete(list(find(targets, failed_only=failed_only, say=say)), say)
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
