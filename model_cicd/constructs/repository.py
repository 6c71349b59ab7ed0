"""A CodeCommit repository with its first commit, kept when the stack is deleted."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_codecommit as codecommit
from constructs import Construct

from model_cicd.constructs.assets import publish
from model_cicd.constructs.resource import resource


class SeededRepository(Construct):
    """Created with the content of the zip file `seed` on `branch`; CloudFormation never touches the content again.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-codecommit-repository-code.html
    """

    def __init__(self, scope: Construct, id: str, *, name: str, description: str, branch: str, seed: Path) -> None:
        super().__init__(scope, id)
        published = publish(self, "Seed", path=seed)
        resource(
            codecommit.CfnRepository,
            self,
            "Repository",
            repository_name=name,
            repository_description=description,
            code={"branchName": branch, "s3": {"bucket": published.bucket, "key": published.key}},
        )
