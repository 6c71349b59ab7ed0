"""The calls of `tests/data/everyday-calls.txt` are answered, the others are refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from scripts import api_support
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.roles import almighty

ACCOUNT = ACCOUNTS[0]
LINES = [
    line for line in api_support.CALLS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]
MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
PASSING = {"Version": "2020-12-01", "Steps": [{"Name": "S", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]}


def made(world: EmbeddedAws) -> dict[str, str]:
    """An account with one of each thing, called `everyday`, and the words of the table that mean them."""

    def client(service: str) -> Any:
        return world.client(service, account=ACCOUNT, region=REGION)

    services = ("sagemaker", "codebuild", "codepipeline", "states", "events", "cloudformation")
    trust = [{"Effect": "Allow", "Action": "sts:AssumeRole",
              "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root",
                            "Service": [f"{each}.amazonaws.com" for each in services]}}]  # fmt: skip
    role = almighty(client("iam"), "everyday", json.dumps({"Version": "2012-10-17", "Statement": trust}))
    s3, commits = client("s3"), client("codecommit")
    s3.create_bucket(Bucket="everyday-bucket")
    s3.put_bucket_versioning(Bucket="everyday-bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="everyday-bucket", Key="k", Body=b"x")
    client("iam").create_user(UserName="everyday")
    client("ssm").put_parameter(Name="/everyday/p", Value="v", Type="String")
    client("secretsmanager").create_secret(Name="everyday", SecretString="s")
    client("logs").create_log_group(logGroupName="everyday")
    client("logs").create_log_stream(logGroupName="everyday", logStreamName="s")
    client("events").put_rule(Name="everyday", EventPattern='{"source": ["s"]}')
    repository = commits.create_repository(repositoryName="everyday")["repositoryMetadata"]["Arn"]
    files = [{"filePath": "a.txt", "fileContent": b"x"}]
    commit = commits.create_commit(repositoryName="everyday", branchName="main", putFiles=files)["commitId"]
    commits.create_branch(repositoryName="everyday", branchName="feature", commitId=commit)
    commits.put_file(repositoryName="everyday", branchName="feature", filePath="b.txt", fileContent=b"y",
                     parentCommitId=commit)  # fmt: skip
    project = {"source": {"type": "CODEPIPELINE", "buildspec": "version: 0.2\nphases: {build: {commands: ['true']}}"},
               "artifacts": {"type": "CODEPIPELINE"}, "serviceRole": role,
               "environment": {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                               "computeType": "BUILD_GENERAL1_SMALL"}}  # fmt: skip
    client("codebuild").create_project(name="everyday", **project)
    client("codepipeline").create_pipeline(pipeline=_pipeline(role))
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    client("cloudformation").create_stack(StackName="everyday", TemplateBody=template)
    client("cloudformation").get_waiter("stack_create_complete").wait(StackName="everyday", WaiterConfig={"Delay": 0})
    sagemaker = client("sagemaker").create_pipeline(
        PipelineName="everyday", PipelineDefinition=json.dumps(PASSING), RoleArn=role, ClientRequestToken="t" * 32
    )
    return {
        "ROLE": role,
        "KEY": world.accounts.add(ACCOUNT).access_key,
        "VERSION": client("iam").get_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")["Policy"][
            "DefaultVersionId"
        ],
        "KMS": client("kms").create_key()["KeyMetadata"]["Arn"],
        "TOPIC": client("sns").create_topic(Name="everyday")["TopicArn"],
        "QUEUE": client("sqs").create_queue(QueueName="everyday")["QueueUrl"],
        "ECR": client("ecr").create_repository(repositoryName="everyday")["repository"]["repositoryArn"],
        "LOGGROUP": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:everyday",
        "REPOSITORY": repository,
        "COMMIT": commit,
        "PIPELINE": f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:everyday",
        "SMPIPELINE": sagemaker["PipelineArn"],
        "MACHINE": client("stepfunctions").create_state_machine(
            name="everyday", definition=json.dumps(MACHINE), roleArn=role
        )["stateMachineArn"],
    }


def _pipeline(role: str) -> dict[str, Any]:
    def action(category: str, provider: str, **more: Any) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": category, "actionTypeId": kind, **more}

    source = action("Source", "S3", configuration={"S3Bucket": "everyday-bucket", "S3ObjectKey": "absent.zip",
                                                   "PollForSourceChanges": "false"},
                    outputArtifacts=[{"name": "s"}])  # fmt: skip
    build = action("Build", "CodeBuild", configuration={"ProjectName": "everyday"}, inputArtifacts=[{"name": "s"}])
    stages = [{"name": "Source", "actions": [source]}, {"name": "Build", "actions": [build]}]
    return {"name": "everyday", "roleArn": role, "stages": stages, "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": "everyday-bucket"}}  # fmt: skip


@pytest.fixture(scope="module")
def words(world: EmbeddedAws) -> dict[str, str]:
    return made(world)


def call(world: EmbeddedAws, words: dict[str, str], line: str) -> dict[str, Any]:
    """Make one call of the table; what it gives is kept where a later one needs it."""
    service, operation, text = line.removeprefix("! ").split(" ", 2)
    params = json.loads(text.partition(" -> ")[0])
    filled = {name: words.get(value, value) if isinstance(value, str) else value for name, value in params.items()}
    filled = {name: [words.get(str(each), each) for each in value] if isinstance(value, list) else value
              for name, value in filled.items()}  # fmt: skip
    client = world.client(service, account=ACCOUNT, region=REGION)
    answer: dict[str, Any] = getattr(client, operation.replace("-", "_"))(**filled)
    if operation == "start-query":
        words["QUERY"] = answer["queryId"]
    return answer


@pytest.mark.parametrize("service", sorted({line.removeprefix("! ").split()[0] for line in LINES}))
def test_everyday_calls(world: EmbeddedAws, words: dict[str, str], service: str) -> None:
    wrong = []
    for line in (each for each in LINES if each.removeprefix("! ").startswith(f"{service} ")):
        try:
            call(world, words, line)
            if line.startswith("!") or " -> " in line:
                wrong.append(f"answered: {line}")
        except ClientError as error:
            by_name = line.startswith("!") and "the embedded AWS does not support" in str(error)
            if not by_name and line.partition(" -> ")[2] != error.response["Error"]["Code"]:
                wrong.append(f"{line[:90]}: {error}")
    assert not wrong, "\n".join(wrong)


def test_most_everyday_calls_are_answered() -> None:
    answered = [line for line in LINES if not line.startswith("!")]
    assert len(answered) > 230
    assert len(LINES) - len(answered) < 15


def test_the_page_says_what_the_table_says() -> None:
    written = api_support.PAGE.read_text(encoding="utf-8")
    assert written == api_support.page(), "run python scripts/api_support.py"
