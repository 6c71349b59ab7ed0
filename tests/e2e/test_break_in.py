"""Breaking in: from every account and role, what must not be possible is denied and what is needed works.

Real clients on a kept rehearsal, as AWS decides: administrators of prod, pre-prod, dev, tooling and of a stranger's
account, almighty roles of theirs, and the module's own roles, which their accounts' administrators can become.
"""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e import release_attacks
from tests.e2e.breaking import BUILD, PROD, TOOLING, Actors, Target, settled
from tests.e2e.by_hand import BIN, Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

Call = Callable[[Any, Target], Any]
FOREIGN = ("prod", "prod-role", "preprod", "dev", "tooling", "stranger", "stranger-role")


def _put_event(events: Any, target: Target) -> None:
    """An event that looks like an approval; a failed entry is raised as the error that it is."""
    entry = {"Source": "my.models", "DetailType": "x", "Detail": "{}", "EventBusName": target.bus}
    answer = events.put_events(Entries=[entry])
    failed = answer["Entries"][0]
    assert answer["FailedEntryCount"] == 1, answer
    shown: Any = {"Error": {"Code": failed["ErrorCode"], "Message": failed["ErrorMessage"]},
             "ResponseMetadata": answer["ResponseMetadata"]}  # fmt: skip
    raise ClientError(shown, "PutEvents")


# what outsiders must not do: name -> (service, call, the action that the denial names)
OUTSIDE: dict[str, tuple[str, Call, str]] = {
    "read a model": ("s3", lambda c, t: c.get_object(Bucket=t.bucket, Key=t.model), "s3:GetObject"),
    "overwrite a model": ("s3", lambda c, t: c.put_object(Bucket=t.bucket, Key=t.model, Body=b"x"), "s3:PutObject"),
    "delete a model": ("s3", lambda c, t: c.delete_object(Bucket=t.bucket, Key=t.model), "s3:DeleteObject"),
    "change the bucket policy": (
        "s3", lambda c, t: c.put_bucket_policy(Bucket=t.bucket, Policy=_open("s3:*", f"arn:aws:s3:::{t.bucket}/*")),
        "s3:PutBucketPolicy",
    ),
    "decrypt": ("kms", lambda c, t: c.decrypt(KeyId=t.key, CiphertextBlob=b"x" * 64), "kms:Decrypt"),
    "encrypt": ("kms", lambda c, t: c.encrypt(KeyId=t.key, Plaintext=b"x"), "kms:Encrypt"),
    "change the key policy": (
        "kms", lambda c, t: c.put_key_policy(KeyId=t.key, PolicyName="default", Policy=_open("kms:*", "*")),
        "kms:PutKeyPolicy",
    ),
    "approve a model": (
        "sagemaker", lambda c, t: c.update_model_package(ModelPackageArn=t.package, ModelApprovalStatus="Approved"),
        "sagemaker:UpdateModelPackage",
    ),
    "delete a version": (
        "sagemaker", lambda c, t: c.delete_model_package(ModelPackageName=t.package), "sagemaker:DeleteModelPackage",
    ),
    "put an event on the bus": ("events", _put_event, "events:PutEvents"),
    "become the training role": ("sts", lambda c, t: _assume(c, t.roles["training"]), "sts:AssumeRole"),
    "become the approver": ("sts", lambda c, t: _assume(c, t.roles["approver"]), "sts:AssumeRole"),
}  # fmt: skip

