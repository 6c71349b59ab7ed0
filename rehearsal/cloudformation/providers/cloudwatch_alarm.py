"""AWS::CloudWatch::Alarm.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError


class Alarm(Provider):
    """A metric alarm. Kept and shown; only deployments of endpoints look at it."""

    type = "AWS::CloudWatch::Alarm"
    service, noun = "cloudwatch", "alarm"
    unsupported: ClassVar[dict[str, str]] = {
        "only alarms on the statistic of one metric": (
            "EvaluateLowSampleCountPercentile EvaluationCriteria Metrics ThresholdMetricId"
        ),
        "alarms are not evaluated": "ActionConfiguration EvaluationInterval EvaluationWindow WarmUpConfiguration",
    }
    named_by = "AlarmName"

    def create(self, call: Call) -> Made:
        """The alarm; putting one of the same name would overwrite it, which a template must not do."""
        name = call.name(call.properties.get("AlarmName"), 255)
        if self._exists(call, name):
            raise ResourceError(f"{name} already exists")
        call.invoke("PutMetricAlarm", **(call.properties | {"AlarmName": name}))
        return _made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The whole alarm, then its tags."""
        wanted = {key: value for key, value in call.properties.items() if key != "Tags"} | {"AlarmName": call.handle}
        call.invoke("PutMetricAlarm", **wanted)
        made = _made(call, call.handle)
        self.retag(call, old, ResourceARN=made.attributes["Arn"])
        return made

    def delete(self, call: Call) -> None:
        """The alarm."""
        if self._exists(call, call.handle):
            call.invoke("DeleteAlarms", AlarmNames=[call.handle])

    def found(self, call: Call, name: str) -> Made | None:
        """The one of that name."""
        return _made(call, name) if self._exists(call, name) else None

    def _exists(self, call: Call, name: str) -> bool:
        return bool(call.invoke("DescribeAlarms", AlarmNames=[name])["MetricAlarms"])


def _made(call: Call, name: str) -> Made:
    return Made(name, {"Arn": call.arn("cloudwatch", f"alarm:{name}")})
