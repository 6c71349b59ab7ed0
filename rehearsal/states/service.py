"""Step Functions: the API over state machines and executions."""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.api import Operation
from rehearsal.operations import nothing, operations
from rehearsal.ports import Authorization, EventSink, Platform
from rehearsal.states.executions import Executions
from rehearsal.states.machines import Machines
from rehearsal.states.state import Execution
from rehearsal.states.trying import Trying


class StepFunctions:
    """The service. `docs/states-support.md` lists what is here."""

    name = "states"
    exclusive = True

    def __init__(self, platform: Platform, iam: Authorization, bus: EventSink) -> None:
        self.machines = Machines(platform, iam)
        self.executions = Executions(platform, self.machines, bus)
        self._trying = Trying(platform, self.machines)

    @property
    def failures(self) -> list[Execution]:
        """The executions that failed, the oldest first."""
        return self.executions.failures

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        parts = (self.machines, self.machines.tagging, self.executions, self._trying)
        model = get_service_model("stepfunctions")
        return operations(model, *parts) | nothing(model, "ListActivities", "ListMapRuns")
