"""A plan as one HTML page that needs nothing else: light and dark, printable, readable at 700 pixels."""

from __future__ import annotations

from html_page import render
from model_cicd.plan.records import ModulePlan, Plan
from model_cicd.plan.text import MARKS, by_group, limit_text, stack_text


def as_html(plan: Plan) -> str:
    """The page."""
    return render(
        "model_cicd.plan",
        "plan.html",
        plan=plan,
        marks=MARKS,
        grouped=by_group,
        stack_text=stack_text,
        limits=_limits,
        costs=_costs,
    )


def _limits(plan: ModulePlan) -> list[str]:
    return [limit_text(each) for each in plan.limits]


def _costs(plan: ModulePlan) -> list[tuple[str, ...]]:
    return [(each.account, each.region, each.kind, str(each.before), str(each.after), each.unit) for each in plan.costs]
