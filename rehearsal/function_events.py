"""Events of services that invoke Lambda functions: as the service itself, so that the function's policy decides."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from rehearsal.api import Params
from rehearsal.ports import Platform

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Who invokes: a service (`s3.amazonaws.com`) that works for the resource `arn` of an account."""

    service: str
    account: str
    arn: str


def send(platform: Platform, source: Source, function: str, event: Params) -> None:
    """Invoke a function (its ARN) later; that it did not come to it is only logged, as nobody waits."""

    def deliver() -> None:
        try:
            _invoke(platform, source, function, "Event", event)
        except Exception as error:
            if not platform.closed.is_set():
                log.warning("%s did not reach the function %s: %s", source.arn, function, error)

    platform.background(deliver, f"event for {function}")


def check(platform: Platform, source: Source, function: str) -> None:
    """Raises ClientError where the service may not invoke the function, or there is none."""
    _invoke(platform, source, function, "DryRun", {})


def _invoke(platform: Platform, source: Source, function: str, kind: str, event: Params) -> None:
    identity = platform.accounts.service(source.account, source.service, source.arn)
    client = platform.client("lambda", account=source.account, region=function.split(":")[3], identity=identity)
    client.invoke(FunctionName=function, InvocationType=kind, Payload=json.dumps(event))
