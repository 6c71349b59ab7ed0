"""Exports and imports between stacks."""

from __future__ import annotations

from collections.abc import Callable

from tests.emulator.cloudformation.conftest import Stacks, parameter


def exporting(value: str, export: str = "shared") -> dict[str, object]:
    return {
        "Resources": {"P": parameter(value)},
        "Outputs": {"O": {"Value": value, "Export": {"Name": {"Fn::Sub": export}}}},
    }


IMPORTING = {"Resources": {"P": parameter({"Fn::ImportValue": {"Fn::Sub": "shared"}}, Name="/imported")}}


def test_an_export_in_use_can_neither_change_nor_go(stacks: Stacks, refused: Callable[..., str]) -> None:
    missing = stacks.change_set("importer", IMPORTING, "CREATE")
    assert (missing["Status"], missing["StatusReason"]) == ("FAILED", "No export named shared found")
    assert refused(stacks.create, IMPORTING, "second") == "ValidationError: No export named shared found"

    stacks.create(exporting("one"), "exporter")
    assert [item["Value"] for item in stacks.api.list_exports()["Exports"]] == ["one"]
    assert "is not imported by any stack" in refused(stacks.api.list_imports, ExportName="shared")
    stacks.api.delete_stack(StackName="importer")
    stacks.create(IMPORTING, "importer")
    assert stacks.api.list_imports(ExportName="shared")["Imports"] == ["importer"]

    changed = stacks.update("exporter", exporting("two"))
    assert changed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert changed["Outputs"][0]["OutputValue"] == "one"
    events = stacks.api.describe_stack_events(StackName="exporter")["StackEvents"]
    reasons = [event.get("ResourceStatusReason") for event in events]
    assert "Export shared cannot be updated as it is in use by importer" in reasons

    kept = stacks.delete("exporter")
    assert kept["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert kept["StackStatusReason"] == "Export shared cannot be deleted as it is in use by importer"

    stacks.delete("importer")
    assert stacks.update("exporter", exporting("two"))["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.delete("exporter")["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.api.list_exports()["Exports"] == []


def test_a_name_is_exported_once(stacks: Stacks) -> None:
    stacks.create(exporting("one", "${AWS::Region}-once"))
    second = stacks.create(exporting("two", "${AWS::Region}-once"))
    assert second["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.api.describe_stack_events(StackName=second["StackName"])["StackEvents"]
    assert any(
        "us-east-1-once is already exported by stack" in event.get("ResourceStatusReason", "") for event in events
    )
