"""What an operation has to be allowed: checks, and the rules that make them from a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.accounts import ROLE_ARN
from rehearsal.api import Caller, Params

Value = str | list[str]
Context = Mapping[str, Value]

_PLACE = re.compile(r"\{([\w.\[\]-]+)\}")


@dataclass(frozen=True)
class Check:
    """One decision: an action (`s3:GetObject`) on a resource of `account`, with condition keys of its own.

    `via` is the service (`s3.us-east-1.amazonaws.com`) that asks on the caller's behalf.
    """

    action: str
    resource: str
    account: str
    context: Context = field(default_factory=dict)
    via: str | None = None


@dataclass(frozen=True)
class Asked:
    """An operation as a client asked for it; `service` is its signing name."""

    service: str
    operation: str
    params: Params
    caller: Caller

    def arn(self, resource: str, *, service: str | None = None, region: bool = True) -> str:
        """An ARN in the caller's account and region."""
        who = self.caller
        place = f"{who.region if region else ''}:{who.account}"
        return f"arn:{who.partition}:{service or self.service}:{place}:{resource}"

    def get(self, path: str) -> Any:
        """The first value at a path of the parameters, or None."""
        return next(iter(values(self.params, path)), None)


Rule = Callable[[Asked], Iterable[Check]]
"""The checks of one operation."""


def values(params: Any, path: str) -> list[Any]:
    """What stands at `path` (`a.b[].c`): members are followed, `[]` goes through a list; nothing when one is absent."""
    found = [params]
    for part in path.split("."):
        name, several, _ = part.partition("[]")
        found = [each[name] for each in found if isinstance(each, Mapping) and each.get(name) is not None]
        if several:
            found = [item for each in found for item in each]
    return found


def fill(template: str, asked: Asked, service: str) -> list[str]:
    """The ARNs that a template means: `{path}` is a parameter, which may be an ARN itself; `*` without it.

    A template without `arn:` is the last part of an ARN in the caller's account and region.
    """
    if template == "*":
        return ["*"]
    paths = _PLACE.findall(template)
    made = [template]
    for path in paths:
        found = [str(value) for value in values(asked.params, path)]
        if not found:
            return ["*"]
        if any(value.startswith("arn:") for value in found) and set(paths) == {path}:
            return found  # where several names make the resource, none of them can be all of it
        made = [each.replace(f"{{{path}}}", value) for each in made for value in found]
    return [each if each.startswith("arn:") else asked.arn(each, service=service) for each in made]


def account_of(arn: str, caller: Caller) -> str:
    """The account that an ARN names, the caller's when it names none.

    What has no account, or `aws` in its place (managed policies), is AWS's: the caller's own policies alone decide.
    """
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4] not in ("", "aws") else caller.account


def tags_of(asked: Asked, path: str) -> dict[str, str]:
    """Tags of a request in any of the forms that AWS has: a mapping, or a list of Key and Value in any case.

    Those that CloudFormation sets by itself (`aws:`, refused of anybody else) need no permission.
    """
    given = asked.get(path)
    made = {str(key): str(value) for key, value in given.items()} if isinstance(given, Mapping) else {}
    for each in given if isinstance(given, list) else []:
        lower = {str(name).lower().removeprefix("tag"): value for name, value in each.items()}
        if lower.get("key") is not None:
            made[str(lower["key"])] = str(lower.get("value") or "")
    return {key: value for key, value in made.items() if not key.startswith("aws:")}


def tag_context(tags: Mapping[str, str]) -> dict[str, Value]:
    """`aws:RequestTag/...` and `aws:TagKeys`."""
    keys: dict[str, Value] = {"aws:TagKeys": sorted(tags)} if tags else {}
    return keys | {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def pass_role(role: str, service: str, caller: Caller) -> Iterator[Check]:
    """Handing a role to a service; what is no ARN of a role the service itself refuses.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    if ROLE_ARN.match(role):
        yield Check("iam:PassRole", role, account_of(role, caller), {"iam:PassedToService": service})


@dataclass(frozen=True)
class On:
    """The usual rule: one action on the resources of some templates, the roles that are passed, and tags.

    `action` is the operation's own name when it is None. `keys` are condition keys and the paths of their values.
    `tags` is the path of the request's tags and `tagging` the action that setting them needs besides.
    """

    resource: str | tuple[str, ...] = "*"
    action: str | None = None
    passes: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    tags: str | None = None
    tagging: str | None = None
    also: Rule | None = None
    service: str | None = None

    def __call__(self, asked: Asked) -> Iterator[Check]:
        """The checks."""
        service = self.service or asked.service
        action = self.action or asked.operation
        action = action if ":" in action else f"{service}:{action}"
        tags = tags_of(asked, self.tags) if self.tags else {}
        context: dict[str, Value] = tag_context(tags)
        for key, path in self.keys.items():
            found = [_text(value) for value in values(asked.params, path)]
            if found:
                context[key] = found if "[]" in path else found[0]
        templates = (self.resource,) if isinstance(self.resource, str) else self.resource
        arns = [arn for template in templates for arn in fill(template, asked, service)]
        for arn in arns:
            yield Check(action, arn, account_of(arn, asked.caller), context)
        if tags and self.tagging:
            yield Check(f"{service}:{self.tagging}", arns[0], account_of(arns[0], asked.caller), tag_context(tags))
        for path, to in self.passes.items():
            for role in values(asked.params, path):
                yield from pass_role(str(role), to, asked.caller)
        if self.also:
            yield from self.also(asked)


def always(asked: Asked) -> Iterator[Check]:
    """No permission is needed (sts:GetCallerIdentity)."""
    return iter(())


def several(resource: str, *operations: str) -> dict[str, Rule]:
    """The same template for several operations."""
    return {operation: On(resource) for operation in operations}


def tagging(resource: str = "resourceArn", tags: str = "tags", keys: str = "tagKeys") -> dict[str, Rule]:
    """The operations on tags of a resource that the member `resource` names by its ARN."""
    arn = f"{{{resource}}}"
    untag = On(arn, keys={"aws:TagKeys": f"{keys}[]"})
    return {"TagResource": On(arn, tags=tags), "UntagResource": untag, "ListTagsForResource": On(arn)}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
