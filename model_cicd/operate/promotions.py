"""The promotion pipeline of a group: what runs, what waits for a person, what failed, what was promoted before."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from model_cicd.aws.resources import APPROVE
from model_cicd.aws.stage_tests import SETTLE, TEST
from model_cicd.operate import logs, reasons
from model_cicd.operate.access import Access, error_code
from model_cicd.operate.actions import actions_of, client_of
from model_cicd.operate.logs import Log
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import PARAMETER, why_it_failed
from model_cicd.operate.tested import Tested, tested
from model_cicd.text.errors import ModelCicdError

VARIABLE = "ModelPackageArn"


@dataclass(frozen=True)
class Run:
    """One stage of the pipeline in which something runs or failed.

    Of what failed, `cause` is CodePipeline's message, `reason` what the build said in `log`, or the stack; empty where
    that is not known.
    """

    stage: str
    action: str
    execution: str
    package_arn: str
    cause: str = ""
    reason: str = ""
    log: Log | None = None


@dataclass(frozen=True)
class Waiting:
    """A stage that waits for a person; `command` approves it, for who holds the policy `approver_policy_arn`.

    CodePipeline lets the stage fail at `expires`.
    """

    stage: str
    action: str
    execution: str
    package_arn: str
    since: str
    expires: str
    approver_policy_arn: str
    command: str


@dataclass(frozen=True)
class State:
    """What the pipeline does now, and the outcome of its last tests; `exists` is False where there is none."""

    running: tuple[Run, ...]
    waiting: tuple[Waiting, ...]
    failed: tuple[Run, ...]
    exists: bool = True
    tests: tuple[Tested, ...] = ()


def state(access: Access, group: Group) -> State:
    """What runs, waits and failed. Raises DeniedError when the caller may not see the pipeline."""
    from botocore.exceptions import ClientError

    client, name = client_of(access, group), group.pipeline_name
    with access.asking("codepipeline:GetPipelineState", f"pipeline {name}"):
        try:
            stages = client.get_pipeline_state(name=name)["stageStates"]
        except ClientError as error:
            if error_code(error) == "PipelineNotFoundException":
                return State((), (), (), exists=False)
            raise
    packages: dict[str, str] = {}

    def package(execution: str) -> str:
        if execution and execution not in packages:
            packages[execution] = package_of(access, group, execution)
        return packages.get(execution, "")

    running, waiting, failed, tests = [], [], [], []
    for stage in stages:
        execution = str((stage.get("latestExecution") or {}).get("pipelineExecutionId", ""))
        status = (stage.get("latestExecution") or {}).get("status")
        for action in stage.get("actionStates") or []:
            latest = action.get("latestExecution") or {}
            here = (stage["stageName"], action["actionName"], execution)
            if action["actionName"] == TEST and latest.get("status") == "Succeeded":
                tests += tested(access, group, Tested(stage["stageName"], execution, package(execution)))
            if latest.get("token") and latest.get("status") == "InProgress":
                waiting.append(_waiting(group, Run(*here, package(execution)), latest["lastStatusChange"]))
            elif latest.get("status") == "InProgress":
                running.append(Run(*here, package(execution)))
            elif latest.get("status") == "Failed" and status == "Failed":
                failed.append(_failed(access, group, Run(*here, package(execution)), latest))
    return State(tuple(running), tuple(waiting), tuple(failed), tests=tuple(tests))


def _waiting(group: Group, run: Run, since: datetime) -> Waiting:
    return Waiting(
        run.stage,
        run.action,
        run.execution,
        run.package_arn,
        since=since.isoformat(timespec="seconds"),
        expires=(since + timedelta(minutes=group.approval_minutes)).isoformat(timespec="seconds"),
        approver_policy_arn=group.stage_approver_policy_arn,
        command=approval_command(group, run.stage, run.action),
    )


def _failed(access: Access, group: Group, run: Run, latest: dict[str, Any]) -> Run:
    """Why an action failed: what its build said, or the stack of its environment."""
    cause = str((latest.get("errorDetails") or {}).get("message") or latest.get("summary") or "")
    log = logs.of_build(str(latest.get("externalExecutionId", "")), group.tooling_account, group.tooling_region)
    if log is not None:
        client = access.client("logs", account=group.tooling_account, region=group.tooling_region)
        printed = logs.printed_by_failed_command(logs.tail(access, client, log))
        return replace(run, cause=cause, reason=reasons.telling(printed[-1:]), log=log)
    place = next((each for each in group.places if run.stage.endswith(f"-{each.name}")), None)
    reason = ""
    if place is not None and run.action != APPROVE:
        with suppress(ModelCicdError):
            reason = why_it_failed(access, place)
    return replace(run, cause=cause, reason=reason)


def approval_command(group: Group, stage: str, action: str) -> str:
    """The `aws` command that approves a stage; it looks up the token of the approval by itself.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-approve-or-reject.html
    """
    where = ["--region", group.tooling_region]
    query = f"stageStates[?stageName=='{stage}'].actionStates[]|[?actionName=='{action}']|[0].latestExecution.token"
    look = ["aws", "codepipeline", "get-pipeline-state", *where, "--name", group.pipeline_name]
    look += ["--output", "text", "--query", query]
    put = ["aws", "codepipeline", "put-approval-result", *where, "--pipeline-name", group.pipeline_name]
    put += ["--stage-name", stage, "--action-name", action, "--result", "status=Approved,summary=REASON"]
    return f'{shlex.join(put)} --token "$({shlex.join(look)})"'


def start(access: Access, group: Group, package_arn: str) -> str:
    """Start a promotion of a version; gives back the id of the pipeline's execution."""
    with access.asking(
        "codepipeline:StartPipelineExecution", f"pipeline {group.pipeline_name} of account {group.tooling_account}"
    ):
        started = client_of(access, group).start_pipeline_execution(
            name=group.pipeline_name, variables=[{"name": VARIABLE, "value": package_arn}]
        )
    return str(started["pipelineExecutionId"])


