"""The semantics of a template's functions, by the table in cases.py."""

from __future__ import annotations

from typing import Any

import pytest

from cfn_template import (
    NO_VALUE,
    Evaluator,
    Resolver,
    TemplateError,
    UnsupportedFunctionError,
    condition_references,
    parameter_value,
    pseudo_parameters,
    read_template,
    references,
)
from tests.unit.cfn_template.cases import (
    CONDITIONS,
    CYCLES,
    ERRORS,
    MAPPINGS,
    OUTCOMES,
    PARAMETERS,
    REFERENCES,
    VALUES,
)

REGION = "eu-west-1"
PSEUDO = pseudo_parameters(
    account="111111111111",
    region=REGION,
    partition="aws",
    url_suffix="amazonaws.com",
    stack_name="own",
    stack_id="own:stack:id",
)
LATER = "{{later}}"


class Known(Resolver):
    """Parameters, one resource with attributes, one export."""

    def ref(self, name: str) -> Any:
        known = {**PSEUDO, **PARAMETERS, "Bucket": "data-bucket", "Later": LATER}
        if name not in known:
            raise TemplateError(f"unresolved {name}")
        return known[name]

    def attribute(self, resource: str, name: str) -> Any:
        known = {"Bucket.Arn": "arn:aws:s3:::data-bucket", "Bucket.Website.Url": "http://data-bucket"}
        if f"{resource}.{name}" not in known:
            raise TemplateError(f"unresolved {resource}.{name}")
        return known[f"{resource}.{name}"]

    def export(self, name: str) -> str:
        return {"shared-vpc": "vpc-1"}[name]

    def zones(self, region: str) -> list[str]:
        return [f"{region}a", f"{region}b"]


class References(Resolver):
    """A resolver that knows parameters alone."""

    def ref(self, name: str) -> Any:
        return PARAMETERS[name]


def evaluator(conditions: str = CONDITIONS, **more: Any) -> Evaluator:
    return Evaluator(Known(), region=REGION, mappings=MAPPINGS, conditions=read_template(conditions), **more)


def read(text: str) -> Any:
    return read_template("Value:\n  " + text.replace("\n", "\n  "))["Value"]


@pytest.mark.parametrize(("text", "expected"), [each[1:] for each in VALUES], ids=[each[0] for each in VALUES])
def test_values(text: str, expected: Any) -> None:
    assert evaluator().value(read(text)) == expected


@pytest.mark.parametrize(("text", "message", "path"), [each[1:] for each in ERRORS], ids=[each[0] for each in ERRORS])
def test_what_cannot_be_evaluated_is_refused_with_its_place(text: str, message: str, path: str) -> None:
    with pytest.raises(TemplateError) as error:
        evaluator().value(read(text), ("Here",))
    assert message in error.value.detail
    assert ".".join(map(str, error.value.path or ())) == f"Here.{path}"


def test_conditions() -> None:
    assert evaluator().outcomes() == OUTCOMES


def test_outcomes_that_are_known_already_count_as_conditions() -> None:
    known = Evaluator(References(), region=REGION, conditions={"IsShop": True, "IsOther": False})
    assert known.value(read("[!If [IsShop, 1, 2], !If [IsOther, 1, 2]]")) == [1, 2]


@pytest.mark.parametrize("conditions", [each[1] for each in CYCLES], ids=[each[0] for each in CYCLES])
def test_conditions_in_a_circle_are_refused(conditions: str) -> None:
    with pytest.raises(TemplateError, match="unresolved condition dependency A") as error:
        evaluator(conditions).outcomes()
    assert error.value.detail == "got the condition 'A', which depends on itself"


def test_a_value_that_is_no_condition() -> None:
    with pytest.raises(TemplateError, match="is no condition"):
        evaluator("A: !Ref Name").outcomes()


