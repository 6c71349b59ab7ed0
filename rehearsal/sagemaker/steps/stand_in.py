"""Values that stand in for what a step that was not run would show: made from the shapes of its properties."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.listing import now
from rehearsal.sagemaker.pipelines.expressions import NAMES, entered

Keys = Sequence[str | int]
TEXT = "stand-in"
_MOST = 100  # elements of a list that are made for an index
_DONE = ("Completed", "InService", "Succeeded", "COMPLETED")
_TIMES = "timestamp"
_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


class WrongPath(Exception):
    """A path or a value that no property has; the text says what was expected."""


@dataclass(frozen=True)
class Maker:
    """Makes values: `name` of what the step makes, as `role` (an ARN) in `region`, below `folder` in S3."""

    name: str
    region: str
    role: str
    folder: str

    def fill(self, known: Mapping[str, Any] | None, shown: Params, keys: Keys) -> None:
        """Make what `keys` lead to in `shown`, where nothing is there yet."""
        place = _enter(known, shown, keys)
        if entered(place.inside, place.key) is None:
            place.set(self.value(place.shape, place.member))

    def complete(self, known: Mapping[str, Any], required: Sequence[str], shown: Params) -> None:
        """Make the members without which `shown`, and what is in it, has not its shape."""
        for name in required:
            if name not in shown:
                shown[name] = self.value(known[name], name)
        for name, value in shown.items():
            if name in known:
                self._complete_in(known[name], value)

    def _complete_in(self, shape: Any, value: Any) -> None:
        if shape.type_name == "structure" and isinstance(value, dict):
            self.complete(shape.members, shape.required_members, value)
        elif shape.type_name == "list" and isinstance(value, list):
            for item in value:
                self._complete_in(shape.member, item)

    def value(self, shape: Any, member: str) -> Any:
        """A value of a shape (None: of a kind that nobody knows), that is called `member`."""
        kind = "string" if shape is None else shape.type_name
        if kind == "structure":
            return {name: self.value(shape.members[name], name) for name in shape.required_members}
        if kind == "list":
            return [self.value(shape.member, member) for _ in range(shape.metadata.get("min", 0))]
        if kind == "map":
            return {}
        if kind == _TIMES:
            return now()
        if kind in _NUMBERS:
            return _NUMBERS[kind](shape.metadata.get("min", 0))
        return False if kind == "boolean" else self._text(shape, member)

    def _text(self, shape: Any, member: str) -> str:
        if shape is not None and shape.enum:
            return str(next((value for value in _DONE if value in shape.enum), shape.enum[0]))
        account, kind = self.role.split(":")[4], re.sub(r"(?<=[a-z])(?=[A-Z])", "-", member.removesuffix("Arn")).lower()
        arn = f"{self.role.partition(':iam:')[0]}:sagemaker:{self.region}:{account}:{kind}/{self.name.lower()}"
        place = f"{self.folder}/{member}"
        likely = [
            self.role if member.endswith("RoleArn") else arn if member.endswith("Arn") else "",
            place if re.search(r"S3|Ur[il]$|Path$|Location$", member) else "",
            self.name if member.endswith("Name") else "",
        ]
        candidates = [text for text in (*likely, TEXT, arn, place, self.name, "1") if text]
        fitting = (text for text in candidates if shape is None or not list(shapes.problems(shape, text)))
        return next(fitting, TEXT)


def put(known: Mapping[str, Any] | None, shown: Params, keys: Keys, text: str) -> None:
    """Set what `keys` lead to, to the value that a text stands for. Raises WrongPath."""
    place = _enter(known, shown, keys)
    place.set(_read(place.shape, text))


def place(document: Any, keys: Keys, value: Any, *, keep: bool) -> None:
    """Set what `keys` lead to in a document of any shape; with `keep` only where there is nothing yet."""
    found = _enter(None, document, keys)
    if not keep or entered(found.inside, found.key) is None:
        found.set(value)


@dataclass(frozen=True)
class _Place:
    inside: Any
    key: str | int
    shape: Any
    member: str

    def set(self, value: Any) -> None:
        if isinstance(self.inside, dict):
            self.inside[str(self.key)] = value
            return
        assert isinstance(self.inside, list)
        found = entered(self.inside, self.key)
        if found is None:
            before = min(self.key, _MOST) - len(self.inside) if isinstance(self.key, int) else 0
            self.inside.extend(copy.deepcopy(value) for _ in range(before))
            self.inside.append(value)
        else:
            self.inside[next(index for index, item in enumerate(self.inside) if item is found)] = value


def _enter(known: Mapping[str, Any] | None, shown: Params, keys: Keys) -> _Place:
    """Make the way to the last key. Raises WrongPath."""
    inside: Any = shown
    shape, member = _Root(known) if known is not None else None, ""
    for position, key in enumerate(keys):
        below = _below(shape, key)
        member = str(key) if not isinstance(key, int) else member
        if position == len(keys) - 1:
            return _Place(inside, key, below, member)
        found = entered(inside, key)
        if found is None:
            kind = below.type_name if below is not None else "list" if isinstance(keys[position + 1], int) else "map"
            found = [] if kind == "list" else {}
            _name(found, below, key, inside)
            _Place(inside, key, below, member).set(found)
        inside, shape = found, below
    raise WrongPath("expected a path")


@dataclass(frozen=True)
class _Root:
    """The properties of a step as a structure."""

    members: Mapping[str, Any]
    type_name: str = "structure"


def _below(shape: Any, key: str | int) -> Any:
    if shape is None:
        return None
    try:
        return shapes.member(shape, [key])
    except KeyError as error:
        raise WrongPath(f"there is no property {error.args[0]}") from None


def _name(made: Any, shape: Any, key: str | int, inside: Any) -> None:
    """An element of a list that was asked for by name gets it."""
    if isinstance(inside, list) and isinstance(made, dict) and isinstance(key, str) and shape is not None:
        made |= dict.fromkeys([each for each in NAMES if each in shape.members][:1], key)


def _read(shape: Any, text: str) -> Any:
    kind = "string" if shape is None else shape.type_name
    try:
        if kind in _NUMBERS:
            return _NUMBERS[kind](text)
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError):
        raise WrongPath(f"got {text!r}, expected {'true or false' if kind == 'boolean' else kind}") from None
    if kind != "string":
        raise WrongPath(f"a {kind} has no value of its own: name a member of it")
    wrong = list(shapes.problems(shape, text, "the value")) if shape is not None else []
    if wrong:
        raise WrongPath("; ".join(wrong))
    return text
