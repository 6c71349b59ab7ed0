"""Starting operations on stacks: who may, as which role, from which template, and the thread they run in."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.accounts import ROLE_ARN, STACK_SESSION, Credentials
from rehearsal.api import Caller, Params
from rehearsal.cloudformation import existing, stack_policy
from rehearsal.cloudformation.creation import create, import_resources, roll_back_creation
from rehearsal.cloudformation.deletion import delete
from rehearsal.cloudformation.fetch import fetch_template, fetch_text
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.outputs import used_exports
from rehearsal.cloudformation.prepare import Prepared, prepare
from rehearsal.cloudformation.state import Stack, Store, Undo
from rehearsal.cloudformation.template import error
from rehearsal.cloudformation.updating import roll_back_update, update
from rehearsal.ports import Platform
from rehearsal.roles import trusts_service

log = logging.getLogger(__name__)

_SERVICE = "cloudformation.amazonaws.com"
UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
     "CREATE_FAILED", "UPDATE_FAILED"}
)  # fmt: skip
REFUSED = (
    "TimeoutInMinutes", "NotificationARNs", "ResourceTypes", "DeploymentConfig", "DeploymentMode",
)  # fmt: skip


class Engine:
    """Runs operations, each in a thread of its own.

    `settle` is how long (seconds) an answer waits for its operation to end: clients poll every 2 to 30 seconds, and
    most stacks are there before that.
    """

    def __init__(self, platform: Platform, store: Store) -> None:
        self.platform = platform
        self.store = store
        self.settle = 3.0

    def prepare(self, caller: Caller, params: Params, stack: Stack) -> Prepared:
        """The request's template and parameters for `stack`, checked. Raises ApiError."""
        self.refuse(params)
        role = self.role(caller, params, stack)
        previous = stack.applied.parameters if stack.applied else {}
        if params.get("UsePreviousTemplate"):
            if stack.applied is None:
                raise error("Previous template does not exist")
            body = stack.applied.body
        else:
            body = fetch_template(params, self.platform, caller, self.acting(caller, None))
        tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]} if "Tags" in params else dict(stack.tags)
        prepared = prepare(
            body,
            stack.pseudo,
            given=params.get("Parameters") or [],
            previous=previous,
            tags=tags,
            capabilities=params.get("Capabilities") or [],
            role=role,
            stored=self._stored(caller, role),
        )
        existing.check(prepared.parameters.values(), lambda service: self._client(caller, role, service))
        return prepared

    def refuse(self, params: Params) -> None:
        """Refuse request members that would have to do something. Raises ApiError."""
        found = [name for name in REFUSED if params.get(name)]
        if (params.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
            found.append("RollbackConfiguration.RollbackTriggers")
        if found:
            raise error(f"The embedded AWS does not support {', '.join(found)} of CloudFormation")

    def stack_policy(self, caller: Caller, params: Params, name: str = "StackPolicy") -> str | None:
        """The stack policy of a request, in its body or at a URL, or None. Raises ApiError."""
        body, url = params.get(f"{name}Body"), params.get(f"{name}URL")
        if body and url:
            raise error(f"You cannot specify both {name}Body and {name}URL")
        if url:
            body = fetch_text(url, self.platform, caller, self.acting(caller, None))
        return stack_policy.read(body) if body else None

    def role(self, caller: Caller, params: Params, stack: Stack | None) -> str | None:
        """The role of an operation: the one given or the stack's. Raises ApiError when it cannot be assumed."""
        arn: str | None = params.get("RoleARN") or (stack.role if stack else None)
        if arn is None:
            return None
        found = ROLE_ARN.match(arn)
        if not found or found["account"] != caller.account:
            raise error(f"Role {arn} is invalid or cannot be assumed: it is no role of account {caller.account}")
        if not trusts_service(arn, _SERVICE):
            raise error(f"Role {arn} is invalid or cannot be assumed")
        return arn

    def acting(self, caller: Caller, role: str | None) -> Credentials:
        """Who touches the resources: the operation's role, else CloudFormation on the caller's behalf."""
        if role:
            return self.platform.accounts.role_session(role, STACK_SESSION)
        return self.platform.accounts.forward(caller.access_key, _SERVICE)

    def create(self, caller: Caller, stack: Stack, prepared: Prepared, imports: Any, on_failure: str) -> None:
        """Start a creation."""
        operation = self._begin(caller, stack, prepared, "CREATE_IN_PROGRESS")
        self._run(stack, lambda: create(operation, imports, on_failure), "CREATE_FAILED")

    def update(
        self,
        caller: Caller,
        stack: Stack,
        prepared: Prepared,
        imports: Any,
        *,
        keep_failed: bool,
        policy: str | None = None,
    ) -> None:
        """Start an update; `policy` is a stack policy that holds for it alone."""
        undo = stack.undo or Undo(applied=stack.applied, tags=stack.tags)
        operation = self._begin(caller, stack, prepared, "UPDATE_IN_PROGRESS")
        operation.policy = policy or stack.policy
        stack.undo, stack.cancelled = undo, False
        self._run(stack, lambda: update(operation, imports, keep_failed=keep_failed), "UPDATE_ROLLBACK_FAILED")

    def import_resources(self, caller: Caller, stack: Stack, prepared: Prepared, imports: Any) -> None:
        """Start an import."""
        operation = self._begin(caller, stack, prepared, "IMPORT_IN_PROGRESS")
        self._run(stack, lambda: import_resources(operation, imports), "IMPORT_ROLLBACK_FAILED")

    def delete(self, caller: Caller, stack: Stack, retain: list[str], *, role: str | None, force: bool) -> None:
        """Start a deletion, or say on the stack that its exports are in use."""
        assert stack.applied
        problem = used_exports(self.store, stack, {})
        if problem:
            stack.set(stack.status, problem)
            return
        operation = StackOperation(self.platform, self.store, stack, stack.applied, self.acting(caller, role))
        stack.set("DELETE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: delete(operation, retain, force=force), "DELETE_FAILED")

    def roll_back(self, caller: Caller, stack: Stack, skip: list[str]) -> None:
        """Start the rollback of an operation that left its failure standing."""
        assert stack.applied
        operation = self.operation(caller, stack, stack.applied)
        if stack.undo is None:
            stack.set("ROLLBACK_IN_PROGRESS", "User Initiated")
            self._run(stack, lambda: roll_back_creation(operation, "ROLLBACK"), "ROLLBACK_FAILED")
            return
        stack.set("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: roll_back_update(operation, skip), "UPDATE_ROLLBACK_FAILED")

    def new_stack(self, caller: Caller, name: str, status: str) -> Stack:
        """A stack that is not in the store yet."""
        arn = f"arn:{caller.partition}:cloudformation:{caller.region}:{caller.account}:stack/{name}/{uuid.uuid4()}"
        return Stack(name, arn, caller.account, caller.region, status)

    def _begin(self, caller: Caller, stack: Stack, prepared: Prepared, status: str) -> StackOperation:
        with self.store.lock:
            if stack.busy:
                raise error(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
            stack.applied, stack.tags, stack.role = prepared, prepared.tags, prepared.role
            stack.set(status, "User Initiated")
        return self.operation(caller, stack, prepared)

    def operation(self, caller: Caller, stack: Stack, prepared: Prepared) -> StackOperation:
        """An operation on a stack, as the role of its template or on the caller's behalf."""
        return StackOperation(self.platform, self.store, stack, prepared, self.acting(caller, prepared.role))

    def _run(self, stack: Stack, call: Callable[[], None], failed: str) -> None:
        def run() -> None:
            try:
                call()
            except Exception as cause:
                log.exception("%s: the operation failed inside the embedded AWS", stack.name)
                stack.set(failed, f"Internal failure of the embedded AWS: {cause!r}")

        self.platform.background(run, f"cloudformation-{stack.name}").join(self.settle)

    def _stored(self, caller: Caller, role: str | None) -> Callable[[str], str]:
        def read(name: str) -> str:
            try:
                answer = self._client(caller, role, "ssm").get_parameter(Name=name)
            except ClientError:
                text = f"Unable to fetch parameters [{name}] from parameter store for this account."
                raise error(text) from None
            return str(answer["Parameter"]["Value"])

        return read

    def _client(self, caller: Caller, role: str | None, service: str) -> Any:
        """A client of whoever touches the resources."""
        identity = self.acting(caller, role)
        return self.platform.client(service, account=caller.account, region=caller.region, identity=identity)


class Api:
    """A part of the service: operations on the stacks of `store`, carried out by `engine`."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store
