"""What the gate does not know is a difference: attacks that passed it, each in a template that was synthesized."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment
from model_cicd.access.report import make_report
from model_cicd.access.text import summary
from model_cicd.sagemaker_model_cicd.topology import Topology
from tests.unit.access.conftest import Templates

pytestmark = pytest.mark.xdist_group("access")
Alter = Callable[..., Deployment]
BUILD, PROMOTION, TRAINING = (f"shop-models-training-prices-live-{part}" for part in ("build", "promotion", "tooling"))
TOOLING = "shop-models-training-prices"
STRANGER = "888888888888"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
Change = Callable[[Templates], None]


def differences(deployment: Deployment) -> list[str]:
    return [str(each) for each in make_report(deployment).unexpected]


def of_type(template: dict[str, Any], kind: str, **properties: Any) -> dict[str, Any]:
    """The first resource of a type with these properties."""
    return next(
        each
        for each in template["Resources"].values()
        if each["Type"] == kind and all(each["Properties"].get(key) == value for key, value in properties.items())
    )


def add(kind: str, *, name: str = "Added", stack: str = BUILD, **properties: Any) -> Change:
    def change(templates: Templates) -> None:
        templates[stack]["Resources"][name] = {"Type": kind, "Properties": properties}

    return change


def document(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def role(trust: dict[str, Any] = TRUST, **statement: Any) -> Change:
    policies = [{"PolicyName": "p", "PolicyDocument": document(**statement)}] if statement else []
    return add("AWS::IAM::Role", RoleName="added", AssumeRolePolicyDocument=document(**trust), Policies=policies)


def statement_of(name: str, stack: str = BUILD, **statement: Any) -> Change:
    """A further statement of the policy of the role at the logical id `name`."""

    def change(templates: Templates) -> None:
        (policy,) = templates[stack]["Resources"][name]["Properties"]["Policies"]
        policy["PolicyDocument"]["Statement"].append({"Sid": "Added", "Effect": "Allow", **statement})

    return change


def policy_of(kind: str, key: str, stack: str = BUILD, **statement: Any) -> Change:
    def change(templates: Templates) -> None:
        of_type(templates[stack], kind)["Properties"][key]["Statement"].append({"Effect": "Allow", **statement})

    return change


def set_to(kind: str, key: str, value: Any, stack: str = BUILD, **found_by: Any) -> Change:
    def change(templates: Templates) -> None:
        of_type(templates[stack], kind, **found_by)["Properties"][key] = value

    return change


WHOLE = ["dynamodb:*", "secretsmanager:*", "lambda:*", "iam:CreateAccessKey", "ssm:SendCommand", "organizations:*"]
OIDC = f"arn:aws:iam::{STRANGER}:oidc-provider/token.actions.githubusercontent.com"
BUCKET = "arn:aws:s3:::shop-models-train-live-9e21190b-registry-444444444444-eu-west-1"
PROD_ROLE = "arn:aws:iam::666666666666:role/shop-models-training-prices-live.shop-model"
ADDED = f"statement 1 of {BUILD}/Added/Policies/0"

#: what is done, and the beginnings of sentences that say so
ATTACKS: dict[str, tuple[Change, list[str]]] = {
    "a role with whole services that the matrix has not": (
        role(Action=WHOLE, Resource="*"),
        [f"role added of account 444444444444 could be let {each} by {ADDED}" for each in WHOLE],
    ),
    "a known role with such a service": (
        statement_of("StartRole", Action="dynamodb:GetItem", Resource="*"),
        ["start role of live could be let dynamodb:GetItem by statement"],
    ),
    "an action of a known service that nothing is expected of": (
        statement_of("StartRole", Action="iam:CreateAccessKey", Resource="*"),
        ["start role of live could be let iam:CreateAccessKey by statement"],
    ),
    "a wildcard beyond what is expected": (
        statement_of("StartRole", Action="ssm:*", Resource="*"),
        ["start role of live could be let ssm:* by statement"],
    ),
    "an action that there is not": (
        statement_of("StartRole", Action="s3:GetObjekt", Resource=f"{BUCKET}/code/*"),
        ["start role of live could be let s3:GetObjekt by statement", ],
    ),
    "a bucket of nobody": (
        statement_of("StartRole", Action="s3:GetObject", Resource="arn:aws:s3:::stolen-goods/*"),
        ["start role of live could be let s3:GetObject on arn:aws:s3:::stolen-goods/* by statement"],
    ),
    "buckets whose names begin alike": (
        statement_of("StartRole", Action="s3:GetObject", Resource=f"{BUCKET}*/code/*"),
        [f"start role of live could be let s3:GetObject on {BUCKET}*/code/* by statement"],
    ),
    "a resource that IAM matches to nothing": (
        statement_of("StartRole", Action="iam:PassRole", Resource="arn:aws:iam::444444444444:r*"),
        [f"statement 18 (Added) of {BUILD}/StartRole/Policies/0: IAM matches arn:aws:iam::444444444444:r* to nothing"],
    ),
    "all but one action": (
        statement_of("StartRole", NotAction="iam:*", Resource="*"),
        ["start role of live could be let all but what NotAction names by statement"],
    ),
    "a condition that no request is asked with": (
        statement_of("StartRole", Action="s3:PutObject", Resource=f"{BUCKET}/models/*",
                     Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}),
        ["start role of live is let by statement"],
    ),
    "another account in a bucket's policy": (
        policy_of("AWS::S3::BucketPolicy", "PolicyDocument", Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"},
                  Action="s3:*", Resource=[BUCKET, f"{BUCKET}/*"]),
        [f"registry bucket of live lets in AWS arn:aws:iam::{STRANGER}:root by statement"],
    ),
    "another account in a key's policy": (
        policy_of("AWS::KMS::Key", "KeyPolicy", Principal={"AWS": STRANGER}, Action="kms:*", Resource="*"),
        [f"registry key of live lets in AWS {STRANGER} by statement"],
    ),
    "a role of a known account that nobody knows": (
        policy_of("AWS::KMS::Key", "KeyPolicy", Principal={"AWS": "arn:aws:iam::666666666666:role/x"},
                  Action="kms:Decrypt", Resource="*"),
        ["registry key of live lets in AWS arn:aws:iam::666666666666:role/x by statement"],
    ),
    "everybody of another organization": (
        policy_of("AWS::S3::BucketPolicy", "PolicyDocument", Principal="*", Action="s3:GetObject",
                  Resource=f"{BUCKET}/*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-stranger00"}}),
        ["registry bucket of live is open by statement"],
    ),
    "everybody from an address": (
        policy_of("AWS::S3::BucketPolicy", "PolicyDocument", Principal="*", Action="s3:GetObject",
                  Resource=f"{BUCKET}/*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        ["registry bucket of live is open by statement"],
    ),
    "everybody on a condition": (
        policy_of("AWS::KMS::Key", "KeyPolicy", Principal="*", Action="kms:CreateGrant", Resource="*",
                  Condition={"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::666666666666:role/x"}}),
        ["registry key of live lets in AWS * by statement"],
    ),
    "an action in a key's policy that nothing is expected of": (
        policy_of("AWS::KMS::Key", "KeyPolicy", Principal={"AWS": "444444444444"}, Action="kms:Create*", Resource="*"),
        ["registry key of live lets kms:Create* by statement"],
    ),
    "every resource in a bucket's policy": (
        policy_of("AWS::S3::BucketPolicy", "PolicyDocument", Principal={"AWS": "444444444444"},
                  Action="s3:ListBucket", Resource="*"),
        ["registry bucket of live names * by statement"],
    ),
    "another service in a bucket's policy": (
        policy_of("AWS::S3::BucketPolicy", "PolicyDocument", Principal={"Service": "firehose.amazonaws.com"},
                  Action="s3:PutObject", Resource=f"{BUCKET}/*"),
        ["registry bucket of live lets in Service firehose.amazonaws.com by statement"],
    ),
    "a trust in an identity provider": (
        role({"Principal": {"Federated": OIDC}, "Action": "sts:AssumeRoleWithWebIdentity"}),
        [f"the role added of account 444444444444 lets in Federated {OIDC} by statement"],
    ),
    "a trust in EC2": (
        role({"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}),
        ["the role added of account 444444444444 lets in Service ec2.amazonaws.com by statement"],
    ),
    "a trust by external id": (
        role({"Principal": {"AWS": STRANGER}, "Action": "sts:AssumeRole",
              "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}),
        [f"the role added of account 444444444444 lets in AWS {STRANGER} by statement",
         "the role added of account 444444444444 is open by statement"],
    ),
    "a user with every right": (
        add("AWS::IAM::User", UserName="u", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        [f"stack {BUILD}: Added is of the type AWS::IAM::User, which is not known here ("],
    ),
    "replication to a stranger": (
        set_to("AWS::S3::Bucket", "ReplicationConfiguration", {"Role": "r", "Rules": []}),
        [f"stack {BUILD}: RegistryModelsBucket51BFEE76 of type AWS::S3::Bucket has the property "
         "ReplicationConfiguration, which is not known here ("],
    ),
    "an access control list": (
        set_to("AWS::S3::Bucket", "AccessControl", "PublicRead"),
        [f"stack {BUILD}: RegistryModelsBucket51BFEE76 of type AWS::S3::Bucket has the property AccessControl"],
    ),
    "a public bucket": (
        set_to("AWS::S3::Bucket", "PublicAccessBlockConfiguration", {"BlockPublicAcls": True}),
        [f"stack {BUILD}: RegistryModelsBucket51BFEE76 of type AWS::S3::Bucket has PublicAccessBlockConfiguration"],
    ),
    "a managed policy of everything": (
        set_to("AWS::IAM::Role", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
        ["release role of live could be let * by statement 1 (Everything) of arn:aws:iam::aws:policy/Administrator"],
    ),
    "a macro": (
        lambda templates: templates[BUILD].update(Transform="Mine"),
        [f"stack {BUILD} has the section Transform"],
    ),
}  # fmt: skip
TYPES = (
    *("AWS::IAM::Group", "AWS::IAM::AccessKey", "AWS::IAM::UserPolicy", "AWS::IAM::ServerCertificate"),
    *("AWS::IAM::SAMLProvider", "AWS::Lambda::Permission", "AWS::RAM::ResourceShare", "AWS::Logs::SubscriptionFilter"),
    *("AWS::Route53Resolver::ResolverRule", "AWS::EC2::VPCEndpoint", "AWS::SecretsManager::ResourcePolicy"),
    *("AWS::SNS::TopicInlinePolicy", "AWS::SQS::QueuePolicy", "AWS::ECR::RegistryPolicy", "AWS::Organizations::Policy"),
    *("AWS::Oam::Sink", "AWS::S3::AccessPoint", "AWS::Lambda::Function", "AWS::CloudFormation::Stack", "Custom::Any"),
)


def action(templates: Templates, stage: str, name: str) -> dict[str, Any]:
    pipeline = of_type(templates[PROMOTION], "AWS::CodePipeline::Pipeline")["Properties"]
    stages = {each["Name"]: each["Actions"] for each in pipeline["Stages"]}
    return next(each for each in stages[stage] if each["Name"] == name)


def drop_approval(templates: Templates) -> None:
    stage = of_type(templates[PROMOTION], "AWS::CodePipeline::Pipeline")["Properties"]["Stages"][-1]
    stage["Actions"] = [each for each in stage["Actions"] if each["Name"] != "Approve"]


def swap_stages(templates: Templates) -> None:
    stages = of_type(templates[PROMOTION], "AWS::CodePipeline::Pipeline")["Properties"]["Stages"]
    stages[-1], stages[-2] = stages[-2], stages[-1]


def approve_any_status(templates: Templates) -> None:
    del of_type(templates[PROMOTION], "AWS::Events::Rule")["Properties"]["EventPattern"]["detail"][
        "ModelApprovalStatus"
    ]


def register_any_status(templates: Templates) -> None:
    (policy,) = templates[BUILD]["Resources"]["ExecutionRole"]["Properties"]["Policies"]
    for each in policy["PolicyDocument"]["Statement"]:
        if "sagemaker:ModelApprovalStatus" in str(each.get("Condition")):
            del each["Condition"]


def forget(*keys: str) -> Change:
    def change(templates: Templates) -> None:
        for key in keys:
            del of_type(templates[BUILD], "AWS::S3::Bucket")[key]

    return change


PIPELINE = "PromotionPipeline68FFDDAF (CodePipeline::Pipeline shop-models-training-prices-live-promotion)"
STRUCTURAL: dict[str, tuple[Change, list[str]]] = {
    "the approval of prod removed": (
        drop_approval,
        [f"stack {PROMOTION}: {PIPELINE}: actions: lacks Deploy-shop/Approve at 3 (Approval AWS Manual)"],
    ),
    "the approval after what it guards": (
        lambda templates: action(templates, "Deploy-shop", "Approve").update(RunOrder=5),
        [f"stack {PROMOTION}: {PIPELINE}: actions: lacks Deploy-shop/Approve at 3",
         f"stack {PROMOTION}: {PIPELINE}: actions: has Deploy-shop/Approve at 5"],
    ),
    "prod before the others": (
        swap_stages,
        [f"stack {PROMOTION}: {PIPELINE}: actions: got the order "],
    ),
    "an action with another role": (
        lambda templates: action(templates, "Deploy-shop", "ExecuteChangeSet").update(RoleArn=PROD_ROLE),
        [f"stack {PROMOTION}: {PIPELINE}: actions: has Deploy-shop/ExecuteChangeSet at 4 (Deploy AWS CloudFormation) "
         f"as {PROD_ROLE}"],
    ),
    "another role for CloudFormation": (
        lambda templates: action(templates, "Deploy-shop", "CreateChangeSet")["Configuration"].update(
            RoleArn="arn:aws:iam::666666666666:role/x"
        ),
        [f"stack {PROMOTION}: {PIPELINE}: actions: has Deploy-shop/CreateChangeSet"],
    ),
    "a project with the role of another": (
        set_to("AWS::CodeBuild::Project", "ServiceRole", "arn:aws:iam::111111111111:role/x", TRAINING),
        [f"stack {TRAINING}: TrainProject"],
    ),
    "a pipeline with another role": (
        set_to("AWS::CodePipeline::Pipeline", "RoleArn", "arn:aws:iam::111111111111:role/x", TRAINING),
        [f"stack {TRAINING}: TrainingPipeline19FBEF78"],
    ),
    "a trigger on any status": (
        approve_any_status,
        [f"stack {PROMOTION}: TriggerOnApproval191FC6CD (Events::Rule shop-models-training-prices-live-promotion): "
         "pattern: got "],
    ),
    "registration with any status": (
        register_any_status,
        ["execution role of live gains sagemaker:CreateModelPackage"],
    ),
    "a target besides": (
        lambda templates: of_type(templates[PROMOTION], "AWS::Events::Rule")["Properties"]["Targets"].append(
            {"Id": "spy", "Arn": f"arn:aws:events:eu-west-1:{STRANGER}:event-bus/default", "RoleArn": "r"}
        ),
        [f"stack {PROMOTION}: TriggerOnApproval191FC6CD (Events::Rule shop-models-training-prices-live-promotion): "
         f"targets: has arn:aws:events:eu-west-1:{STRANGER}:event-bus/default as r, which is not expected"],
    ),
    "a rule besides": (
        add("AWS::Events::Rule", Name="spy", EventPattern={}, Targets=[]),
        [f"stack {BUILD}: Added (Events::Rule spy) is none that is expected"],
    ),
    "a project that is gone": (
        lambda templates: templates[PROMOTION]["Resources"].update(
            PrepareProjectE8240C7B={"Type": "AWS::CDK::Metadata"}
        ),
        [f"stack {PROMOTION}: lacks the CodeBuild::Project shop-models-training-prices-live-promotion"],
    ),
    "a registry that does not outlive its stack": (
        forget("DeletionPolicy", "UpdateReplacePolicy"),
        [f"stack {BUILD}: RegistryModelsBucket51BFEE76 of type AWS::S3::Bucket has DeletionPolicy null, expected",
         f"stack {BUILD}: RegistryModelsBucket51BFEE76 of type AWS::S3::Bucket has UpdateReplacePolicy null"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_not_known_is_named(alter: Alter, name: str) -> None:
    change, said = ATTACKS[name]
    lines = differences(alter(change))
    assert [each for each in said if not any(line.startswith(each) for line in lines)] == [], lines


def test_types_that_are_not_known_are_named(alter: Alter) -> None:
    def change(templates: Templates) -> None:
        for number, kind in enumerate(TYPES):
            policy = document(Principal="*", Action="*", Resource="*")
            add(kind, name=f"Added{number}", PolicyDocument=policy)(templates)

    lines = [each.partition(" (")[0] for each in differences(alter(change))]
    said = f"stack {BUILD}: Added{{}} is of the type {{}}, which is not known here"
    assert lines == [said.format(number, kind) for number, kind in enumerate(TYPES)]


@pytest.mark.parametrize("name", STRUCTURAL)
def test_structure_that_is_not_as_expected_is_named(alter: Alter, name: str) -> None:
    change, said = STRUCTURAL[name]
    lines = differences(alter(change))
    assert [each for each in said if not any(line.startswith(each) for line in lines)] == [], lines


def test_a_boundary_that_is_missing_is_named(alter: Alter, topology: Topology) -> None:
    limited = dataclasses.replace(topology, permissions_boundary_name="limits")
    lines = differences(alter(lambda templates: None, limited))
    assert f"stack {BUILD}: StartRole of type AWS::IAM::Role lacks the permissions boundary limits" in lines


UNREADABLE: dict[str, tuple[Change, str]] = {
    "a canonical user": (
        policy_of("AWS::S3::BucketPolicy", "PolicyDocument", Principal={"CanonicalUser": "79a59df900b949e55d96a1e698f"},
                  Action="s3:GetObject", Resource=f"{BUCKET}/*"),
        "Principal.CanonicalUser: name the account instead",
    ),
    "every service": (
        policy_of("AWS::KMS::Key", "KeyPolicy", Principal={"Service": "*"}, Action="kms:Decrypt", Resource="*"),
        "Principal.Service: '*' (every service)",
    ),
    "an operator that there is not": (
        statement_of("StartRole", Action="s3:GetObject", Resource=f"{BUCKET}/code/*",
                     Condition={"StringEqual": {"aws:PrincipalAccount": "x"}}),
        "unknown operator (did you mean 'StringEquals'?)",
    ),
    "a policy of users": (
        add("AWS::IAM::Policy", PolicyName="p", Users=["u"], PolicyDocument=document(Action="*", Resource="*")),
        f"stack {BUILD}: Added of type AWS::IAM::Policy is attached to Users",
    ),
    "a managed policy that is not known": (
        set_to("AWS::IAM::Role", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/IAMFullAccess"]),
        "has the policy arn:aws:iam::aws:policy/IAMFullAccess, whose content is not known here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_cannot_be_acknowledged(alter: Alter, topology: Topology, name: str) -> None:
    change, said = UNREADABLE[name]
    lines = differences(alter(change))
    assert any(said in line for line in lines), lines
    accepted = dataclasses.replace(topology, access_acknowledgements=dict.fromkeys(lines, "wanted (ticket 4711)"))
    report = make_report(alter(change, accepted))
    assert not report.fine
    (left,) = map(str, report.unexpected)
    assert said in left
    assert f"cannot be acknowledged: {left}" in summary(report)
    assert "To deploy it nevertheless" not in summary(report), "there is nothing else"


def test_what_is_acknowledged_is_this_content_and_no_other(alter: Alter, topology: Topology) -> None:
    def queue(who: str) -> Change:
        return add("AWS::SQS::QueuePolicy", PolicyDocument=document(Principal={"AWS": who}, Action="*", Resource="*"))

    (line,) = differences(alter(queue("111111111111")))
    accepted = dataclasses.replace(topology, access_acknowledgements={line: "alarms go there (ticket 4711)"})
    assert make_report(alter(queue("111111111111"), accepted)).fine
    report = make_report(alter(queue(STRANGER), accepted))
    assert [str(each) for each in report.unexpected] != [line]
    assert report.stale == (line,)
