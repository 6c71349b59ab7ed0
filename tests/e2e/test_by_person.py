"""A group whose build account is the tooling account, approved by a person with the `aws` command.

The module is the repository root, used by git reference without a path from another project. One rehearsal that stops
at approval and stays up; then a broken endpoint setting is applied to it. Branches, a column of the training data and
the reason of an approval would do harm wherever they are read as more than text.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.exceptions import ClientError

from rehearsal.job.project import copy
from tests.e2e.by_hand import BIN, ROOT, ByHand, end, plain_environment
from tests.e2e.hostile import DATA, Hostile
from tests.e2e.promotions import REGION, Promotions, in_shell

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("by-person")]

TOOLING, PREPROD, PROD = "123456789010", "123456789021", "123456789022"
GROUP = "own"
DEPLOYMENT = f"""
    name: small
    toolchainRegion: us-east-1
    groups:
      - name: models
        path: manifests/small/models-modules.yaml
    targetAccountMappings:
      - alias: tooling
        accountId: '{TOOLING}'
        default: true
        codebuildImage: aws/codebuild/standard:7.0
        regionMappings:
          - region: us-east-1
            default: true
    """
MODULES = f"""
    name: m
    path: git::file://MODULE?ref=main
    targetAccount: tooling
    parameters:
      - {{name: infra-repo, value: {{host: codecommit, name: infra}}}}
      - {{name: model-build-repo, value: {{host: codecommit, name: models}}}}
      - name: deployment-groups
        value:
          - name: {GROUP}
            sourceBranch: main
            pipelineParameters: {{}}
            dataScientists: ['arn:aws:iam::{TOOLING}:role/scientist']
            buildEnvironment: {{name: train, account: '{TOOLING}', region: us-east-1, type: preprod}}
            deployEnvironments:
              - name: preview
                account: '{PREPROD}'
                type: preprod
                endpoint: {{serverless: {{memorySizeInMb: 2048, maxConcurrency: 5}}}}
              - name: live
                account: '{PROD}'
                type: prod
                endpoint:
                  instanceType: ml.m5.large
                  instanceCount: 2
                  deployment: {{strategy: canary, stepInstances: 1, waitMinutes: 1, terminationWaitMinutes: 0}}
    """
SERVERLESS = "endpoint: {serverless: {memorySizeInMb: 2048, maxConcurrency: 5}}"
BROKEN = f"endpoint: {{volumeKey: 'arn:aws:kms:us-east-1:{PREPROD}:key/00000000-0000-4000-8000-000000000000'}}"


@dataclass
class Stopped:
    """A rehearsal that a person let go on, and what it printed while it waited."""

    aws: ByHand
    manifest: Path
    waited: str
    child: subprocess.Popen[bytes]
    hostile: Hostile
    modules: str

    @property
    def output(self) -> str:
        """Everything it printed so far."""
        return (self.aws.directory / "output.txt").read_text(encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@localhost"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def write(project: Path, modules: str) -> Path:
    folder = project / "manifests" / "small"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deployment.yaml").write_text(textwrap.dedent(DEPLOYMENT), encoding="utf-8")
    (folder / "models-modules.yaml").write_text(textwrap.dedent(modules), encoding="utf-8")
    return folder / "deployment.yaml"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stopped]:
    """`rehearse --stop-at approval --keep`, waiting for a person."""
    directory = tmp_path_factory.mktemp("by-person")
    module, project = directory / "model-cicd", directory / "project"
    copy(ROOT, module)
    project.mkdir()
    (project / "seedfarmer.yaml").write_text("project: elsewhere\n", encoding="utf-8")
    # a short path: an argument of a job has at most 256 characters
    marks = Path(tempfile.mkdtemp(prefix="h", dir="/tmp"))
    hostile = Hostile(marks)
    modules = hostile.into(module, MODULES.replace("MODULE", str(module)))
    for command in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "x"],
    ):
        git(module, *command)
    manifest = write(project, modules)
    aws = ByHand(directory, plain_environment(directory))
    with (directory / "output.txt").open("w", encoding="utf-8") as out:
        data = f"{GROUP}={module}/seedcode/model-build/data/diabetes.csv"
        child = subprocess.Popen(
            [BIN / "rehearse", "--stop-at", "approval", "--keep", "--report", "report.json", "--data", data, manifest],
            cwd=directory,
            env=aws.environment,
            stdout=out,
            stderr=out,
        )
    made = Stopped(aws, manifest, "", child, hostile, modules)
    try:
        while child.poll() is None and not re.search(r"^rehearsal: |aws sagemaker update-m", made.output, re.MULTILINE):
            time.sleep(0.2)
        assert child.poll() is None, made.output[-6000:]
        assert "rehearsal: failed" not in made.output, made.output[-6000:]
        made.waited = made.output
        yield made
    finally:
        if child.poll() is None:
            end(child, directory / "output.txt")
        else:  # its snapshot was loaded
            aws.rehearse("down")
        shutil.rmtree(marks)


@pytest.fixture(scope="module")
def own(stopped: Stopped) -> Promotions:
    return Promotions(stopped.aws, GROUP, TOOLING, stopped.manifest)


def test_it_waits_until_a_person_runs_the_printed_commands(stopped: Stopped) -> None:
    lines = re.findall(r"^  (eval .*|aws sagemaker .*)$", stopped.waited, re.MULTILINE)
    assert len(lines) == 2, stopped.waited[-3000:]
    time.sleep(2)
    assert "promote own: " not in stopped.output, "it must not go on by itself"
    assert not (stopped.aws.directory / "report.json").exists()
    ended = in_shell(stopped.aws, *lines)
    assert ended.returncode == 0, ended.stderr
    deadline = time.monotonic() + 120
    while "\nrehearsal: " not in stopped.output and time.monotonic() < deadline:
        time.sleep(0.2)
    assert re.search(r"^rehearsal: passed in \d+ s$", stopped.output, re.MULTILINE), stopped.output[-4000:]
    assert "wait for approval of own by hand: done" in stopped.output


def test_the_module_came_by_git_reference_without_a_path(stopped: Stopped) -> None:
    (group,) = json.loads((stopped.aws.directory / "report.json").read_text(encoding="utf-8"))["groups"]
    assert group["approval_status"] == "PendingManualApproval"
    assert "elsewhere-small-m" in group["pipeline"]


def test_a_group_may_build_in_the_tooling_account(stopped: Stopped, own: Promotions) -> None:
    report = json.loads((stopped.aws.directory / "report.json").read_text(encoding="utf-8"))
    (group,) = report["groups"]
    assert group["build_account"] == TOOLING
    assert [(each["name"], each["account"]) for each in group["environments"]] == [
        ("train", TOOLING),
        ("preview", PREPROD),
        ("live", PROD),
    ]
    assert len({each["mse"] for each in group["environments"]}) == 1
    assert own.serves() == [group["version"]] * 3


def test_a_data_scientist_reads_reports_and_nothing_else(stopped: Stopped, own: Promotions) -> None:
    """Whatever other policies the role has; and who is not named reads nothing, with the same ones."""
    (group,) = json.loads((stopped.aws.directory / "report.json").read_text(encoding="utf-8"))["groups"]
    bucket, _, model = group["model_data"].removeprefix("s3://").partition("/")
    named, other = (_with_policy(own, name) for name in ("scientist", "somebody-else"))
    listed = [each["Key"] for each in named.list_objects_v2(Bucket=bucket, Prefix="runs/")["Contents"]]
    report = next(each for each in listed if each.endswith("evaluation.json"))
    table = next(each for each in listed if each.endswith(".csv"))
    assert "regression_metrics" in json.loads(named.get_object(Bucket=bucket, Key=report)["Body"].read())
    for client, key in ((named, table), (named, model), (other, report)):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.get_object(Bucket=bucket, Key=key)


def _with_policy(own: Promotions, name: str) -> Any:
    """S3 for a role of the build account with the data scientist policy, and everything that S3 has."""
    iam, sts = own.aws.client("iam", TOOLING), own.aws.client("sts", TOOLING)
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLING}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=own.status()["scientistPolicyArn"])
    careless = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(
        RoleName=name, PolicyName="s3", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [careless]})
    )
    keys = sts.assume_role(RoleArn=role, RoleSessionName="reads")["Credentials"]
    return botocore.session.Session().create_client(
        "s3",
        region_name=REGION,
        endpoint_url=own.aws.exports(TOOLING)["AWS_ENDPOINT_URL"],
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def test_approving_and_rolling_back_there_work_without_a_manifest(stopped: Stopped, own: Promotions) -> None:
    first, version = own.serves()[1], own.register()
    said = own.command(TOOLING, "approve", GROUP, "--reason", stopped.hostile.reason)
    assert f"version {version} is approved" in said
    own.let_go_on(own.waiting(version))
    own.wait_for(version, "Succeeded")
    assert own.serves() == [version, version, version]
    own.command(TOOLING, "rollback", GROUP, "preview")
    assert own.serves() == [version, first, version]


def test_a_broken_endpoint_setting_stops_before_prod(stopped: Stopped, own: Promotions) -> None:
    served, since = own.serves(), len(own.executions())
    write(
        stopped.aws.directory / "project",
        stopped.modules.replace(SERVERLESS, BROKEN),
    )
    project = stopped.aws.directory / "project"
    stopped.aws.run(TOOLING, "seedfarmer", "apply", str(stopped.manifest.relative_to(project)), cwd=project)
    version = own.register()
    own.approve(version)
    ended = own.wait_for(version, "Failed", since=since)
    assert re.search(
        r"Deploy-preview ExecuteChangeSet Failed: .*00000000-0000", own.causes(ended["pipelineExecutionId"])
    )
    assert own.serves() == [version, *served[1:]]
    assert len(own.answer(own.places[2], ",".join(["0.01"] * 10))) == 1


def test_hostile_values_arrive_as_they_are_and_nothing_runs_them(stopped: Stopped, own: Promotions) -> None:
    """Late, so that the values have been through apply, training, approval, promotion and an apply on top."""
    hostile, aws = stopped.hostile, stopped.aws
    names = [each["name"] for each in aws.client("codepipeline", TOOLING).list_pipelines()["pipelines"]]
    stages = [aws.client("codepipeline", TOOLING).get_pipeline(name=name)["pipeline"]["stages"] for name in names]
    sources = {each[0]["actions"][0]["configuration"].get("BranchName") for each in stages}
    assert {hostile.branch, hostile.infra_branch} <= sources
    sagemaker = aws.client("sagemaker", TOOLING)
    (pipeline,) = sagemaker.list_pipelines()["PipelineSummaries"]
    executions = sagemaker.list_pipeline_executions(PipelineName=pipeline["PipelineName"])["PipelineExecutionSummaries"]
    arn = executions[0]["PipelineExecutionArn"]
    found = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    values = {each["Name"]: each["Value"] for each in found}
    assert (values["TargetColumn"], values["InputDataUrl"]) == (hostile.column, DATA)
    # what CustomerMetadataProperties of a version may hold
    assert values["Branch"] == re.sub(r"[^\w.:/=+@-]", "_", hostile.branch)
    (group,) = json.loads((aws.directory / "report.json").read_text(encoding="utf-8"))["groups"]
    assert own.version(group["version"])["CustomerMetadataProperties"]["Branch"] == values["Branch"]
    served = own.serves()[0]
    assert served
    assert hostile.reason in [own.version(number).get("ApprovalDescription") for number in range(1, served + 1)]
    assert hostile.ran() == []


def test_endpoints_start_again_from_a_snapshot(stopped: Stopped, own: Promotions) -> None:
    """The first rehearsal ends here; what follows is done in what was loaded."""
    row = ",".join(["0.01"] * 10)
    before = [own.answer(place, row) for place in own.places]
    saved = stopped.aws.rehearse("snapshot", "save", "evening", "--wait", "120")
    assert saved.returncode == 0, saved.stderr
    end(stopped.child, stopped.aws.directory / "output.txt")
    loaded = stopped.aws.rehearse("snapshot", "load", "evening", "--detach")
    assert loaded.returncode == 0, loaded.stderr
    assert [own.answer(place, row) for place in own.places] == before


def left(own: Promotions, stopped: Stopped, *options: str) -> dict[str, Any]:
    """`model-cicd leftovers --format json` of the manifest as it is now."""
    found: dict[str, Any] = json.loads(
        own.command(TOOLING, "leftovers", str(stopped.manifest), "--format", "json", *options)
    )
    assert found["unseen"] == []
    return found


def test_another_build_account_and_branch_and_an_environment_less(stopped: Stopped, own: Promotions) -> None:
    """The build account's own endpoint and that of the environment go; what serves from the old registry goes on."""
    project = stopped.aws.directory / "project"
    module = yaml.safe_load(textwrap.dedent(stopped.modules))
    (group,) = next(each["value"] for each in module["parameters"] if each["name"] == "deployment-groups")
    group["sourceBranch"] = "next"
    group.pop("dataScientists")  # roles of the build account
    group["buildEnvironment"] |= {"account": PREPROD, "movedFrom": TOOLING}
    group["deployEnvironments"] = [each for each in group["deployEnvironments"] if each["name"] == "live"]
    write(project, yaml.safe_dump(module))
    before = left(own, stopped)["leftovers"]
    assert [(each["kind"], each["environment"]) for each in before if each["kind"] == "endpoint"] == [
        ("endpoint", "train"),
        ("endpoint", "preview"),
    ]
    live = own.places[2]
    stopped.aws.run(TOOLING, "seedfarmer", "apply", str(stopped.manifest.relative_to(project)), cwd=project)
    (registry,) = left(own, stopped, "--delete", "--yes")["leftovers"]
    assert (registry["kind"], registry["account"]) == ("registry", TOOLING)
    assert registry["held"].startswith("live serves a release of it")
    assert len(own.answer(live, ",".join(["0.01"] * 10))) == 1
    kept = {(each["kind"], each["account"]) for each in left(own, stopped)["kept"]}
    assert {("bucket", TOOLING), ("key", TOOLING), ("model package group", TOOLING)} <= kept


