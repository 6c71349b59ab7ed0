from __future__ import annotations

from pathlib import Path

import pytest

from model_cicd.text.errors import ProblemsError
from model_cicd.text.source import format_path, load, parse, parse_all, scan


def test_lines_of_keys_values_and_their_nearest_ancestor() -> None:
    document = parse("a:\n  - b: 1\n    c:\n      d: x\n", "f.yaml")
    assert document.data == {"a": [{"b": 1, "c": {"d": "x"}}]}
    assert [document.line(path) for path in (("a",), ("a", 0), ("a", 0, "c"), ("a", 0, "c", "d"))] == [1, 2, 3, 4]
    assert document.line(("a", 0, "c", "d", "e")) == 4
    assert document.line(("z",)) == 1
    assert str(document.problem(("a", 0, "c"), "wrong")) == "f.yaml:3: a[0].c: wrong"


def test_scalars_that_are_no_text_are_kept_as_they_are_written() -> None:
    document = parse("a: 012345671233\nb: '5'\nc: [1_0, x]\n", "f")
    assert document.written == {("a",): "012345671233", ("c", 0): "1_0"}


def test_several_documents_and_their_lines() -> None:
    first, second = parse_all("a: 1\n---\nb: 2\n", "f")
    assert (first.data, second.data, second.line(("b",))) == ({"a": 1}, {"b": 2}, 3)
    with pytest.raises(ProblemsError, match="f:3: got several documents, expected one"):
        parse("a: 1\n---\nb: 2\n", "f")


def test_duplicate_keys_are_found_together_and_the_data_is_still_read() -> None:
    documents, problems = scan("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n", "f")
    assert [str(problem) for problem in problems] == [
        "f:2: a: the key stands twice, first in line 1",
        "f:5: b.c: the key stands twice, first in line 4",
    ]
    assert documents[0].data == {"a": 2, "b": {"c": 2}}
    with pytest.raises(ProblemsError):
        parse("a: 1\na: 2\n", "f")


def test_anchors_merge_keys_and_loops() -> None:
    text = "base: &b {x: 1}\none: {<<: *b, y: 2}\ntwo: {<<: *b, y: 3}\n"
    assert parse(text, "f").data["two"] == {"x": 1, "y": 3}
    assert parse("a: &x [*x]\n", "f").line(("a", 0, 0, 0)) == 1
    layers = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 5))
    assert len(parse(f"l0: &l0 [x]\n{layers}", "f").lines) < 500, "an alias is walked once, however often it stands"


def doubled(line: str, levels: int) -> str:
    """A document of `levels` lines, each of which has the one before it twice."""
    return "l0: &l0 {a: 1}\n" + "".join(line.format(i, i - 1) for i in range(1, levels)) + f"x: *l{levels - 1}\n"


BOMBS = {
    "aliases": doubled("l{0}: &l{0} [*l{1}, *l{1}]\n", 40),
    "merge keys": doubled("l{0}: &l{0} {{<<: [*l{1}, *l{1}], k{0}: 1}}\n", 40),
    "merge keys of ten lines": doubled("l{0}: &l{0} {{<<: [" + ", ".join(["*l{1}"] * 8) + "]}}\n", 10),
    "aliases as keys": doubled("l{0}: &l{0} {{? *l{1} : *l{1}}}\n", 40),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_few_lines_that_stand_for_too_much_are_refused(text: str) -> None:
    """Read as they are, they take all memory there is: that this ends is the test."""
    documents, problems = scan(text, "f")
    assert documents == []
    expected = "f:1: got aliases or merge keys that stand for more than 200,000 values, expected them written out"
    assert [str(problem) for problem in problems] == [expected]


def test_a_file_past_a_size_is_refused_unread() -> None:
    documents, problems = scan("a: [" * 250_001, "f")
    assert documents == []
    assert [str(problem) for problem in problems] == ["f: got 1,000,004 characters, expected at most 1,000,000"]
    assert scan("# " + "x" * 999_998, "f") == ([], [])


@pytest.mark.parametrize("text", ["a: [", "\ta: 1", "a: 'x", "a: *b", "? [a]\n: {}", "a: \x00", "a: 2024-02-31"])
def test_what_is_not_yaml(text: str) -> None:
    documents, problems = scan(text, "f")
    assert documents == []
    assert [problem.message.startswith("not valid YAML: ") for problem in problems] == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1", "f:2: not valid YAML: got a tab, expected spaces: YAML takes no tabs as indentation"),
        ("a:\n  b: 1\n\tc: 2", "f:3: not valid YAML: got a tab, expected spaces"),
        ("a: |\n\tx", "f:2: not valid YAML: got a tab, expected spaces"),
        ("a: @x", "f:1: not valid YAML: got '@', which no value begins with, expected the value in quotes"),
        ("a: b: c", "f:1: not valid YAML: got a second ':' on the line"),
        ("a: - b", "f:1: not valid YAML: got '- ' behind a key, expected it on a line of its own"),
        ("a:\n  b: 1\n c: 2", "f:3: not valid YAML: got 'c', expected another key (look at the indentation"),
        ("- a\nb: 1", "f:2: not valid YAML: got 'b', expected another '- ' (look at the indentation) of what begins"),
        ("a: [1", "f:2: not valid YAML: got the end of the file, expected ',' or ']' of what begins in line 1"),
        ("a: 'x", "f:2: not valid YAML: got the end of the file, expected the end of the quotes in line 1"),
    ],
)
def test_what_is_not_yaml_is_said_with_what_was_expected(text: str, said: str) -> None:
    _, [problem] = scan(f"{text}\n", "f")
    assert str(problem).startswith(said)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"x\.yaml: cannot be read: No such file or directory"):
        load(tmp_path / "x.yaml", shown="x.yaml")


def test_paths_are_shown_as_users_write_them() -> None:
    assert format_path(("a", 0, "b", "c", 1)) == "a[0].b.c[1]"
    assert format_path(()) == ""
