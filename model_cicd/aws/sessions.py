"""The runner's door to AWS."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from model_cicd.text.errors import ModelCicdError

_SESSION_NAME = "model-cicd-run"


def session(region: str, role_arn: str) -> Any:
    """A boto3 session in `region`, with `role_arn` assumed where it is given.

    The role's credentials are renewed before they expire, because a pipeline may run for longer than the hour that
    chained roles get.
    """
    import boto3
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    if not region:
        raise ModelCicdError("the region is not given: set AWS_REGION or the option --region")
    own = boto3.Session(region_name=region)
    if not role_arn:
        return own
    source = own.get_credentials()
    if source is None:
        raise ModelCicdError(f"no AWS credentials were found with which to assume {role_arn}")
    core = botocore.session.get_session()
    core.set_config_variable("region", region)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=functools.partial(core.create_client, region_name=region),
        source_credentials=source,
        role_arn=role_arn,
        extra_args={"RoleSessionName": _SESSION_NAME},
    )
    assumed: Any = botocore.session.get_session()
    assumed._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    return boto3.Session(botocore_session=assumed, region_name=region)


def client(session: Any, service: str) -> Any:
    """A client that waits and tries again when AWS says that it asks too often."""
    from botocore.config import Config

    return session.client(service, config=Config(retries={"mode": "adaptive", "max_attempts": 10}))


def key_arn(session: Any, key: str) -> str:
    """The ARN of a KMS key that is given by its alias; ids and ARNs of keys stay as they are.

    Outputs may name a key by its alias, volumes of jobs may not
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html).
    """
    if not (key.startswith("alias/") or ":alias/" in key):
        return key
    return str(client(session, "kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"])


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what AWS and its client say into one line without a traceback."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        message = f"{error.operation_name} was refused: {said.get('Code')}: {said.get('Message')}"
        raise ModelCicdError(message) from None
    except BotoCoreError as error:
        raise ModelCicdError(str(error)) from None


def code(error: Any) -> str:
    """The error code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))