@dataclass(frozen=True)
class Promotion:
    """A version that reached an environment: its release (ARN), the parameters that its stack was given, and when."""

    version: int
    release_arn: str
    parameters: dict[str, str]
    at: datetime | None = None


def history(ran: Iterable[Deployment], place: Place) -> Iterator[Promotion]:
    """The releases that reached `place`, newest first, as far back as CodePipeline remembers (12 months).

    `ran` is what the pipeline did, as `deployments` has it.

    A release whose tests failed there is none of them: it was taken back.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    """
    return _promotions(given for given in ran if given.settles(place) or given.deploys(place))


def elsewhere(ran: Iterable[Deployment], group: Group) -> dict[str, list[Promotion]]:
    """The same of stacks that no environment of the group has any more, by the stack's name."""
    known = {place.stack_name for place in group.places}
    found: dict[str, list[Deployment]] = {}
    for given in ran:
        if given.stack and given.stack not in known:
            found.setdefault(given.stack, []).append(given)
    return {stack: list(_promotions(each)) for stack, each in sorted(found.items())}


@dataclass(frozen=True)
class Deployment:
    """An action of the pipeline that deploys or acts on the outcome of tests, as ListActionExecutions has it."""

    found: dict[str, Any]

    @property
    def execution(self) -> str:
        """The id of the pipeline's execution."""
        return str(self.found["pipelineExecutionId"])

    @property
    def version(self) -> int | None:
        """The number that the action gave its stack, where it did."""
        number = _overrides(self.configuration.get("ParameterOverrides")).get("Version", "")
        return int(number) if number.isdigit() else None

    @property
    def _input(self) -> dict[str, Any]:
        given: dict[str, Any] = self.found.get("input", {})
        return given

    @property
    def configuration(self) -> dict[str, Any]:
        """What the action was told, with values in the place of variables."""
        given = self._input
        return given.get("resolvedConfiguration") or given.get("configuration") or {}

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return str(self.configuration.get("StackName", ""))

    def settles(self, place: Place) -> bool:
        """Whether it acts on the outcome of the tests of `place`."""
        return self.found.get("actionName") == SETTLE and self.found.get("stageName") == f"Deploy-{place.name}"

    def deploys(self, place: Place) -> bool:
        """Whether the stack is that of `place`, in its account and region."""
        role, region = self._input.get("roleArn") or "", self._input.get("region") or place.region
        there = region == place.region and (not role or f"::{place.account}:" in role)
        return there and self.stack == place.stack_name


def deployments(access: Access, group: Group) -> Iterator[Deployment]:
    """Every action of CloudFormation that the pipeline ran, and of those that act on tests, newest first."""
    made = (Deployment(each) for each in actions_of(access, group))
    return (each for each in made if each.stack or each.found.get("actionName") == SETTLE)


def _promotions(deployments: Iterable[Deployment]) -> Iterator[Promotion]:
    executed: dict[str, Deployment] = {}  # by pipeline execution: the last run of the stage
    prepared: dict[str, dict[str, str]] = {}
    passed: dict[str, bool] = {}  # by pipeline execution with tests
    for each in deployments:
        if not each.stack:
            passed.setdefault(each.execution, each.found["status"] == "Succeeded")
            continue
        execution, mode = each.execution, each.configuration.get("ActionMode")
        if mode == "CHANGE_SET_EXECUTE":
            executed.setdefault(execution, each)
        if mode == "CHANGE_SET_REPLACE":
            prepared.setdefault(execution, _overrides(each.configuration.get("ParameterOverrides")))
    for execution, each in executed.items():
        parameters = prepared.get(execution, {})
        version = parameters.get("Version", "")
        served = each.found["status"] == "Succeeded" and passed.get(execution, True)
        if served and parameters.get(PARAMETER) and version.isdigit():
            yield Promotion(int(version), parameters[PARAMETER], parameters, each.found.get("lastUpdateTime"))


def _overrides(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def package_of(access: Access, group: Group, execution: str) -> str:
    """The version (ARN) that an execution was started for, or the empty text."""
    client, name = client_of(access, group), group.pipeline_name
    with access.asking("codepipeline:GetPipelineExecution", f"pipeline {name}"):
        found = client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
    variables = found["pipelineExecution"].get("variables") or []
    return next((str(each.get("resolvedValue", "")) for each in variables if each["name"] == VARIABLE), "")
