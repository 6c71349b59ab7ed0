"""A pipeline definition as SageMaker takes it (JSON), in the place of a pipeline YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.execution_role_actions import execution_role_actions, steps_of
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.schema import Pipeline, PipelineConfig
from model_cicd.pipeline.steps import callback, lambda_function
from model_cicd.text.errors import Problem, ProblemsError, did_you_mean

#: the types of steps whose rights a definition tells
TYPES = (
    "Processing", "Training", "Tuning", "Transform", "Model", "RegisterModel", "Condition", "Fail", "Lambda",
    "Callback",
)  # fmt: skip
_ROLES = ("RoleArn", "ExecutionRoleArn")


class RawConfig(PipelineConfig):
    """A configuration whose pipeline is a definition; what a YAML says besides its steps is empty."""

    definition: dict[str, Any]


def raw_config(path: Path, *, shown: str, head: Mapping[str, Any]) -> RawConfig:
    """The configuration of the definition at `path`; `head` is what it says besides, by the names of fields.

    Raises ProblemsError when it is no definition, or has steps of other types than TYPES.
    """
    try:
        definition = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProblemsError([Problem(shown, 0, "", f"cannot be read as JSON: {error}")]) from None
    wrong = list(_complaints(definition))
    if wrong:
        raise ProblemsError([Problem(shown, 0, where, message) for where, message in wrong])
    return RawConfig.model_construct(
        **head,
        definition=definition,
        pipeline=Pipeline.model_construct(steps=[]),
    )


def _complaints(definition: object) -> Iterator[tuple[str, str]]:
    if not isinstance(definition, Mapping) or not isinstance(definition.get("Steps"), list) or not definition["Steps"]:
        yield "", "expected a pipeline definition: a mapping with Version, Parameters and a list of Steps"
        return
    if definition.get("Version") != "2020-12-01":
        yield "Version", f"got {definition.get('Version')!r}, expected '2020-12-01'"
    for step in steps_of(definition):
        kind = step.get("Type")
        if not isinstance(step.get("Name"), str):
            yield "Steps", "got a step without a Name"
        elif kind not in TYPES:
            hint = did_you_mean(str(kind), TYPES)
            yield (
                f"Steps.{step['Name']}.Type",
                f"got {kind!r}, expected one of {', '.join(TYPES)}{hint}: of others the rights do not follow from a "
                "definition; a pipeline YAML has them",
            )


def compile_raw(config: RawConfig, environment: PipelineEnvironment) -> dict[str, Any]:
    """The definition, whose steps run with the role of `environment`: it is the one that has the rights."""
    compiled: dict[str, Any] = _with_role(config.definition, environment.role_arn)
    return compiled


def _with_role(value: Any, role: str) -> Any:
    match value:
        case dict():
            return {key: role if key in _ROLES and role else _with_role(each, role) for key, each in value.items()}
        case list():
            return [_with_role(each, role) for each in value]
        case _:
            return value


def needs_of_raw(config: RawConfig, environment: PipelineEnvironment) -> Needs:
    """What the steps of a definition use, read from it; `*` stands for what a run makes up."""
    needs, actions = Needs(config, environment), execution_role_actions(config.definition, unknown="*")
    for name in config.additional_read_bucket_names:
        needs.read(f"s3://{name}/")
    for kind in sorted(actions.makes, key=lambda each: each.name):
        needs.job(kind)
    for uri in actions.reads:
        needs.read(uri)
    for uri in actions.writes:
        needs.write(uri)
    for image in actions.images:
        needs.image(image)
    for group, statuses in actions.registers.items():
        for status in sorted(statuses):
            needs.register(group, status)
    for function in actions.functions:
        needs.allow(lambda_function.INVOKE, function)
    for url in actions.queues:
        host, account, name = url.removeprefix("https://").split("/")
        needs.allow(callback.ASK, f"arn:{environment.place.partition}:sqs:{host.split('.')[1]}:{account}:{name}")
    needs.output_keys.update(actions.output_keys)
    needs.volume_keys.update(actions.volume_keys)
    needs.subnet_ids.update(actions.subnets)
    needs.security_group_ids.update(actions.security_groups)
    needs.experiments = actions.experiments
    return needs
