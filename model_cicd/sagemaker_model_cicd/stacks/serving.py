"""What the stacks of environments have in common: a release, and a role that reads it.

Their templates name no account and no environment: what differs between environments of equal settings are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.model_role import ReadReleases, model_role

PACKAGE_ARN = "arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]+/[0-9]+"


class _Wherever(Place):
    """The account and region that the template is deployed in, which CloudFormation knows."""

    @property
    def dns_suffix(self) -> str:
        """The domain of the partition's service endpoints."""
        return cdk.Aws.URL_SUFFIX


WHEREVER = _Wherever(cdk.Aws.PARTITION, cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION)


class ServingStack(cdk.Stack):
    """A stack with the parameters of a release, which promotions give.

    Attributes: `package_arn` and `version`, the release's; once there is a model role `release_bucket` and
    `release_key`, where it reads.
    """

    def __init__(self, scope: Construct, id: str, *, description: str, boundary: str | None) -> None:
        super().__init__(
            scope,
            id,
            description=description,
            # no assets and no place of its own: a pipeline deploys the template
            synthesizer=cdk.LegacyStackSynthesizer(),
            permissions_boundary=cdk.PermissionsBoundary.from_name(boundary) if boundary else None,
        )
        self.package_arn = self.parameter("ModelPackageArn", "The release to serve", PACKAGE_ARN)
        self.version = self.parameter("Version", "Number of the model version that was released")
        self._digest = self.parameter("Digest", "SHA-256 of the released model")
        self._commit = self.parameter("Commit", "Commit that the model was trained from")

    def parameter(self, name: str, description: str, pattern: str | None = None) -> str:
        """A parameter of text, as a token."""
        made = cdk.CfnParameter(self, name, type="String", description=description, allowed_pattern=pattern)
        return made.value_as_string

    def outputs(self, first: Mapping[str, str]) -> None:
        """The outputs `first` and those of the release."""
        release = {
            "ModelPackageArn": self.package_arn,
            "Version": self.version,
            "Digest": self._digest,
            "Commit": self._commit,
        }
        for key, value in {**first, **release}.items():
            # outputs may have the names of parameters, constructs of one stack may not have each other's
            cdk.CfnOutput(self, f"{key}Output", value=value).override_logical_id(key)

    def model_role(self, description: str, statements: Sequence[Statement]) -> str:
        """The ARN of the role that reads the group's releases and may do what `statements` say."""
        self.release_bucket = self.parameter(
            "ReleaseBucketName", "Bucket of the group's releases, in the build account"
        )
        images = "ImageRepositories"
        cdk.CfnParameter(
            self, images, type="CommaDelimitedList", description="ECR repositories (ARNs) that images come from"
        )
        name = self.parameter("ModelExecutionRoleName", "The role that may read the group's releases")
        self.release_key = self.parameter("ReleaseKeyArn", "Key of the group's releases, in the build account")
        made = model_role(
            self,
            place=WHEREVER,
            name=name,
            description=description,
            releases=ReadReleases(
                WHEREVER.bucket(self.release_bucket),
                self.release_key,
                [cdk.Fn.ref(images)],  # a list in the place of one text
            ),
            statements=statements,
        )
        return made.attr_arn
