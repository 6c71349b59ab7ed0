"""What a rehearsal proves, and what it does not, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rehearsal.job import access
from rehearsal.job.train import BY_WORKFLOW

PROVES = ("the unmodified seedfarmer, cdk and git commands deploy this manifest and its templates to every account",)
PROVES_OF_GROUPS = (
    "a push to a branch starts the pipeline of its deployment group and no other",
    "the training code of the repository runs: real scripts, real training, a real gate, a registered model",
    "an approved model reaches every environment in order, byte for byte, and each endpoint answers as the trained "
    "model itself does",
)
PROVES_OF_WORKFLOWS = (
    "workflows of the stand-in GitHub train on a push: their jobs get the group's role with a signed token, no secret",
)
PROVES_OF_PIPELINES = (
    "a declared pipeline is deployed by CloudFormation, and somebody who has the published starter policy starts it",
    "its steps run: real scripts, real training, real gates, and the model that they register is there",
)
DOES_NOT_PROVE = (
    "service quotas, network paths (VPC, endpoints), prices and run times on AWS",
    "container images: scripts run in this machine's Python, built-in XGBoost through the xgboost library",
)
_OF_GITHUB = "GitHub itself: images of runners, the code of actions (stand-ins run), reviews and protection rules"


def proved(trainers: Sequence[str], *, pipelines: bool, iam: Mapping[str, Any] | None) -> list[str]:
    """What a rehearsal that passed proves; `trainers` are those of its groups, `pipelines` whether it had declared."""
    of_groups = PROVES_OF_GROUPS if trainers else ()
    of_workflows = PROVES_OF_WORKFLOWS if BY_WORKFLOW in trainers else ()
    return [*PROVES, *(PROVES_OF_PIPELINES if pipelines else ()), *of_groups, *of_workflows, *access.proved(iam)]


def not_proved(trainers: Sequence[str], *, stubbed: Sequence[str], iam: Mapping[str, Any] | None) -> Iterator[str]:
    """What no rehearsal proves, and this one in particular."""
    yield from (*access.not_proved(iam), *DOES_NOT_PROVE)
    if BY_WORKFLOW in trainers:
        yield _OF_GITHUB
    if stubbed:
        yield f"that these steps work, which were not run (--stub): {', '.join(stubbed)}"


def of_others(modules: Sequence[str], *, trained: bool) -> Iterator[str]:
    """What is not looked at in modules that are not of this project, by their names."""
    if modules:
        yield f"what these modules do once they are deployed: {', '.join(modules)}"
    if modules and not trained:
        yield "training and promotion: no module of this project is among them"


def of_stand_ins(found: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Which resources were records with nothing behind them, by type."""
    kinds: dict[str, list[str]] = {}
    for each in found:
        kinds.setdefault(each["type"], []).append(f"{each['stack']}/{each['resource']}")
    for kind, names in sorted(kinds.items()):
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        yield f"that {kind} works: stand-ins took its place (--stand-in): {shown}"
