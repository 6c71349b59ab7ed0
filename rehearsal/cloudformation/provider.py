"""What a resource type does, and what it declares beyond AWS's schema. A new type is one file in `providers`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.answers import Answers
from rehearsal.cloudformation.schemas import Schema, Tree, schema, without
from rehearsal.cloudformation.shapes import fit, tag_list, tag_map
from rehearsal.ports import Platform


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

    `service` is that of the resource (botocore's name), `type` its type as the template has it. `handle` is what
    `reserve` or an earlier call left: a resource that exists, even when its creation failed later. `capabilities` are
    those of the stack's request; `former` are the attributes that a resource had before the update that is being rolled
    back. `answers` is where custom resources answer; waits of AWS take `wait_factor` of their seconds. `platform` is
    for resources that act as another role than the stack's.
    """

    stack: str
    stack_id: str
    logical_id: str
    account: str
    region: str
    partition: str
    properties: dict[str, Any]
    service: str
    client: Callable[[str], Any]
    handle: str = ""
    id: str = ""
    capabilities: tuple[str, ...] = ()
    former: Mapping[str, Any] = field(default_factory=dict)
    on_reserve: Callable[[str], None] = lambda handle: None
    type: str = ""
    answers: Answers | None = None
    wait_factor: float = 1.0
    platform: Platform | None = None

    def invoke(self, operation: str, of: str | None = None, /, **params: Any) -> dict[str, Any]:
        """Call an operation of the resource's service (or `of` another) by its API name.

        Parameters are fitted to its shape (case of keys, text to numbers); those without a value (None) are left out.
        """
        client = self.client(of or self.service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        wanted = fit(shape, {key: value for key, value in params.items() if value is not None}, operation)
        method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
        answer: dict[str, Any] = getattr(client, method)(**wanted)
        return answer

    def pick(self, *names: str) -> dict[str, Any]:
        """These of the properties that are there: parameters for `invoke`."""
        return {name: self.properties[name] for name in names if name in self.properties}

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


@dataclass(frozen=True)
class Setting:
    """A property that an operation of its own puts, as its parameter `parameter`, in the form that `form` gives it.

    Without the property the operation `remove` takes it away, or `instead` is put.
    """

    put: str
    parameter: str
    remove: str | None = None
    form: Callable[[Any], Any] = lambda value: value
    instead: Any = None

    def apply(self, call: Call, before: Any, after: Any, resource: Mapping[str, str]) -> None:
        """Bring the setting of a resource from one value to another; None stands for a property that is not there."""
        old, new = (None if value is None else self.form(value) for value in (before, after))
        if old == new:
            return
        wanted = self.instead if new is None else new
        if wanted is not None:
            call.invoke(self.put, **{self.parameter: wanted}, **resource)
        elif self.remove:
            call.invoke(self.remove, **resource)


@dataclass(frozen=True)
class Tagging:
    """The operations that set tags and take them away.

    `form` is how the first takes tags; `keys` is what the second calls keys, and `gone` how it takes them.
    """

    put: str = "TagResource"
    remove: str = "UntagResource"
    form: Callable[[dict[str, str]], Any] = tag_list
    keys: str = "TagKeys"
    gone: Callable[[list[str]], Any] = list


class Provider:
    """A resource type: AWS's schema of it, where the embedded AWS differs, and what its service does.

    `unsupported` are properties and attributes that AWS has and the embedded AWS does not, the names after the reason,
    separated by spaces; they are refused before anything is touched. `replaced_as_well` are properties whose change
    makes a new resource, and `more_attributes` names that GetAtt takes, although the schema does not say so.
    `volatile` are attributes that an update in place may change; `named_by` is the property that is the custom name.
    `nested` is a stack, which every update looks into. With `any_property` neither properties nor attributes are known
    beforehand (`custom.py`). `remark` is what events say of each resource that was made.

    `service` is the botocore name of the service, `noun` what people call the resource. `absent` are the codes of the
    errors that say it does not exist, `removal` is the operation that deletes it with the parameter that names it.
    `settings` are the properties that operations of their own put, `tagging` is how tags are.
    """

    type: ClassVar[str]
    service: ClassVar[str] = ""
    noun: ClassVar[str] = "resource"
    absent: ClassVar[tuple[str, ...]] = ()
    removal: ClassVar[tuple[str, str]]
    settings: ClassVar[Mapping[str, Setting]] = {}
    tagging: ClassVar[Tagging] = Tagging()
    unsupported: ClassVar[dict[str, str]] = {}
    replaced_as_well: ClassVar[tuple[str, ...]] = ()
    more_attributes: ClassVar[tuple[str, ...]] = ()
    volatile: ClassVar[tuple[str, ...]] = ()
    named_by: ClassVar[str | None] = None
    nested: ClassVar[bool] = False
    any_property: ClassVar[bool] = False
    remark: ClassVar[str | None] = None

    @cached_property
    def schema(self) -> Schema:
        """AWS's schema of the type."""
        return schema(self.type)

    @cached_property
    def left_out(self) -> frozenset[str]:
        """The paths of what is not supported."""
        return frozenset(path for paths in self.unsupported.values() for path in paths.split())

    @cached_property
    def properties(self) -> Tree:
        """The supported properties."""
        found: Tree = without(self.schema.properties, self.left_out)
        return found

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names that GetAtt takes: top-level and dotted ones, as in the schema."""
        named = (name for name in self.schema.read_only if self.left_out.isdisjoint({name, name.partition(".")[0]}))
        return frozenset((*named, *self.more_attributes))

    def has_attribute(self, name: str) -> bool:
        """Whether GetAtt takes the name."""
        return self.any_property or name in self.attributes

    @cached_property
    def identifier(self) -> tuple[str, ...]:
        """The properties by which a resource is imported; empty when AWS or the provider cannot read one."""
        readable = type(self).read is not Provider.read or type(self).found is not Provider.found
        return self.schema.identifier if readable else ()

    @property
    def read_only_id(self) -> bool:
        """Whether the identifier is not among a template's properties: ImportExistingResources cannot find it then."""
        return not {*self.identifier}.isdisjoint(self.schema.read_only)

    @property
    def tags(self) -> str | None:
        """The form of the property Tags: `list` of keys and values, `map`, or none."""
        if "Tags" not in self.properties:
            return None
        return "list" if isinstance(self.properties["Tags"], list) else "map"

    def create(self, call: Call) -> Made:
        """Make the resource. Calls `call.reserve` as soon as there is something to delete."""
        raise NotImplementedError

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Change the resource `call.handle` from the properties `old` to the call's, in place."""
        raise NotImplementedError

    def delete(self, call: Call) -> None:
        """Delete the resource `call.handle`; one that is gone already is no error."""
        try:
            self.remove(call)
        except ClientError as cause:
            if not self.is_absent(cause):
                raise

    def remove(self, call: Call) -> None:
        """Delete the resource `call.handle`; an error that `is_absent` knows says that it is gone already."""
        operation, parameter = self.removal
        call.invoke(operation, **{parameter: call.handle})

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The existing resource an import names. Raises NotFound."""
        (name,) = identifier.values()
        try:
            made = self.found(call, name)
        except ClientError as cause:
            if not self.is_absent(cause):
                raise
            made = None
        if made is None:
            raise NotFound(f"{self.noun} {name} does not exist")
        return made

    def found(self, call: Call, name: str) -> Made | None:
        """The resource with this identifier: None, or an error that `is_absent` knows, when there is none."""
        raise NotFound(f"{self.type} cannot be imported")

    def actual(self, call: Call) -> dict[str, Any] | None:
        """The properties that the resource `call.handle` has now, as far as its service tells; None: nobody looks.

        An error that `is_absent` knows says that there is none.
        """
        return None

    def is_absent(self, error: ClientError) -> bool:
        """Whether an error says that the resource does not exist."""
        return error.response["Error"]["Code"] in self.absent

    def put(self, call: Call, old: dict[str, Any], **resource: str) -> None:
        """Put the settings that differ from the properties `old`; `resource` is how the operations name it."""
        for name, setting in self.settings.items():
            setting.apply(call, old.get(name), call.properties.get(name), resource)

    def retag(self, call: Call, old: dict[str, Any], **resource: Any) -> None:
        """Bring the tags from those of the properties `old` to the call's; `resource` is how the operations name it."""
        before, after = tag_map(old.get("Tags")), tag_map(call.properties.get("Tags"))
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        gone = [key for key in before if key not in after]
        if changed:
            call.invoke(self.tagging.put, Tags=self.tagging.form(changed), **resource)
        if gone:
            call.invoke(self.tagging.remove, **{self.tagging.keys: self.tagging.gone(gone)}, **resource)

    def replacing(self, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
        """The changed properties that need a new resource."""
        fixed = {*self.schema.create_only, *self.replaced_as_well}
        return {name for name in fixed if old.get(name) != new.get(name)}
