"""A configuration and the module's options checked together: every problem at once, or all that a deployment needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from model_cicd.pipeline.checks import check_document, parse_config
from model_cicd.pipeline.raw_definition import RawConfig, raw_config
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.sagemaker_pipeline import placeholders
from model_cicd.sagemaker_pipeline.parameters import (
    CONFIG_KEYS,
    LIFTED,
    OPTION_ALIASES,
    OPTION_KEYS,
    ConfigHead,
    ModuleOptions,
)
from model_cicd.sagemaker_pipeline.rules import broken_rules
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.strict import Settings
from model_cicd.text.errors import Problem, ProblemsError
from model_cicd.text.messages import complaints
from model_cicd.text.source import Document, format_path

#: what stands in tags alone, where CloudFormation resolves `ssm:/...` when it deploys
_RESOLVED = (("domainId",), ("domainArn",))
_HEAD_KEYS = tuple(key for key in CONFIG_KEYS if key != "pipeline")
_ANYWHERE = ModuleContext("", "", "module", "123456789012", "us-east-1")
_S = TypeVar("_S", bound=Settings)


@dataclass(frozen=True)
class PipelineModule:
    """What one deployment of the module is to make: placeholders resolved, everything checked."""

    head: ConfigHead
    options: ModuleOptions
    config: PipelineConfig
    document: Document

    def published(self, uris: Mapping[str, str]) -> PipelineConfig:
        """The configuration with each local file (`file:...`) replaced by the S3 URI that it was published to."""
        if isinstance(self.config, RawConfig):
            return self.config
        return parse_config(replace(self.document, data=_replaced(self.document.data, uris)), {})


def split(parameters: Document) -> tuple[Document, Document]:
    """The module's options, and the configuration, that stand in `parameters`, a mapping by parameter name."""
    kept: Mapping[str, Any] = parameters.data
    options = {key: kept[key] for key in (*OPTION_KEYS, *OPTION_ALIASES) if key in kept}
    return _with_data(parameters, _renamed(options)), _with_data(
        parameters, {k: kept[k] for k in CONFIG_KEYS if k in kept}
    )


def lifted(options: Document, config: Document) -> tuple[Document, Document]:
    """Options that a configuration has, as the accelerator's do, moved to the module's options."""
    moved = {key: config.data[key] for key in LIFTED if key in config.data and key not in options.data}
    kept = {key: value for key, value in config.data.items() if key not in moved}
    return _with_data(options, {**options.data, **_renamed(moved)}), _with_data(config, kept)


def _renamed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {OPTION_ALIASES.get(key, key): value for key, value in data.items()}


def read(
    options: Document, config: Document, context: ModuleContext | None, definition: tuple[Path, str] | None = None
) -> tuple[PipelineModule | None, list[Problem]]:
    """What to make, or None and everything that is wrong.

    `options` and `config` hold mappings; each problem names the document that it is in. `context` is None where it is
    not known yet where the module goes to. `definition` is the definition (JSON) in the place of a pipeline, and how
    its file is shown.
    """
    known = placeholders.values(options.data, context or _ANYWHERE)
    resolved = placeholders.resolve(config, known)
    problems = [resolved.problem(*each) for each in placeholders.unresolved(resolved, known, options.data)]
    problems += [resolved.problem(*each) for each in _references(resolved.data)]
    checked, found = _validated(ModuleOptions, options, options.data)
    problems += found
    head, found = _validated(
        ConfigHead, resolved, {key: resolved.data[key] for key in _HEAD_KEYS if key in resolved.data}
    )
    problems += found
    seen = {problem.path for problem in problems}
    raw: RawConfig | None = None
    if definition is None:
        problems += [each for each in check_document(resolved) if each.path not in seen]
    elif "pipeline" in resolved.data:
        problems.append(resolved.problem(("pipeline",), "got it beside definitionFile, expected one of them"))
    elif head is not None:
        try:
            raw = raw_config(definition[0], shown=definition[1], head=head.model_dump())
        except ProblemsError as error:
            problems += error.problems
    seen = {problem.path for problem in problems}
    for document, path, message in broken_rules(options, resolved, context):
        if format_path(path) not in seen:
            problems.append(document.problem(path, message))
    if problems or checked is None or head is None:
        return None, sorted(set(problems))
    return PipelineModule(head, checked, raw or parse_config(resolved, {}), resolved), []


def _validated(model: type[_S], document: Document, data: Mapping[str, Any]) -> tuple[_S | None, list[Problem]]:
    try:
        return model.model_validate(dict(data)), []
    except ValidationError as error:
        found = complaints(error, model, document.written.get)
    # what a placeholder stands for is not known: it is a problem of its own
    return None, [document.problem(path, message) for path, message in found if not _is_open(data, path)]


def _is_open(data: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
    value = data.get(str(path[0])) if path else None
    return isinstance(value, str) and "{{" in value


def _references(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """`ssm:/...` where CloudFormation cannot look it up: whatever names and rights depend on."""
    for path, text in placeholders.texts(data):
        if text.startswith("ssm:") and path not in _RESOLVED:
            expected = (
                "expected the value, or valueFrom: parameterStore of the whole parameter: names and rights depend on "
                "it, and are checked before CloudFormation could look it up"
            )
            yield path, f"got the reference {text!r}, {expected}"


def _with_data(document: Document, data: Mapping[str, Any]) -> Document:
    return replace(document, data=dict(data))


def _replaced(value: Any, texts: Mapping[str, str]) -> Any:
    match value:
        case str():
            return texts.get(value, value)
        case dict():
            return {key: _replaced(each, texts) for key, each in value.items()}
        case list():
            return [_replaced(each, texts) for each in value]
        case _:
            return value
