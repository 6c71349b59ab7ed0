"""The stack of one environment's endpoint: synthesized once for each kind of hosting, deployed by promotions.

Its template names no account and no environment: what differs between environments of equal settings are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws import shadow as shadows
from model_cicd.constructs.encryption_key import EncryptionKey
from model_cicd.constructs.endpoint import Endpoint, Serves, Shadow
from model_cicd.constructs.endpoint_alarm import ERRORS, LATENCY, endpoint_alarm, idle_alarm
from model_cicd.constructs.endpoint_scaling import asynchronous_scaling, endpoint_scaling
from model_cicd.constructs.iam import Statement, account_root, only
from model_cicd.constructs.invoke_role import Tester, invoke_role
from model_cicd.constructs.model_role import endpoint_statements
from model_cicd.constructs.monitoring import Baseline, EndpointMonitoring, Monitor
from model_cicd.constructs.sleeping import away_while_asleep
from model_cicd.sagemaker_model_cicd.stacks.serving import PACKAGE_ARN, WHEREVER, ServingStack
from model_cicd.sagemaker_model_cicd.topology import Hosting

_IDLE = "IdleAlarm"
_TOPIC_ARN = "arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+"
_ROLE_ARN = "arn:aws[a-z-]*:iam::[0-9]{12}:role/.+"


class EndpointStack(ServingStack):
    """Model execution role, key, model, endpoint, and what watches, tests and scales it.

    Who tests it is of `organization_id`, where that is given.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        hosting: Hosting,
        boundary: str | None,
        organization_id: str | None = None,
    ) -> None:
        super().__init__(scope, id, description="An endpoint of model CI/CD, deployed by promotions", boundary=boundary)
        self._hosting = hosting
        name = self.parameter("EndpointName", "Name of the endpoint")
        alarms = self._alarms(name)
        endpoint = Endpoint(
            self,
            "Serving",
            name=name,
            serves=Serves(
                self.package_arn,
                self._role(name, alarms),
                self._shadow(hosting.shadow) if hosting.shadow else None,
            ),
            hosting=hosting,
            volume_key_arn=self._volume_key(),
            alarm_names=alarms,
        )
        if hosting.monitoring:
            self._monitoring(endpoint.name, name)
        if hosting.tested:
            invoke_role(
                self,
                place=WHEREVER,
                name=self.parameter("InvokeRoleName", "The role that the tests of the environment call it with"),
                tester=Tester(
                    self.parameter("TestsRoleArn", "The role of the build that runs the tests", _ROLE_ARN),
                    organization_id,
                ),
                endpoint_name=name,
            )
        if hosting.scaling:
            endpoint_scaling(self, "Scaling", endpoint_name=endpoint.name, scaling=hosting.scaling)
        if hosting.asynchronous:
            asynchronous_scaling(
                self,
                "Waiting",
                endpoint_name=endpoint.name,
                alarm_name=self.parameter("BacklogAlarmName", "Name of the alarm that starts the first instance"),
                asynchronous=hosting.asynchronous,
            )
        self.outputs({"EndpointName": endpoint.name})
        self._idling(name)

    def _shadow(self, percentage: int) -> Shadow:
        """A release beside the one that serves, where the parameter names one."""
        package = cdk.CfnParameter(
            self,
            shadows.PARAMETER,
            type="String",
            default=shadows.NOBODY,
            description="The release that gets copies of requests and answers none",
            allowed_pattern=f"{shadows.NOBODY}|{PACKAGE_ARN}",
        )
        nobody = cdk.Fn.condition_equals(package, shadows.NOBODY)
        condition = cdk.CfnCondition(self, "Shadowed", expression=cdk.Fn.condition_not(nobody))
        return Shadow(package.value_as_string, percentage, condition)

    def _idling(self, name: str) -> None:
        """What tells that nobody asks the endpoint, and what lets it be away."""
        if self._hosting.idle_days:
            alarm = self.parameter("IdleAlarmName", "Name of the alarm on an endpoint that nobody asks")
            tells = self._hosting.idle_tells
            topic = self.parameter("IdleTopicArn", "The topic that this alarm tells", _TOPIC_ARN) if tells else None
            idle_alarm(self, _IDLE, name=alarm, days=self._hosting.idle_days, endpoint_name=name, topic_arn=topic)
        if self._hosting.sleeps:
            away_while_asleep(self, name_output="EndpointNameOutput", endpoint_name=name, idle_alarm=_IDLE)

    def _role(self, endpoint_name: str, alarm_names: Sequence[str]) -> str:
        return self.model_role(
            "Runs the containers of an endpoint with approved models",
            endpoint_statements(WHEREVER, endpoint_name=endpoint_name, hosting=self._hosting, alarm_names=alarm_names),
        )

    def _monitoring(self, endpoint_name: str, plain_name: str) -> None:
        """What analyses the endpoint's captures, against the baseline of the version that it serves."""
        monitoring = self._hosting.monitoring
        quality = monitoring.model_quality if monitoring else None
        EndpointMonitoring(
            self,
            "Monitoring",
            place=WHEREVER,
            endpoint_name=endpoint_name,
            plain_name=plain_name,
            hosting=self._hosting,
            monitor=Monitor(
                role=self.parameter("MonitorRoleName", "The role of the jobs that analyse what is captured"),
                data_schedule=self.parameter("DataScheduleName", "Name of the schedule of data quality"),
                model_schedule=(
                    self.parameter("ModelScheduleName", "Name of the schedule of model quality") if quality else None
                ),
                rule=(
                    self.parameter("DriftRuleName", "Name of the rule on violations")
                    if monitoring and (monitoring.topic_arn or monitoring.forwards)
                    else None
                ),
                forward=self._forward() if monitoring and monitoring.forwards else None,
                image=self.parameter("MonitorImage", "AWS's image of Model Monitor in this region"),
                repository_arn=self.parameter("MonitorRepositoryArn", "The ECR repository of that image"),
            ),
            baseline=Baseline(
                WHEREVER.bucket(self.release_bucket), self.release_bucket, self.release_key, self.version
            ),
        )

    def _forward(self) -> tuple[str, str]:
        return (
            self.parameter("DriftRoleName", "The role that sends violations to the tooling account"),
            self.parameter("ToolingBusArn", "The event bus of the tooling account"),
        )

    def _volume_key(self) -> str | None:
        """The key of the instances' volumes; who creates the endpoint grants its use to SageMaker.

        https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
        """
        if not self._hosting.own_volume_key:
            return self._hosting.volume_key_arn
        deployer = self.parameter("DeployRoleArn", "The role that CloudFormation creates the endpoint with")
        key = EncryptionKey(
            self,
            "Volumes",
            place=WHEREVER,
            alias=self.parameter("KeyAlias", "Alias of the key of the endpoint's volumes"),
            description="Volumes of an endpoint's instances",
            statements=[
                Statement(
                    "Volumes",
                    ["kms:CreateGrant"],
                    ["*"],
                    {**only([deployer]), "Bool": {"kms:GrantIsForAWSResource": "true"}},
                    principal=account_root(WHEREVER),
                )
            ],
        )
        return key.arn

    def _alarms(self, endpoint_name: str) -> list[str]:
        """The names of the alarms that roll a new version back, once they exist."""
        rollout = self._hosting.rollout
        if rollout is None:
            return []
        told = "The topic that the alarms on errors and latency tell"
        topic = self.parameter("AlarmTopicArn", told, _TOPIC_ARN) if rollout.tells else None
        return [
            endpoint_alarm(
                self,
                f"{id}Alarm",
                name=self.parameter(f"{id}AlarmName", f"Name of the alarm on {metric}"),
                metric=metric,
                alarm=alarm,
                endpoint_name=endpoint_name,
                topic_arn=topic,
            ).ref
            for id, metric, alarm in (
                ("Errors", ERRORS, rollout.errors_alarm),
                ("Latency", LATENCY, rollout.latency_alarm),
            )
        ]
