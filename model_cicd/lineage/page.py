"""The lineage as one HTML page that needs nothing else: light and dark, printable, readable at 700 pixels."""

from __future__ import annotations

from html_page import render
from model_cicd.lineage import facts
from model_cicd.lineage.records import Lineage


def as_html(lineage: Lineage) -> str:
    """The page."""
    return render(
        "model_cicd.lineage",
        "lineage.html",
        lineage=lineage,
        parts=list(facts.parts(lineage)),
        job_facts=facts.job,
        cost=facts.cost,
        nothing=facts.nothing,
    )
