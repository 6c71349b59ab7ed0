"""Credentials belong to exactly one account, and nothing but known keys is answered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws

A, B = "111111111111", "222222222222"
REGION = "us-east-1"


def stranger(world: EmbeddedAws, service: str, key: str = "AKIAIOSFODNN7EXAMPLE") -> Any:
    return botocore.session.Session().create_client(
        service, region_name=REGION, endpoint_url=world.endpoint, aws_access_key_id=key, aws_secret_access_key="x"
    )


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        ("s3", "list_buckets", "InvalidAccessKeyId", 403),
        ("ssm", "describe_parameters", "UnrecognizedClientException", 400),
        ("cloudformation", "describe_stacks", "InvalidClientTokenId", 403),
        ("codebuild", "list_projects", "UnrecognizedClientException", 400),
        ("sagemaker", "list_pipelines", "UnrecognizedClientException", 400),
    ],
)
def test_unknown_keys_are_refused_by_every_service(
    world: EmbeddedAws, service: str, operation: str, code: str, status: int
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(stranger(world, service), operation)()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_unsigned_requests_are_refused(world: EmbeddedAws) -> None:
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(world.endpoint + "/some-bucket/key")
    assert refused.value.code == 403
    assert b"MissingAuthenticationToken" in refused.value.read()


def test_state_is_kept_apart_by_account_and_region(world: EmbeddedAws) -> None:
    def parameters(account: str, region: str) -> list[str]:
        client = world.client("ssm", account=account, region=region)
        return [each["Name"] for each in client.describe_parameters()["Parameters"]]

    world.client("ssm", account=A, region=REGION).put_parameter(Name="/apart", Value="x", Type="String")
    assert "/apart" in parameters(A, REGION)
    assert "/apart" not in parameters(B, REGION)
    assert "/apart" not in parameters(A, "eu-west-1")


def test_a_role_session_acts_in_the_account_of_the_role(world: EmbeddedAws) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client("iam", account=B, region=REGION).create_role(RoleName="guest", AssumeRolePolicyDocument=trust)
    arn = f"arn:aws:iam::{B}:role/guest"
    made = world.client("sts", account=A, region=REGION).assume_role(RoleArn=arn, RoleSessionName="visit")
    keys = made["Credentials"]
    client: Any = botocore.session.Session().create_client(
        "sts",
        region_name=REGION,
        endpoint_url=world.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    identity = client.get_caller_identity()
    assert identity["Account"] == B
    assert identity["Arn"] == f"arn:aws:sts::{B}:assumed-role/guest/visit"


@pytest.mark.parametrize(
    "arn", [f"arn:aws:iam::{B}:role/nobody", "arn:aws:iam::999999999999:role/any", "arn:nonsense:iam::role/any"]
)
def test_roles_that_do_not_exist_cannot_be_assumed(world: EmbeddedAws, arn: str) -> None:
    with pytest.raises(ClientError) as refused:
        world.client("sts", account=A, region=REGION).assume_role(RoleArn=arn, RoleSessionName="visit")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sts", "get_session_token", {}),
        ("codebuild", "list_shared_projects", {}),
        ("sagemaker", "list_device_fleets", {}),
        ("cloudformation", "list_stack_sets", {}),
    ],
)
def test_operations_it_does_not_have_are_refused_by_name(
    world: EmbeddedAws, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    client = world.client(service, account=A, region=REGION)
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**arguments)
    error = refused.value.response["Error"]
    assert error["Code"] == "UnknownOperationException"
    assert operation.replace("_", "") in error["Message"].lower()


def test_real_credentials_of_the_environment_are_never_used(tmp_path: Path) -> None:
    """A process with AWS_* variables and a profile still sees only the embedded AWS."""
    (tmp_path / "config").write_text("[profile real]\nregion = eu-west-1\n", encoding="utf-8")
    code = (
        "import os; from rehearsal.embedded_aws import EmbeddedAws; import botocore.session\n"
        "assert not [n for n in os.environ if n.startswith('AWS_') and n not in"
        " ('AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_EC2_METADATA_DISABLED')], dict(os.environ)\n"
        "assert botocore.session.Session().get_credentials() is None\n"
        "world = EmbeddedAws(accounts=['111111111111'])\n"
        "env = world.client_environment('111111111111', 'us-east-1')\n"
        "assert 'AKIAREAL' not in env.values() and 'AWS_PROFILE' not in env, env\n"
        "world.close(); print('isolated')\n"
    )
    env = {
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_PROFILE": "real", "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_ENDPOINT_URL": "http://10.0.0.1",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
    }  # fmt: skip
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == "isolated", ended.stderr


def test_it_listens_on_the_loopback_address_only(world: EmbeddedAws) -> None:
    assert world.endpoint.startswith("http://127.0.0.1:")
