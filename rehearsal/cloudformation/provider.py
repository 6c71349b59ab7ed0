"""What a resource type declares and does. A new type is one file in `providers` and one line in `registry.py`."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rehearsal.cloudformation.shapes import fit

# Of a property tree: `ANY` takes whatever stands there (scalars and free-form documents), an object lists its keys, a
# list has one element: the form of its items.
ANY: Any = None
TAGS: Any = [{"Key": ANY, "Value": ANY}]
Tree = dict[str, Any]


class ResourceError(Exception):
    """A resource could not be made, changed or deleted; the text is the status reason that clients show."""


class Untouched(ResourceError):
    """An update was refused before anything of the resource was changed."""


class NotFound(ResourceError):
    """The resource to read or import does not exist."""


@dataclass(frozen=True)
class Made:
    """What a provider made: `id` is Ref's value, `handle` what the provider acts on, when that is not the same."""

    id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    handle: str = ""


@dataclass
class Call:
    """One call of a provider: whose resource, with which properties, and clients acting as the stack's role.

    `handle` is what `reserve` or an earlier call left: a resource that exists, even when its creation failed later.
    """

    stack: str
    stack_id: str
    logical_id: str
    account: str
    region: str
    partition: str
    properties: dict[str, Any]
    client: Callable[[str], Any]
    handle: str = ""
    id: str = ""
    on_reserve: Callable[[str], None] = lambda handle: None

    def invoke(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Call an AWS operation by its API name; parameters are fitted to its shape (case of keys, text to numbers)."""
        client = self.client(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        wanted = fit(shape, {key: value for key, value in params.items() if value is not None}, operation)
        method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
        answer: dict[str, Any] = getattr(client, method)(**wanted)
        return answer

    def reserve(self, handle: str) -> None:
        """Say that the resource exists from now on, so that a failing creation is cleaned up."""
        self.handle = handle
        self.on_reserve(handle)

    def name(self, name: str | None, limit: int, *, lower: bool = False) -> str:
        """The physical name: `name` when the template gives one, else `<stack>-<logical id>-<random>` within `limit`.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
        """
        if name:
            return str(name)
        token = "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(12))
        room = limit - len(token) - 2
        stack = self.stack[: max(room - len(self.logical_id), room // 2)]
        made = f"{stack}-{self.logical_id[: room - len(stack)]}-{token}"
        return made.lower() if lower else made

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """An ARN in the stack's account and region."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{resource}"


class Provider:
    """A resource type.

    `properties` is the tree of supported properties: any other is refused before anything is touched; `replace_on`
    are those whose change makes a new resource; `attributes` are the names GetAtt takes; `identifier` are the
    properties by which a resource is imported (empty: import is not supported); `named_by` is the property that is the
    custom name, `read_only_id` says that the identifier is not among the template's properties, so that
    ImportExistingResources cannot find it; `tags` is the form of its Tags property (`list`, `map` or none).
    """

    type: ClassVar[str]
    properties: ClassVar[Tree]
    required: ClassVar[tuple[str, ...]] = ()
    replace_on: ClassVar[frozenset[str]] = frozenset()
    attributes: ClassVar[tuple[str, ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset()  # attributes that an update in place may change
    identifier: ClassVar[tuple[str, ...]] = ()
    named_by: ClassVar[str | None] = None
    read_only_id: ClassVar[bool] = False
    tags: ClassVar[str | None] = None

    def create(self, call: Call) -> Made:
        """Make the resource. Calls `call.reserve` as soon as there is something to delete."""
        raise NotImplementedError

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Change the resource `call.handle` from the properties `old` to the call's, in place."""
        raise NotImplementedError

    def delete(self, call: Call) -> None:
        """Delete the resource `call.handle`; one that is gone already is no error."""
        raise NotImplementedError

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The existing resource an import names. Raises NotFound."""
        raise NotFound(f"{self.type} cannot be imported")

    def replacing(self, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
        """The changed properties that need a new resource."""
        return {name for name in self.replace_on if old.get(name) != new.get(name)}


def tag_changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[list[dict[str, str]], list[str]]:
    """Of two property sets: the tags to put and the tag keys to remove."""
    before = {tag["Key"]: tag["Value"] for tag in old.get("Tags") or []}
    after = {tag["Key"]: tag["Value"] for tag in new.get("Tags") or []}
    put = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]
    return put, [key for key in before if key not in after]


def tag_map(properties: dict[str, Any]) -> dict[str, str]:
    """Tags as an object of key and value."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
