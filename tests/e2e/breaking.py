"""Who tries to break in, and what there is to break: the identities and resources of a kept rehearsal."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from tests.e2e.by_hand import REGION, ByHand, Kept

TOOLING, DEV, BUILD = "123456789010", "123456789012", "123456789015"
PREPROD, PROD, STRANGER = "123456789016", "123456789017", "999999999999"
GROUP = "prod-deployment-group"
ACCOUNTS = {"tooling": TOOLING, "dev": DEV, "build": BUILD, "preprod": PREPROD, "prod": PROD, "stranger": STRANGER}


@dataclass
class Target:
    """The registry of the group that reaches prod, and what builds and promotes its models."""

    aws: Kept
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _session: Any = field(default_factory=botocore.session.Session)

    def exports(self, account: str) -> dict[str, str]:
        """The variables of an account's administrator."""
        return self.aws.exports(account)

    def client(self, service: str, account: str) -> Any:
        """A client of an account's administrator."""
        if (service, account) not in self._clients:
            self._clients[service, account] = make_client(self._session, service, self.exports(account))
        return self._clients[service, account]

    @cached_property
    def _group(self) -> dict[str, Any]:
        return next(dict(each) for each in self.aws.report["groups"] if each["group"] == GROUP)

    @property
    def package(self) -> str:
        """The ARN of the approved version that serves in prod."""
        return str(self._group["model_package"])

    @property
    def group(self) -> str:
        """The name of the model package group."""
        return self.package.rpartition("/")[0].rpartition("/")[2]

    @property
    def pending(self) -> dict[str, Any]:
        """A version to register: what the approved one has."""
        shown = self.client("sagemaker", BUILD).describe_model_package(ModelPackageName=self.package)
        (container,) = shown["InferenceSpecification"]["Containers"]
        kept = {key: container[key] for key in ("Image", "ModelDataUrl") if key in container}
        return {
            "ModelPackageGroupName": self.group,
            "InferenceSpecification": {
                "Containers": [kept],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        }

    @property
    def bucket(self) -> str:
        """The registry bucket."""
        return str(self._group["model_data"]).removeprefix("s3://").partition("/")[0]

    @property
    def model(self) -> str:
        """The key of the model artifact."""
        return str(self._group["model_data"]).removeprefix("s3://").partition("/")[2]

    @cached_property
    def key(self) -> str:
        """The ARN of the registry's KMS key."""
        rules = self.client("s3", BUILD).get_bucket_encryption(Bucket=self.bucket)
        (rule,) = rules["ServerSideEncryptionConfiguration"]["Rules"]
        named = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
        return str(self.client("kms", BUILD).describe_key(KeyId=named)["KeyMetadata"]["Arn"])

    @property
    def release(self) -> str:
        """The ARN of the release that serves in prod."""
        return str(self._group["environments"][-1]["release"])

    @cached_property
    def _released(self) -> tuple[str, str]:
        shown = self.client("sagemaker", BUILD).describe_model_package(ModelPackageName=self.release)
        uri = str(shown["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bucket, key

    @property
    def release_bucket(self) -> str:
        """The bucket of releases."""
        return self._released[0]

    @property
    def release_model(self) -> str:
        """The key of the model that serves in prod."""
        return self._released[1]

    @property
    def training(self) -> str:
        """The name of the training pipeline."""
        return str(self._group["pipeline"])

    @property
    def promotion(self) -> str:
        """The name of the promotion pipeline."""
        return self.training.removesuffix("-training") + "-promotion"

    @cached_property
    def repository(self) -> str:
        """The repository of the training code."""
        pipeline = self.client("codepipeline", TOOLING).get_pipeline(name=self.training)["pipeline"]
        return str(pipeline["stages"][0]["actions"][0]["configuration"]["RepositoryName"])

    @cached_property
    def artifacts(self) -> str:
        """The artifact bucket of the pipelines."""
        pipeline = self.client("codepipeline", TOOLING).get_pipeline(name=self.training)["pipeline"]
        return str(pipeline["artifactStore"]["location"])

    @property
    def bus(self) -> str:
        """The event bus of the tooling account."""
        return f"arn:aws:events:{REGION}:{TOOLING}:event-bus/default"

    @cached_property
    def roles(self) -> dict[str, str]:
        """The ARNs of roles, by short names."""
        found = {
            "approver": self._role(BUILD, "rehearsal-lead-of-prod"),
            "stage-approver": self._role(TOOLING, "rehearsal-approver-of-prod"),
            "starter": self._role(BUILD, "-start"),
            "model": self._role(PROD, "-model"),
            "release": self._role(BUILD, "-release"),
            "recorder": self._role(BUILD, "-recorder"),
            "prepare": self._role(TOOLING, "prod-", "-promotion-prepare"),
            "training-build": self._role(TOOLING, "prod-", "-training-build"),
        }
        sagemaker = self.client("sagemaker", BUILD)
        (pipeline,) = sagemaker.list_pipelines()["PipelineSummaries"]
        found["training"] = pipeline["RoleArn"]
        for account, name in ((PROD, "prod"), (BUILD, "build")):
            for kind in ("deploy", "cfn-exec"):
                role = f"cdk-hnb659fds-{kind}-role-{account}-{REGION}"
                found[f"{name}-{kind}"] = f"arn:aws:iam::{account}:role/{role}"
        return found

    def _role(self, account: str, *parts: str) -> str:
        pages = self.client("iam", account).get_paginator("list_roles").paginate()
        arns = [role["Arn"] for page in pages for role in page["Roles"]]
        found = [arn for arn in arns if all(part in arn for part in parts) and arn.endswith(parts[-1][-6:])]
        (arn,) = found or [next(arn for arn in arns if parts[0] in arn)]
        return str(arn)

    def state(self) -> dict[str, Any]:
        """Everything that an intruder could have changed, as the accounts' administrators see it."""
        s3, sagemaker, kms = (self.client(name, BUILD) for name in ("s3", "sagemaker", "kms"))
        pipelines, code = self.client("codepipeline", TOOLING), self.client("codecommit", TOOLING)
        stored = [s3.list_object_versions(Bucket=each) for each in (self.bucket, self.release_bucket)]
        groups = (self.group, self.release.rpartition("/")[0].rpartition("/")[2])
        packages = [
            package
            for each in groups
            for package in sagemaker.list_model_packages(ModelPackageGroupName=each)["ModelPackageSummaryList"]
        ]
        branches = code.list_branches(repositoryName=self.repository)["branches"]
        return {
            "objects": sorted(
                (each["Key"], each["VersionId"], each["ETag"])
                for listed in stored
                for each in listed.get("Versions", [])
            ),
            "deleted": [each["Key"] for listed in stored for each in listed.get("DeleteMarkers", [])],
            "bucket policy": json.loads(s3.get_bucket_policy(Bucket=self.bucket)["Policy"]),
            "key policy": json.loads(kms.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"]),
            "key": kms.describe_key(KeyId=self.key)["KeyMetadata"]["KeyState"],
            "group policy": json.loads(
                sagemaker.get_model_package_group_policy(ModelPackageGroupName=groups[1])["ResourcePolicy"]
            ),
            "packages": sorted((each["ModelPackageArn"], each["ModelApprovalStatus"]) for each in packages),
            "branches": {
                name: code.get_branch(repositoryName=self.repository, branchName=name)["branch"]["commitId"]
                for name in branches
            },
            "pipelines": {
                name: pipelines.get_pipeline(name=name)["pipeline"] for name in (self.training, self.promotion)
            },
            "executions": {name: len(self._executions(name)) for name in (self.training, self.promotion)},
            "trust": {arn: self._trust(arn) for arn in self.roles.values()},
        }

    def _executions(self, pipeline: str) -> Any:
        listed = self.client("codepipeline", TOOLING).list_pipeline_executions(pipelineName=pipeline)
        return listed["pipelineExecutionSummaries"]

    def _trust(self, arn: str) -> Any:
        iam = self.client("iam", arn.split(":")[4])
        return iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]


class Actors:
    """Clients of everybody who tries: administrators, almighty roles, and the roles that the module made."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = botocore.session.Session()
        self._stack = ExitStack()
        self._keys: dict[str, dict[str, str]] = {}
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, who: str, service: str) -> Any:
        """A client of `prod` (its administrator), `prod-role` (an almighty role of it) or a role of the module."""
        if (who, service) not in self._clients:
            self._clients[who, service] = make_client(self._session, service, self.environment(who))
        return self._clients[who, service]

    def environment(self, who: str) -> dict[str, str]:
        """The variables under which a command acts as them."""
        if who not in self._keys:
            if who in ACCOUNTS:
                self._keys[who] = self._target.exports(ACCOUNTS[who])
            elif who in self._target.roles:
                self._keys[who] = self._stack.enter_context(become(self._target, self._target.roles[who]))
            else:
                account = ACCOUNTS[who.removesuffix("-role")]
                self._keys[who] = self._stack.enter_context(self._almighty(account))
        return self._keys[who]

    def leave(self) -> None:
        """Undo what made the roles assumable."""
        self._stack.close()

    @contextmanager
    def _almighty(self, account: str) -> Iterator[dict[str, str]]:
        """A session of a new role that may do everything in its account."""
        iam, name = self._target.client("iam", account), "intruder"
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        try:
            yield assume(self._target, arn)
        finally:
            iam.delete_role_policy(RoleName=name, PolicyName="all")
            iam.delete_role(RoleName=name)

    def run(self, who: str, *command: str, cwd: Path, at: str | None = None) -> subprocess.CompletedProcess[str]:
        """A command as `who`; git speaks to the repositories of the account `at`."""
        env = self.environment(who)
        if at:
            found = self._target.exports(at)
            env = env | {name: value for name, value in found.items() if name.startswith("GIT_CONFIG_")}
        return subprocess.run(command, cwd=cwd, env=env, text=True, capture_output=True, check=False)


@contextmanager
def become(aws: ByHand | Target, arn: str) -> Iterator[dict[str, str]]:
    """The variables of a session of a role: its account's administrator lets itself in by the trust policy."""
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    iam = aws.client("iam", account)
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    entry = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    changed = before | {"Statement": [*before["Statement"], entry]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(changed))
    try:
        yield assume(aws, arn)
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))


def assume(aws: ByHand | Target, arn: str) -> dict[str, str]:
    """The variables of a session of a role that its account's administrator may assume."""
    account = arn.split(":")[4]
    made = aws.client("sts", account).assume_role(RoleArn=arn, RoleSessionName="by-hand")["Credentials"]
    return aws.exports(account) | {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
    }


@contextmanager
def registry_objects(aws: ByHand, account: str) -> Iterator[Any]:
    """An S3 client of the training role of a build account: no administrator may use the registry's key."""
    pages = aws.client("iam", account).get_paginator("list_roles").paginate()
    (role,) = [each["Arn"] for page in pages for each in page["Roles"] if each["Arn"].endswith("-execution")]
    with become(aws, role) as env:
        yield make_client(botocore.session.Session(), "s3", env)


def make_client(session: Any, service: str, env: dict[str, str]) -> Any:
    """A client with the credentials and the endpoint of an environment."""
    return session.create_client(
        service,
        region_name=REGION,
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env.get("AWS_SESSION_TOKEN"),
        config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
    )


def settled(target: Target, seconds: float = 20) -> dict[str, Any]:
    """The state once nothing moves any more."""
    before, deadline = target.state(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = target.state()
        if now == before:
            return now
        before = now
    return before