def test_a_teardown_stops_where_it_cannot_see_what_serves(stopped: Stopped) -> None:
    """And nothing was taken down."""
    aws, role = stopped.aws, f"cdk-hnb659fds-deploy-role-{PROD}-{REGION}"
    iam = aws.client("iam", PROD)
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PROD}:root"}, "Action": "sts:AssumeRole"}
    closed = {"Version": "2012-10-17", "Statement": [own]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(closed))
    lines = ['eval "$(rehearse env)"', f'eval "$(model-cicd env {stopped.manifest})"']
    try:
        ended = in_shell(aws, *lines, "python -m model_cicd.promotion.teardown")
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    assert ended.returncode == 1 and "Traceback" not in ended.stderr, ended.stderr
    said = f"environment live (account {PROD}): promotions went there, and it cannot be reached"
    assert said in ended.stderr and "abandoned-account-ids" in ended.stderr
    assert len(aws.client("sagemaker", PROD).list_endpoints()["Endpoints"]) == 1


def test_a_destroy_leaves_nothing_that_runs(stopped: Stopped, own: Promotions) -> None:
    project = stopped.aws.directory / "project"
    stopped.aws.run(TOOLING, "seedfarmer", "destroy", "small", cwd=project)
    found = left(own, stopped)
    assert found["leftovers"] == []
    for account in (TOOLING, PREPROD, PROD):
        assert stopped.aws.client("sagemaker", account).list_endpoints()["Endpoints"] == []
        named = [
            each["StackName"] for each in stopped.aws.client("cloudformation", account).describe_stacks()["Stacks"]
        ]
        assert [name for name in named if name.startswith("elsewhere-small-")] == []
    # of both build accounts, and of the pipelines
    assert {each["account"] for each in found["kept"] if each["kind"] == "key"} == {TOOLING, PREPROD}
    assert [each["name"] for each in found["kept"] if each["kind"] == "code repository"] == ["infra", "models"]
