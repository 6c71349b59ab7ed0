"""Monitoring schedules and what they executed.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMonitoringSchedule.html

A schedule `NOW` is executed once, at once. One with a cron expression is kept and shown; no clock of the embedded AWS
comes to it: a schedule `NOW` of the same job definition is how to have an execution, here as on AWS.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params, invalid, unsupported
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.hosting.endpoints import Endpoints
from rehearsal.sagemaker.jobs.operations import Jobs
from rehearsal.sagemaker.monitoring import executions
from rehearsal.sagemaker.monitoring.definitions import Definition, JobDefinitions, capture_of
from rehearsal.sagemaker.monitoring.executions import Execution
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

NOW = "NOW"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html
_CRON = re.compile(r"cron\(0 (\*|([01]?\d|2[0-3])(/([1-9]|1\d|2[0-4]))?) \? \* \* \*\)")


@dataclass
class Schedule:
    """A schedule: what the API shows, and its executions, the oldest first."""

    shown: Params
    definition: Definition
    executions: list[Execution] = field(default_factory=list)

    def describe(self) -> Params:
        """The answer of DescribeMonitoringSchedule."""
        last = {"LastMonitoringExecutionSummary": self.executions[-1].summary()} if self.executions else {}
        return self.shown | last


class Schedules(Resources[Schedule]):
    """The schedules of all accounts."""

    kind, words = "monitoring-schedule", "monitoring schedule"
    taken = ("ResourceInUse", "Monitoring Schedule already exists: {arn}")
    absent = ("ResourceNotFound", "Monitoring Schedule not found: {arn}")

    def __init__(
        self,
        platform: SageMakerPlatform,
        jobs: Jobs,
        endpoints: Endpoints,
        definitions: Mapping[str, JobDefinitions],
        tags: Tags,
    ) -> None:
        super().__init__(tags)
        self._platform, self._jobs, self._endpoints = platform, jobs, endpoints
        self._definitions = definitions

    def create_monitoring_schedule(self, caller: Caller, params: Params) -> Params:
        """Keep a schedule; `NOW` is executed. Raises ApiError ValidationException."""
        config, name, moment = params["MonitoringScheduleConfig"], params["MonitoringScheduleName"], listing.now()
        definition = self._definition(caller, config, "CreateMonitoringSchedule")
        shown = {
            "MonitoringScheduleName": name,
            "MonitoringScheduleArn": self.arn(caller.scope, name),
            "MonitoringScheduleStatus": "Scheduled",
            "CreationTime": moment,
        }
        schedule = Schedule(shown | _shown(config, definition, moment), definition)
        arn = self.register(caller.scope, name, schedule, params.get("Tags"))
        self._at_once(caller, schedule)
        return {"MonitoringScheduleArn": arn}

    def update_monitoring_schedule(self, caller: Caller, params: Params) -> Params:
        """Another configuration. Raises ApiError ResourceNotFound, ValidationException."""
        config = params["MonitoringScheduleConfig"]
        definition = self._definition(caller, config, "UpdateMonitoringSchedule")
        schedule = self.at(caller.scope, params["MonitoringScheduleName"])
        schedule.definition = definition
        schedule.shown |= _shown(config, definition, listing.now())
        self._at_once(caller, schedule)
        return {"MonitoringScheduleArn": schedule.shown["MonitoringScheduleArn"]}

    def describe_monitoring_schedule(self, caller: Caller, params: Params) -> Params:
        """One schedule."""
        return self.at(caller.scope, params["MonitoringScheduleName"]).describe()

    def delete_monitoring_schedule(self, caller: Caller, params: Params) -> Params:
        """Forget a schedule. Raises ApiError ResourceNotFound."""
        self.at(caller.scope, params["MonitoringScheduleName"])
        self.pop(caller.scope, params["MonitoringScheduleName"])
        return {}

    def start_monitoring_schedule(self, caller: Caller, params: Params) -> Params:
        """Let a stopped schedule go on."""
        return self._set(caller, params, "Scheduled")

    def stop_monitoring_schedule(self, caller: Caller, params: Params) -> Params:
        """Execute it no more until it is started."""
        return self._set(caller, params, "Stopped")

    def list_monitoring_schedules(self, caller: Caller, params: Params) -> Params:
        """The schedules of the account, the newest first."""
        rows = [each.shown for each in self.of(caller.scope)]
        return listing.answer(_matching(rows, params), params, "MonitoringScheduleSummaries", "MonitoringSchedule")

    def list_monitoring_executions(self, caller: Caller, params: Params) -> Params:
        """The executions of the account's schedules, the newest first."""
        wanted = params.get("MonitoringScheduleName")
        rows = [row.summary() for each in self.of(caller.scope) for row in each.executions]
        rows = [row for row in _matching(rows, params) if wanted in (None, row["MonitoringScheduleName"])]
        for key, keep in (("ScheduledTimeAfter", 1), ("ScheduledTimeBefore", -1)):
            if key in params:
                rows = [row for row in rows if keep * (row["ScheduledTime"].timestamp() - params[key]) > 0]
        kept = listing.select(
            [row for row in rows if params.get("StatusEquals") in (None, row["MonitoringExecutionStatus"])], params
        )
        keys = {"CreationTime": "CreationTime", "ScheduledTime": "ScheduledTime", "Status": "MonitoringExecutionStatus"}
        ordered = listing.order(kept, params, keys, by="CreationTime", descending=True)
        return listing.page(ordered, params, "MonitoringExecutionSummaries")

    def _set(self, caller: Caller, params: Params, status: str) -> Params:
        schedule = self.at(caller.scope, params["MonitoringScheduleName"])
        schedule.shown |= {"MonitoringScheduleStatus": status, "LastModifiedTime": listing.now()}
        return {}

    def _definition(self, caller: Caller, config: Params, operation: str) -> Definition:
        if "MonitoringJobDefinition" in config:
            raise unsupported(f"{operation} MonitoringScheduleConfig.MonitoringJobDefinition: make a job definition")
        kind, name = config.get("MonitoringType"), config.get("MonitoringJobDefinitionName")
        if name is None or kind is None:
            raise invalid("MonitoringScheduleConfig: expected MonitoringJobDefinitionName and MonitoringType")
        if kind not in self._definitions:
            raise unsupported(f"{operation} MonitoringType {kind}: it can do {', '.join(self._definitions)} only")
        _check_times(config.get("ScheduleConfig", {}))
        definition = self._definitions[kind].at(caller.scope, name)
        if not capture_of(self._endpoints, caller.scope, definition.source["EndpointName"]):
            raise invalid(f"Endpoint {definition.source['EndpointName']} has no data capture: nothing to monitor")
        return definition

    def _at_once(self, caller: Caller, schedule: Schedule) -> None:
        times = schedule.shown["MonitoringScheduleConfig"].get("ScheduleConfig", {})
        if times.get("ScheduleExpression") == NOW:
            # what is captured in this second is of the window, which is told in seconds
            moment = listing.now() + datetime.timedelta(seconds=1)
            window = executions.now_window(moment, times["DataAnalysisStartTime"], times["DataAnalysisEndTime"])
            schedule.executions.append(self._execute(caller, schedule, window))

    def _execute(self, caller: Caller, schedule: Schedule, window: executions.Window) -> Execution:
        definition, (account, region) = schedule.definition, caller.scope
        name, role = schedule.shown["MonitoringScheduleName"], definition.described["RoleArn"]
        endpoint = self._endpoints.at(caller.scope, definition.source["EndpointName"])
        fleet = endpoint.fleet
        s3 = self._platform.client("s3", account=account, region=region, role=role)
        try:
            capture, variants = (fleet.capture, [each.name for each in fleet.variants]) if fleet else (None, [])
            inputs = executions.captured(s3, capture, definition, variants, window) if capture else []
            truths = executions.truth(s3, definition, window)
            if not inputs or (definition.kind == "ModelQuality" and not truths):
                return Execution(name, definition, listing.now(), None, executions.NO_DATA)
            wanted = executions.request(name, definition, [*inputs, *truths], window)
            shown = {"MonitoringScheduleArn": schedule.shown["MonitoringScheduleArn"]}
            return Execution(name, definition, listing.now(), self._jobs.start("Processing", caller, wanted, shown))
        except ClientError as error:
            return Execution(name, definition, listing.now(), None, executions.reason(error))
        except ApiError as error:
            return Execution(name, definition, listing.now(), None, error.message)


