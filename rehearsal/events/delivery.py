"""Delivery: one function per kind of target, acting as the target's role, apart from the rules that choose it."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from rehearsal.api import Params
from rehearsal.events import transform
from rehearsal.events.state import Failure, Rule, now
from rehearsal.ports import Platform, RuleTriggers
from rehearsal.roles import trusts_service

log = logging.getLogger(__name__)

_SERVICE = "events.amazonaws.com"


class Delivery:
    """Hands events to targets in the background and keeps what failed in `failures`.

    Nothing is tried twice (AWS retries for up to a day), so a RetryPolicy changes nothing here.
    """

    def __init__(self, platform: Platform, triggers: RuleTriggers) -> None:
        self._platform = platform
        self._triggers = triggers
        self.failures: list[Failure] = []
        # events on their way to another bus, by the token that travels in the trace header
        self.forwarded: dict[str, Params] = {}
        self._kinds: dict[str, Callable[[Rule, Params, Params, str], None]] = {
            "codepipeline": self._codepipeline,
            "codebuild": self._codebuild,
            "states": self._states,
            "events": self._bus,
            "sns": self._sns,
            "sqs": self._sqs,
            "logs": self._logs,
            "lambda": self._lambda,
        }

    def deliver(self, rule: Rule, target: Params, event: Params) -> None:
        """Deliver in the background; a failure is logged, kept and sent to the target's dead letter queue."""
        for _ in range(self._platform.latency.deliveries):
            self._platform.background(lambda: self._deliver(rule, target, event), f"deliver-{rule.name}-{target['Id']}")

    def _deliver(self, rule: Rule, target: Params, event: Params) -> None:
        try:
            role = target.get("RoleArn")
            if role and not trusts_service(role, _SERVICE, source=rule.arn, account=rule.account):
                raise PermissionError(f"events.amazonaws.com is not authorized to perform: sts:AssumeRole on {role}")
            text = transform.payload(target, event, rule_arn=rule.arn, rule_name=rule.name)
            self._kinds[service_of(target["Arn"])](rule, target, event, text)
        except Exception as error:
            if self._platform.closed.is_set():
                return
            log.warning("rule %s did not reach %s: %s", rule.name, target["Arn"], error)
            self.failures.append(Failure(rule.arn, target["Arn"], str(error), event))
            self._dead_letter(rule, target, event, error)

    def _client(self, service: str, arn: str, role: str) -> Any:
        _, _, _, region, account = arn.split(":")[:5]
        return self._platform.client(service, account=account, region=region, role=role)

    def _itself(self, service: str, arn: str, rule: Rule) -> Any:
        """A client that is EventBridge itself, working for a rule: the target's resource policy decides."""
        _, _, _, region, account = arn.split(":")[:5]
        identity = self._platform.accounts.service(rule.account, _SERVICE, rule.arn)
        return self._platform.client(service, account=account, region=region, identity=identity)

    def _codepipeline(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        """StartPipelineExecution; a constant or template may give `sourceRevisions` and `variables`.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-repo-changes-cli.html
        """
        given: Params = {}
        if target.get("Input") is not None or target.get("InputTransformer") is not None:
            given = json.loads(text)
            unknown = sorted(set(given) - {"sourceRevisions", "variables"}) if isinstance(given, dict) else [text]
            if unknown:
                named = ", ".join(unknown)
                raise ValueError(f"input of a CodePipeline target: got {named}, expected sourceRevisions or variables")
            given = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
        token = uuid.uuid4().hex
        self._triggers.expect(token, rule.arn)
        self._client("codepipeline", target["Arn"], target["RoleArn"]).start_pipeline_execution(
            name=target["Arn"].rpartition(":")[2], clientRequestToken=token, **given
        )

    def _codebuild(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        """StartBuild; a constant or template gives further parameters of it."""
        given: Params = {}
        if target.get("Input") is not None or target.get("InputTransformer") is not None:
            given = json.loads(text)
        given["projectName"] = target["Arn"].rpartition("/")[2]
        self._client("codebuild", target["Arn"], target["RoleArn"]).start_build(**given)

    def _states(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        """StartExecution of a state machine, Standard or Express, with what the target receives as its input."""
        states = self._client("stepfunctions", target["Arn"], target["RoleArn"])
        states.start_execution(stateMachineArn=target["Arn"], input=text)

    def _bus(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        """PutEvents on another bus as the target's role; the event keeps its account, region, source and id."""
        token = f"forwarded-{uuid.uuid4().hex}"
        self.forwarded[token] = event
        entry = {
            "Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"]),
            "EventBusName": target["Arn"], "TraceHeader": token,
        }  # fmt: skip
        try:
            answer = self._client("events", target["Arn"], target["RoleArn"]).put_events(Entries=[entry])
        finally:
            self.forwarded.pop(token, None)
        if answer["FailedEntryCount"]:
            failed = answer["Entries"][0]
            raise RuntimeError(f"{failed['ErrorCode']}: {failed['ErrorMessage']}")

    def _sns(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        self._itself("sns", target["Arn"], rule).publish(TopicArn=target["Arn"], Message=text)

    def _sqs(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        self._send(rule, target["Arn"], MessageBody=text, **({"MessageGroupId": group} if group else {}))

    def _send(self, rule: Rule, arn: str, **message: Any) -> None:
        name, account, region = arn.rpartition(":")[2], arn.split(":")[4], arn.split(":")[3]
        lookup = self._platform.internal_client("sqs", account=account, region=region)
        url = lookup.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        self._itself("sqs", arn, rule).send_message(QueueUrl=url, **message)

    def _logs(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        group = target["Arn"].split(":log-group:", 1)[1].removesuffix(":*")
        logs = self._itself("logs", target["Arn"], rule)
        stream = str(uuid.uuid4())
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        entry = {"timestamp": int(now().timestamp() * 1000), "message": text}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[entry])

    def _lambda(self, rule: Rule, target: Params, event: Params, text: str) -> None:
        """An invocation as of any event; the function's policy decides.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-lambda-permissions
        """
        self._itself("lambda", target["Arn"], rule).invoke(
            FunctionName=target["Arn"], InvocationType="Event", Payload=text
        )

    def _dead_letter(self, rule: Rule, target: Params, event: Params, error: Exception) -> None:
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        facts = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], "ERROR_MESSAGE": str(error)[:1000]}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
        try:
            self._send(rule, queue, MessageBody=json.dumps(event), MessageAttributes=attributes)
        except Exception as second:
            log.warning("dead letter queue %s of rule %s: %s", queue, rule.name, second)


def service_of(arn: str) -> str:
    """The service of a target's ARN (`codepipeline`), or "" when it is no ARN."""
    parts = arn.split(":")
    return parts[2] if len(parts) >= 6 and parts[0] == "arn" else ""


# what PutTargets takes; the first ones need a role
WITH_ROLE = ("codepipeline", "codebuild", "states", "events")
WITHOUT_ROLE = ("sns", "sqs", "logs", "lambda")
