"""`model-cicd doctor`: each thing broken once, its line and the exit code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from model_cicd import cli
from tests.emulator.doctor.conftest import ADMINISTRATOR, BARE, BUILD, MANIFEST, PROD, REGION, TOOLING, Ward, trust

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"

Undo = Callable[[Callable[[], object]], None]


def role(kind: str, account: str) -> str:
    return f"cdk-hnb659fds-{kind}-role-{account}-{REGION}"


def broken(ward: Ward, *lines: str, options: tuple[str, ...] = (), manifest: str = MANIFEST) -> list[dict[str, str]]:
    """That these are all that stops a deployment, and the findings that say so."""
    ended = ward.doctor(*options, manifest=manifest)
    assert ended.said("stops") == list(lines)
    assert ended.code == 1
    return [each for each in ended.findings if each["severity"] == "stops"]


def test_accounts_that_are_ready(ward: Ward) -> None:
    ended = ward.doctor()
    assert (ended.said("stops"), ended.said("warning"), ended.code) == ([], [], 0)
    assert {each["account"] for each in ended.findings} == {TOOLING, BUILD, PROD}
    assert ended.text == ward.doctor().text  # in one order, whatever answered first
    text = ward.doctor(form="text").text
    assert "0 things stop a deployment, 0 warnings, " in " ".join(text.split())


def test_an_account_without_bootstrap(ward: Ward) -> None:
    manifest = MANIFEST.replace(PROD, BARE)
    (found,) = broken(
        ward,
        f"{BARE} account: cannot be reached: the role {role('lookup', BARE)} is not there, or you may not assume it "
        "(--role-name names another)",
        manifest=manifest,
    )
    assert found["mend"].startswith(f"npx cdk bootstrap aws://{BARE}/{REGION} --trust {TOOLING} --cloudformation-exec")


def test_an_account_without_bootstrap_that_another_role_leads_to(ward: Ward, undo: Undo) -> None:
    for account in (BUILD, PROD, BARE):
        iam = ward.client("iam", account)
        iam.create_role(RoleName="audit", AssumeRolePolicyDocument=trust(TOOLING))
        iam.attach_role_policy(RoleName="audit", PolicyArn=READ_ONLY)
        undo(functools.partial(iam.delete_role, RoleName="audit"))
        undo(functools.partial(iam.detach_role_policy, RoleName="audit", PolicyArn=READ_ONLY))
    manifest = MANIFEST.replace(PROD, BARE)
    line = f"{BARE} bootstrap: no CDK bootstrap with the qualifier hnb659fds"
    broken(ward, line, options=("--role-name", "audit"), manifest=manifest)
    ward.bootstrap(BARE, ward.template.replace('Value: "33"', 'Value: "5"'), Qualifier="other1234")
    stacks = ward.client("cloudformation", BARE)
    undo(lambda: stacks.delete_stack(StackName="CDKToolkit"))
    line += ", only CDKToolkit (other1234)"
    broken(ward, line, options=("--role-name", "audit"), manifest=manifest)


def test_an_old_bootstrap_and_one_whose_name_is_not_the_default(ward: Ward, undo: Undo) -> None:
    stacks = ward.client("cloudformation", PROD)

    def update(version: str) -> None:
        old = ward.template.replace('Value: "33"', f'Value: "{version}"')
        stacks.update_stack(
            StackName="CDKToolkit",
            TemplateBody=old,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": name, "UsePreviousValue": True}
                for name in ("TrustedAccounts", "CloudFormationExecutionPolicies")
            ],
        )
        stacks.get_waiter("stack_update_complete").wait(StackName="CDKToolkit", WaiterConfig={"Delay": 1})

    undo(lambda: update("33"))
    update("5")
    (found,) = broken(ward, f"{PROD} bootstrap: CDKToolkit has version 5, expected at least 8")
    assert found["mend"].startswith(f"npx cdk bootstrap aws://{PROD}/{REGION} --trust {TOOLING}")


def test_a_role_that_trusts_somebody_else(ward: Ward, undo: Undo) -> None:
    iam, name = ward.client("iam", PROD), role("deploy", PROD)
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    undo(lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before)))
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(PROD, BUILD))
    broken(ward, f"{PROD} bootstrap: the role {name} does not trust account {TOOLING}")


def test_cloudformation_without_rights(ward: Ward, undo: Undo) -> None:
    iam, name = ward.client("iam", BUILD), role("cfn-exec", BUILD)
    undo(lambda: iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR))
    iam.detach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
    broken(ward, f"{BUILD} bootstrap: {name} has no policy: CloudFormation can make nothing")


def test_seedfarmers_roles(ward: Ward, undo: Undo) -> None:
    iam = ward.client("iam", TOOLING)
    deployment, toolchain = "seedfarmer-proj-deployment-role", "seedfarmer-proj-toolchain-role"
    undo(lambda: iam.update_assume_role_policy(RoleName=deployment, PolicyDocument=trust(TOOLING)))
    undo(lambda: iam.create_role(RoleName=toolchain, AssumeRolePolicyDocument=trust(TOOLING)))
    iam.update_assume_role_policy(RoleName=deployment, PolicyDocument=trust(PROD))
    iam.delete_role(RoleName=toolchain)
    found = broken(
        ward,
        f"{TOOLING} Seed-Farmer: the role {deployment} does not trust account {TOOLING}",
        f"{TOOLING} Seed-Farmer: the role {toolchain} is not there: `seedfarmer apply` begins with it",
    )
    assert found[0]["mend"] == f"seedfarmer bootstrap target --project proj --toolchain-account {TOOLING}"
    assert found[1]["mend"].startswith("seedfarmer bootstrap toolchain --project proj --trusted-principal arn:aws:iam")


@pytest.mark.parametrize(
    ("at", "value", "severity", "line"),
    [
        ((BUILD, "sagemaker", "ml.m5.large for training job usage"), 0, "stops", "the quota is 0, 1 needed"),
        ((PROD, "sagemaker", "ml.m5.large for endpoint usage"), 1, "warning",
         "the quota is 1, an update needs 2: old and new at once"),
        ((TOOLING, "codebuild", "Concurrently running builds for Linux/Small environment"), 1, "warning",
         "the quota is 1, 2 may run at once: some will wait"),
        ((TOOLING, "codepipeline", "Total pipelines"), 2, "stops", "0 of 2 are used, 3 more needed"),
        ((TOOLING, "events", "Number of rules"), 2, "stops", "0 of 2 are used, 4 more needed"),
    ],
    ids=["training", "endpoint", "builds", "pipelines", "rules"],
)  # fmt: skip
def test_quotas(ward: Ward, undo: Undo, at: tuple[str, str, str], *, value: int, severity: str, line: str) -> None:
    account, service, name = at
    undo(lambda: ward.world.services.quotas.limit(account, REGION, service, name, 300.0))
    ward.world.services.quotas.limit(account, REGION, service, name, float(value))
    ended = ward.doctor()
    (found,) = [each for each in ended.findings if each["severity"] != "ok"]
    assert (found["severity"], found["account"], found["message"]) == (severity, account, f"{name}: {line}")
    assert f"--service-code {service} --quota-code L-" in found["mend"]
    assert ended.code == (1 if severity == "stops" else 0)


def test_names_that_are_taken(ward: Ward, undo: Undo) -> None:
    iam = ward.client("iam", BUILD)
    iam.create_role(RoleName="proj-dep-models-m-churn-start", AssumeRolePolicyDocument=trust(BUILD))
    undo(lambda: iam.delete_role(RoleName="proj-dep-models-m-churn-start"))
    (found,) = broken(
        ward,
        f"{BUILD} names: the role proj-dep-models-m-churn-start exists and is not of the stack "
        "proj-dep-models-m-churn-build: delete it if nobody needs it",
    )
    assert found["mend"] == "aws iam delete-role --role-name proj-dep-models-m-churn-start"


def test_what_an_earlier_destroy_kept_is_only_a_warning(ward: Ward, undo: Undo) -> None:
    code, s3, sagemaker = (
        ward.client("codecommit", TOOLING), ward.client("s3", BUILD), ward.client("sagemaker", BUILD),
    )  # fmt: skip
    bucket = f"proj-dep-models-m-churn-registry-{BUILD}-{REGION}"
    code.create_repository(repositoryName="train")
    undo(lambda: code.delete_repository(repositoryName="train"))
    s3.create_bucket(Bucket=bucket)
    undo(lambda: s3.delete_bucket(Bucket=bucket))
    sagemaker.create_model_package_group(ModelPackageGroupName="proj-dep-models-m-churn")
    undo(lambda: sagemaker.delete_model_package_group(ModelPackageGroupName="proj-dep-models-m-churn"))
    ended = ward.doctor()
    assert (ended.code, ended.said("stops")) == (0, [])
    assert [each.partition(" exists")[0] for each in ended.said("warning")] == [
        f"{TOOLING} names: the repository train",
        f"{BUILD} names: the bucket {bucket}",
        f"{BUILD} names: the model package group proj-dep-models-m-churn",
    ]


def test_what_the_manifest_says_is_there(ward: Ward) -> None:
    manifest = MANIFEST.replace("name: train}", "name: train, create: false}")
    key = "          - name: infra-repo"
    manifest = manifest.replace(key, f"          - {{name: permissions-boundary-name, value: edge}}\n{key}")
    broken(
        ward,
        f"{TOOLING} names: the policy edge is not there, which permissions-boundary-name names",
        f"{TOOLING} names: the repository train is not there, which model-build-repo names",
        f"{BUILD} names: the policy edge is not there, which permissions-boundary-name names",
        manifest=manifest,
    )


def test_networks(ward: Ward) -> None:
    ec2 = ward.client("ec2", PROD)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    vpc = ec2_backends[PROD][REGION].create_vpc("10.9.0.0/16").id  # which is not to be had by the API
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    other = groups[0]["GroupId"]

    def attached(subnet: str, group: str) -> str:
        endpoint = f"endpoint: {{vpc: {{subnetIds: [{subnet}], securityGroupIds: [{group}]}}}}"
        return MANIFEST.replace("type: prod}", f"type: prod, {endpoint}}}")

    absent = "subnet-0123456789abcdef0"
    line = f"{PROD} network: the subnet {absent} of live of churn is not there, choose one that is"
    broken(ward, line, manifest=attached(absent, other))
    (found,) = broken(
        ward,
        f"{PROD} network: live of churn has subnets and security groups of several VPCs: {subnet} in "
        f"{ec2.describe_subnets(SubnetIds=[subnet])['Subnets'][0]['VpcId']}, {other} in {vpc}",
        manifest=attached(subnet, other),
    )
    assert found["mend"] == ""


@pytest.mark.parametrize(("account", "line"), [
    (PROD, "the account is in o-rehearsal00, the manifest has o-abcdefghij"),
    (BARE, "the account is in no organization, the manifest has o-abcdefghij"),
])  # fmt: skip
def test_another_organization(ward: Ward, undo: Undo, account: str, line: str) -> None:
    if account == BARE:
        ward.bootstrap(BARE, Qualifier="hnb659fds")
        undo(lambda: ward.client("cloudformation", BARE).delete_stack(StackName="CDKToolkit"))
    key = "          - name: infra-repo"
    manifest = MANIFEST.replace(key, f"          - {{name: organization-id, value: o-abcdefghij}}\n{key}")
    ended = ward.doctor(manifest=manifest.replace(PROD, account))
    assert f"{account} organization: {line}" in ended.said("stops")
    assert ended.code == 1


def test_a_region_without_codecommit(ward: Ward) -> None:
    ended = ward.doctor(manifest=MANIFEST.replace("- {region: us-east-1, ", "- {region: ca-west-1, "))
    assert f"{TOOLING} services: AWS has no CodeCommit in ca-west-1, choose a region that has it" in ended.said("stops")


def test_no_credentials_and_wrong_usage(ward: Ward, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    ended = ward.doctor()
    assert (ended.code, ended.text.strip()) == (
        1,
        "the AWS credentials are not valid (any more): InvalidClientTokenId: "
        "The security token included in the request is invalid.",
    )
    with pytest.raises(SystemExit) as refused:
        cli.main(["doctor"])
    assert refused.value.code == 2
    assert "MANIFEST" in capsys.readouterr().err


def test_a_repository_of_images_from_before_is_taken_over(ward: Ward, undo: Undo) -> None:
    key = "                sourceBranch: main\n"
    manifest = MANIFEST.replace(key, f"{key}                images: [{{name: own, path: images/own}}]\n")
    assert ward.doctor(manifest=manifest).said("warning") == []
    ecr, name = ward.client("ecr", BUILD), "proj-dep-models-m-churn/own"
    ecr.create_repository(repositoryName=name)
    undo(functools.partial(ecr.delete_repository, repositoryName=name))
    text = f"the image repository {name} exists outside of the stack proj-dep-models-m-churn-build"
    assert ward.doctor(manifest=manifest).said("warning") == [
        f"{BUILD} names: {text}: the deployment will take it over"
    ]
