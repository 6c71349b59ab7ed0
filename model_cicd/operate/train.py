"""`model-cicd train`: one training of a group, started by hand, whoever its trainer is."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from model_cicd.operate.access import Access
from model_cicd.operate.directory import choose
from model_cicd.pipeline.reports.github_http import DEFAULT, GitHubError, ask
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.text.errors import ModelCicdError

#: the workflow of the seeds
WORKFLOW = "train.yml"
_RUNNING = ("InProgress", "Stopping")
_SECONDS = 10  # between two looks

Found = tuple[Topology, GroupTopology]


def find(manifest: Path, name: str) -> Found:
    """The group `name`, or `MODULE/GROUP`, of a manifest. Raises ModelCicdError when there is none, or several."""
    from model_cicd.operate.manifest import topologies

    every = [(topology, group) for topology in topologies(manifest) for group in topology.groups]
    return choose([(topology.context.module, group.name, (topology, group)) for topology, group in every], name)


def by_pipeline(
    access: Callable[[], Access], found: Found, *, dry: bool, wait: Callable[[float], None] | None
) -> list[str]:
    """Start the group's training pipeline; with `wait`, which sleeps, follow it to its end. What was done, in lines.

    Raises DeniedError when the caller may not, and ModelCicdError for an execution that does not succeed.
    """
    topology, group = found
    assert group.training is not None
    place, name = topology.tooling.place, group.training.name
    if dry:
        return [f"would start pipeline {name} in account {place.account} region {place.region}, branch {group.branch}"]
    caller = access()
    client = caller.client("codepipeline", account=place.account, region=place.region)
    hint = f"the policy {group.training_scientist.arn} allows it" if group.training_scientist else ""
    with caller.asking("codepipeline:StartPipelineExecution", f"pipeline {name}", hint):
        execution = str(client.start_pipeline_execution(name=name)["pipelineExecutionId"])
    lines = [f"{group.name}: training started, execution {execution} of {name}"]
    if wait is not None:
        status = _followed(caller, client, name, execution, wait)
        if status != "Succeeded":
            raise ModelCicdError(f"{lines[0]}\nit ended as {status}; the build's log says why: {name}")
        lines.append("it succeeded")
    return lines


def _followed(access: Access, client: Any, name: str, execution: str, wait: Callable[[float], None]) -> str:
    while True:
        with access.asking("codepipeline:GetPipelineExecution", f"pipeline {name}"):
            answer = client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
        status = str(answer["pipelineExecution"]["status"])
        if status not in _RUNNING:
            return status
        wait(_SECONDS)


def by_workflow(found: Found, parameters: Mapping[str, str], environment: Mapping[str, str], *, dry: bool) -> list[str]:
    """Start the group's workflow; without GITHUB_TOKEN, the command that does it. Raises ModelCicdError."""
    _, group = found
    assert group.workflow is not None
    repository = group.workflow.repository
    semicolons = [name for name, value in parameters.items() if ";" in name + value]
    if semicolons:
        raise ModelCicdError(f"--param: {', '.join(semicolons)}: got a semicolon, which separates parameters here")
    inputs = {"group": group.name, "parameters": ";".join(f"{name}={value}" for name, value in parameters.items())}
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
    if dry or not token:
        fields = [part for name, value in inputs.items() if value for part in ("--raw-field", f"{name}={value}")]
        gh = ["gh", "workflow", "run", WORKFLOW, "--repo", repository, "--ref", group.branch, *fields]
        return ["would run" if dry else "without GITHUB_TOKEN this starts it:", shlex.join(gh)]
    path = f"/repos/{repository}/actions/workflows/{WORKFLOW}/dispatches"
    body = {"ref": group.branch, "inputs": {name: value for name, value in inputs.items() if value}}
    try:
        ask(environment.get("GITHUB_API_URL") or DEFAULT, token, "POST", path, body)
    except GitHubError as error:
        needs = "; the token needs the permission `actions: write`" if error.status in (401, 403, 404) else ""
        raise ModelCicdError(f"{group.name}: the workflow was not started: {error}{needs}") from None
    return [f"{group.name}: workflow {WORKFLOW} of {repository} started on branch {group.branch}"]
