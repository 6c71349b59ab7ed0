"""A plan as JSON, and as markdown for GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from model_cicd.pipeline.reports.escape import code
from model_cicd.plan.records import ModulePlan, Plan, StackChange
from model_cicd.plan.text import MARKS, by_group, cost_text, grant_text, limit_text, resource_text, stack_text
from model_cicd.text import terminal

_MOST = 200  # of one kind in markdown


def as_json(plan: Plan) -> str:
    """Everything that a plan holds, for programs."""
    return terminal.as_json({"changes": plan.changes, "summary": plan.summary, **asdict(plan)})


def title(plan: Plan) -> str:
    """One line in fixed words."""
    return "The apply would change something" if plan.changes else "The apply would change nothing"


def as_markdown(plan: Plan) -> str:
    """The plan for the summary of a job and for the comment on a pull request; nothing in it is a link or a mention."""
    lines = [f"### {title(plan)}", "", f"{code(plan.manifest)} against {code(plan.against)}: {code(plan.summary)}"]
    lines += [f"- {code(note)}" for note in plan.notes]
    for module in plan.modules:
        lines += ["", f"#### module {code(module.module)}", "", *_module(module)]
    return "\n".join(lines) + "\n"


def _module(plan: ModulePlan) -> Iterator[str]:
    yield from _listed([*plan.said, *plan.notes])
    yield from _section("What people must do", plan.duties, opened=True)
    for (group, account, region), stacks in by_group(plan.stacks):
        yield from _section(f"{group}, account {account} {region}", list(_stacks(stacks)))
    gained, lost = ([grant_text(each) for each in plan.grants if each.gained is wanted] for wanted in (True, False))
    yield from _section("Permissions gained", gained, opened=True)
    yield from _section("Permissions lost", lost)
    yield from _section("Limits that come near", [limit_text(each) for each in plan.limits], opened=True)
    yield from _section("What starts or stops costing", [cost_text(each) for each in plan.costs])


def _stacks(stacks: Sequence[StackChange]) -> Iterator[str]:
    for stack in stacks:
        yield f"{MARKS[stack.what]} {stack_text(stack)}"
        for each in stack.resources:
            named = ", ".join(change.path for change in each.properties)
            yield f"{MARKS[each.what]} {resource_text(each)}{f' ({named})' if named else ''}"


def _section(name: str, lines: Sequence[str], *, opened: bool = False) -> Iterator[str]:
    if lines:
        yield f"<details{' open' if opened else ''}><summary>{code(name)} ({len(lines)})</summary>"
        yield from ("", *_listed(lines), "</details>", "")


def _listed(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"- {code(each)}" for each in lines[:_MOST])
    if len(lines) > _MOST:
        yield f"- and {len(lines) - _MOST} more: `model-cicd plan` has them"
    if lines:
        yield ""
