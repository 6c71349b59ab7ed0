"""What a run takes from the training job's environment and from options, as plain data."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from model_cicd.aws import comparison, metrics, reason
from model_cicd.aws.notifications import EVENT
from model_cicd.aws.own_images import VARIABLE, parameter_of, read_images
from model_cicd.pipeline.document import NetworkConfig
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.run_options import SOURCES
from model_cicd.text.errors import ModelCicdError


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Where a pipeline runs, and what else a run is given; empty texts where nothing is.

    `event` is the detail type of the event that tells of a version which awaits approval, `metrics` the
    namespace of CloudWatch that gets the numbers of the run, `releases` the model package group of what was promoted,
    `reason` why somebody started it.
    """

    environment: PipelineEnvironment = field(default_factory=PipelineEnvironment)
    assume_role_arn: str = ""
    description: str = ""
    commit: str = ""
    branch: str = ""
    repository: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    wait: bool = True
    event: str = ""
    metrics: str = ""
    releases: str = ""
    reason: str = ""

    @property
    def provenance(self) -> dict[str, str]:
        """The parameters that the runner sets by itself where the pipeline declares them."""
        values = {"CommitId": self.commit, "Branch": self.branch, "Repository": self.repository}
        images = {parameter_of(name): uri for name, uri in self.images.items()}
        return {name: value for name, value in values.items() if value} | images


def read_settings(options: argparse.Namespace, environment: Mapping[str, str]) -> RunSettings:
    """The settings of a command line and an environment; an option counts before its variables.

    Raises ModelCicdError naming a variable that cannot be read.
    """
    texts: dict[str, str] = {}
    for name, source in SOURCES.items():
        given = getattr(options, name, None)
        found = (environment[variable] for variable in source.variables if environment.get(variable))
        texts[name] = given if given is not None else next(found, "")
    own: dict[str, Any] = {
        each.name: texts.pop(each.name) for each in fields(PipelineEnvironment) if each.name in texts
    }
    subnets, groups = _list(environment, "SUBNET_IDS"), _list(environment, "SECURITY_GROUP_IDS")
    network = NetworkConfig.model_construct(
        enable_network_isolation=_flag(environment, "ENABLE_NETWORK_ISOLATION"),
        encrypt_inter_container_traffic=_flag(environment, "ENCRYPT_INTER_CONTAINER_TRAFFIC"),
        subnet_ids=[*subnets] if subnets else None,
        security_group_ids=[*groups] if groups else None,
    )
    return RunSettings(
        environment=PipelineEnvironment(**own, network=network),
        **texts,
        parameters=_object(environment, "PIPELINE_PARAMETERS"),
        images=read_images(environment.get(VARIABLE, "")),
        event=environment.get(EVENT, ""),
        metrics=environment.get(metrics.VARIABLE, ""),
        releases=environment.get(comparison.VARIABLE, ""),
        reason=reason.told(environment.get(reason.VARIABLE, "")),
        wait=_flag(environment, "WAIT_FOR_EXECUTION") is not False if options.wait is None else options.wait,
    )


def _flag(environment: Mapping[str, str], name: str) -> bool | None:
    text = environment.get(name, "").strip().lower()
    if text not in ("", "true", "false"):
        raise ModelCicdError(f"{name}: got {environment[name]!r}, expected true or false")
    return text == "true" if text else None


def _list(environment: Mapping[str, str], name: str) -> list[str] | None:
    text = environment.get(name, "").strip()
    if not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()] or None
    parts = _json(name, text)
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ModelCicdError(f"{name}: got {text!r}, expected ids separated by commas or a JSON list of texts")
    return parts or None


def _object(environment: Mapping[str, str], name: str) -> dict[str, Any]:
    text = environment.get(name, "").strip()
    value = _json(name, text) if text else {}
    if not isinstance(value, dict):
        raise ModelCicdError(f"{name}: got {text!r}, expected a JSON object of parameter names and values")
    return value


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ModelCicdError(f"{name}: not valid JSON: {error}") from None
