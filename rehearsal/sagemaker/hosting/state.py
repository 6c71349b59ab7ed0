"""What is known of an endpoint: the fleets of containers behind it and the state that the API shows."""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from rehearsal.api import Params
from rehearsal.named import Scope
from rehearsal.sagemaker.hosting.models import Model
from rehearsal.sagemaker.hosting.server import ModelServer

FINAL = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")


@dataclass
class Variant:
    """One production variant of a fleet: what its configuration says, what is set now, and its container."""

    config: Params
    model: Model
    weight: float
    count: int | None  # None: serverless
    serverless: Params | None
    server: ModelServer | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.config["VariantName"])

    def summary(self, created: datetime.datetime) -> Params:
        """As DescribeEndpoint shows it."""
        image = self.model.container.image.uri
        shown: Params = {
            "VariantName": self.name,
            "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": created}],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.weight,
        }
        if self.serverless is not None:
            return shown | {
                "CurrentInstanceCount": 0,
                "CurrentServerlessConfig": self.serverless,
                "DesiredServerlessConfig": self.serverless,
            }
        return shown | {"CurrentInstanceCount": self.count, "DesiredInstanceCount": self.count}


@dataclass
class Fleet:
    """The containers made from one endpoint configuration; `shadows` get copies of requests and answer nobody."""

    config_name: str
    capture: Params | None
    variants: list[Variant]
    created: datetime.datetime
    asynchronous: Params | None = None
    shadows: list[Variant] = field(default_factory=list)
    _answering: int = 0
    _answered: threading.Condition = field(default_factory=threading.Condition)

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Around an invocation that it answers. Enter it where `Endpoint.lock` is held, so that `drain` knows of it."""
        with self._answered:
            self._answering += 1
        try:
            yield
        finally:
            with self._answered:
                self._answering -= 1
                self._answered.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait until it answers no invocation any more, `seconds` at most. New ones must go elsewhere already."""
        with self._answered:
            self._answered.wait_for(lambda: not self._answering, seconds)

    @property
    def everyone(self) -> list[Variant]:
        """Its variants and their shadows."""
        return [*self.variants, *self.shadows]

    def summaries(self) -> dict[str, list[Params]]:
        """Its variants as DescribeEndpoint shows them, by kind; nothing of shadows where there are none."""
        kinds = {"ProductionVariants": self.variants, "ShadowProductionVariants": self.shadows}
        return {kind: [each.summary(self.created) for each in found] for kind, found in kinds.items() if found}

    def stop(self) -> None:
        """End its containers."""
        for variant in self.everyone:
            if variant.server:
                variant.server.stop()
                variant.server = None


@dataclass
class Endpoint:
    """An endpoint. `fleet` serves, `green` takes its place during an update and gets `share` of the invocations."""

    scope: Scope
    name: str
    arn: str
    config_name: str
    status: str
    created: datetime.datetime
    modified: datetime.datetime
    failure: str | None = None
    fleet: Fleet | None = None
    green: Fleet | None = None
    share: float = 0.0
    pending_config: str | None = None
    pending_since: datetime.datetime | None = None
    phase: str | None = None  # the VariantStatus of the green fleet
    deployment: Params | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def describe(self) -> Params:
        """The answer of DescribeEndpoint."""
        with self.lock:
            shown: Params = {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "EndpointConfigName": self.config_name,
                "EndpointStatus": self.status,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "FailureReason": self.failure,
                "LastDeploymentConfig": self.deployment,
            }
            if self.fleet:
                shown |= {**self.fleet.summaries(), "DataCaptureConfig": _capture(self.fleet)}
                if self.fleet.asynchronous:
                    shown["AsyncInferenceConfig"] = self.fleet.asynchronous
            if self.pending_config:
                kinds = self.green.summaries() if self.green else {"ProductionVariants": []}
                status = [{"Status": self.phase or "Creating", "StartTime": self.pending_since}]
                shown["PendingDeploymentSummary"] = {
                    "EndpointConfigName": self.pending_config,
                    **{
                        kind: [
                            {key: value for key, value in each.items() if not key.startswith("Desired")}
                            | {"VariantStatus": status}
                            for each in variants
                        ]
                        for kind, variants in kinds.items()
                    },
                    "StartTime": self.pending_since,
                }
        return shown


def _capture(fleet: Fleet) -> Params | None:
    capture = fleet.capture
    if capture is None:
        return None
    return {
        "EnableCapture": capture["EnableCapture"],
        "CaptureStatus": "Started" if capture["EnableCapture"] else "Stopped",
        "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
        "DestinationS3Uri": capture["DestinationS3Uri"],
        "KmsKeyId": capture.get("KmsKeyId"),
    }
