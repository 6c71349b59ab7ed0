"""The stack of one environment's endpoint: synthesized once for each kind of hosting, deployed by promotions.

Its template names no account and no environment: what differs between environments of equal settings are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from model_cicd.constructs.encryption_key import EncryptionKey
from model_cicd.constructs.endpoint import Capture, Endpoint, Instances, Rollout, Serverless
from model_cicd.constructs.endpoint_alarm import endpoint_alarm
from model_cicd.constructs.endpoint_scaling import endpoint_scaling
from model_cicd.constructs.iam import Statement, account_root, only
from model_cicd.constructs.model_role import CaptureTarget, model_role
from model_cicd.hosting import Alarm, ServerlessHosting
from model_cicd.sagemaker_model_cicd.topology import Hosting

_PACKAGE_ARN = "arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]+/[0-9]+"
_STATISTICS = {"sum": "Sum", "average": "Average", "maximum": "Maximum"}
_MICROSECONDS = 1000  # of a millisecond: CloudWatch's unit of ModelLatency


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
        package = self._parameter("ModelPackageArn", "The approved model package to serve", _PACKAGE_ARN)
        commit = self._parameter("Commit", "Commit that the model was trained from")
        name = self._parameter("EndpointName", "Name of the endpoint")
        rollout = self._rollout(name)
        endpoint = Endpoint(
            self,
            "Serving",
            name=name,
            model_package_arn=package,
            execution_role_arn=self._role(name, rollout.alarms if rollout else ()),
            hosting=_kind(hosting),
            network_isolation=hosting.network_isolation,
            subnet_ids=hosting.subnet_ids,
            security_group_ids=hosting.security_group_ids,
            volume_key_arn=self._volume_key(),
            capture=_capture(hosting),
            rollout=rollout,
        )
        if hosting.scaling:
            endpoint_scaling(
                self,
                "Scaling",
                endpoint_name=endpoint.name,
                min_capacity=hosting.scaling.min_capacity,
                max_capacity=hosting.scaling.max_capacity,
                target_invocations_per_instance=hosting.scaling.target_invocations_per_instance,
            )
        # arn:<partition>:sagemaker:<region>:<account>:model-package/<group>/<version>
        version = cdk.Fn.select(2, cdk.Fn.split("/", package))
        outputs = {"EndpointName": endpoint.name, "ModelPackageArn": package, "Version": version, "Commit": commit}
        for key, value in outputs.items():
            # outputs may have the names of parameters, constructs of one stack may not have each other's
            cdk.CfnOutput(self, f"{key}Output", value=value).override_logical_id(key)

    def _parameter(self, name: str, description: str, pattern: str | None = None) -> str:
        made = cdk.CfnParameter(self, name, type="String", description=description, allowed_pattern=pattern)
        return made.value_as_string

    def _role(self, endpoint_name: str, alarm_names: Sequence[str]) -> str:
        hosting = self._hosting
        registry = self._parameter("RegistryBucketName", "Bucket of the registry, in the build account")
        capture = hosting.capture
        made = model_role(
            self,
            "ModelRole",
            partition=cdk.Aws.PARTITION,
            account=cdk.Aws.ACCOUNT_ID,
            region=cdk.Aws.REGION,
            via_s3=f"s3.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}",
            name=self._parameter("ModelExecutionRoleName", "The role that the registry grants reading of models"),
            description="Runs the containers of an endpoint with approved models",
            registry_bucket_arn=f"arn:{cdk.Aws.PARTITION}:s3:::{registry}",
            registry_key_arn=self._parameter("RegistryKeyArn", "Key of the registry, in the build account"),
            registry_account=self._parameter("RegistryAccount", "The build account"),
            endpoint_name=endpoint_name,
            subnet_ids=hosting.subnet_ids,
            security_group_ids=hosting.security_group_ids,
            capture=(
                CaptureTarget(f"arn:{cdk.Aws.PARTITION}:s3:::{capture.bucket}", f"{capture.prefix}/", capture.key_arn)
                if capture
                else None
            ),
            alarm_names=alarm_names,
        )
        return made.attr_arn

    def _volume_key(self) -> str | None:
        """The key of the instances' volumes; who creates the endpoint grants its use to SageMaker.

        https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
        """
        if not self._hosting.own_volume_key:
            return self._hosting.volume_key_arn
        partition, account = cdk.Aws.PARTITION, cdk.Aws.ACCOUNT_ID
        deployer = self._parameter("DeployRoleArn", "The role that CloudFormation creates the endpoint with")
        key = EncryptionKey(
            self,
            "Volumes",
            partition=partition,
            account=account,
            alias=self._parameter("KeyAlias", "Alias of the key of the endpoint's volumes"),
            description="Volumes of an endpoint's instances",
            statements=[
                Statement(
                    "Volumes",
                    ["kms:CreateGrant"],
                    ["*"],
                    {**only([deployer]), "Bool": {"kms:GrantIsForAWSResource": "true"}},
                    principal=account_root(partition, account),
                )
            ],
            # it holds nothing that outlives an instance
            retained=False,
        )
        return key.arn

    def _rollout(self, endpoint_name: str) -> Rollout | None:
        rollout = self._hosting.rollout
        if rollout is None:
            return None
        errors = self._alarm("Errors", "Invocation5XXErrors", rollout.errors_alarm, endpoint_name, unit=1)
        latency = self._alarm("Latency", "ModelLatency", rollout.latency_alarm, endpoint_name, unit=_MICROSECONDS)
        return Rollout(
            routing=rollout.routing,
            step=rollout.step,
            step_unit=rollout.step_unit,
            wait_seconds=rollout.wait_seconds,
            termination_wait_seconds=rollout.termination_wait_seconds,
            alarms=[errors, latency],
        )

    def _alarm(self, id: str, metric: str, alarm: Alarm, endpoint_name: str, *, unit: int) -> str:
        statistic = _STATISTICS.get(alarm.statistic)
        made = endpoint_alarm(
            self,
            f"{id}Alarm",
            name=self._parameter(f"{id}AlarmName", f"Name of the alarm on {metric}"),
            description=f"{metric} of an endpoint; rolls a new model version back",
            endpoint_name=endpoint_name,
            metric=metric,
            statistic=statistic,
            percentile=None if statistic else alarm.statistic,
            threshold=alarm.threshold * unit,
            period_seconds=alarm.period_seconds,
            evaluation_periods=alarm.evaluation_periods,
        )
        return made.ref


def _kind(hosting: Hosting) -> Instances | Serverless:
    kind = hosting.kind
    if isinstance(kind, ServerlessHosting):
        return Serverless(memory_mb=kind.memory_mb, max_concurrency=kind.max_concurrency)
    return Instances(type=kind.type, count=kind.count, scaled=hosting.scaling is not None)


def _capture(hosting: Hosting) -> Capture | None:
    capture = hosting.capture
    return Capture(percentage=capture.percentage, uri=capture.uri, key_arn=capture.key_arn) if capture else None