# further attempts: (who, what, service, call, action)
INSIDE: list[tuple[str, str, str, Call, str]] = [
    # outsiders, the rest
    *((who, "list the models", "s3", lambda c, t: c.list_objects_v2(Bucket=t.bucket, Prefix="models/"), "s3:ListBucket")
      for who in ("prod", "preprod", "stranger")),
    ("prod", "read the bucket policy", "s3", lambda c, t: c.get_bucket_policy(Bucket=t.bucket), "s3:GetBucketPolicy"),
    ("prod", "overwrite by a copy", "s3", lambda c, t: c.copy_object(
        Bucket=t.bucket, Key=t.model, CopySource={"Bucket": t.bucket, "Key": t.model}), "s3:GetObject"),
    ("prod", "begin an upload", "s3", lambda c, t: c.create_multipart_upload(Bucket=t.bucket, Key=t.model),
     "s3:PutObject"),
    ("prod", "open an object to everybody", "s3", lambda c, t: c.put_object_acl(
        Bucket=t.bucket, Key=t.model, ACL="public-read"), "s3:PutObjectAcl"),
    ("prod", "delete many objects", "s3", lambda c, t: c.delete_objects(
        Bucket=t.bucket, Delete={"Objects": [{"Key": t.model}]}), "s3:DeleteObject"),
    ("prod", "make a data key", "kms", lambda c, t: c.generate_data_key(KeyId=t.key, KeySpec="AES_256"),
     "kms:GenerateDataKey"),
    ("prod", "re-encrypt", "kms", lambda c, t: c.re_encrypt(
        SourceKeyId=t.key, CiphertextBlob=b"x" * 64, DestinationKeyId=t.key), "kms:ReEncryptFrom"),
    ("prod", "grant themselves the key", "kms", lambda c, t: c.create_grant(
        KeyId=t.key, GranteePrincipal=f"arn:aws:iam::{PROD}:root", Operations=["Decrypt"]), "kms:CreateGrant"),
    ("prod", "delete the key", "kms", lambda c, t: c.schedule_key_deletion(KeyId=t.key), "kms:ScheduleKeyDeletion"),
    ("prod", "describe a version", "sagemaker", lambda c, t: c.describe_model_package(ModelPackageName=t.package),
     "sagemaker:DescribeModelPackage"),
    ("prod", "list the versions", "sagemaker", lambda c, t: c.list_model_packages(
        ModelPackageGroupName=_group_arn(t)), "sagemaker:ListModelPackages"),
    ("stranger", "register a version", "sagemaker", lambda c, t: c.create_model_package(
        **{**t.pending, "ModelPackageGroupName": _group_arn(t)}), "sagemaker:CreateModelPackage"),
    ("prod", "make a model by themselves", "sagemaker", lambda c, t: c.create_model(
        ModelName="mine", ExecutionRoleArn=t.roles["model"], PrimaryContainer={"ModelPackageName": t.package}),
     "sagemaker:CreateModel"),
    *((who, "become prod's model role", "sts", lambda c, t: _assume(c, t.roles["model"]), "sts:AssumeRole")
      for who in ("tooling", "preprod", "stranger")),
    ("stranger", "become CDK's deploy role in prod", "sts", lambda c, t: _assume(c, t.roles["prod-deploy"]),
     "sts:AssumeRole"),
    ("tooling", "become CloudFormation's role in prod", "sts", lambda c, t: _assume(c, t.roles["prod-cfn-exec"]),
     "sts:AssumeRole"),
    *((who, "read an artifact of the pipelines", "s3", lambda c, t: c.get_object(Bucket=t.artifacts, Key="any"),
       "s3:GetObject") for who in ("prod", "stranger")),
    *((who, "plant an artifact", "s3", lambda c, t: c.put_object(Bucket=t.artifacts, Key="any", Body=b"x"),
       "s3:PutObject") for who in ("prod", "build", "stranger")),
    # the build account's own administrator does not read models: only the roles that need them do
    ("build", "read a model", "s3", lambda c, t: c.get_object(Bucket=t.bucket, Key=t.model), "kms:Decrypt"),
    ("build", "write a model", "s3", lambda c, t: c.put_object(Bucket=t.bucket, Key="models/new", Body=b"x"),
     "kms:GenerateDataKey"),
    ("build", "put an event on the bus", "events", _put_event, "events:PutEvents"),
    # the role that serves models in prod
    ("model", "overwrite a model", "s3", lambda c, t: c.put_object(Bucket=t.bucket, Key=t.model, Body=b"x"),
     "s3:PutObject"),
    ("model", "delete a model", "s3", lambda c, t: c.delete_object(Bucket=t.bucket, Key=t.model), "s3:DeleteObject"),
    ("model", "list all of the registry", "s3", lambda c, t: c.list_objects_v2(Bucket=t.bucket), "s3:ListBucket"),
    ("model", "read training data", "s3", lambda c, t: c.get_object(Bucket=t.bucket, Key="data/any.csv"),
     "s3:GetObject"),
    ("model", "decrypt without S3", "kms", lambda c, t: c.decrypt(KeyId=t.key, CiphertextBlob=b"x" * 64),
     "kms:Decrypt"),
    ("model", "approve a model", "sagemaker", lambda c, t: c.update_model_package(
        ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
    ("model", "become the approver", "sts", lambda c, t: _assume(c, t.roles["approver"]), "sts:AssumeRole"),
    # CloudFormation's role in prod, an administrator there, may read the version and nothing more
    ("prod-cfn-exec", "approve a model", "sagemaker", lambda c, t: c.update_model_package(
        ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
    ("prod-cfn-exec", "delete a version", "sagemaker", lambda c, t: c.delete_model_package(
        ModelPackageName=t.package), "sagemaker:DeleteModelPackage"),
    ("prod-cfn-exec", "read a model", "s3", lambda c, t: c.get_object(Bucket=t.bucket, Key=t.model), "s3:GetObject"),
    # the training role registers, but does not approve, and does not touch what guards the registry
    ("training", "approve its model", "sagemaker", lambda c, t: c.update_model_package(
        ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
    ("training", "register an approved model", "sagemaker", lambda c, t: c.create_model_package(
        **t.pending, ModelApprovalStatus="Approved"), "sagemaker:CreateModelPackage"),
    ("training", "delete a version", "sagemaker", lambda c, t: c.delete_model_package(ModelPackageName=t.package),
     "sagemaker:DeleteModelPackage"),
    ("training", "change the group policy", "sagemaker", lambda c, t: c.put_model_package_group_policy(
        ModelPackageGroupName=t.group, ResourcePolicy=_open("sagemaker:*", t.package)),
     "sagemaker:PutModelPackageGroupPolicy"),
    ("training", "change the bucket policy", "s3", lambda c, t: c.put_bucket_policy(
        Bucket=t.bucket, Policy=_open("s3:*", f"arn:aws:s3:::{t.bucket}/*")), "s3:PutBucketPolicy"),
    ("training", "change the key policy", "kms", lambda c, t: c.put_key_policy(
        KeyId=t.key, PolicyName="default", Policy=_open("kms:*", "*")), "kms:PutKeyPolicy"),
    ("training", "delete a model", "s3", lambda c, t: c.delete_object(Bucket=t.bucket, Key=t.model),
     "s3:DeleteObject"),
    ("training", "become CloudFormation's role", "sts", lambda c, t: _assume(c, t.roles["build-cfn-exec"]),
     "sts:AssumeRole"),
    # the approver approves, and that is all
    ("approver", "delete a version", "sagemaker", lambda c, t: c.delete_model_package(ModelPackageName=t.package),
     "sagemaker:DeleteModelPackage"),
    ("approver", "register a version", "sagemaker", lambda c, t: c.create_model_package(**t.pending),
     "sagemaker:CreateModelPackage"),
    ("approver", "overwrite a model", "s3", lambda c, t: c.put_object(Bucket=t.bucket, Key=t.model, Body=b"x"),
     "s3:PutObject"),
    ("approver", "change the group policy", "sagemaker", lambda c, t: c.put_model_package_group_policy(
        ModelPackageGroupName=t.group, ResourcePolicy=_open("sagemaker:*", t.package)),
     "sagemaker:PutModelPackageGroupPolicy"),
    # the role that starts trainings
    ("starter", "approve a model", "sagemaker", lambda c, t: c.update_model_package(
        ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
    ("starter", "delete the training pipeline's role trust", "iam", lambda c, t: c.update_assume_role_policy(
        RoleName=t.roles["training"].rpartition("/")[2], PolicyDocument="{}"), "iam:UpdateAssumeRolePolicy"),
    # the tooling account's roles
    *(
        (who, what, service, call, action)
        for who in ("training-build", "prepare")
        for what, service, call, action in (
            ("start a promotion", "codepipeline", lambda c, t: c.start_pipeline_execution(
                name=t.promotion, variables=[{"name": "ModelPackageArn", "value": t.package}]),
             "codepipeline:StartPipelineExecution"),
            ("alter the promotion pipeline", "codepipeline", lambda c, t: c.update_pipeline(pipeline=_altered(t)),
             "codepipeline:UpdatePipeline"),
            ("approve a stage", "codepipeline", lambda c, t: c.put_approval_result(
                pipelineName=t.promotion, stageName="prod-env", actionName="Approve", token=str(uuid.UUID(int=0)),
                result={"summary": "", "status": "Approved"}), "codepipeline:PutApprovalResult"),
            ("write to the repository", "codecommit", lambda c, t: c.put_file(
                repositoryName=t.repository, branchName="main", fileContent=b"x", filePath="x"),
             "codecommit:PutFile"),
            ("deploy to prod", "sts", lambda c, t: _assume(c, t.roles["prod-deploy"]), "sts:AssumeRole"),
            ("approve a model", "sagemaker", lambda c, t: c.update_model_package(
                ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
        )
    ),
    # whoever answers approvals may start promotions too, of versions that somebody else approved
    ("stage-approver", "approve a model", "sagemaker", lambda c, t: c.update_model_package(
        ModelPackageArn=t.package, ModelApprovalStatus="Approved"), "sagemaker:UpdateModelPackage"),
    ("stage-approver", "delete the promotion pipeline", "codepipeline", lambda c, t: c.delete_pipeline(
        name=t.promotion), "codepipeline:DeletePipeline"),
    ("stage-approver", "alter the promotion pipeline", "codepipeline", lambda c, t: c.update_pipeline(
        pipeline=_altered(t)), "codepipeline:UpdatePipeline"),
]  # fmt: skip

# what must work: (who, what, service, call)
NEEDED: list[tuple[str, str, str, Call]] = [
    *release_attacks.NEEDED,
    ("approver", "approve a model", "sagemaker", lambda c, t: c.describe_model_package(ModelPackageName=t.package)),
    ("approver", "list the versions", "sagemaker", lambda c, t: c.list_model_packages(ModelPackageGroupName=t.group)),
    ("training", "read a model", "s3", lambda c, t: c.get_object(Bucket=t.bucket, Key=t.model)["Body"].read()),
    ("build", "describe a version", "sagemaker", lambda c, t: c.describe_model_package(ModelPackageName=t.package)),
    ("build", "read the key policy", "kms", lambda c, t: c.get_key_policy(KeyId=t.key, PolicyName="default")),
    ("tooling", "deploy to prod through the role of CDK", "sts", lambda c, t: _assume(c, t.roles["prod-deploy"])),
    ("stage-approver", "look at the pipeline", "codepipeline", lambda c, t: c.get_pipeline_state(name=t.promotion)),
]  # fmt: skip

ATTEMPTS = [
    *(
        (who, what, service, call, action)
        for what, (service, call, action) in OUTSIDE.items()
        for who in FOREIGN
        if (who, service) != ("tooling", "events")  # its own bus
    ),
    *INSIDE,
    *release_attacks.ATTEMPTS,
]


@pytest.fixture(scope="module")
def target(kept: Kept) -> Target:
    return Target(kept)


@pytest.fixture(scope="module")
def actors(target: Target) -> Iterator[Actors]:
    """Everybody; afterwards nothing of what they went for may have changed."""
    before = settled(target)
    made = Actors(target)
    yield made
    made.leave()
    assert settled(target) == before


def test_there_are_many_attempts() -> None:
    assert len(ATTEMPTS) >= 185
    assert len({(who, what) for who, what, *_ in ATTEMPTS}) == len(ATTEMPTS)


@pytest.mark.parametrize("attempt", [pytest.param(each, id=f"{each[0]}: {each[1]}") for each in ATTEMPTS])
def test_denied(actors: Actors, target: Target, attempt: tuple[str, str, str, Call, str]) -> None:
    who, _, service, call, action = attempt
    with pytest.raises(ClientError) as refused:
        call(actors.client(who, service), target)
    error, status = refused.value.response["Error"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert error["Code"] in ("AccessDenied", "AccessDeniedException"), error
    assert re.match(rf"User: arn:aws:\S+ is not authorized to perform: {action} on resource: ", error["Message"])
    assert status == 403 or action == "events:PutEvents"  # a failed entry of a request that went through


@pytest.mark.parametrize(
    ("who", "service", "call"),
    [pytest.param(who, service, call, id=f"{who}: {what}") for who, what, service, call in NEEDED],
)
def test_needed(actors: Actors, target: Target, who: str, service: str, call: Call) -> None:
    assert call(actors.client(who, service), target)


@pytest.mark.parametrize("who", ["stranger", "prod", "training-build"])
def test_nobody_else_pushes_with_git(actors: Actors, target: Target, tmp_path: Path, who: str) -> None:
    url = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{target.repository}"
    clone = tmp_path / "clone"
    assert actors.run("tooling", "git", "clone", "--quiet", url, str(clone), cwd=tmp_path).returncode == 0
    if who != "training-build":
        read = actors.run(who, "git", "ls-remote", url, cwd=tmp_path, at=TOOLING)
        assert "not authorized to perform: codecommit:GitPull" in read.stderr
    (clone / "intruder.txt").write_text("here", encoding="utf-8")
    for command in (["add", "--all"], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *command], cwd=clone, check=True)
    pushed = actors.run(who, "git", "push", "origin", "HEAD:main", cwd=clone, at=TOOLING)
    assert pushed.returncode != 0
    assert "not authorized to perform: codecommit:GitPush on resource: arn:aws:codecommit:" in pushed.stderr


def test_the_aws_command_shows_the_denial(actors: Actors, target: Target, tmp_path: Path) -> None:
    said = actors.run(
        "prod",
        str(BIN / "aws"),
        "sagemaker",
        "update-model-package",
        "--model-package-arn",
        target.package,
        "--model-approval-status",
        "Approved",
        cwd=tmp_path,
    )
    assert said.returncode in (254, 255)  # of version 2 and 1 of the command
    assert "An error occurred (AccessDeniedException) when calling the UpdateModelPackage operation: " in said.stderr
    assert "because no resource-based policy allows the sagemaker:UpdateModelPackage action" in said.stderr


def _open(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _group_arn(target: Target) -> str:
    return f"arn:aws:sagemaker:us-east-1:{BUILD}:model-package-group/{target.group}"


def _assume(sts: Any, role: str) -> Any:
    return sts.assume_role(RoleArn=role, RoleSessionName="intruder")


def _altered(target: Target) -> dict[str, Any]:
    pipeline = target.client("codepipeline", TOOLING).get_pipeline(name=target.promotion)["pipeline"]
    stages = [stage for stage in pipeline["stages"] if "Approv" not in stage["name"]]
    return dict(pipeline) | {"stages": stages}