def test_a_default_of_a_map_with_the_transform() -> None:
    extended = evaluator(language_extensions=True)
    assert extended.value(read("!FindInMap [Sizes, dev, zones, {DefaultValue: !Ref Zones}]")) == ["a", "b"]
    assert extended.value(read("!FindInMap [Sizes, dev, type, {DefaultValue: none}]")) == "small"
    with pytest.raises(TemplateError, match="three parameters"):
        extended.value(read("!FindInMap [Sizes, dev, zones, none]"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref Later", LATER),
        ("!Split [',', !Ref Later]", LATER),
        ("!Select [1, !Split [',', !Ref Later]]", LATER),
        ("!Select [!Ref Later, [a, b]]", LATER),
        ("!Join ['', !Split [',', !Ref Later]]", LATER),
        ("!Join ['-', [a, !Ref Later]]", f"a-{LATER}"),
        ("!Sub 'x ${Later}'", f"x {LATER}"),
    ],
)
def test_what_is_known_only_later_stays(text: str, expected: str) -> None:
    assert evaluator(unknown=LATER).value(read(text)) == expected


def test_pruning_decides_conditions_and_leaves_other_functions() -> None:
    text = "{a: !If [IsShop, !Ref Bucket, 1], b: !If [IsOther, 1, !Ref AWS::NoValue], c: [!If [IsOther, 1, !Sub x]]}"
    assert evaluator().prune(read(text)) == {"a": {"Ref": "Bucket"}, "c": [{"Fn::Sub": "x"}]}
    assert evaluator().prune(read("!Ref AWS::NoValue")) is NO_VALUE
    with pytest.raises(TemplateError, match="unresolved condition dependency Missing"):
        evaluator().prune(read("[!If [Missing, 1, 2]]"))
    with pytest.raises(TemplateError, match="Fn::If requires a list argument with three elements"):
        evaluator().prune(read("!If [IsShop, 1]"))


@pytest.mark.parametrize("text", ["!GetAtt A.B", "!ImportValue x", "!GetAZs ''"])
def test_what_a_resolver_does_not_know_is_not_supported(text: str) -> None:
    with pytest.raises(UnsupportedFunctionError) as error:
        Evaluator(References(), region=REGION).value(read(text))
    assert error.value.function in text.replace("!", "Fn::")


@pytest.mark.parametrize(("text", "expected"), [each[1:] for each in REFERENCES], ids=[each[0] for each in REFERENCES])
def test_references(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert references(read(text)) == expected


@pytest.mark.parametrize("text", ["!GetAtt A", "Fn::Sub: [a]", "[Fn::GetAtt: {a: 1}]"])
def test_references_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="requires"):
        references(read(text))


def test_conditions_that_a_value_refers_to() -> None:
    assert condition_references(read("[!Condition A, !If [B, 1, !If [C, 1, 2]], !Ref D]")) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("String", "a,b", "a,b"),
        ("Number", "5", "5"),
        ("CommaDelimitedList", "a, b", ["a", "b"]),
        ("CommaDelimitedList", "", []),
        ("List<AWS::EC2::Subnet::Id>", "a,b", ["a", "b"]),
        ("AWS::SSM::Parameter::Value<List<String>>", "a,b", ["a", "b"]),
        ("AWS::SSM::Parameter::Value<String>", "a,b", "a,b"),
    ],
)
def test_parameters(kind: str, text: str, expected: Any) -> None:
    assert parameter_value(kind, text) == expected


SHORT = ("And", "Base64", "Cidr", "Contains", "Equals", "FindInMap", "GetAZs", "If", "ImportValue", "Join", "Not", "Or")


@pytest.mark.parametrize("name", [*SHORT, "Select", "Split", "Sub", "Transform"])
def test_short_forms(name: str) -> None:
    for written, expected in (("x", "x"), ("[x, !Ref y]", ["x", {"Ref": "y"}]), ("{x: !Ref y}", {"x": {"Ref": "y"}})):
        assert read(f"!{name} {written}") == {f"Fn::{name}": expected}


def test_short_forms_of_another_name() -> None:
    assert read("[!Ref a, !Condition b, !GetAtt c.d.e]") == [
        {"Ref": "a"},
        {"Condition": "b"},
        {"Fn::GetAtt": ["c", "d.e"]},
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"a": ]', "JSON not well-formed. (line 1, column 7)"),
        ("a: [1\n", "YAML not well-formed. (line 2, column 1)"),
        ("a: *b", "YAML not well-formed. (line 1, column 4)"),
        ("a: !!python/object:os.system {}", "YAML not well-formed. (line 1, column 4)"),
        ("- a", "unsupported structure."),
        ("", "unsupported structure."),
    ],
)
def test_what_is_no_template(body: str, message: str) -> None:
    with pytest.raises(TemplateError) as error:
        read_template(body)
    assert str(error.value) == f"Template format error: {message}"
