"""The rows of the expected matrix that step types declare (`Rights` in model_cicd/pipeline/rights.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.access.actions import actions_on
from model_cicd.access.declared_pipelines import DECLARED_ROLE
from model_cicd.pipeline.rights import JobKind, Right
from model_cicd.pipeline.steps.registry import TYPES


def step_rows() -> Mapping[str, Mapping[str, Any]]:
    """What the role of declared steps may do with what step types name or make, in the form of expected.yaml."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for kind in TYPES:
        for target, entry in (*_jobs(kind.rights.job), *(row for right in kind.rights.all for row in _rows(right))):
            listed = rows.setdefault(target, {DECLARED_ROLE: []})[DECLARED_ROLE]
            if entry not in listed:
                listed.append(entry)
    return rows


def _jobs(job: JobKind | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if job is not None:
        (target,) = job.targets
        yield target, {"must": ["sagemaker:AddTags", *job.actions]}


def _rows(right: Right) -> Iterator[tuple[str, dict[str, Any]]]:
    for target, resource in right.targets.items():
        actions = [each for each in right.actions if each in actions_on(resource)]
        grants = [f"{each} ({context})" for each in actions for context in right.contexts] or actions
        scope = {"scope": right.scope} if right.scope else {}
        yield target, {"identity-must" if right.shared else "must": grants} | scope
