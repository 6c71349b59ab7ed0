"""Reads `on`: which events start a workflow.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

import re

from rehearsal.workflows import cron, patterns
from rehearsal.workflows.document import Node
from rehearsal.workflows.model import Filters, Input, Trigger
from rehearsal.workflows.reading import Keys, Problems

EVENTS = ("push", "pull_request", "workflow_dispatch", "schedule")
_REFUSED = (
    "branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status",
    "discussion", "discussion_comment", "fork", "gollum", "image_version", "issue_comment", "issues", "label",
    "merge_group", "milestone", "page_build", "public", "pull_request_review", "pull_request_review_comment",
    "pull_request_target", "registry_package", "release", "repository_dispatch", "status", "watch", "workflow_call",
    "workflow_run",
)  # fmt: skip
_EVENT_REASON = f"the rehearsal has the events {', '.join(EVENTS)}"
PULL_REQUEST_TYPES = (
    "assigned", "unassigned", "labeled", "unlabeled", "opened", "edited", "closed", "reopened", "synchronize",
    "converted_to_draft", "locked", "unlocked", "enqueued", "dequeued", "milestoned", "demilestoned",
    "ready_for_review", "review_requested", "review_request_removed", "auto_merge_enabled", "auto_merge_disabled",
)  # fmt: skip
DEFAULT_TYPES = ("opened", "synchronize", "reopened")
INPUT_TYPES = ("string", "boolean", "number", "choice", "environment")
_INPUT_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_MOST_INPUTS = 25


def read_triggers(node: Node, problems: Problems) -> dict[str, Trigger]:
    """The triggers by event; what is wrong goes to `problems`."""
    if isinstance(node.value, str):
        node = Node({node.value: Node(None, node.line)}, node.line, keys={node.value: node.line})
    elif isinstance(node.value, list):
        names = {item.text: item for item in node.value}
        node = Node({name: Node(None, item.line) for name, item in names.items()}, node.line,
                    keys={name: item.line for name, item in names.items()})  # fmt: skip
    keys = Keys(node, "on", problems, EVENTS, dict.fromkeys(_REFUSED, _EVENT_REASON))
    found = {}
    for event, value in keys.items():
        if event in EVENTS:
            found[event] = _trigger(event, keys.line(event), value, problems)
    if not found and not problems.found:
        problems(node.line, "on: got no event, expected at least one")
    return found


def _trigger(event: str, line: int, node: Node, problems: Problems) -> Trigger:
    if event == "schedule":
        return Trigger(event, line, crons=_crons(node, problems))
    if node.value is None:
        return Trigger(event, line, types=DEFAULT_TYPES if event == "pull_request" else ())
    if event == "workflow_dispatch":
        keys = Keys(node, "on.workflow_dispatch", problems, ("inputs",))
        inputs = keys.get("inputs")
        return Trigger(event, line, inputs=_inputs(inputs, problems) if inputs else ())
    names: tuple[str, ...] = ("branches", "branches-ignore", "paths", "paths-ignore")
    names += ("tags", "tags-ignore") if event == "push" else ("types",)
    keys = Keys(node, f"on.{event}", problems, names)
    types = keys.texts("types")
    for each in types or ():
        if each not in PULL_REQUEST_TYPES:
            keys.refuse("types", f"got {each}, expected some of {', '.join(PULL_REQUEST_TYPES)}")
    default = DEFAULT_TYPES if event == "pull_request" else ()
    return Trigger(event, line, _filters(keys), types=default if types is None else tuple(types))


def _filters(keys: Keys) -> Filters:
    values: dict[str, list[str] | None] = {}
    for name in ("branches", "tags", "paths"):
        wanted, ignored = keys.texts(name), keys.texts(f"{name}-ignore")
        if wanted is not None and ignored is not None:
            keys.refuse(f"{name}-ignore", f"got this beside {name}, expected one of them; a pattern with ! excludes")
        if wanted and all(each.startswith("!") for each in wanted):
            keys.refuse(name, f"got only patterns with !, expected at least one without, or {name}-ignore")
        for key, given in ((name, wanted), (f"{name}-ignore", ignored)):
            for pattern in given or ():
                wrong = patterns.problem(pattern)
                if wrong:
                    keys.refuse(key, wrong)
        values |= {name: wanted, f"{name}_ignore": ignored}
    return Filters(**values)


def _crons(node: Node, problems: Problems) -> tuple[str, ...]:
    found = []
    for item in node.value if isinstance(node.value, list) else ():
        keys = Keys(item, "on.schedule", problems, ("cron",), {"timezone": "schedules are in UTC"})
        text = keys.text("cron")
        wrong = cron.problem(text) if text else "got no cron, expected five fields"
        if wrong:
            keys.refuse("cron", wrong)
        else:
            found.append(text)
    if not isinstance(node.value, list) or not node.value:
        problems(node.line, f"on.schedule: got {node.kind}, expected a list of `cron: '...'`")
    return tuple(found)


def _inputs(node: Node, problems: Problems) -> tuple[Input, ...]:
    where = "on.workflow_dispatch.inputs"
    names = list(node.value) if isinstance(node.value, dict) else []
    keys = Keys(node, where, problems, names)
    if len(names) > _MOST_INPUTS:
        problems(node.line, f"{where}: got {len(names)} inputs, expected at most {_MOST_INPUTS}")
    return tuple(_input(name, keys.line(name), value, problems) for name, value in keys.items())


def _input(name: str, line: int, node: Node, problems: Problems) -> Input:
    where = f"on.workflow_dispatch.inputs.{name}"
    if not _INPUT_NAME.fullmatch(name):
        problems(line, f"{where}: got a name that is not letters, digits, - and _")
    if node.value is None:
        return Input(name, "string", line)
    known = ("description", "required", "default", "type", "options", "deprecationMessage")
    keys = Keys(node, where, problems, known)
    kind = keys.choice("type", INPUT_TYPES, "string")
    options = tuple(keys.texts("options") or ())
    if (kind == "choice") != bool(options):
        keys.refuse("options", "expected options for the type choice, and for no other")
    given = keys.get("default")
    default = given.value if given and kind in ("boolean", "number") else given.text if given else None
    made = Input(name, kind, line, keys.boolean("required"), default, options)
    if given:
        wrong = input_problem(made, default)
        if wrong:
            keys.refuse("default", wrong)
    return made


def input_problem(wanted: Input, value: object) -> str | None:
    """What is wrong with a value for an input, or None."""
    if wanted.type == "boolean" and not isinstance(value, bool):
        return f"got {value}, expected true or false"
    if wanted.type == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"got {value}, expected a number"
    if wanted.type == "choice" and value not in wanted.options:
        return f"got {value}, expected one of {', '.join(wanted.options)}"
    return None
