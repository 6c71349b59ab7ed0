"""The stack of one environment's endpoint: synthesized once for each kind of hosting, deployed by promotions.

Its template names no account and no environment: what differs between environments of equal settings are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.constructs.encryption_key import EncryptionKey
from model_cicd.constructs.endpoint import Endpoint
from model_cicd.constructs.endpoint_alarm import ERRORS, LATENCY, endpoint_alarm
from model_cicd.constructs.endpoint_scaling import endpoint_scaling
from model_cicd.constructs.iam import Statement, account_root, only
from model_cicd.constructs.model_role import ReadReleases, model_role
from model_cicd.sagemaker_model_cicd.topology import Hosting

_PACKAGE_ARN = "arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]+/[0-9]+"


class _Wherever(Place):
    """The account and region that the template is deployed in, which CloudFormation knows."""

    @property
    def dns_suffix(self) -> str:
        """The domain of the partition's service endpoints."""
        return cdk.Aws.URL_SUFFIX


_WHEREVER = _Wherever(cdk.Aws.PARTITION, cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION)


class EndpointStack(cdk.Stack):
    """Model execution role, key, model, endpoint, and what watches and scales it."""

    def __init__(self, scope: Construct, id: str, *, hosting: Hosting, boundary: str | None) -> None:
        super().__init__(
            scope,
            id,
            description="An endpoint of model CI/CD, deployed by promotions",
            # no assets and no place of its own: a pipeline deploys the template
            synthesizer=cdk.LegacyStackSynthesizer(),
            permissions_boundary=cdk.PermissionsBoundary.from_name(boundary) if boundary else None,
        )
        self._hosting = hosting
        package = self._parameter("ModelPackageArn", "The release to serve", _PACKAGE_ARN)
        version = self._parameter("Version", "Number of the model version that was released")
        digest = self._parameter("Digest", "SHA-256 of the released model")
        commit = self._parameter("Commit", "Commit that the model was trained from")
        name = self._parameter("EndpointName", "Name of the endpoint")
        alarms = self._alarms(name)
        endpoint = Endpoint(
            self,
            "Serving",
            name=name,
            model_package_arn=package,
            execution_role_arn=self._role(name, alarms),
            hosting=hosting,
            volume_key_arn=self._volume_key(),
            alarm_names=alarms,
        )
        if hosting.scaling:
            endpoint_scaling(self, "Scaling", endpoint_name=endpoint.name, scaling=hosting.scaling)
        outputs = {
            "EndpointName": endpoint.name,
            "ModelPackageArn": package,
            "Version": version,
            "Digest": digest,
            "Commit": commit,
        }
        for key, value in outputs.items():
            # outputs may have the names of parameters, constructs of one stack may not have each other's
            cdk.CfnOutput(self, f"{key}Output", value=value).override_logical_id(key)

    def _parameter(self, name: str, description: str, pattern: str | None = None) -> str:
        made = cdk.CfnParameter(self, name, type="String", description=description, allowed_pattern=pattern)
        return made.value_as_string

    def _role(self, endpoint_name: str, alarm_names: Sequence[str]) -> str:
        bucket = self._parameter("ReleaseBucketName", "Bucket of the group's releases, in the build account")
        images = "ImageRepositories"
        cdk.CfnParameter(
            self, images, type="CommaDelimitedList", description="ECR repositories (ARNs) that images come from"
        )
        made = model_role(
            self,
            place=_WHEREVER,
            name=self._parameter("ModelExecutionRoleName", "The role that may read the group's releases"),
            releases=ReadReleases(
                _WHEREVER.bucket(bucket),
                self._parameter("ReleaseKeyArn", "Key of the group's releases, in the build account"),
                [cdk.Fn.ref(images)],  # a list in the place of one text
            ),
            endpoint_name=endpoint_name,
            hosting=self._hosting,
            alarm_names=alarm_names,
        )
        return made.attr_arn

    def _volume_key(self) -> str | None:
        """The key of the instances' volumes; who creates the endpoint grants its use to SageMaker.

        https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
        """
        if not self._hosting.own_volume_key:
            return self._hosting.volume_key_arn
        deployer = self._parameter("DeployRoleArn", "The role that CloudFormation creates the endpoint with")
        key = EncryptionKey(
            self,
            "Volumes",
            place=_WHEREVER,
            alias=self._parameter("KeyAlias", "Alias of the key of the endpoint's volumes"),
            description="Volumes of an endpoint's instances",
            statements=[
                Statement(
                    "Volumes",
                    ["kms:CreateGrant"],
                    ["*"],
                    {**only([deployer]), "Bool": {"kms:GrantIsForAWSResource": "true"}},
                    principal=account_root(_WHEREVER),
                )
            ],
        )
        return key.arn

    def _alarms(self, endpoint_name: str) -> list[str]:
        """The names of the alarms that roll a new version back, once they exist."""
        rollout = self._hosting.rollout
        if rollout is None:
            return []
        return [
            endpoint_alarm(
                self,
                f"{id}Alarm",
                name=self._parameter(f"{id}AlarmName", f"Name of the alarm on {metric}"),
                metric=metric,
                alarm=alarm,
                endpoint_name=endpoint_name,
            ).ref
            for id, metric, alarm in (
                ("Errors", ERRORS, rollout.errors_alarm),
                ("Latency", LATENCY, rollout.latency_alarm),
            )
        ]
