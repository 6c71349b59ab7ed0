"""AWS::SageMaker::MonitoringSchedule.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-monitoringschedule.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._sagemaker import TAGGING


class MonitoringSchedule(Provider):
    """A schedule of monitoring jobs, which Ref gives the ARN of."""

    type = "AWS::SageMaker::MonitoringSchedule"
    service, tagging, noun, absent = "sagemaker", TAGGING, "monitoring schedule", ("ResourceNotFound",)
    named_by = "MonitoringScheduleName"
    unsupported: ClassVar[dict[str, str]] = {
        "jobs have a definition of their own": "MonitoringScheduleConfig.MonitoringJobDefinition",
        "what a schedule came to is no part of a template": (
            "EndpointName FailureReason LastMonitoringExecutionSummary MonitoringScheduleStatus"
        ),
    }

    def create(self, call: Call) -> Made:
        """The schedule."""
        answer = call.invoke("CreateMonitoringSchedule", **call.properties)
        return self.made(answer["MonitoringScheduleArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another configuration, and tags."""
        if old["MonitoringScheduleConfig"] != call.properties["MonitoringScheduleConfig"]:
            config = call.properties["MonitoringScheduleConfig"]
            name = call.properties["MonitoringScheduleName"]
            call.invoke("UpdateMonitoringSchedule", MonitoringScheduleName=name, MonitoringScheduleConfig=config)
        self.retag(call, old, ResourceArn=call.id)
        return self.made(call.id)

    def remove(self, call: Call) -> None:
        """The schedule; what runs goes on."""
        call.invoke("DeleteMonitoringSchedule", MonitoringScheduleName=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        made = self.made(name)
        call.invoke("DescribeMonitoringSchedule", MonitoringScheduleName=made.handle)
        return made

    def made(self, arn: str) -> Made:
        """The resource of an ARN."""
        return Made(arn, {"MonitoringScheduleArn": arn}, handle=arn.rpartition("/")[2])