def _shown(config: Params, definition: Definition, moment: datetime.datetime) -> Params:
    return {
        "MonitoringScheduleConfig": config,
        "MonitoringType": definition.kind,
        "MonitoringJobDefinitionName": definition.name,
        "EndpointName": definition.source["EndpointName"],
        "LastModifiedTime": moment,
    }


def _matching(rows: list[Params], params: Params) -> list[Params]:
    """Those of an endpoint, a definition and a type that were asked for."""
    for key, member in (
        ("EndpointName", "EndpointName"),
        ("MonitoringJobDefinitionName", "MonitoringJobDefinitionName"),
        ("MonitoringTypeEquals", "MonitoringType"),
    ):
        rows = [row for row in rows if params.get(key) in (None, row[member])]
    return rows


def _check_times(times: Params) -> None:
    expression = times.get("ScheduleExpression")
    if expression is None:
        return
    begin, end = times.get("DataAnalysisStartTime"), times.get("DataAnalysisEndTime")
    if expression == NOW:
        if begin is None or end is None:
            raise invalid("ScheduleExpression NOW: DataAnalysisStartTime and DataAnalysisEndTime are required")
    elif not _CRON.fullmatch(expression):
        raise invalid(
            f"ScheduleExpression: got {expression!r}, expected NOW, cron(0 * ? * * *) or cron(0 HOUR ? * * *)"
        )
    if begin is not None or end is not None:
        try:
            executions.now_window(listing.now(), begin or "-PT1H", end or "-PT0H")
        except ValueError:
            raise invalid(
                f"DataAnalysisStartTime {begin!r}, DataAnalysisEndTime {end!r}: "
                "expected ISO 8601 offsets, at most 24 hours apart"
            ) from None
