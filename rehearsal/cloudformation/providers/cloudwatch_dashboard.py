"""AWS::CloudWatch::Dashboard.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import ignoring


class Dashboard(Provider):
    """A dashboard: kept and shown; its metrics are read with GetMetricData."""

    type = "AWS::CloudWatch::Dashboard"
    service, noun = "cloudwatch", "dashboard"
    unsupported: ClassVar[dict[str, str]] = {"dashboards have no tags": "Tags"}
    absent = ("ResourceNotFound", "DashboardNotFoundError")
    named_by = "DashboardName"

    def create(self, call: Call) -> Made:
        """The dashboard; putting one of the same name would overwrite it, which a template must not do."""
        name = call.name(call.properties.get("DashboardName"), 255)
        with ignoring(*self.absent):
            call.invoke("GetDashboard", DashboardName=name)
            raise ResourceError(f"{name} already exists")
        return self._put(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another body."""
        return self._put(call, call.handle)

    def delete(self, call: Call) -> None:
        """The dashboard, if it is there."""
        with ignoring(*self.absent):
            call.invoke("DeleteDashboards", DashboardNames=[call.handle])

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        call.invoke("GetDashboard", DashboardName=name)
        return Made(name)

    def _put(self, call: Call, name: str) -> Made:
        call.invoke("PutDashboard", DashboardName=name, DashboardBody=call.properties["DashboardBody"])
        return Made(name)
