"""StackOperation on single resources of a stack, with their events: create, update, delete, import."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.accounts import Credentials
from rehearsal.api import ApiError, partition_of
from rehearsal.cloudformation.answers import Answers
from rehearsal.cloudformation.dynamic import resolve_dynamic
from rehearsal.cloudformation.lookup import StackLookup
from rehearsal.cloudformation.prepare import Prepared, Spec
from rehearsal.cloudformation.properties import with_stack_tags, with_system_tags
from rehearsal.cloudformation.provider import Call, Made, ResourceError, Untouched
from rehearsal.cloudformation.registry import known_provider
from rehearsal.cloudformation.stack_policy import denied
from rehearsal.cloudformation.state import Resource, Stack, Store, now
from rehearsal.ports import Platform

log = logging.getLogger(__name__)

_IAM = "AWS::IAM::"


class StackOperation:
    """One operation on `stack`: makes, changes and deletes its resources as `identity`."""

    def __init__(
        self, platform: Platform, store: Store, stack: Stack, prepared: Prepared, identity: Credentials
    ) -> None:
        self._platform = platform
        self._answers = Answers(platform)
        self.store = store
        self.stack = stack
        self.prepared = prepared
        self._identity = identity
        self._settled = 0.0  # when IAM knows what this operation made, by time.monotonic
        self.lookup = StackLookup(prepared, store, stack.resources)
        self.policy = stack.policy
        self._masked = StackLookup(prepared, store, stack.resources, masked=True)

    def wanted(self, spec: Spec) -> dict[str, Any]:
        """The properties a resource is to have, everything it refers to being there."""
        try:
            return with_stack_tags(spec.provider, self.lookup.value(spec.properties), self.prepared.tags)
        except ApiError as cause:
            raise ResourceError(cause.message) from None

    def _shown(self, spec: Spec) -> dict[str, Any]:
        """The same as it may be shown."""
        return with_stack_tags(spec.provider, self._masked.shown(spec.properties), self.prepared.tags)

    def make(self, spec: Spec, imports: Mapping[str, dict[str, str]]) -> None:
        """Put a resource into the stack: a new one or, by its identifier in `imports`, an existing one.

        Raises ResourceError; what was made until then stays recorded.
        """
        if spec.logical_id in imports:
            self.import_(spec, imports[spec.logical_id])
            return
        resource = self._new(spec, {})
        self._event(resource, "CREATE_IN_PROGRESS")
        with self._failing(resource, "CREATE_FAILED"):
            resource.properties, resource.shown = self.wanted(spec), self._shown(spec)
            self._make(resource, spec, "CREATE_IN_PROGRESS")
        self._event(resource, "CREATE_COMPLETE", spec.provider.remark)

    def settle(self) -> None:
        """Wait until IAM knows what this operation made, as CloudFormation does before it uses it."""
        self._platform.closed.wait(max(0.0, self._settled - time.monotonic()))

    def update(self, spec: Spec, resource: Resource, properties: dict[str, Any]) -> None:
        """Change a resource in place to `properties`. Raises ResourceError."""
        old, again = resource.properties, resource.status.endswith("_FAILED")
        self._event(resource, "UPDATE_IN_PROGRESS")
        with self._failing(resource, "UPDATE_FAILED"):
            if properties != old or again or spec.provider.nested:
                before, resource.properties, resource.shown = resource.shown, properties, self._shown(spec)
                try:
                    self._take(resource, spec.provider.update(self.call(resource), self._complete(resource, old)))
                except Untouched:
                    resource.properties, resource.shown = old, before
                    raise
        self.adopt(resource, spec)
        self._event(resource, "UPDATE_COMPLETE")

    def replace(self, spec: Spec, old: Resource, properties: dict[str, Any], names: set[str]) -> None:
        """Make a new resource in the place of `old`, which is left for the cleanup. Raises ResourceError."""
        named_by = spec.provider.named_by
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        self._event(old, "UPDATE_IN_PROGRESS", reason)
        with self._failing(old, "UPDATE_FAILED"):
            if named_by and named_by in properties and properties.get(named_by) == old.properties.get(named_by):
                text = "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "
                raise ResourceError(
                    f"{text}{properties[named_by]} and update the stack again. "
                    f"(properties that force it: {', '.join(sorted(names))})"
                )
        resource = self._new(spec, properties)
        resource.shown = self._shown(spec)
        with self._failing(resource, "UPDATE_FAILED"):
            self._make(resource, spec, "UPDATE_IN_PROGRESS")
        self._event(resource, "UPDATE_COMPLETE")

    def restore(self, resource: Resource, old: Resource) -> None:
        """Give a resource that an update changed its former properties back. Raises ResourceError."""
        changed = resource.properties
        self._event(resource, "UPDATE_IN_PROGRESS")
        with self._failing(resource, "UPDATE_FAILED"):
            resource.properties, resource.shown = old.properties, old.shown
            provider = known_provider(resource.type)
            if changed != old.properties or provider.nested:
                former = self._complete(resource, changed)
                call = self.call(resource)
                call.former = old.attributes
                self._take(resource, provider.update(call, former))
        self.adopt(resource, old)
        self._event(resource, "UPDATE_COMPLETE")

    def import_(self, spec: Spec, identifier: dict[str, str]) -> None:
        """Take an existing resource into the stack; it stays as it is. Raises ResourceError."""
        resource = self._new(spec, {})
        self._event(resource, "IMPORT_IN_PROGRESS", "Resource import started.")
        with self._failing(resource, "IMPORT_FAILED"):
            resource.properties, resource.shown = self.wanted(spec), self._shown(spec)
            self._take(resource, spec.provider.read(self.call(resource), identifier))
        self._event(resource, "IMPORT_COMPLETE", "Resource import completed.")

    def peek(self, spec: Spec, identifier: dict[str, str]) -> Made:
        """An existing resource, without taking it in. Raises NotFound."""
        return spec.provider.read(self.call(Resource(spec.logical_id, spec.type, {})), identifier)

    def delete(self, resource: Resource, *, keep: bool) -> str | None:
        """Delete a resource, or leave it with `keep`; why it failed, or None."""
        if not resource.exists:
            resource.status = "DELETE_COMPLETE"
            return None
        if keep:
            self._event(resource, "DELETE_SKIPPED")
            return None
        self._event(resource, "DELETE_IN_PROGRESS")
        try:
            with self._failing(resource, "DELETE_FAILED"):
                known_provider(resource.type).delete(self.call(resource))
        except ResourceError as cause:
            return str(cause)
        self._event(resource, "DELETE_COMPLETE")
        return None

    def allow(self, resource: Resource, action: str) -> None:
        """Ask the stack policy about an update of a resource. Raises ResourceError."""
        reason = denied(self.policy, action, resource.logical_id, resource.type)
        if reason:  # nothing happens to the resource, which keeps its status
            name, physical = resource.logical_id, resource.physical_id
            self.stack.record(name, physical, resource.type, "UPDATE_FAILED", reason=reason)
            raise ResourceError(reason)

    def adopt(self, resource: Resource, like: Spec | Resource) -> None:
        """Take over what a template says, or said, about a resource apart from its properties."""
        resource.metadata, resource.depends_on = like.metadata, like.depends_on
        resource.deletion_policy, resource.replace_policy = like.deletion_policy, like.replace_policy

    def call(self, resource: Resource) -> Call:
        """A provider's call for a resource."""
        if not resource.type.startswith(_IAM):
            self.settle()
        stack = self.stack
        return Call(
            stack=stack.name,
            stack_id=stack.id,
            logical_id=resource.logical_id,
            account=stack.account,
            region=stack.region,
            partition=partition_of(stack.region),
            properties=self._complete(resource, resource.properties),
            service=known_provider(resource.type).service,
            client=self.client,
            handle=resource.handle,
            id=resource.physical_id,
            capabilities=self.prepared.capabilities,
            type=resource.type,
            answers=self._answers,
            wait_factor=self._platform.wait_factor,
            platform=self._platform,
        )

    def client(self, service: str) -> Any:
        """A client acting as the operation's role, or on behalf of who asked for it."""
        return self._platform.client(
            service, account=self.stack.account, region=self.stack.region, identity=self._identity
        )

    def _complete(self, resource: Resource, properties: dict[str, Any]) -> dict[str, Any]:
        """Properties as a provider gets them: dynamic references read, CloudFormation's own tags with them."""
        found: dict[str, Any] = resolve_dynamic(properties, self.client)
        stack = self.stack
        return with_system_tags(known_provider(resource.type), found, stack.name, stack.id, resource.logical_id)

    def _new(self, spec: Spec, properties: dict[str, Any]) -> Resource:
        """A resource in the stack, of which there is nothing yet."""
        resource = self.stack.resources[spec.logical_id] = Resource(spec.logical_id, spec.type, properties)
        self.adopt(resource, spec)
        return resource

    def _make(self, resource: Resource, spec: Spec, status: str) -> None:
        def reserve(handle: str) -> None:
            resource.handle, resource.physical_id = handle, resource.physical_id or handle
            if spec.provider.nested:
                self.store.nest(handle, self.stack)
            self._event(resource, status, "Resource creation Initiated")

        call = self.call(resource)
        call.on_reserve = reserve
        self._take(resource, spec.provider.create(call))

    @contextmanager
    def _failing(self, resource: Resource, status: str) -> Iterator[None]:
        """Whatever goes wrong with a resource becomes its failed event and a ResourceError."""
        try:
            yield
        except Exception as cause:
            reason = reason_of(cause)
            self._event(resource, status, reason)
            raise ResourceError(reason) from cause

    def _take(self, resource: Resource, made: Made) -> None:
        if resource.type.startswith(_IAM):
            self._settled = time.monotonic() + self._platform.latency.iam
        resource.physical_id, resource.handle = made.id, made.handle or made.id
        resource.attributes = made.attributes

    def _event(self, resource: Resource, status: str, reason: str | None = None) -> None:
        resource.status, resource.reason, resource.updated = status, reason, now()
        shown = json.dumps(resource.shown, default=str) if resource.shown else None
        self.stack.record(
            resource.logical_id, resource.physical_id, resource.type, status, reason=reason, properties=shown
        )


def reason_of(cause: Exception) -> str:
    """A status reason as CloudFormation words it."""
    if isinstance(cause, ResourceError):
        return str(cause)
    if isinstance(cause, ApiError):
        return cause.message
    if isinstance(cause, ClientError):
        details = cause.response.get("Error", {})
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        found = re.search(r"calling the (\w+) operation", str(cause))
        operation = f"{found[1]}: " if found else ""
        text = f"{operation}{details.get('Message')} (Status Code: {status}; Error Code: {details.get('Code')})"
        return f'Resource handler returned message: "{text}"'
    if isinstance(cause, BotoCoreError | ValueError):
        return f"Properties validation failed: {cause}"
    log.exception("a resource failed inside the embedded AWS", exc_info=cause)
    return f"Internal failure of the embedded AWS: {cause!r}"
