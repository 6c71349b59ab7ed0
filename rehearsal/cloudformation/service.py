"""The service: its operations by name. Everything else is refused."""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.api import Operation
from rehearsal.cloudformation.changeset_api import ChangeSetApi
from rehearsal.cloudformation.drift_api import DriftApi
from rehearsal.cloudformation.engine import Engine
from rehearsal.cloudformation.event_model import install
from rehearsal.cloudformation.read_api import ReadApi
from rehearsal.cloudformation.registry import STAND_INS
from rehearsal.cloudformation.stack_api import StackApi
from rehearsal.cloudformation.state import Store
from rehearsal.cloudformation.template_api import TemplateApi
from rehearsal.cloudformation.type_api import TypeApi
from rehearsal.operations import operations
from rehearsal.ports import Platform

PARTS = (StackApi, ChangeSetApi, ReadApi, TemplateApi, TypeApi, DriftApi)


class CloudFormation:
    """CloudFormation with an engine of its own."""

    name = "cloudformation"
    exclusive = True

    def __init__(self, platform: Platform) -> None:
        install()
        self.store = Store()
        self.engine = Engine(platform, self.store)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        model = get_service_model("cloudformation")
        return operations(model, *(api(self.engine, self.store) for api in PARTS))

    def stand_ins(self) -> list[dict[str, str]]:
        """The resources that were taken as records, by place, stack and name."""
        return [
            {"account": stack.account, "region": stack.region, "stack": stack.name, "resource": name,
             "type": resource.type, "id": resource.physical_id}
            for stack in self.store.everywhere()
            for name, resource in stack.resources.items()
            if resource.type in STAND_INS and resource.exists
        ]  # fmt: skip
