"""Doors to AWS that stay open: a role's credentials are renewed before they expire."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from model_cicd.text.errors import ModelCicdError

_SESSION_NAME = "model-cicd-run"


def session(region: str, role_arn: str) -> Any:
    """A boto3 session in `region`, with `role_arn` assumed where it is given."""
    import boto3

    if not region:
        raise ModelCicdError("the region is not given: set AWS_REGION or the option --region")
    own = boto3.Session(region_name=region)
    if not role_arn:
        return own
    if own.get_credentials() is None:
        raise ModelCicdError(f"no AWS credentials were found with which to assume {role_arn}")
    return assumed(own, role_arn, region=region, name=_SESSION_NAME)


def assumed(own: Any, role_arn: str, *, region: str, name: str) -> Any:
    """A boto3 session in `region` as `role_arn`, assumed with the session `own` at the first call.

    Its credentials are renewed before they expire: pipelines and rollouts run for longer than the hour that chained
    roles get (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining).
    """
    import boto3
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=functools.partial(own._session.create_client, region_name=region),
        source_credentials=own.get_credentials(),
        role_arn=role_arn,
        extra_args={"RoleSessionName": name},
    )
    core: Any = botocore.session.get_session()
    # the descriptions of services are read once for all sessions: reading them takes longer than asking
    core.register_component("data_loader", own._session.get_component("data_loader"))
    core._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    return boto3.Session(botocore_session=core, region_name=region)


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
