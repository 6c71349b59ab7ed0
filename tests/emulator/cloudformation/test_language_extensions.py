"""The transform AWS::LanguageExtensions in stacks; what it makes of templates is in tests/unit/cfn_template."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, Template, parameter

EXPAND = ["CAPABILITY_AUTO_EXPAND"]


def looping() -> Template:
    value = {"Fn::GetAtt": ["P${Name}", "Value"]}
    body = {"P&{Name}": parameter({"Fn::Sub": "${Name} in ${AWS::Region}"}) | {"DeletionPolicy": {"Ref": "Policy"}}}
    return {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {
            "Names": {"Type": "CommaDelimitedList", "Default": "a,b-c"},
            "Policy": {"Type": "String", "Default": "Delete"},
        },
        "Resources": {
            "Fn::ForEach::Each": ["Name", {"Ref": "Names"}, body],
            "Length": parameter({"Fn::Length": {"Ref": "Names"}}),
            "Json": parameter({"Fn::ToJsonString": {"Region": {"Ref": "AWS::Region"}}}),
        },
        "Outputs": {
            "Fn::ForEach::Each": ["Name", ["a", "bc"], {"Out${Name}": {"Value": value}}],
            "Length": {"Value": {"Fn::GetAtt": ["Length", "Value"]}},
            "Json": {"Value": {"Fn::GetAtt": ["Json", "Value"]}},
        },
    }  # fmt: skip


def test_a_stack_of_loops(stacks: Stacks, refused: Callable[..., str]) -> None:
    assert stacks.outputs(looping(), Capabilities=EXPAND, name="looping") == {
        "Outa": "a in us-east-1", "Outbc": "b-c in us-east-1", "Length": "2", "Json": '{"Region":"us-east-1"}',
    }  # fmt: skip
    processed = stacks.api.get_template(StackName="looping")["TemplateBody"]
    assert list(processed["Resources"]) == ["Pa", "Pbc", "Length", "Json"]
    assert "Transform" not in processed
    original = stacks.api.get_template(StackName="looping", TemplateStage="Original")["TemplateBody"]
    assert original["Transform"] == "AWS::LanguageExtensions"
    summary = stacks.api.get_template_summary(TemplateBody=json.dumps(looping()))
    assert (summary["DeclaredTransforms"], summary["Capabilities"]) == (["AWS::LanguageExtensions"], EXPAND)
    given = [{"ParameterKey": "Names", "ParameterValue": "a,b-c,d"}]
    stacks.update("looping", looping(), Capabilities=EXPAND, Parameters=given)
    assert "Pd" in stacks.physical("looping")
    assert "Requires capabilities : [CAPABILITY_AUTO_EXPAND]" in refused(stacks.create, looping(), Capabilities=[])


def test_what_it_makes_is_checked_as_any_template(stacks: Stacks, refused: Callable[..., str]) -> None:
    template = looping()
    many = [f"n{number}" for number in range(501)]
    template["Resources"]["Fn::ForEach::Each"][1] = many
    assert "Number of resources, 503, is greater than maximum allowed, 500" in refused(
        stacks.create, template, Capabilities=EXPAND
    )
    template = looping() | {"Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]}
    assert "does not support the transform AWS::Serverless-2016-10-31" in refused(stacks.create, template)
    plain: dict[str, Any] = {"Resources": {"P": parameter({"Fn::Length": [1]})}}
    made = refused(stacks.create, plain)
    assert "Fn::Length needs the transform AWS::LanguageExtensions" in made
