"""Clients that ignore endpoint settings ask AWS's own hosts: in a build the embedded AWS answers there."""

from __future__ import annotations

import json

import pytest

from rehearsal.embedded_aws import EmbeddedAws

from .conftest import ACCOUNT, REGION, Builder

WHO = "aws sts get-caller-identity"
IGNORING = "export AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true; unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3"


def commands(*lines: str) -> str:
    return json.dumps({"version": "0.2", "phases": {"build": {"commands": [IGNORING, *lines]}}})


@pytest.fixture(scope="module", autouse=True)
def caged(world: EmbeddedAws) -> None:
    if not world.confinement.protections.cages:
        pytest.skip("this machine has no cages, so builds reach other hosts on their own")


def test_every_service_is_reached_at_its_own_host(builder: Builder, world: EmbeddedAws) -> None:
    s3 = world.client("s3", account=ACCOUNT, region=REGION)
    s3.create_bucket(Bucket="at-its.host")
    s3.put_object(Bucket="at-its.host", Key="a b/c.txt", Body=b"kept")
    build = builder.run(
        commands(
            f"{WHO} --query Account --output text --endpoint-url https://sts.us-east-1.amazonaws.com",
            f"{WHO} --query Account --output text --endpoint-url https://sts.amazonaws.com",
            "aws sagemaker list-pipelines --query PipelineSummaries --output text",
            "aws ecr describe-repositories --query repositories --output text",
            "aws iam list-roles --query \"Roles[?RoleName=='build'].RoleName\" --output text",
            "aws s3 cp --only-show-errors 's3://at-its.host/a b/c.txt' - && echo",  # https://at-its.host.s3...
            "aws s3 ls s3://at-its.host --endpoint-url https://s3.us-east-1.amazonaws.com",
            "curl -s -w '%{http_code}\\n' -o /dev/null \"$(aws s3 presign 's3://at-its.host/a b/c.txt')\"",
        )
    )
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    assert [line.split() for line in builder.output(build) if line] == [
        [ACCOUNT], [ACCOUNT], ["build"], ["kept"], ["PRE", "a", "b/"], ["200"],
    ]  # fmt: skip


def test_it_is_aws_that_answers_and_its_answers_are_decided(builder: Builder) -> None:
    """No key that it did not make, no request for another service or region than the host's."""
    build = builder.run(
        commands(
            "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE aws sts get-caller-identity 2>&1 | grep -o InvalidClientTokenId",
            f"{WHO} --endpoint-url https://iam.amazonaws.com 2>&1 | grep -o 'SignatureDoesNotMatch'",
            f"{WHO} --endpoint-url https://sts.eu-west-1.amazonaws.com 2>&1 | grep -o 'scoped to sts in eu-west-1'",
        )
    )
    assert builder.output(build) == ["InvalidClientTokenId", "SignatureDoesNotMatch", "scoped to sts in eu-west-1"]


def test_a_service_that_is_not_there_is_refused_by_its_host(builder: Builder) -> None:
    build = builder.run(
        commands(
            "aws bedrock list-foundation-models 2>&1 | grep -o 'has nothing at bedrock.us-east-1.amazonaws.com'",
            "curl -s https://d1.codeartifact.us-east-1.amazonaws.com/pypi/ | grep -o 'nothing at d1[a-z0-9.-]*'",
            "curl -s -o /dev/null -w '%{http_code}' http://sts.us-east-1.amazonaws.com/ || true",
        )
    )
    assert builder.output(build) == [
        "has nothing at bedrock.us-east-1.amazonaws.com",
        "nothing at d1.codeartifact.us-east-1.amazonaws.com",
        "403",
    ]


def test_node_trusts_it(builder: Builder) -> None:
    """Node.js has a list of its own of whom to trust."""
    script = (
        "fetch('https://sts.us-east-1.amazonaws.com/').then(r => r.text()).then(t => console.log(/Missing/.test(t)))"
    )
    build = builder.run(commands(f'node -e "{script}"'))
    assert builder.output(build) == ["true"], builder.log(build)


def test_only_the_embedded_aws_can_sign_for_its_hosts(builder: Builder) -> None:
    """A build that trusts nobody but the machine refuses the connection."""
    build = builder.run(commands("curl -s --cacert /dev/null https://sts.us-east-1.amazonaws.com/ || echo refused $?"))
    assert builder.output(build)[0].startswith("refused"), builder.log(build)
