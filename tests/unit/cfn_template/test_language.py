"""Loops and computed names of AWS::LanguageExtensions."""

from __future__ import annotations

from typing import Any

import pytest

from cfn_template import Evaluator, Resolver, TemplateError, expand, read_template, transforms


class Constants(Resolver):
    """What loops may refer to."""

    def ref(self, name: str) -> Any:
        return {"Names": ["a", "b-c"], "Policy": "Retain", "Which": "Topic"}[name]


def expanded(text: str) -> dict[str, Any]:
    template = read_template(text)
    found = Evaluator(Constants(), region="eu-west-1", mappings=template.get("Mappings"), language_extensions=True)
    return expand(template, found.value)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Resources: {'Fn::ForEach::L': [N, [a, b], {'R${N}': {Name: '${N}'}}]}",
         {"Ra": {"Name": "a"}, "Rb": {"Name": "b"}}),
        ("Resources: {'Fn::ForEach::L': [N, !Ref Names, {'R&{N}': {Name: !Ref N, Id: !Sub '${N}-${Other}'}}]}",
         {"Ra": {"Name": "a", "Id": {"Fn::Sub": "a-${Other}"}},
          "Rbc": {"Name": "b-c", "Id": {"Fn::Sub": "b-c-${Other}"}}}),
        ("Resources: {'Fn::ForEach::L': [N, [a], {'Fn::ForEach::M': [O, [p, q], {'${N}${O}': !GetAtt 'X${N}.Y'}]}]}",
         {"ap": {"Fn::GetAtt": ["Xa", "Y"]}, "aq": {"Fn::GetAtt": ["Xa", "Y"]}}),
        ("Resources: {R: {Properties: {'Fn::ForEach::L': [N, [A, B], {'${N}': 1}], Own: 2}}}",
         {"R": {"Properties": {"A": 1, "B": 1, "Own": 2}}}),
        ("Resources: {'Fn::ForEach::L': [N, [], {'R${N}': {}}], Own: {}}", {"Own": {}}),
        ("Mappings: {M: {x: {y: [p, q]}}}\\nResources: {'Fn::ForEach::L': [N, !FindInMap [M, x, y], {'R${N}': {}}]}",
         {"Rp": {}, "Rq": {}}),
        ("Resources: {R: {DeletionPolicy: !Ref Policy}}", {"R": {"DeletionPolicy": "Retain"}}),
        ("Resources: {R: {A: !Ref {'Fn::Sub': 'My${Which}'}, B: !GetAtt [!Sub 'My${Which}', Arn]}}",
         {"R": {"A": {"Ref": "MyTopic"}, "B": {"Fn::GetAtt": ["MyTopic", "Arn"]}}}),
    ],
)  # fmt: skip
def test_resources(text: str, made: dict[str, Any]) -> None:
    found = expanded(text.replace("\\n", "\n"))
    assert found["Resources"] == made


def test_conditions_and_outputs() -> None:
    found = expanded(
        "Transform: AWS::LanguageExtensions\n"
        "Conditions: {'Fn::ForEach::C': [N, [a], {'Is${N}': !Equals ['${N}', a]}]}\n"
        "Outputs: {'Fn::ForEach::O': [N, [a], {'Out${N}': {Value: !Ref 'R${N}'}}]}\nResources: {Ra: {}}"
    )
    assert found["Conditions"] == {"Isa": {"Fn::Equals": ["a", "a"]}}
    assert found["Outputs"] == {"Outa": {"Value": {"Ref": "Ra"}}}
    assert "Transform" not in found


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        ("{'Fn::ForEach::L': [N, [a, b], {Same: {}}]}", "makes Same more than once"),
        ("{'Fn::ForEach::L': [N, [a], {'R${N}': {}}], Ra: {}}", "makes Ra, which is there already"),
        ("{'Fn::ForEach::L': [N, a, {'R${N}': {}}]}", "expected a list of texts"),
        ("{'Fn::ForEach::L': [N, [a]]}", "an identifier, a collection and a body"),
        ("{'Fn::ForEach::': [N, [a], {}]}", "needs an alphanumeric name"),
        ("{'Fn::ForEach::L': [N, [a], {'Fn::ForEach::M': [N, [a], {}]}]}", "an identifier of its own"),
    ],
)
def test_loops_that_are_none(loop: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        expanded(f"Resources: {loop}")


@pytest.mark.parametrize(
    ("text", "found"),
    [("Resources: {}", []), ("Transform: A", ["A"]), ("Transform: [A, B]", ["A", "B"])],
)
def test_transforms(text: str, found: list[str]) -> None:
    assert transforms(read_template(text)) == found


def test_a_transform_that_is_none() -> None:
    with pytest.raises(TemplateError, match="is no name of a transform"):
        transforms(read_template("Transform: {Name: AWS::Include}"))


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ("!Length [1, 2, 3]", 3), ("!Length {Ref: Names}", 2), ("!Length {'Fn::Split': [',', 'a,b']}", 2),
        ("!ToJsonString {A: !Ref Policy, B: [1, true]}", '{"A":"Retain","B":[1,true]}'),
        ("!ToJsonString [!Ref Policy, !Ref 'AWS::NoValue']", '["Retain"]'),
    ],
)  # fmt: skip
def test_functions(node: str, value: Any) -> None:
    template = read_template(f"V: {node}")["V"]
    assert Evaluator(Constants(), region="eu-west-1", language_extensions=True).value(template) == value
    with pytest.raises(TemplateError, match="needs the transform AWS::LanguageExtensions"):
        Evaluator(Constants(), region="eu-west-1").value(template)


@pytest.mark.parametrize("node", ["!Length a", "!Length {Ref: Policy}", "!ToJsonString a"])
def test_functions_of_what_they_do_not_take(node: str) -> None:
    template = read_template(f"V: {node}")["V"]
    with pytest.raises(TemplateError, match="object requires"):
        Evaluator(Constants(), region="eu-west-1", language_extensions=True).value(template)
