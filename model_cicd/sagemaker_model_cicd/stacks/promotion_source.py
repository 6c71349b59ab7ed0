"""The source of a group's promotion pipeline: a zip file with its plan, its templates and their parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_cicd.aws.resources import CODE, MODELS, RUNS
from model_cicd.promotion.baseline import DATA, MODEL
from model_cicd.promotion.plan import PLAN_FILE, Plan, PlannedEnvironment
from model_cicd.sagemaker_model_cicd.module_files import zip_texts
from model_cicd.sagemaker_model_cicd.stacks.endpoint_parameters import parameter_values
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology


@dataclass(frozen=True)
class EndpointTemplate:
    """A template, and where it is in the zip file: under a name made of its content."""

    path: str
    text: str

    @classmethod
    def of(cls, text: str) -> EndpointTemplate:
        """The template with this text."""
        return cls(f"templates/endpoint-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json", text)


def configuration_path(group: GroupTopology, target: EndpointTarget) -> str:
    """Where the parameters and tags of an environment's stack are."""
    return f"{group.name}/{target.environment.name}.json"


def write_source(
    directory: Path, topology: Topology, group: GroupTopology, templates: Mapping[str, EndpointTemplate]
) -> Path:
    """Write the zip file below `directory`; `templates` are those of the environments by name."""
    files = {PLAN_FILE: plan(group).to_json()}
    for target in group.promotion.targets:
        template = templates[target.environment.name]
        files[template.path] = template.text
        files[configuration_path(group, target)] = configuration(topology, group, target)
    return zip_texts(directory / f"promotion-{group.name}.zip", files)


def plan(group: GroupTopology) -> Plan:
    """What the Prepare stage must know."""
    return Plan(
        group=group.name,
        region=group.build.region,
        model_packages=group.models.packages_arn.removesuffix("*"),
        registry_bucket=group.registry.bucket.name,
        artifacts=artifact_prefixes(group),
        release_role_arn=group.releases.role.arn,
        release_bucket=group.releases.bucket.name,
        release_group=group.releases.models.name,
        key_parameter=group.parameter("release-key-arn"),
        image_repositories=group.image_repositories,
        environments=tuple(
            PlannedEnvironment(
                name=target.environment.name,
                type=target.environment.type,
                account=target.environment.account,
                region=target.environment.region,
                stack=target.stack_name,
                lookup_role_arn=target.bootstrap.lookup,
                suite=target.tests.suite if target.tests else "",
            )
            for target in group.promotion.targets
        ),
        baselines=_baselines(group),
    )


def _baselines(group: GroupTopology) -> tuple[str, ...]:
    """The kinds of baselines that environments monitor against."""
    found = [target.hosting.monitoring for target in group.promotion.targets if target.hosting.monitoring]
    data = (DATA,) if found else ()
    return (*data, MODEL) if any(each.model_quality for each in found) else data


def artifact_prefixes(group: GroupTopology) -> tuple[str, ...]:
    """Where the artifacts of candidates may be in the registry: models, and code that they carry along."""
    return MODELS, CODE, f"{group.sagemaker_pipeline.name}/"


def artifact_folders(group: GroupTopology) -> tuple[str, ...]:
    """Those of them that hold a version's own model: code is shared, being named by its content."""
    return tuple(each for each in artifact_prefixes(group) if each != CODE)


def released_from(group: GroupTopology) -> tuple[str, ...]:
    """Where what releases take along may be: artifacts, and where environments monitor the outputs of processing."""
    return (*artifact_prefixes(group), *((RUNS,) if _baselines(group) else ()))


def configuration(topology: Topology, group: GroupTopology, target: EndpointTarget) -> str:
    """The template configuration of an environment's stack; its tags are on every resource that takes tags.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
    """
    found: dict[str, dict[str, str]] = {"Parameters": parameter_values(group, target, topology.tooling.event_bus_arn)}
    tags = {**topology.tags, **target.tags}
    if tags:
        found["Tags"] = dict(sorted(tags.items()))
    return json.dumps(found, indent=1) + "\n"
