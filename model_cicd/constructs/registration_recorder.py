"""Keeps how each version of one group was registered, where nobody can change it afterwards.

Whoever approves a version may also exchange its image and artifact: AWS has one action for all of UpdateModelPackage.
So a state machine writes down what SageMaker says of the version when it is made, and which uploads were under way in
the registry's bucket then: an object that such an upload makes later bears the date of its beginning.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
"""

from __future__ import annotations

from typing import Any

from constructs import Construct

from model_cicd.aws.resources import REGISTRATIONS, PackageGroup, RegistryStore, Releases
from model_cicd.constructs.event_forwarding import MODEL_EVENTS
from model_cicd.constructs.event_machine import OnEvent, call
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.registry import VERSIONS_WHY


def registration_recorder(
    scope: Construct,
    id: str,
    *,
    description: str,
    registry: RegistryStore,
    models: PackageGroup,
    releases: Releases,
    key_arn: str,
) -> OnEvent:
    """Records what becomes a version of `models`; `key_arn` encrypts the bucket of `releases`."""
    place = releases.place
    return OnEvent(
        scope,
        id,
        machine=releases.recorder,
        place=place,
        description=description,
        pattern=registration_pattern(models.name),
        definition=definition(place.partition, registry.bucket.name, releases.bucket.name),
        statements=[
            Statement("Version", ["sagemaker:DescribeModelPackage"], [models.packages_arn], why=VERSIONS_WHY),
            Statement("Uploads", ["s3:ListBucketMultipartUploads"], [registry.bucket.arn]),
            Statement(
                "Record",
                ["s3:PutObject"],
                [f"{releases.bucket.arn}/{REGISTRATIONS}*"],
                why="one record for each version, named by its number",
            ),
            Statement("Key", ["kms:GenerateDataKey"], [key_arn], place.through_s3),
        ],
    )


def registration_pattern(group: str) -> dict[str, Any]:
    """Events of new versions of `group`: those of changes name what was changed.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    return {
        **MODEL_EVENTS,
        "detail": {"ModelPackageGroupName": [group], "UpdatedModelPackageFields": [{"exists": False}]},
    }


def definition(partition: str, registry_bucket: str, release_bucket: str) -> dict[str, Any]:
    """The state machine. A record is `{"package": ..., "uploads": ...}`, as the two APIs answer."""
    sdk = f"arn:{partition}:states:::aws-sdk"
    describe = call(
        f"{sdk}:sagemaker:describeModelPackage",
        {"ModelPackageName.$": "$.detail.ModelPackageArn"},
        ResultPath="$.package",
        Next="Uploads",
    )
    uploads = call(f"{sdk}:s3:listMultipartUploads", {"Bucket": registry_bucket}, ResultPath="$.uploads", Next="Record")
    record = call(
        f"{sdk}:s3:putObject",
        {
            "Bucket": release_bucket,
            "Key.$": f"States.Format('{REGISTRATIONS}{{}}.json', $.package.ModelPackageVersion)",
            "Body": {"package.$": "$.package", "uploads.$": "$.uploads"},
            "ContentType": "application/json",
        },
        End=True,
    )
    return {
        "Comment": "Records how a model package was registered",
        "StartAt": "Version",
        "States": {"Version": describe, "Uploads": uploads, "Record": record},
    }
