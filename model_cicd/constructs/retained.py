"""What outlives its stack."""

from __future__ import annotations

from aws_cdk import App, RemovalPolicies

#: they hold data, encrypt it, or have names by which it is found again
KEPT = (
    "AWS::CodeCommit::Repository",
    "AWS::ECR::Repository",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SageMaker::ModelPackageGroup",
)


def retain_data(app: App) -> None:
    """Keep every resource of these types when its stack of `app` is deleted or an update would replace it."""
    RemovalPolicies.of(app).retain(apply_to_resource_types=list(KEPT))
