"""Every member of every request of a supported operation does something, is accepted by name, or is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.api import ApiError, Caller
from rehearsal.iam.actions.sagemaker import NOTHING
from rehearsal.sagemaker import members, shapes
from tests.emulator.sagemaker.conftest import ACCOUNT, REGION

TEXTS = ("a", "aaaaaaaaaaaa", "1", "1.0", "ml.m5.large", "s3://b/k", f"arn:aws:iam::{ACCOUNT}:role/somebody", "a" * 32,
         f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/name",
         f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-plan/name",
         f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/name/execution/abcdefghijkl", "{}", "fs-0123456789abc",
         "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1", "eia")  # fmt: skip


def least(shape: Any, depth: int = 0) -> Any:
    """A value that the shape takes, with required members only."""
    kind, low = shape.type_name, shape.metadata.get("min") or 0
    if kind == "structure":
        return {name: least(shape.members[name], depth + 1) for name in shape.required_members}
    if kind == "list":
        return [least(shape.member, depth + 1)] * max(low, 1)
    if kind == "map":
        return {least(shape.key): least(shape.value)} if low else {}
    if kind == "string":
        texts = ("File", "S3Prefix", *shape.enum, *TEXTS)
        return next((text for text in texts if not list(shapes.problems(shape, text))), "a")
    return {"boolean": True, "timestamp": 1}.get(kind, max(low, 1))


def with_member(shape: Any, path: list[str]) -> Any:
    """The least value that has what is at a path of members."""
    if not path:
        return least(shape)
    if shape.type_name == "list":
        return [with_member(shape.member, path)]
    if shape.type_name == "map":
        return {"a": with_member(shape.value, path)}
    name, *rest = path
    return least(shape) | {name: with_member(shape.members[name], rest)}


def places(shape: Any, path: tuple[str, ...] = (), seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, ...]]:
    """The paths to every member, of each shape those on its first way."""
    if shape.type_name in ("list", "map"):
        yield from places(shape.member if shape.type_name == "list" else shape.value, path, seen)
    if shape.type_name != "structure" or shape.name in seen:
        return
    for name, member in shape.members.items():
        yield (*path, name)
        if name in members.decided(shape.name) and name not in members.groups()["refused"].get(shape.name, ()):
            yield from places(member, (*path, name), seen | {shape.name})


def owner(shape: Any, path: tuple[str, ...]) -> str:
    """The shape whose member is at the end of a path."""
    for name in path[:-1]:
        while shape.type_name in ("list", "map"):
            shape = shape.member if shape.type_name == "list" else shape.value
        shape = shape.members[name]
    while shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value
    return str(shape.name)


@pytest.fixture(scope="module")
def operations(lab: Any) -> dict[str, Any]:
    return dict(next(each for each in lab.world.services if each.name == "sagemaker").operations())


def test_every_member_was_decided_about(operations: dict[str, Any]) -> None:
    reached: dict[str, set[str]] = {}
    for operation in operations:
        shape = shapes.input_shape(operation)
        for path in places(shape) if shape else ():
            reached.setdefault(owner(shape, path), set()).add(path[-1])
    groups = members.groups()
    twice = [
        (shape, member)
        for shape in reached
        for member in reached[shape]
        if sum(member in group.get(shape, ()) for group in groups.values()) > 1
    ]
    assert twice == []
    decided = {shape: {name for group in groups.values() for name in group.get(shape, ())} for shape in reached}
    assert {shape for group in groups.values() for shape in group} == {shape for shape in decided if decided[shape]}
    for shape, names in decided.items():
        assert names <= reached[shape], f"{shape}: no such members"


def test_what_nobody_decided_about_or_is_refused_is_refused_by_its_name(lab: Any, operations: dict[str, Any]) -> None:
    caller = Caller(ACCOUNT, REGION, f"arn:aws:iam::{ACCOUNT}:root", "AKIA")
    refused = members.groups()["refused"]
    asked, taken = 0, []
    for operation, call in operations.items():
        shape = shapes.input_shape(operation)
        for path in places(shape) if shape else ():
            name = owner(shape, path)
            if path[-1] in members.decided(name) and path[-1] not in refused.get(name, ()):
                continue
            asked += 1
            request = with_member(shape, list(path))
            if operation == "CreateModel":
                request |= {"ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/somebody"}
            assert list(shapes.problems(shape, request)) == [], (operation, path)
            try:
                call(caller, request)
                taken.append(f"{operation} {'.'.join(path)}: accepted")
            except ApiError as error:
                if "does not support" not in error.message or path[-1] not in error.message:
                    taken.append(f"{operation} {'.'.join(path)}: {error.message}")
    assert taken == [], "\n".join(taken)
    assert asked > 50


def test_what_is_known_is_spoken_of_in_the_code() -> None:
    """Not whether it is done right, but that a name in the list is not only in the list."""
    folder = Path(members.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    words = set(re.findall(r"\w+", code))
    kept = re.compile(r"(Creat\w+|LastModified\w+)(After|Before)|.*JobName|SortOrder|NextToken|MaxResults")
    records = ["Experiment", "Trial", "TrialComponent", "Context", "Action", "Artifact", "Domain", "UserProfile",
               "Space", "AppImageConfig", "NotebookInstance", "NotebookInstanceLifecycleConfig"]  # fmt: skip
    verbs = ("Create", "Describe", "Update", "Delete")
    kept_and_shown = [f"{verb}{noun}" for noun in ("ModelPackage", *records) for verb in verbs]
    registered = {shape for operation in (*kept_and_shown, *NOTHING) for shape in _below(shapes.input_shape(operation))}
    silent = {
        f"{shape}.{name}"
        for shape, names in members.groups()["known"].items()
        if shape not in registered  # they are kept and shown, or select among nothing
        for name in names
        if name not in words and not kept.fullmatch(name)
    }
    # below a member whose only values are those that leave it idle
    idle = {"CollectionConfiguration", "DebugRuleConfiguration", "AutoParameter"}
    assert {each for each in silent if each.partition(".")[0] not in idle} == set()


def _below(shape: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    if shape.type_name == "structure" and shape.name not in seen:
        yield shape.name
        for member in shape.members.values():
            yield from _below(member, seen | {shape.name})
    elif shape.type_name in ("list", "map"):
        yield from _below(shape.member if shape.type_name == "list" else shape.value, seen)
