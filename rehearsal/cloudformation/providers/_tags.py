"""Tags in the forms that services want."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rehearsal.cloudformation.properties import tag_list
from rehearsal.cloudformation.provider import Call


def tag_map(properties: dict[str, Any]) -> dict[str, str]:
    """The tags of a template's properties as an object of key and value."""
    tags = properties.get("Tags") or {}
    return dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def retag(
    call: Call,
    old: dict[str, Any],
    operations: tuple[str, str] = ("TagResource", "UntagResource"),
    *,
    form: Callable[[dict[str, str]], Any] = tag_list,
    keys: str = "TagKeys",
    **resource: str,
) -> None:
    """Bring the tags of a resource from those of the properties `old` to the call's.

    `resource` are the parameters by which both operations name it, `form` is how the first takes its tags, and `keys`
    what the second calls the keys to remove.
    """
    before, after = tag_map(old), tag_map(call.properties)
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    gone = [key for key in before if key not in after]
    if changed:
        call.invoke(operations[0], Tags=form(changed), **resource)
    if gone:
        call.invoke(operations[1], **{keys: gone}, **resource)
