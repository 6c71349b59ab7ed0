"""`model-cicd github variables MANIFEST`: what the workflows of a repository have to know, from the manifest alone."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from model_cicd.aws.resources import WebIdentity
    from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology

#: the groups that workflows of the repository train, and the role that redeploys the module from it
GROUPS, INFRA = "MODEL_CICD_GROUPS", "MODEL_CICD_INFRA"
#: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
MOST_BYTES = 48 * 1024


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "github",
        help="what workflows on GitHub have to know of a deployment",
        description="What workflows on GitHub have to know of a deployment.",
    )
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True, title="words", parser_class=type(parser))
    variables = words.add_parser(
        "variables",
        help="the variables to set in each repository",
        description="Print the variables of each repository whose workflows train or redeploy: JSON, or the commands "
        "of GitHub's `gh` that set them. Nothing of it is secret.",
    )
    variables.add_argument("manifest", metavar="MANIFEST", type=Path, help="a deployment manifest")
    variables.add_argument("--format", choices=("json", "gh"), default="json", help="how to print it")
    variables.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the variables."""
    from model_cicd.operate.manifest import topologies

    found = variables(topologies(arguments.manifest))
    if not found:
        raise ModelCicdError(f"{arguments.manifest}: no group has 'runner: github-actions', so no workflow has a role")
    for repository, values in found.items():
        for name, value in values.items():
            if (count := len(_text(value).encode())) > MOST_BYTES:
                message = f"{name} of {repository} has {count:,} bytes, expected at most {MOST_BYTES:,}, GitHub's limit"
                raise ModelCicdError(f"{arguments.manifest}: {message}")
    print("\n".join(_commands(found)) if arguments.format == "gh" else json.dumps(found, indent=2))
    return 0


def variables(topologies: Iterable[Topology]) -> dict[str, dict[str, dict[str, Any]]]:
    """By repository and variable: by group, its branch, role, region and settings; what redeploys, by module."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for topology in topologies:
        for group in topology.groups:
            if group.workflow:
                own = found.setdefault(group.workflow.repository, {}).setdefault(GROUPS, {})
                if group.name in own:
                    message = (
                        f"two modules have a group {group.name!r} that workflows of {group.workflow.repository} train"
                    )
                    raise ModelCicdError(f"{message}; expected a name of its own")
                own[group.name] = _group(group, group.workflow)
        code, workflow = topology.tooling.infra_code, topology.tooling.infra_workflow
        if code and workflow:
            modules = found.setdefault(workflow.jobs.repository, {}).setdefault(INFRA, {})
            modules[topology.context.module] = {
                "branch": code.branch,
                "role": workflow.role.arn,
                "region": topology.tooling.place.region,
                **_environment(workflow.jobs.environment),
            }
    return found


def _group(group: GroupTopology, jobs: WebIdentity) -> dict[str, Any]:
    from model_cicd.sagemaker_model_cicd.topology.training_environment import SESSION_SECONDS, SETTINGS_KEY

    return {
        "branch": group.branch,
        "role": group.start_role.arn,
        "region": group.build.region,
        "settings": group.parameter(SETTINGS_KEY),
        "sessionSeconds": SESSION_SECONDS,
        **_environment(jobs.environment),
    }


def _environment(name: str | None) -> dict[str, str]:
    return {"environment": name} if name else {}


def _commands(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for repository, values in found.items():
        for name, value in values.items():
            yield shlex.join(["gh", "variable", "set", name, "--repo", repository, "--body", _text(value)])


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
