"""Takes what an earlier `destroy` retained back into the stacks: `python -m model_cicd.adopt`, after `cdk synth`.

A destroy keeps keys, buckets, model package groups and repositories. A later deployment with the same names would fail
because they exist, so this looks for each retained resource that the synthesized stacks declare and the deployed stacks
lack. What CloudFormation can import is imported with `cdk import`; repositories, which it cannot
(https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1002), are used as existing ones.
docs/adr/0004-destroy-and-readoption.md has the reasons.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_cicd.aws import accounts
from model_cicd.text.errors import ModelCicdError

#: must equal apps.EXISTING_REPOSITORIES; this module imports nothing of CDK
EXISTING_REPOSITORIES = "existing-repositories"
_REPOSITORY = "AWS::CodeCommit::Repository"
# stacks in these states own nothing; `cdk` deletes them before it makes them anew
_EMPTY_STATES = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")

Properties = Mapping[str, Any]
#: logical id -> resource of a template
Resources = Mapping[str, Mapping[str, Any]]
#: makes a boto3 client of a service in one account and region, with the rights of its CDK lookup role
Client = Callable[[str], Any]


@dataclass(frozen=True)
class SynthesizedStack:
    """A stack of the cloud assembly."""

    name: str
    account: str
    region: str
    lookup_role_arn: str
    resources: Resources

    def retained(self) -> Iterable[tuple[str, str, Properties]]:
        """Logical id, type and properties of every resource that outlives the stack."""
        for logical_id, resource in self.resources.items():
            if resource.get("DeletionPolicy") == "Retain":
                yield logical_id, resource["Type"], resource["Properties"]


@dataclass
class Retained:
    """What exists outside the stacks: identifiers for import by stack and logical id, and names of repositories."""

    imports: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    repositories: list[str] = field(default_factory=list)


def read_assembly(directory: Path) -> list[SynthesizedStack]:
    """The stacks of the cloud assembly in `directory`.

    Raises ModelCicdError when there is none.
    """
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelCicdError(f"{directory}: no cloud assembly, run `cdk synth` first ({error.strerror})") from None
    stacks = []
    for name, artifact in manifest["artifacts"].items():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        account, region = artifact["environment"].removeprefix("aws://").split("/")
        template = json.loads((directory / artifact["properties"]["templateFile"]).read_text(encoding="utf-8"))
        lookup = artifact["properties"]["lookupRole"]["arn"]
        stacks.append(SynthesizedStack(name, account, region, lookup, template["Resources"]))
    return stacks


def find_retained(stacks: Sequence[SynthesizedStack], connect: Callable[[SynthesizedStack], Client]) -> Retained:
    """Look for every retained resource of `stacks` that exists although the deployed stack does not hold it.

    Raises ModelCicdError when an account cannot be read, or a key waits for its deletion.
    """
    found = Retained()
    for stack in stacks:
        client = connect(stack)
        owned = _owned(stack.name, client)
        for logical_id, kind, properties in stack.retained():
            if logical_id in owned:
                continue
            if kind == _REPOSITORY:
                name = properties["RepositoryName"]
                if _look(client("codecommit").get_repository, repositoryName=name):
                    found.repositories.append(name)
                continue
            identifier = _FINDERS[kind](client, logical_id, stack.resources)
            if identifier:
                found.imports.setdefault(stack.name, {})[logical_id] = identifier
    return found


def commands(retained: Retained, assembly: str) -> list[list[str]]:
    """The commands that take `retained` in, in order."""
    wanted: list[list[str]] = []
    if retained.repositories:
        names = ",".join(sorted(retained.repositories))
        wanted.append(["npx", "cdk", "synth", "--quiet", "--context", f"{EXISTING_REPOSITORIES}={names}"])
    for stack, identifiers in retained.imports.items():
        mapping = json.dumps(identifiers, sort_keys=True)
        wanted.append(
            ["npx", "cdk", "import", stack, "--app", assembly, "--resource-mapping-inline", mapping, "--force"]
        )
    return wanted


def main(assembly: str = "cdk.out") -> int:
    """Find what was retained and take it in; the exit code is 0, or that of the command that failed."""
    try:
        retained = find_retained(read_assembly(Path(assembly)), lookup)
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    for name in retained.repositories:
        print(f"repository {name} exists already and is used as it is", flush=True)
    for command in commands(retained, assembly):
        print("+", " ".join(command), flush=True)
        code = subprocess.run(command, check=False).returncode
        if code:
            print(f"this command failed with exit code {code}; the README says how to do it by hand", file=sys.stderr)
            return code
    return 0


def lookup(stack: SynthesizedStack) -> Client:
    """Clients with the read-only rights of the CDK lookup role of the stack's account."""
    import boto3

    partition = boto3.Session().get_partition_for_region(stack.region)
    role = stack.lookup_role_arn.replace("${AWS::Partition}", partition)
    try:
        return accounts.assume(role, stack.region, "model-cicd-adopt")
    except ModelCicdError as error:
        raise ModelCicdError(
            f"account {stack.account}, region {stack.region}: {error}; "
            f"bootstrap it with `cdk bootstrap aws://{stack.account}/{stack.region} --trust <tooling account> "
            "--cloudformation-execution-policies <policy>` as the module's README says"
        ) from None


