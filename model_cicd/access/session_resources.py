"""What sessions and pipelines of the SageMaker SDK ask for, of groups whose pipeline is the repository's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from model_cicd.access.resource import Resource
from model_cicd.aws.place import Place
from model_cicd.sagemaker_model_cicd.topology import Topology

#: what groups that build in one place share, by kind
_SHARED = {
    "default trials": "experiment-trial/a1b2c3",
    "default trial components": "experiment-trial-component/pipelines-a1b2c3-step",
    "image versions": "image-version/a1b2c3",
}


def session_resources(topology: Topology, declared: Collection[str]) -> Iterator[Resource]:
    """Experiments by group, and what is in each build account; `declared` are the groups that have none of it."""
    names: dict[Place, list[str]] = {}
    for group in topology.groups:
        if group.name not in declared:
            place, own = group.build.place, frozenset({group.name})
            names.setdefault(place, []).append(group.name)
            arn = place.arn("sagemaker", f"experiment/{group.sagemaker_pipeline.name.lower()}")
            label = f"default experiment of {group.name}"
            yield Resource(
                "default experiment", label, arn, place.account, place.region, ("sagemaker:experiment",), own
            )
    for place, groups in names.items():
        for kind, name in _SHARED.items():
            label, types = f"{kind} of account {place.account}", (f"sagemaker:{name.partition('/')[0]}",)
            arn = place.arn("sagemaker", name)
            yield Resource(kind, label, arn, place.account, place.region, types, frozenset(groups))
