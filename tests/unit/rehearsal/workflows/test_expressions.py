"""GitHub's expressions: the examples of its documentation and of what it says about types, one row each."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.workflows.expressions.evaluation import Scope, evaluate
from rehearsal.workflows.expressions.syntax import ExpressionError, parse
from rehearsal.workflows.expressions.values import CaseSensitive, to_text

FRUITS = [{"name": "apple", "quantity": 1}, {"name": "orange", "quantity": 2}, {"name": "pear", "quantity": 1}]
VEGETABLES = {"leek": {"parts": ["stalk", "leaf"]}, "beet": {"parts": ["root"]}, "note": "none"}
SCOPE = Scope(
    {
        "github": {
            "ref": "refs/heads/main",
            "event_name": "push",
            "event": {"issue": {"labels": [{"name": "bug"}, {"name": "help wanted"}]}},
        },
        "env": CaseSensitive({"Mixed": "yes", "three": "3"}),
        "matrix": {"fruits": FRUITS, "vegetables": VEGETABLES},
        "inputs": {"flag": False, "number": 2.5, "list": ["a", "B"]},
    },
    {"success": lambda: True, "always": lambda: True, "failure": lambda: False, "cancelled": lambda: False},
)

TABLE: list[tuple[str, Any]] = [
    # literals
    ("null", None),
    ("false", False),
    ("711", 711),
    ("-9.2", -9.2),
    ("0xff", 255),
    ("0o17", 15),
    ("-2.99e-2", -0.0299),
    ("'Mona the Octocat'", "Mona the Octocat"),
    ("'It''s open source!'", "It's open source!"),
    ("Infinity", math.inf),
    # members
    ("github.ref", "refs/heads/main"),
    ("github['ref']", "refs/heads/main"),
    ("GITHUB.Ref", "refs/heads/main"),
    ("github.nothing", None),
    ("github.nothing.at.all", None),
    ("github.ref.length", None),
    ("env.Mixed", "yes"),
    ("env.mixed", None),
    ("matrix.fruits[1].name", "orange"),
    ("matrix.fruits['1'].name", "orange"),
    ("matrix.fruits[7]", None),
    ("matrix.fruits[-1]", None),
    ("vars.ANYTHING", None),
    # filters
    ("matrix.fruits.*.name", ["apple", "orange", "pear"]),
    ("matrix.fruits[*].quantity", [1, 2, 1]),
    ("matrix.vegetables.*.parts", [["stalk", "leaf"], ["root"]]),
    ("matrix.vegetables.*.parts[0]", ["stalk", "root"]),
    ("matrix.vegetables.*.parts.*", ["stalk", "leaf", "root"]),
    ("github.ref.*", []),
    # operators, and what is equal to what
    ("1 == 1.0", True),
    ("'A' == 'a'", True),
    ("'a' != 'b'", True),
    ("null == 0", True),
    ("null == ''", True),
    ("true == 1", True),
    ("true == 'true'", False),
    ("'1' == 1", True),
    ("'0x10' == 16", True),
    ("' 2 ' == 2", True),
    ("'x' == 0", False),
    ("NaN == NaN", False),
    ("'x' < 1", False),
    ("'x' >= 1", False),
    ("matrix.fruits == matrix.fruits", True),
    ("fromJSON('[1]') == fromJSON('[1]')", False),
    ("matrix.fruits == 'Array'", False),
    ("'abc' < 'ABD'", True),
    ("2 > 1", True),
    ("1 >= null", True),
    ("null >= null", True),
    ("3 < 2 < 1", True),
    ("!2 < 3", True),
    ("!(2 < 3)", False),
    ("!!'x'", True),
    ("!''", True),
    ("!0", True),
    ("!NaN", True),
    ("!matrix.fruits", False),
    ("true || false && false", True),
    ("(true || false) && false", False),
    ("1 == 1 && 'yes' || 'no'", "yes"),
    ("inputs.flag && 'yes' || 'no'", "no"),
    ("github.nothing || 'default'", "default"),
    ("'' && github.ref", ""),
    # functions
    ("contains('Hello world', 'llo')", True),
    ("contains('Hello world', 'LLO')", True),
    ("contains(github.event.issue.labels.*.name, 'bug')", True),
    ("contains(github.event.issue.labels.*.name, 'bu')", False),
    ('contains(fromJSON(\'["push", "pull_request"]\'), github.event_name)', True),
    ("contains(inputs.list, 'b')", True),
    ("contains(matrix.fruits[0], 'apple')", False),
    ("startsWith('Hello world', 'He')", True),
    ("startsWith('Hello world', 'hE')", True),
    ("startsWith(123, 12)", True),
    ("endsWith('Hello world', 'ld')", True),
    ("endsWith(inputs.list, 'B')", False),
    ("format('Hello {0} {1} {2}', 'Mona', 'the', 'Octocat')", "Hello Mona the Octocat"),
    ("format('{{Hello {0} {1} {2}!}}', 'Mona', 'the', 'Octocat')", "{Hello Mona the Octocat!}"),
    ("format('{0}{0}', true)", "truetrue"),
    ("join(github.event.issue.labels.*.name, ', ')", "bug, help wanted"),
    ("join(inputs.list)", "a,B"),
    ("join('alone', '-')", "alone"),
    ("toJSON(inputs.list)", '[\n  "a",\n  "B"\n]'),
    ('toJson(fromJson(\'{"a": 1.0, "b": []}\'))', '{\n  "a": 1,\n  "b": []\n}'),
    ("toJSON(null)", "null"),
    ("fromJSON('true')", True),
    ("fromJSON(env.three)", 3),
    ('fromJSON(\'{"include":[{"project":"foo"}]}\').include[0].project', "foo"),
    ("case(github.ref == 'refs/heads/main', 'production', 'development')", "production"),
    ("case(false, 1, false, 2, 3)", 3),
    ("success() && !failure()", True),
    ("ALWAYS()", True),
]


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
def test_an_expression_has_the_value_that_github_gives_it(text: str, expected: Any) -> None:
    found = evaluate(parse(text), SCOPE)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


REFUSED = {
    "": "got nothing",
    '"double"': "single quotes",
    "githb.ref": "did you mean github?",
    "sucess()": "did you mean success?",
    "contains('a')": "contains: got 1 arguments, expected 2",
    "case(true, 1, true, 2)": "case: got no default",
    "format()": "expected at least 1",
    "(1": "got the end, expected ')'",
    "1 +1": "expected the end",
    "github.": "expected the name of a member",
    "github[1": "expected ']'",
    "1 = 2": "got '='",
    "12abc": "which is no number",
    "github ref": "expected the end",
    "!" * 60 + "1": "levels",
    "'open": 'got "\'"',
    "1 == ": "expected a value",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=None) as refused:
        parse(text)
    assert REFUSED[text] in str(refused.value)


FAILING = {
    "fromJSON('{')": "which is no JSON",
    "fromJSON('')": "which is no JSON",
    "format('{1}', 'only one')": "no more than the 1 values",
    "format('{', 1)": "single {",
    "case(1, 2, 3)": "expected a boolean",
    "hashFiles('x')": "no meaning here",
}


@pytest.mark.parametrize("text", FAILING)
def test_what_has_no_value_fails(text: str) -> None:
    with pytest.raises(ExpressionError) as failed:
        evaluate(parse(text), SCOPE)
    assert FAILING[text] in str(failed.value)


def test_numbers_are_written_as_github_does() -> None:
    written = {0.0: "0", 1.0: "1", 2.5: "2.5", 1e20: "1E+20", 1.5e-7: "1.5E-07", 123456789.0: "123456789"}
    assert {value: to_text(value) for value in written} == written


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionError:
        return
    try:
        evaluate(tree, SCOPE)
    except ExpressionError:
        return


@given(st.text(max_size=40))
def test_any_string_is_itself_as_a_literal(text: str) -> None:
    assert evaluate(parse("'" + text.replace("'", "''") + "'"), SCOPE) == text
