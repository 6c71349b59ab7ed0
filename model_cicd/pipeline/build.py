"""From the file to what `model-cicd compile` writes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model_cicd.pipeline import assets, placeholders, run_parameters
from model_cicd.pipeline.checks import AROUND, parse_config, warnings
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.graph.mermaid import mermaid
from model_cicd.pipeline.graph.model import Graph, graph
from model_cicd.pipeline.graph.svg import svg
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.targets.cloudformation import cloudformation
from model_cicd.pipeline.targets.resources import ACCOUNT, PARTITION, REGION, Resources, resources
from model_cicd.pipeline.targets.terraform import terraform
from model_cicd.pipeline.tokens import is_clean
from model_cicd.pipeline.walk import find
from model_cicd.text import source
from model_cicd.text.errors import ModelCicdError, ProblemsError, did_you_mean
from model_cicd.text.source import Document

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html (PipelineDefinition)
MAX_DEFINITION = 1_048_576


@dataclass(frozen=True)
class Built:
    """What is written, and said besides. `assets` are the local files and directories, sorted by their keys."""

    text: str
    warnings: list[str]
    assets: list[assets.Asset]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A pipeline as it was read: the checked configuration, where from, and what is known of where it runs."""

    config: PipelineConfig
    directory: Path
    environment: PipelineEnvironment


def build(path: Path, *, target: str, given: Mapping[str, str], environment: PipelineEnvironment) -> Built:
    """Compile the file for a target: json, cloudformation, terraform, svg or mermaid.

    Raises ModelCicdError (ProblemsError for the YAML) for everything that is wrong.
    """
    document = source.load(path)
    if not all(is_clean(each) for each in _texts(document.data)):
        raise ModelCicdError(f"{path}: holds U+E000 or U+E001, which no pipeline needs: these are private characters")
    emit, spare = _EMITTERS[target]
    known = {**({} if spare else _TARGET_PLACEHOLDERS), **environment.placeholders}
    document, config = _configured(document, given, known, spare)
    text, uploads = emit(Source(config=config, directory=path.parent, environment=environment))
    listed = sorted(uploads.values(), key=lambda each: each.key)
    return Built(text, [str(each) for each in warnings(document)], listed)


def _texts(data: object) -> Iterator[str]:
    match data:
        case str():
            yield data
        case dict():
            for key, value in data.items():
                yield str(key)
                yield from _texts(value)
        case list():
            for value in data:
                yield from _texts(value)
        case _:
            return


def _configured(
    document: Document, given: Mapping[str, str], known: Mapping[str, str], spare: Sequence[str]
) -> tuple[Document, PipelineConfig]:
    """The configuration with what is given: defaults of parameters and values of placeholders."""
    wanted = set(placeholders.names(document.data))
    values = dict(known) | {name: value for name, value in given.items() if name in wanted}
    config = parse_config(document, values, spare=spare)
    defaults = _defaults(config, given, wanted)
    if defaults:
        data = copy.deepcopy(document.data)
        for each in data["pipeline"]["parameters"]:
            if each["name"] in defaults:
                each["defaultValue"] = defaults[each["name"]]
        document = replace(document, data=data)
        try:
            config = parse_config(document, values, spare=spare)
        except ProblemsError as error:
            raise _of_command_line(error, [each["name"] for each in data["pipeline"]["parameters"]], defaults) from None
    return document, config


def _of_command_line(error: ProblemsError, names: Sequence[str], given: Container[str]) -> ModelCicdError:
    """The problems of a file that was in order before its parameters got defaults from the command line."""
    lines = []
    for each in error.problems:
        found = re.match(r"pipeline\.parameters\[(\d+)\]", each.path)
        name = names[int(found[1])] if found else ""
        lines.append(f"--param: {name}: {each.message}" if name and name in given else str(each))
    return ModelCicdError("\n".join(lines))


def _defaults(config: PipelineConfig, given: Mapping[str, str], wanted: set[str]) -> dict[str, object]:
    """What is given for parameters, as values of their types."""
    declared = {each.name: each for each in config.pipeline.parameters}
    wrong: list[str] = []
    defaults: dict[str, object] = {}
    for name, raw in given.items():
        if name in declared:
            defaults[name] = run_parameters.typed(declared[name], raw)
            if defaults[name] is None:
                wrong.append(f"--param: {name}: got {raw!r}, expected {run_parameters.expected(declared[name])}")
        elif name not in wanted:
            known = f"declared: {_listed(declared)}; placeholders: {_listed(sorted(wanted))}"
            hint = did_you_mean(name, [*declared, *sorted(wanted)])
            wrong.append(f"--param: unknown parameter or placeholder {name!r}{hint}; {known}")
    if wrong:
        raise ModelCicdError("\n".join(wrong))
    return defaults


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def definition(read: Source, environment: PipelineEnvironment) -> tuple[dict[str, Any], dict[str, assets.Asset]]:
    """The pipeline's definition, and the local files that belong to it."""
    uploads: dict[str, assets.Asset] = {}
    if next(find(read.config, LocalFile), None) is not None:
        if not environment.bucket:
            path, _ = next(find(read.config, LocalFile))
            where = source.format_path(path)
            raise ModelCicdError(f"{where}: a local file needs a bucket to be uploaded to: give one with --bucket")
        uploads = assets.collect(read.config, (), read.directory, environment.bucket)
    files = {name: asset.uri for name, asset in uploads.items()}
    compiled = compile_pipeline(read.config, replace(environment, files=files))
    size = len(json.dumps(compiled))
    if size > MAX_DEFINITION:
        raise ModelCicdError(f"the definition has {size} characters, expected at most {MAX_DEFINITION}")
    return compiled, uploads


def _json(read: Source) -> tuple[str, dict[str, assets.Asset]]:
    compiled, uploads = definition(read, replace(read.environment, runs="", models="", standalone=True))
    return json.dumps(compiled, indent=2) + "\n", uploads


def _resources(write: Callable[[Resources, Mapping[str, Any]], str]) -> Emitter:
    def emit(read: Source) -> tuple[str, dict[str, assets.Asset]]:
        made = resources(read.config, read.environment)
        compiled, uploads = definition(read, made.environment)
        return write(made, compiled), uploads

    return emit


def _drawing(draw: Callable[[Graph], str]) -> Emitter:
    return lambda read: (draw(graph(read.config)), {})


Emitter = Callable[[Source], tuple[str, dict[str, assets.Asset]]]
#: how each target is written, and the top-level keys below which placeholders need no value for it
_EMITTERS: dict[str, tuple[Emitter, Sequence[str]]] = {
    "json": (_json, AROUND),
    "cloudformation": (_resources(cloudformation), ()),
    "terraform": (_resources(terraform), ()),
    "svg": (_drawing(svg), (*AROUND, "modelPackageGroupName", "pipeline")),
    "mermaid": (_drawing(mermaid), (*AROUND, "modelPackageGroupName", "pipeline")),
}
#: what the targets with resources know by themselves
_TARGET_PLACEHOLDERS = {"region": REGION, "account": ACCOUNT, "partition": PARTITION}
