"""Sessions in other accounts, and stacks as they are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from model_cicd.text.errors import ModelCicdError

#: makes a boto3 client of a service
Client = Callable[[str], Any]


def assume(role_arn: str, region: str, session_name: str, config: Any = None) -> Client:
    """Clients in `region` with the rights of `role_arn`. Raises ModelCicdError when it cannot be assumed.

    `config` is botocore's, where its defaults will not do.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        sts = boto3.client("sts", region_name=region)
        keys = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
    except (BotoCoreError, ClientError) as error:
        raise ModelCicdError(f"{role_arn} cannot be assumed: {error}") from None
    # not a session for each role: every session reads the descriptions of all its services anew
    client = functools.partial(
        boto3.client,
        region_name=region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=config,
    )
    return functools.cache(client)


def stack(cloudformation: Any, name: str) -> Mapping[str, Any] | None:
    """The stack as DescribeStacks answers it, or None when there is none. `name` may be the id of a deleted one."""
    from botocore.exceptions import ClientError

    try:
        found: Mapping[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
    return found


def parameters(described: Mapping[str, Any]) -> dict[str, str]:
    """The parameters by key of a stack or change set, as it was described."""
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in described.get("Parameters") or []}
