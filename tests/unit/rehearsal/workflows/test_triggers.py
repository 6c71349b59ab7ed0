"""Filters, schedules and inputs: which events start a workflow."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from rehearsal.workflows import cron, matching, patterns
from rehearsal.workflows.matching import InputError
from rehearsal.workflows.workflow_file import parse

JOBS = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: a}]}}\n"

# pattern, what it is, what it is not: from the cheat sheet of the documentation
PATTERNS = [
    ("feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/beta-a/my-branch", "feature"]),
    ("feature/**", ["feature/beta-a/my-branch", "feature/your-branch"], ["main"]),
    ("main", ["main"], ["main2", "releases/main"]),
    ("*", ["main", "releases"], ["all/the/branches"]),
    ("**", ["all/the/branches", "every/tag"], []),
    ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature"]),
    ("v2*", ["v2", "v2.0", "v2.9"], ["v1"]),
    ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.x.0"]),
    ("*.jsx?", ["page.js", "page.jsx"], ["page.jsxx", "src/page.js"]),
    ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.ts"]),
    ("docs/*", ["docs/README.md", "docs/file.txt"], ["docs/a/b.md"]),
    ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/a.txt"]),
    ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["doc/a"]),
    ("**/README.md", ["README.md", "js/README.md"], ["README.txt"]),
    ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["a/b"]),
    ("**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md"]),
    ("[CB]at", ["Cat", "Bat"], ["cat", "CBat"]),
    (r"v1\*", ["v1*"], ["v1.0"]),
]


@pytest.mark.parametrize(("pattern", "wanted", "other"), PATTERNS, ids=[each[0] for each in PATTERNS])
def test_a_pattern_means_what_the_documentation_says(pattern: str, wanted: list[str], other: list[str]) -> None:
    assert [name for name in wanted if not patterns.matches([pattern], name)] == []
    assert [name for name in other if patterns.matches([pattern], name)] == []


def test_the_order_of_patterns_counts() -> None:
    assert not patterns.matches(["releases/**", "!releases/**-alpha"], "releases/10-alpha")
    assert patterns.matches(["releases/**", "!releases/**-alpha"], "releases/10")
    assert patterns.matches(["releases/**", "!releases/**-alpha", "releases/10*"], "releases/10-alpha")


@pytest.mark.parametrize("pattern", ["?a", "a?+", "[ab", "a[]", "!"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    assert patterns.problem(pattern)


def starts(on: str, event: str, ref: str = "refs/heads/main", files: set[str] | None = None, **payload: Any) -> bool:
    return matching.starts(parse(f"on: {on}\n{JOBS}", "a.yml"), event, ref, payload, files)


def pull(base: str = "main", action: str = "opened") -> dict[str, Any]:
    return {"action": action, "pull_request": {"base": {"ref": base}}}


def test_pushes() -> None:
    assert starts("push", "push")
    assert starts("push", "push", "refs/tags/v1")
    assert not starts("push", "push", deleted=True)
    assert not starts("pull_request", "push")
    assert starts("{push: {branches: [main]}}", "push")
    assert not starts("{push: {branches: [main]}}", "push", "refs/heads/other")
    assert not starts("{push: {branches: [main]}}", "push", "refs/tags/main")
    assert not starts("{push: {tags: ['v*']}}", "push")
    assert starts("{push: {tags: ['v*']}}", "push", "refs/tags/v1")
    assert starts("{push: {branches: [main], tags: ['v*']}}", "push", "refs/tags/v1")
    assert not starts("{push: {tags-ignore: ['v*']}}", "push", "refs/tags/v1")
    assert not starts("{push: {branches-ignore: [main]}}", "push")
    assert starts("{push: {branches-ignore: [main]}}", "push", "refs/heads/other")


def test_paths() -> None:
    assert starts("{push: {paths: ['src/**']}}", "push", files={"src/a.py", "README.md"})
    assert not starts("{push: {paths: ['src/**']}}", "push", files={"README.md"})
    assert not starts("{push: {paths-ignore: ['**.md']}}", "push", files={"README.md"})
    assert starts("{push: {paths-ignore: ['**.md']}}", "push", files={"README.md", "a.py"})
    assert not starts("{push: {branches: [main], paths: [a]}}", "push", "refs/heads/b", files={"a"})
    assert starts("{push: {paths: [a], tags: ['*']}}", "push", "refs/tags/v1", files={"b"})


def test_pull_requests() -> None:
    assert starts("pull_request", "pull_request", **pull())
    assert not starts("pull_request", "pull_request", **pull(action="closed"))
    assert starts("{pull_request: {types: [closed]}}", "pull_request", **pull(action="closed"))
    assert not starts("{pull_request: {types: [closed]}}", "pull_request", **pull())
    assert starts("{pull_request: {branches: ['rel/*']}}", "pull_request", **pull("rel/1"))
    assert not starts("{pull_request: {branches: ['rel/*']}}", "pull_request", **pull())
    assert not starts("{pull_request: {paths: [a]}}", "pull_request", files={"b"}, **pull())


def test_schedules_start_the_workflow_that_they_are_of() -> None:
    on = "{schedule: [{cron: '0 5 * * *'}]}"
    assert starts(on, "schedule", schedule="0 5 * * *")
    assert not starts(on, "schedule", schedule="0 6 * * *")


# cron, moment, whether it is one of its minutes (2026-11-29 is a Sunday)
MOMENTS = [
    ("0 5 * * *", "2026-11-29 05:00", True),
    ("0 5 * * *", "2026-11-29 05:01", False),
    ("*/15 * * * *", "2026-11-29 07:45", True),
    ("*/15 * * * *", "2026-11-29 07:50", False),
    ("0 5,17 * * *", "2026-11-29 17:00", True),
    ("30 5 * * 1-5", "2026-11-29 05:30", False),
    ("30 5 * * 1-5", "2026-11-30 05:30", True),
    ("30 5 * * SUN", "2026-11-29 05:30", True),
    ("0 0 1 JAN *", "2027-01-01 00:00", True),
    ("0 0 13 * 5", "2026-11-13 00:00", True),
    ("0 0 13 * 5", "2026-11-20 00:00", True),
    ("0 0 13 * 5", "2026-11-21 00:00", False),
    ("5/20 * * * *", "2026-11-29 00:25", True),
]


@pytest.mark.parametrize(("text", "moment", "expected"), MOMENTS)
def test_cron(text: str, moment: str, expected: bool) -> None:
    assert cron.matches(text, datetime.datetime.fromisoformat(moment)) is expected


def test_the_next_time_of_a_schedule() -> None:
    now = datetime.datetime(2026, 11, 29, 6, 0, tzinfo=datetime.UTC)
    found = [cron.following(text, now) for text in ("0 5 * * *", "30 6 * * *", "0 0 29 2 *", "0 0 30 2 *")]
    assert [each and f"{each:%Y-%m-%d %H:%M}" for each in found] == [
        "2026-11-30 05:00", "2026-11-29 06:30", "2028-02-29 00:00", None,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["* * * *", "* * * * * *", "60 * * * *", "* * 0 * *", "* * * 13 *", "a * * * *",
                                  "5-1 * * * *", "*/0 * * * *", "@daily"])  # fmt: skip
def test_what_is_no_cron_is_refused(text: str) -> None:
    assert cron.problem(text)


def inputs(given: dict[str, Any]) -> dict[str, Any]:
    on = """{workflow_dispatch: {inputs: {
        group: {type: choice, options: [a, b], required: true}, dry: {type: boolean}, seed: {type: number, default: 7},
        note: }}}"""
    return matching.inputs(parse(f"on: {on}\n{JOBS}", "a.yml").triggers["workflow_dispatch"], given)


def test_inputs_have_their_types_and_defaults() -> None:
    assert inputs({"group": "a"}) == {"group": "a", "dry": False, "seed": 7, "note": ""}
    assert inputs({"group": "b", "dry": "true", "seed": "1.5", "note": "x"}) == {
        "group": "b", "dry": True, "seed": 1.5, "note": "x",
    }  # fmt: skip


def test_inputs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        inputs({"dry": "maybe", "seed": "many", "grup": "a"})
    assert str(refused.value).splitlines() == [
        "input grup: got it, but there is none of that name; did you mean group?",
        "input group: got nothing, expected a value",
        "input dry: got maybe, expected true or false",
        "input seed: got many, expected a number",
    ]
    with pytest.raises(InputError, match="got c, expected one of a, b"):
        inputs({"group": "c"})
