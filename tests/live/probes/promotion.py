"""What a promotion takes for granted, as far as it costs nothing."""

from __future__ import annotations

import json

from model_cicd.aws.place import Place
from tests.live import versions
from tests.live.probe import Fact, Scene, code, probe
from tests.live.resources import (
    account_trust,
    allow,
    document,
    make_bucket,
    make_role,
    queue_of,
    service_trust,
    session,
)


@probe(
    Fact(
        "events-of-approvals-name-what-changed",
        "the event of an approval names `ModelApprovalStatus` in `UpdatedModelPackageFields`",
        "model_cicd/constructs/promotion_trigger.py",
        "ModelApprovalStatus is named",
        costs="a few events: less than 0.01 USD",
    )
)
def approval_event(scene: Scene) -> str:
    sagemaker, sqs = scene.client("sagemaker"), scene.client("sqs")
    group = versions.group(scene, "approved")
    arn = versions.package(scene, group, versions.model(scene))
    pattern = {"source": ["aws.sagemaker"], "detail": {"ModelPackageGroupName": [group]}}
    queue = queue_of(scene, "default", pattern)

    def arrived() -> dict[str, object] | None:
        # again and again: a new rule takes a while to match
        for status in ("Rejected", "Approved"):
            sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)
        for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            detail: dict[str, object] = json.loads(each["Body"])["detail"]
            if detail.get("ModelApprovalStatus") == "Approved":
                return detail
        return None

    fields = scene.wait(arrived, "the event of an approval").get("UpdatedModelPackageFields", [])
    return "ModelApprovalStatus is named" if "ModelApprovalStatus" in str(fields) else f"named are {fields}"


@probe(
    Fact(
        "model-of-another-accounts-version",
        "`CreateModel` takes a version of another account's group, whose policy allows it under a condition on the "
        "principal's ARN",
        "docs/access.md",
        "accepted",
    )
)
def foreign_version(scene: Scene) -> str:
    there, sagemaker = scene.client("sagemaker", 1), scene.client("sagemaker")
    group, bucket = versions.group(scene, "foreign"), versions.model(scene)
    arn = versions.package(scene, group, bucket, status="Approved")
    other = scene.accounts[1]
    principal = {"AWS": f"arn:{scene.partition}:iam::{other}:root"}
    packages = f"{arn.rpartition('/')[0]}/*"
    share = allow(
        ["sagemaker:DescribeModelPackage", "sagemaker:CreateModel"],
        packages,
        Sid="probe",
        Principal=principal,
        Condition={"ArnLike": {"aws:PrincipalArn": f"arn:{scene.partition}:iam::{other}:*"}},
    )
    sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=document(share))
    scene.undo("policy", sagemaker.delete_model_package_group_policy, ModelPackageGroupName=group)
    objects = f"arn:{scene.partition}:s3:::{bucket}"
    read = [
        allow("s3:GetObject", f"{objects}/*", Principal=principal),
        allow("s3:ListBucket", objects, Principal=principal),
    ]
    scene.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(*read))
    pull = ("BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer")
    rights = [allow("s3:GetObject", f"{objects}/*"), allow("s3:ListBucket", objects)]
    rights += [allow(f"ecr:{each}", "*") for each in pull]
    trust = service_trust("sagemaker.amazonaws.com", other)
    role, name = make_role(scene, "model", trust, *rights, number=1), scene.name("model")
    said = scene.accepted(
        there.create_model, ModelName=name, ExecutionRoleArn=role, Containers=[{"ModelPackageName": arn}]
    )
    if said == "accepted":
        scene.undo(f"model {name}", there.delete_model, ModelName=name)
    return said


@probe(
    Fact(
        "s3-is-the-service-that-decrypts",
        "what S3 asks of KMS bears `kms:ViaService` of `s3.REGION` and the partition's domain (in China "
        "`amazonaws.com.cn`)",
        "model_cicd/aws/place.py",
        "through S3: accepted, directly: refused: AccessDeniedException",
        costs="a key for some minutes: less than 0.01 USD",
        leaves="a key that waits 7 days for its deletion, which costs nothing",
    )
)
def via_service(scene: Scene) -> str:
    kms, s3 = scene.client("kms"), scene.client("s3")
    key = kms.create_key(Description=scene.name("key"))["KeyMetadata"]
    scene.undo("key", kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=7)
    bucket = make_bucket(scene, "encrypted")
    s3.put_object(Bucket=bucket, Key="x", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"])
    blob = kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")["CiphertextBlob"]
    via = Place(scene.partition, scene.accounts[0], scene.region).via_s3
    role = make_role(
        scene,
        "reader",
        account_trust(scene.partition, scene.accounts[0]),
        allow("s3:GetObject", f"arn:{scene.partition}:s3:::{bucket}/*"),
        allow("kms:Decrypt", key["Arn"], Condition={"StringEquals": {"kms:ViaService": via}}),
    )
    through = scene.accepted(session(scene, role, "s3").get_object, Bucket=bucket, Key="x")
    return f"through S3: {through}, directly: {code(session(scene, role, 'kms').decrypt, CiphertextBlob=blob)}"