def _owned(stack: str, client: Client) -> set[str]:
    """Logical ids of what the deployed stack holds."""
    cloudformation = client("cloudformation")
    described = _look(cloudformation.describe_stacks, StackName=stack)
    if not described or described["Stacks"][0]["StackStatus"] in _EMPTY_STATES:
        return set()
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        each["LogicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    }


def _look(call: Callable[..., Any], **arguments: str | list[str]) -> Any | None:
    """What `call` answers, or None when there is no such thing; other errors are raised in words."""
    from botocore.exceptions import ClientError

    try:
        return call(**arguments)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        absent = ("404", "NotFoundException", "ResourceNotFound", "RepositoryDoesNotExistException")
        if code in absent or "does not exist" in message:
            return None
        raise ModelCicdError(f"{error.operation_name} of {arguments}: {message or code}") from None


def _bucket(client: Client, logical_id: str, resources: Resources) -> dict[str, str] | None:
    name = resources[logical_id]["Properties"]["BucketName"]
    return {"BucketName": name} if _look(client("s3").head_bucket, Bucket=name) else None


def _alias(client: Client, logical_id: str, resources: Resources) -> dict[str, str] | None:
    name = resources[logical_id]["Properties"]["AliasName"]
    return {"AliasName": name} if _look(client("kms").describe_key, KeyId=name) else None


def _key(client: Client, logical_id: str, resources: Resources) -> dict[str, str] | None:
    """A key has no name of its own: it is the one that the alias of the same stack still points to."""
    aliases = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::KMS::Alias"]
    alias = next(each["AliasName"] for each in aliases if each["TargetKeyId"]["Fn::GetAtt"][0] == logical_id)
    answer = _look(client("kms").describe_key, KeyId=alias)
    if answer is None:
        return None
    key: dict[str, str] = answer["KeyMetadata"]
    if key["KeyState"] == "PendingDeletion":
        raise ModelCicdError(
            f"{alias} points to key {key['Arn']}, which waits for its deletion: keep it with "
            f"`aws kms cancel-key-deletion --key-id {key['KeyId']}` and `aws kms enable-key --key-id {key['KeyId']}`, "
            f"or give it and what it encrypts up with `aws kms delete-alias --alias-name {alias}`"
        )
    return {"KeyId": key["KeyId"]}


def key_arn(client: Client, resources: Resources) -> str | None:
    """The ARN of the key that the one alias among `resources` points to, or None when there is none yet."""
    (alias,) = [each["Properties"]["AliasName"] for each in resources.values() if each["Type"] == "AWS::KMS::Alias"]
    answer = _look(client("kms").describe_key, KeyId=alias)
    return str(answer["KeyMetadata"]["Arn"]) if answer else None


def _model_package_group(client: Client, logical_id: str, resources: Resources) -> dict[str, str] | None:
    name = resources[logical_id]["Properties"]["ModelPackageGroupName"]
    answer = _look(client("sagemaker").describe_model_package_group, ModelPackageGroupName=name)
    return {"ModelPackageGroupArn": answer["ModelPackageGroupArn"]} if answer else None


def _image_repository(client: Client, logical_id: str, resources: Resources) -> dict[str, str] | None:
    name = resources[logical_id]["Properties"]["RepositoryName"]
    found = _look(client("ecr").describe_repositories, repositoryNames=[name])
    return {"RepositoryName": name} if found else None


Finder = Callable[[Client, str, Resources], dict[str, str] | None]

# the identifiers by which CloudFormation imports each type: `aws cloudformation get-template-summary` names them
_FINDERS: dict[str, Finder] = {
    "AWS::ECR::Repository": _image_repository,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
    "AWS::SageMaker::ModelPackageGroup": _model_package_group,
}

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
