"""Custom resources that are done here without their function: any properties and attributes, and new physical ids."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cloudformation.custom import NATIVE, CustomProvider
from rehearsal.cloudformation.provider import Call, Made
from tests.emulator.cloudformation.conftest import Stacks, broken


class Counted(CustomProvider):
    """Is named by its property Name; what was done with which id is noted."""

    type = "Custom::Counted"

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []

    def create(self, call: Call) -> Made:
        return self._made("create", call)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        return self._made("update", call)

    def delete(self, call: Call) -> None:
        self.done.append(("delete", call.handle))

    def _made(self, what: str, call: Call) -> Made:
        name = call.properties["Name"]
        self.done.append((what, name))
        return Made(name, {"Deep.Length": len(name), "Type": call.type})


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    made = Counted()
    monkeypatch.setitem(NATIVE, made.type, made)
    return made


def template(name: str, **more: Any) -> dict[str, Any]:
    resource = {"Type": "Custom::Counted", "Properties": {"ServiceToken": "none", "Name": name, "Any": {"Thing": [1]}}}
    outputs = {"Length": {"Value": {"Fn::GetAtt": ["C", "Deep.Length"]}}, "Type": {"Value": {"Fn::GetAtt": "C.Type"}}}
    return {"Resources": {"C": resource, **more}, "Outputs": outputs}


def test_any_property_and_attribute(stacks: Stacks, counted: Counted) -> None:
    assert stacks.outputs(template("four")) == {"Length": "4", "Type": "Custom::Counted"}


def test_another_id_replaces_the_resource_and_the_old_one_goes_at_the_end(stacks: Stacks, counted: Counted) -> None:
    name = stacks.create(template("a"))["StackName"]
    assert stacks.update(name, template("bb"))["StackStatus"] == "UPDATE_COMPLETE"
    assert (stacks.physical(name), counted.done) == (
        {"C": "bb"},
        [("create", "a"), ("update", "bb"), ("delete", "a")],
    )
    failing = template("ccc", Broken=broken(DependsOn="C"))
    assert stacks.update(name, failing)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (stacks.physical(name)["C"], counted.done[3:]) == ("bb", [("update", "ccc"), ("delete", "ccc")])
    stacks.delete(name)
    assert counted.done[5:] == [("delete", "bb")]
