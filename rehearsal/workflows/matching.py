"""Which events start a workflow, and with which inputs.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rehearsal.workflows.errors import nearest
from rehearsal.workflows.model import Filters, Input, Trigger, Workflow
from rehearsal.workflows.patterns import any_wanted, wanted
from rehearsal.workflows.triggers import input_problem

_MOST_PATHS = 300  # files that path filters look at


class InputError(ValueError):
    """Inputs of workflow_dispatch that do not fit; a line each."""


def starts(
    workflow: Workflow, event: str, ref: str, payload: Mapping[str, Any], changed: Collection[str] | None
) -> bool:
    """Whether an event starts a workflow. `changed` are the files that it changed; None where nobody knows."""
    trigger = workflow.triggers.get(event)
    if trigger is None:
        return False
    if event == "push":
        return not payload.get("deleted") and _push(trigger.filters, ref, changed)
    if event == "pull_request":
        return _pull_request(trigger, payload, changed)
    if event == "schedule":
        return "schedule" not in payload or payload["schedule"] in trigger.crons
    return True


def _push(filters: Filters, ref: str, changed: Collection[str] | None) -> bool:
    of_branches = (filters.branches, filters.branches_ignore)
    of_tags = (filters.tags, filters.tags_ignore)
    any_branch, any_tag = of_branches != (None, None), of_tags != (None, None)
    if ref.startswith("refs/tags/"):
        # with filters for branches alone, tags start nothing; paths are not looked at for tags
        return wanted(*of_tags, ref.removeprefix("refs/tags/")) if any_tag else not any_branch
    if any_tag and not any_branch:
        return False
    return wanted(*of_branches, ref.removeprefix("refs/heads/")) and _paths(filters, changed)


def _pull_request(trigger: Trigger, payload: Mapping[str, Any], changed: Collection[str] | None) -> bool:
    filters = trigger.filters
    base = str((payload.get("pull_request") or {}).get("base", {}).get("ref", ""))
    kind = payload.get("action", "opened")
    return (
        kind in trigger.types and wanted(filters.branches, filters.branches_ignore, base) and _paths(filters, changed)
    )


def _paths(filters: Filters, changed: Collection[str] | None) -> bool:
    given = (filters.paths, filters.paths_ignore)
    if given == (None, None) or changed is None:
        return True
    return any_wanted(*given, list(changed)[:_MOST_PATHS])


def before(payload: Mapping[str, Any]) -> str | None:
    """The commit that the files of an event are compared with: the tip before a push, the base of a pull request."""
    pull_request = payload.get("pull_request") or {}
    found = str((pull_request.get("base") or {}).get("sha") or payload.get("before") or "")
    return found if found.strip("0") else None


def changed(payload: Mapping[str, Any]) -> set[str] | None:
    """The files of a push, from its commits; None where the payload has none."""
    commits = payload.get("commits")
    if not commits:
        return None
    return {name for commit in commits for kind in ("added", "modified", "removed") for name in commit.get(kind) or ()}


def inputs(trigger: Trigger, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a run by workflow_dispatch, with their types and defaults. Raises InputError."""
    known = {each.name: each for each in trigger.inputs}
    problems = [f"input {name}: got it, but there is none of that name{nearest(name, known)}"
                for name in given if name not in known]  # fmt: skip
    found = {}
    for name, wanted_input in known.items():
        try:
            found[name] = _value(wanted_input, given.get(name))
        except ValueError as error:
            problems.append(f"input {name}: {error}")
    if problems:
        raise InputError("\n".join(problems))
    return found


def _value(wanted_input: Input, given: Any) -> Any:
    if given is None or given == "":
        if wanted_input.required and wanted_input.default is None:
            raise ValueError("got nothing, expected a value")
        given = wanted_input.default
    if given is None:
        empty = {"boolean": False, "number": 0, "choice": next(iter(wanted_input.options), "")}
        return empty.get(wanted_input.type, "")
    if wanted_input.type == "boolean" and isinstance(given, str):
        given = {"true": True, "false": False}.get(given, given)
    if wanted_input.type == "number" and isinstance(given, str):
        try:
            given = float(given)
        except ValueError:
            raise ValueError(f"got {given}, expected a number") from None
    wrong = input_problem(wanted_input, given)
    if wrong:
        raise ValueError(wrong)
    return given
