"""The contexts of a run and the variables of its steps.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import platform
import zlib
from collections.abc import Mapping
from typing import Any

from rehearsal.workflows.expressions.values import to_text
from rehearsal.workflows.ports import RunFacts

_ARCHITECTURES = {"x86_64": "X64", "aarch64": "ARM64", "armv7l": "ARM"}
# members of `github` that steps get as GITHUB_ variables
_SHOWN = (
    "actor", "actor_id", "api_url", "base_ref", "event_name", "graphql_url", "head_ref", "job", "ref", "ref_name",
    "ref_protected", "ref_type", "repository", "repository_id", "repository_owner", "repository_owner_id",
    "retention_days", "run_attempt", "run_id", "run_number", "server_url", "sha", "triggering_actor", "workflow",
    "workflow_ref", "workflow_sha",
)  # fmt: skip


def github(facts: RunFacts) -> dict[str, Any]:
    """The context before a job runs: without `job`, `token` and what is of a runner."""
    event, run = facts.event, facts.run
    owner = event.repository.partition("/")[0]
    pull_request = event.payload.get("pull_request") or {}
    about = event.payload.get("repository") or {}
    return {
        "actor": event.actor,
        "actor_id": number_of(event.actor),
        "api_url": facts.github.api_url,
        "base_ref": (pull_request.get("base") or {}).get("ref", ""),
        "event": event.payload,
        "event_name": event.name,
        "graphql_url": f"{facts.github.api_url}/graphql",
        "head_ref": (pull_request.get("head") or {}).get("ref", ""),
        "ref": event.ref,
        "ref_name": ref_name(event.ref),
        "ref_protected": False,
        "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "repository": event.repository,
        "repository_id": str(about.get("id") or number_of(event.repository)),
        "repository_owner": owner,
        "repository_owner_id": number_of(owner),
        "repositoryUrl": f"git://{facts.github.url.partition('://')[2]}/{event.repository}.git",
        "retention_days": "90",
        "run_attempt": "1",
        "run_id": str(run.id),
        "run_number": str(run.number),
        "secret_source": "None" if event.from_fork else "Actions",
        "server_url": facts.github.url,
        "sha": event.sha,
        "triggering_actor": event.actor,
        "workflow": run.workflow.name,
        "workflow_ref": workflow_ref(facts),
        "workflow_sha": event.sha,
    }


def workflow_ref(facts: RunFacts) -> str:
    """`owner/name/.github/workflows/file.yml@ref`"""
    return f"{facts.event.repository}/{facts.run.workflow.path}@{facts.event.ref}"


def ref_name(ref: str) -> str:
    """A branch, tag or `1/merge` of a full ref."""
    for start in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(start):
            return ref.removeprefix(start)
    return ref


def number_of(name: str) -> str:
    """A number that stands for the id of a user or repository: always the same for a name."""
    return str(zlib.crc32(name.lower().encode()) % 900_000_000 + 100_000_000)


def runner(temp: str, tools: str) -> dict[str, Any]:
    """The machine of a job."""
    return {
        "name": "rehearsal",
        "os": "Linux",
        "arch": _ARCHITECTURES.get(platform.machine(), "X64"),
        "temp": temp,
        "tool_cache": tools,
        "debug": "",
        "environment": "github-hosted",
    }


def variables(github_context: Mapping[str, Any], runner_context: Mapping[str, Any]) -> dict[str, str]:
    """The default variables of a step, but for its own files."""
    found = {f"GITHUB_{name.upper()}": to_text(github_context.get(name)) for name in _SHOWN}
    names = ("name", "os", "arch", "temp", "tool_cache", "environment")
    found |= {f"RUNNER_{name.upper()}": to_text(runner_context[name]) for name in names}
    found |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": to_text(github_context.get("workspace"))}
    return found | {"GITHUB_EVENT_PATH": to_text(github_context.get("event_path"))}


def claims(facts: RunFacts, context: Mapping[str, Any], environment: str) -> dict[str, str]:
    """The claims of a job's OIDC token, without those of time and issuer, and without the subject that follows.

    https://docs.github.com/en/actions/reference/security/oidc
    """
    names = (
        "actor", "actor_id", "base_ref", "event_name", "head_ref", "ref", "ref_protected", "ref_type", "repository",
        "repository_id", "repository_owner", "repository_owner_id", "run_attempt", "run_id", "run_number", "sha",
        "workflow", "workflow_ref", "workflow_sha",
    )  # fmt: skip
    found = {name: to_text(context.get(name)) for name in names}
    found |= {
        "job_workflow_ref": workflow_ref(facts),
        "job_workflow_sha": facts.event.sha,
        "repository_visibility": "private",
        "runner_environment": "github-hosted",
    }
    return found | ({"environment": environment} if environment else {})
