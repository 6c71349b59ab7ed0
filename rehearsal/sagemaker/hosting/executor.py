"""Brings endpoints from one state to the next, in a thread of its own for each change."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.sagemaker import listing
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.hosting import alarms
from rehearsal.sagemaker.hosting.deployment import Plan
from rehearsal.sagemaker.hosting.fleets import Fleets
from rehearsal.sagemaker.hosting.server import INVOKE_SECONDS, HostingError
from rehearsal.sagemaker.hosting.state import Endpoint, Fleet
from rehearsal.sagemaker.ports import SageMakerPlatform

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.1


class _Tripped(Exception):
    """Alarms tripped; the text is the FailureReason."""


class Executor:
    """Runs creations and updates. Waits of a deployment take the platform's `wait_factor` of their time."""

    def __init__(self, platform: SageMakerPlatform, fleets: Fleets, events: Events) -> None:
        self._platform = platform
        self._fleets = fleets
        self._events = events

    def create(self, endpoint: Endpoint, fleet: Fleet) -> None:
        """Begin to make an endpoint's first fleet."""
        self._background(endpoint, lambda: self._create(endpoint, fleet))

    def update(self, endpoint: Endpoint, fleet: Fleet, plan: Plan) -> None:
        """Begin to put `fleet` in the place of the one that serves. The endpoint is Updating already."""
        self._background(endpoint, lambda: self._update(endpoint, fleet, plan))

    def delete(self, endpoint: Endpoint) -> None:
        """End its containers in the background."""
        self._platform.background(lambda: _stop(endpoint), f"endpoint {endpoint.name} ends")

    def move(self, endpoint: Endpoint, status: str, failure: str | None = None) -> None:
        """Set the status, and send its event."""
        with endpoint.lock:
            endpoint.status, endpoint.failure, endpoint.modified = status, failure, listing.now()
            described = endpoint.describe()
        self._events.endpoint(endpoint.scope, endpoint.arn, described)

    def _background(self, endpoint: Endpoint, work: Callable[[], None]) -> None:
        self._platform.background(work, f"endpoint {endpoint.name}")

    def start_again(self, endpoint: Endpoint, fleet: Fleet) -> str | None:
        """Build the fleet that an endpoint has; why it fails, and is Failed then."""
        failure = self._build(endpoint, fleet)
        if failure:
            self.move(endpoint, "Failed", failure)
        return failure

    def _create(self, endpoint: Endpoint, fleet: Fleet) -> None:
        failure = self._build(endpoint, fleet)
        if failure:
            self.move(endpoint, "Failed", failure)
            return
        with endpoint.lock:
            endpoint.fleet = fleet
        self.move(endpoint, "InService")

    def _update(self, endpoint: Endpoint, fleet: Fleet, plan: Plan) -> None:
        failure = self._build(endpoint, fleet)
        if failure is None:
            try:
                self._shift(endpoint, fleet, plan)
            except _Tripped as tripped:
                failure = str(tripped)
        if failure is not None:
            self._roll_back(endpoint, fleet, failure)
            return
        with endpoint.lock:
            old, endpoint.fleet = endpoint.fleet, fleet
            endpoint.config_name = fleet.config_name
            _settled(endpoint)
        if old:
            old.drain(INVOKE_SECONDS)
            old.stop()
        self.move(endpoint, "InService")

    def _build(self, endpoint: Endpoint, fleet: Fleet) -> str | None:
        try:
            self._fleets.build(endpoint.scope, endpoint.name, fleet)
        except HostingError as error:
            return str(error)
        except Exception:
            if not self._platform.closed.is_set():
                log.exception("endpoint %s", endpoint.name)
            return "InternalServerError: the embedded AWS failed at this endpoint; its log has the cause"
        self._platform.closed.wait(self._platform.latency.endpoints)
        return None

    def _shift(self, endpoint: Endpoint, fleet: Fleet, plan: Plan) -> None:
        begun = endpoint.pending_since or listing.now()
        self._look(endpoint, fleet, plan, begun)
        for share in plan.shares:
            with endpoint.lock:
                endpoint.green, endpoint.share, endpoint.phase = fleet, share, "Baking"
            self._bake(endpoint, fleet, plan, begun, plan.wait)
        self._bake(endpoint, fleet, plan, begun, plan.termination)

    def _bake(self, endpoint: Endpoint, fleet: Fleet, plan: Plan, begun: datetime.datetime, seconds: float) -> None:
        end = time.monotonic() + seconds * self._platform.wait_factor
        while (left := end - time.monotonic()) > 0:
            if self._platform.closed.wait(min(left, _LOOK_SECONDS)):
                raise _Tripped("the embedded AWS was shut down")
            self._look(endpoint, fleet, plan, begun)

    def _look(self, endpoint: Endpoint, fleet: Fleet, plan: Plan, begun: datetime.datetime) -> None:
        """Look at the alarms, as the execution role, which needs `cloudwatch:DescribeAlarms`."""
        account, region = endpoint.scope
        role = fleet.variants[0].model.role
        try:
            client = self._platform.client("cloudwatch", account=account, region=region, role=role)
            itself = self._platform.internal_client("cloudwatch", account=account, region=region)
            found = alarms.tripped(client, itself, plan.alarms, begun)
        except ClientError as error:
            raise _Tripped(f"Unable to describe the alarms of the automatic rollback: {error}") from None
        except BotoCoreError:  # the embedded AWS is shutting down
            return
        if found:
            raise _Tripped(
                f"Endpoint was rolled back to its previous configuration because of tripped alarms: {', '.join(found)}"
            )

    def _roll_back(self, endpoint: Endpoint, fleet: Fleet, failure: str) -> None:
        self.move(endpoint, "RollingBack", failure)
        with endpoint.lock:
            _settled(endpoint)
        fleet.drain(INVOKE_SECONDS)
        fleet.stop()
        self.move(endpoint, "InService", failure)


def _settled(endpoint: Endpoint) -> None:
    endpoint.green, endpoint.share, endpoint.phase = None, 0.0, None
    endpoint.pending_config = endpoint.pending_since = None


def _stop(endpoint: Endpoint) -> None:
    with endpoint.lock:
        fleets = [fleet for fleet in (endpoint.fleet, endpoint.green) if fleet]
        endpoint.fleet = endpoint.green = None
    for fleet in fleets:
        fleet.stop()
