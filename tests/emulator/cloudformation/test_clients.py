"""The real clients, unmodified: cdk, aws, seedfarmer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.process import base_environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ACCOUNT, OTHER, REGION = "111111111111", "222222222222", "us-east-1"
VARIANTS = ("one", "two", "broken", "orphan", "unsupported")
APP = """
import sys
import aws_cdk as cdk
from aws_cdk import aws_events, aws_iam, aws_kms, aws_s3, aws_sns, aws_ssm

def write(variant):
    app = cdk.App(analytics_reporting=True, builtin_cloud_formation_validation=False, outdir=variant)
    for account in ("111111111111", "222222222222"):
        make(app, account, variant)
    app.synth()

def make(app, account, variant):
    env = cdk.Environment(account=account, region="us-east-1")
    stack = cdk.Stack(app, f"app-{account[0]}", env=env, tags={"team": "x"})
    key = aws_kms.Key(stack, "Key", description=variant, removal_policy=cdk.RemovalPolicy.DESTROY)
    bucket = aws_s3.Bucket(
        stack, "Bucket", encryption_key=key, enforce_ssl=True, versioned=True, bucket_name=f"registry-{account}",
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    aws_ssm.StringParameter(stack, "Value", parameter_name="/app/value", string_value=variant)
    aws_sns.Topic(stack, "Topic", topic_name=f"topic-{variant}")
    role = aws_iam.Role(stack, "Role", assumed_by=aws_iam.ServicePrincipal("events.amazonaws.com"))
    bucket.grant_read(role)
    aws_events.CfnRule(stack, "Rule", event_pattern={"source": ["aws.codecommit"]})
    if variant == "broken" and account == "111111111111":
        bad = aws_ssm.CfnParameter(stack, "Bad", name="/aws/reserved", type="String", value="x")
        bad.node.add_dependency(bucket)
    if variant == "orphan":
        aws_ssm.StringParameter(stack, "Orphan", string_value=cdk.Fn.import_value("nobody"))
    if variant == "unsupported":
        cdk.CfnResource(stack, "Cluster", type="AWS::Redshift::Cluster", properties={})
        bucket.node.default_child.add_property_override("ReplicationConfiguration", {"Role": "x"})
    cdk.CfnOutput(stack, "BucketName", value=bucket.bucket_name, export_name="bucket")

for variant in sys.argv[1:]:
    write(variant)
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(world: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("clients")
    (directory / "app.py").write_text(APP)
    (directory / "seedfarmer.yaml").write_text("project: rehearsed\ndescription: a project\n")
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def call(
        *command: str, account: str = ACCOUNT, fails: bool = False, **more: str
    ) -> subprocess.CompletedProcess[str]:
        env = base_environment() | world.client_environment(account, REGION) | {"HOME": str(directory), "CI": "1"}
        env |= {"PATH": tools, "AWS_CDK_DISABLE_VERSION_CHECK": "1", **more}
        done = subprocess.run(
            command, cwd=directory, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout
        return done

    return call


@pytest.fixture(scope="module")
def cdk() -> str:
    found = ROOT / "node_modules" / ".bin" / "cdk"
    command = str(found) if found.exists() else shutil.which("cdk")
    assert command, "the CDK command is not installed: make test installs it"
    return command


def value(client: Callable[..., Any], account: str = ACCOUNT) -> str:
    result: str = client("ssm", account).get_parameter(Name="/app/value")["Parameter"]["Value"]
    return result


def test_cdk_from_bootstrap_to_destroy(run: Run, cdk: str, client: Callable[..., Any]) -> None:
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    trusting = ("--trust", ACCOUNT, "--cloudformation-execution-policies", policy)
    assert "bootstrapped" in run(cdk, "bootstrap", f"aws://{ACCOUNT}/{REGION}").stdout
    assert "bootstrapped" in run(cdk, "bootstrap", f"aws://{OTHER}/{REGION}", *trusting, account=OTHER).stdout
    assert "(no changes)" in run(cdk, "bootstrap", f"aws://{ACCOUNT}/{REGION}").stdout

    run(sys.executable, "app.py", *VARIANTS)  # once for all: starting the CDK's library takes longer than a deployment
    deploy = ("deploy", "--all", "--require-approval", "never", "--concurrency", "2")
    first = run(cdk, "--app", "one", *deploy, "--outputs-file", "outputs.json")
    assert f"app-1.BucketName = registry-{ACCOUNT}" in first.stdout
    stacks = client("cloudformation", OTHER).describe_stacks(StackName="app-2")["Stacks"]
    assert stacks[0]["RoleARN"] == f"arn:aws:iam::{OTHER}:role/cdk-hnb659fds-cfn-exec-role-{OTHER}-{REGION}"
    assert (value(client), value(client, OTHER)) == ("one", "one")
    assert run(cdk, "--app", "one", *deploy).stdout.count("(no changes)") == 2

    assert "Value" in run(cdk, "--app", "two", "diff", "app-1").stdout
    run(cdk, "--app", "two", *deploy)
    assert (value(client), value(client, OTHER)) == ("two", "two")
    topics = [topic["TopicArn"].rpartition(":")[2] for topic in client("sns").list_topics()["Topics"]]
    assert topics == ["topic-two"]

    broken = run(cdk, "--app", "broken", *deploy, fails=True).stdout
    assert "No access to reserved parameter name: /aws/reserved" in re.sub(r"\s+", " ", broken)
    stack = client("cloudformation").describe_stacks(StackName="app-1")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value(client) == "two"

    orphan = run(cdk, "--app", "orphan", *deploy, fails=True).stdout  # a failed change set: the CLI asks for its events
    assert "No export named nobody found" in re.sub(r"\s+", " ", orphan)
    assert "Could not" not in orphan

    refused = re.sub(r"\s+", " ", run(cdk, "--app", "unsupported", *deploy, fails=True).stdout)
    assert (
        "The embedded AWS does not support: resource type AWS::Redshift::Cluster (Cluster); "
        "property ReplicationConfiguration of AWS::S3::Bucket (Bucket"
    ) in refused
    assert value(client) == "two"

    run(cdk, "--app", "two", "destroy", "--all", "--force")
    assert "app-1" not in _live(client)
    client("s3").head_bucket(Bucket=f"registry-{ACCOUNT}")
    again = run(cdk, "--app", "one", *deploy, fails=True).stdout
    assert f"registry-{ACCOUNT} already exists" in re.sub(r"\s+", " ", again)
    run(cdk, "--app", "one", *deploy, "--import-existing-resources")
    assert value(client) == "one"


def _live(client: Callable[..., Any]) -> list[str]:
    return [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]]


TEMPLATE = """
Parameters: {Kind: {Type: String, Default: a}}
Resources:
  Topic: {Type: "AWS::SNS::Topic", Properties: {DisplayName: !Ref Kind}}
Outputs: {Name: {Value: !GetAtt Topic.TopicName}}
"""


def test_aws_cloudformation_deploy(run: Run, client: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    deploy = ("aws", "cloudformation", "deploy", "--template-file", str(tmp_path / "t.yaml"), "--stack-name", "plain")
    assert "Successfully created/updated stack - plain" in run(*deploy).stdout
    quiet = "--no-fail-on-empty-changeset"
    assert "No changes to deploy. Stack plain is up to date" in run(*deploy, quiet).stdout
    assert "Successfully" in run(*deploy, "--parameter-overrides", "Kind=b").stdout
    topic = client("cloudformation").list_stack_resources(StackName="plain")["StackResourceSummaries"][0]
    attributes = client("sns").get_topic_attributes(TopicArn=topic["PhysicalResourceId"])["Attributes"]
    assert attributes["DisplayName"] == "b"
    (tmp_path / "t.yaml").write_text("Resources: {C: {Type: 'AWS::Redshift::Cluster'}}")
    assert "does not support: resource type AWS::Redshift::Cluster (C)" in run(*deploy, fails=True).stdout
    run("aws", "cloudformation", "delete-stack", "--stack-name", "plain")
    run("aws", "cloudformation", "wait", "stack-delete-complete", "--stack-name", "plain")


def test_seedfarmer_bootstrap(run: Run, client: Callable[..., Any]) -> None:
    trusted = f"arn:aws:iam::{ACCOUNT}:root"
    common = ("--project", "rehearsed", "--region", REGION)
    for _ in range(2):
        run("seedfarmer", "bootstrap", "toolchain", *common, "-t", trusted, "--as-target")
        run("seedfarmer", "bootstrap", "target", *common, "-t", ACCOUNT, account=OTHER)
    toolchain = client("iam").get_role(RoleName="seedfarmer-rehearsed-toolchain-role")["Role"]
    assert toolchain["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": [trusted]}
    for account in (ACCOUNT, OTHER):
        client("iam", account).get_role(RoleName="seedfarmer-rehearsed-deployment-role")
