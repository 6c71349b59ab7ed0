"""What an environment's approval is about: the change set that its stage made, checked and in words.

It runs between the making of a change set and the approval that names it, so that what people approve is what was made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.sessions import plain_errors
from model_cicd.promotion import before
from model_cicd.promotion.plan import Plan, PlannedEnvironment
from model_cicd.text.errors import ModelCicdError, did_you_mean

_SESSION = "model-cicd-describe"
#: name of the build's variable, and the most that it may hold: an approval's text has a thousand characters
CHANGES = "Changes"
#: name of the variable that says what was served before, where environments are tested
BEFORE = "Before"
_LONGEST = 240
#: how CloudFormation says that a change set is empty
_EMPTY = ("didn't contain changes", "No updates are to be performed")
_VERBS = {"Add": "adds", "Modify": "changes", "Remove": "removes", "Import": "imports", "Dynamic": "may change"}


@dataclass(frozen=True)
class ChangeSet:
    """A change set of an environment, and what it has to be: files of the pipeline's source and what Prepare found."""

    environment: PlannedEnvironment
    name: str
    template: Path
    configuration: Path
    overrides: Mapping[str, str]


def served_before(environment: PlannedEnvironment) -> str:
    """What the environment serves before the change set is executed: nobody else changes the stack in between.

    Then CloudFormation would refuse the change set.
    """
    client = accounts.assume(environment.lookup_role_arn, environment.region, _SESSION)("cloudformation")
    with plain_errors():
        return before.before(accounts.stack(client, environment.stack))


def environment_of(plan: Plan, name: str) -> PlannedEnvironment:
    """The environment `name` of a plan. Raises ModelCicdError when it has none."""
    found = next((each for each in plan.environments if each.name == name), None)
    if found is None:
        names = [each.name for each in plan.environments]
        raise ModelCicdError(f"got environment {name!r}, expected one of {', '.join(names)}{did_you_mean(name, names)}")
    return found


def describe(wanted: ChangeSet, say: Callable[[str], None]) -> str:
    """What the change set would do, for the text of an approval.

    Raises ModelCicdError when it is not complete, or is not made of exactly this source and this release.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
    """
    environment = wanted.environment
    client = accounts.assume(environment.lookup_role_arn, environment.region, _SESSION)("cloudformation")
    which = {"StackName": environment.stack, "ChangeSetName": wanted.name}
    with plain_errors():
        pages = list(client.get_paginator("describe_change_set").paginate(**which))
        status, reason = pages[0]["Status"], str(pages[0].get("StatusReason", ""))
        what = f"change set {wanted.name} of stack {environment.stack}"
        if status == "FAILED" and any(each in reason for each in _EMPTY):
            return "it changes nothing"
        if status != "CREATE_COMPLETE":
            raise ModelCicdError(f"{what} is {status}, expected CREATE_COMPLETE: {reason}")
        body = client.get_template(**which, TemplateStage="Original")["TemplateBody"]
    _as_the_source(what, body, accounts.parameters(pages[0]), wanted)
    text = in_words([change for page in pages for change in page["Changes"]])
    say(f"{what}: {text}")
    return text


def _as_the_source(what: str, body: Any, found: Mapping[str, str], wanted: ChangeSet) -> None:
    template = json.loads(body) if isinstance(body, str) else body
    if template != json.loads(wanted.template.read_text(encoding="utf-8")):
        raise ModelCicdError(f"{what} has another template than {wanted.template.name} of this execution's source")
    configured = json.loads(wanted.configuration.read_text(encoding="utf-8"))["Parameters"]
    expected = {**configured, **wanted.overrides}
    for name in sorted({*expected, *found}):
        if found.get(name) != expected.get(name):
            raise ModelCicdError(f"{what} has {name} {found.get(name)}, expected {expected.get(name)}")


def in_words(changes: Sequence[Mapping[str, Any]]) -> str:
    """The changes of a change set by what is done, what is replaced and rights first: `replaces Model, Config`."""
    text = "; ".join(f"{verb} {', '.join(names)}" for verb, names in _grouped(changes)) or "it changes nothing"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rpartition(', ')[0]} and more"


def _grouped(changes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for each in changes:
        change = each["ResourceChange"]
        replaced = change.get("Replacement") in ("True", "Conditional")
        verb = "replaces" if replaced else _VERBS.get(change["Action"], change["Action"].lower())
        kind = str(change["ResourceType"]).removeprefix("AWS::").replace("::", " ")
        found.setdefault(verb, []).append(f"{change['LogicalResourceId']} ({kind})")
    for verb in sorted(found, key=lambda verb: (verb not in ("removes", "replaces"), verb)):
        # what may be done in an account comes first
        yield verb, sorted(found[verb], key=lambda name: ("(IAM " not in name, name))
