"""AWS::Events::Rule. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document


class Rule(Provider):
    """A rule and its targets."""

    type = "AWS::Events::Rule"
    service, noun, absent = "events", "rule", ("ResourceNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "no targets of these kinds": (
            "Targets.AppSyncParameters Targets.BatchParameters Targets.EcsParameters Targets.HttpParameters "
            "Targets.KinesisParameters Targets.RedshiftDataParameters Targets.RunCommandParameters "
            "Targets.SageMakerPipelineParameters"
        ),
    }
    replaced_as_well = ("EventBusName",)
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """The rule, then its targets."""
        wanted = call.properties
        name, bus = call.name(wanted.get("Name"), 64), wanted.get("EventBusName")
        if "EventPattern" not in wanted and "ScheduleExpression" not in wanted:
            raise ResourceError("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        with ignoring("ResourceNotFoundException"):
            call.invoke("DescribeRule", Name=name, EventBusName=bus)
            raise ResourceError(f"{name} already exists")
        arn = self._put(call, name, bus, Tags=wanted.get("Tags"))
        call.reserve(arn)
        self._targets(call, name, bus, {})
        return self._made(name, bus, arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The rule, its targets and tags."""
        name, bus = self._name(call.handle), call.properties.get("EventBusName")
        arn = self._put(call, name, bus)
        self._targets(call, name, bus, old)
        self.retag(call, old, ResourceARN=arn)
        return self._made(name, bus, arn)

    def remove(self, call: Call) -> None:
        """The targets, then the rule."""
        name, bus = self._name(call.handle), call.properties.get("EventBusName")
        found = call.invoke("ListTargetsByRule", Rule=name, EventBusName=bus)["Targets"]
        if found:
            call.invoke("RemoveTargets", Rule=name, EventBusName=bus, Ids=[target["Id"] for target in found])
        call.invoke("DeleteRule", Name=name, EventBusName=bus)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        parts = name.partition("rule/")[2].split("/")
        bus = parts[0] if len(parts) > 1 else None
        call.invoke("DescribeRule", Name=parts[-1], EventBusName=bus)
        return self._made(parts[-1], bus, name)

    def actual(self, call: Call) -> dict[str, Any]:
        """Pattern, schedule, state and targets."""
        name, bus = self._name(call.handle), call.properties.get("EventBusName")
        found = call.invoke("DescribeRule", Name=name, EventBusName=bus)
        told = ("Name", "Description", "EventPattern", "RoleArn", "ScheduleExpression", "State")
        targets = call.invoke("ListTargetsByRule", Rule=name, EventBusName=bus)["Targets"]
        return {each: found.get(each) for each in told} | {"Targets": targets}

    def _put(self, call: Call, name: str, bus: str | None, **more: Any) -> str:
        more |= call.pick("Description", "State", "ScheduleExpression", "RoleArn")
        if "EventPattern" in call.properties:
            more["EventPattern"] = document(call.properties["EventPattern"])
        return str(call.invoke("PutRule", Name=name, EventBusName=bus, **more)["RuleArn"])

    def _targets(self, call: Call, name: str, bus: str | None, old: dict[str, Any]) -> None:
        wanted = call.properties.get("Targets") or []
        if wanted:
            self._check(call.invoke("PutTargets", Rule=name, EventBusName=bus, Targets=wanted))
        kept = {target["Id"] for target in wanted}
        gone = [target["Id"] for target in old.get("Targets") or [] if target["Id"] not in kept]
        if gone:
            self._check(call.invoke("RemoveTargets", Rule=name, EventBusName=bus, Ids=gone))

    def _check(self, answer: dict[str, Any]) -> None:
        if answer.get("FailedEntryCount"):
            causes = [f"{item['TargetId']}: {item.get('ErrorMessage')}" for item in answer["FailedEntries"]]
            raise ResourceError(f"Targets of the rule failed: {'; '.join(causes)}")

    def _name(self, arn: str) -> str:
        return arn.rpartition("/")[2]

    def _made(self, name: str, bus: str | None, arn: str) -> Made:
        short = (bus or "default").rpartition("/")[2]
        return Made(name if short == "default" else f"{short}|{name}", {"Arn": arn, "RuleName": name}, handle=arn)
