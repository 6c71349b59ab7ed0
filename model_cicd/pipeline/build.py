"""From the file to what `model-cicd compile` writes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model_cicd import source
from model_cicd.errors import ModelCicdError, did_you_mean
from model_cicd.pipeline import assets, placeholders, run_parameters
from model_cicd.pipeline.checks import parse_config, warnings
from model_cicd.pipeline.compile import CompileContext, compile_pipeline
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.walk import find
from model_cicd.settings.regions import PARTITION_OF
from model_cicd.source import Document

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html (PipelineDefinition)
MAX_DEFINITION = 1_048_576


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is known of where the pipeline is to run; empty texts where nothing is."""

    pipeline_name: str = ""
    region: str = ""
    account: str = ""
    bucket: str = ""
    kms_key: str = ""
    role_arn: str = ""
    model_package_group_name: str = ""

    @property
    def placeholders(self) -> dict[str, str]:
        """What `{{region}}`, `{{account}}` and `{{partition}}` stand for, as far as it is known."""
        parts = self.role_arn.split(":")
        account = self.account or (parts[4] if len(parts) > 4 else "")
        known = {"region": self.region, "account": account, "partition": PARTITION_OF.get(self.region, "")}
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True)
class Built:
    """What is written, and said besides. `assets` is JSON: the S3 URI of each local file, and the file."""

    text: str
    warnings: list[str]
    assets: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """A pipeline as it was read: the checked configuration, where from, and what surrounds it."""

    config: PipelineConfig
    directory: Path
    surroundings: Surroundings


def build(path: Path, *, target: str, given: Mapping[str, str], surroundings: Surroundings) -> Built:
    """Compile the file for a target: json, cloudformation, terraform, svg or mermaid.

    Raises ModelCicdError (ProblemsError for the YAML) for everything that is wrong.
    """
    document = source.load(path)
    document, config = _configured(document, given, surroundings.placeholders)
    read = Source(config=config, directory=path.parent, surroundings=surroundings)
    text, uploads = _EMITTERS[target](read)
    listed = {asset.uri: str(asset.path) for asset in sorted(uploads.values(), key=lambda each: each.key)}
    said = [str(each) for each in warnings(document)]
    return Built(text, said, json.dumps(listed, indent=2) + "\n")


def _configured(
    document: Document, given: Mapping[str, str], known: Mapping[str, str]
) -> tuple[Document, PipelineConfig]:
    """The configuration with what is given: defaults of parameters and values of placeholders."""
    wanted = set(placeholders.names(document.data))
    values = dict(known) | {name: value for name, value in given.items() if name in wanted}
    config = parse_config(document, values)
    declared = {each.name: each for each in config.pipeline.parameters}
    wrong, defaults = [], {}
    for name, raw in given.items():
        if name in declared:
            value = run_parameters.typed(declared[name], raw)
            if value is None:
                wrong.append(f"--param: {name}: got {raw!r}, expected {run_parameters.expected(declared[name])}")
            defaults[name] = value
        elif name not in wanted:
            choices = [*declared, *sorted(wanted)]
            known_names = (
                f"declared: {', '.join(declared) or 'none'}; placeholders: {', '.join(sorted(wanted)) or 'none'}"
            )
            wrong.append(
                f"--param: unknown parameter or placeholder {name!r}{did_you_mean(name, choices)}; {known_names}"
            )
    if wrong:
        raise ModelCicdError("\n".join(wrong))
    if defaults:
        data = copy.deepcopy(document.data)
        for each in data["pipeline"]["parameters"]:
            if each["name"] in defaults:
                each["defaultValue"] = defaults[each["name"]]
        document = replace(document, data=data)
        config = parse_config(document, values)
    return document, config


def definition(read: Source, context: CompileContext) -> tuple[dict[str, Any], dict[str, assets.Asset]]:
    """The pipeline's definition, and the local files that belong to it."""
    uploads: dict[str, assets.Asset] = {}
    if next(find(read.config, LocalFile), None) is not None:
        if not context.bucket:
            path, _ = next(find(read.config, LocalFile))
            where = source.format_path(path)
            raise ModelCicdError(f"{where}: a local file needs a bucket to be uploaded to: give one with --bucket")
        uploads = assets.collect(read.config, (), read.directory, context.bucket)
    files = {name: asset.uri for name, asset in uploads.items()}
    compiled = compile_pipeline(read.config, replace(context, files=files))
    size = len(json.dumps(compiled))
    if size > MAX_DEFINITION:
        raise ModelCicdError(f"the definition has {size} characters, expected at most {MAX_DEFINITION}")
    return compiled, uploads


def _json(read: Source) -> tuple[str, dict[str, assets.Asset]]:
    given = read.surroundings
    context = CompileContext(
        pipeline_name=given.pipeline_name,
        region=given.region,
        role_arn=given.role_arn,
        bucket=given.bucket,
        kms_key=given.kms_key,
        model_package_group_name=given.model_package_group_name,
        runs="",
        models="",
        standalone=True,
    )
    compiled, uploads = definition(read, context)
    return json.dumps(compiled, indent=2) + "\n", uploads


Emitter = Callable[[Source], tuple[str, dict[str, assets.Asset]]]
_EMITTERS: dict[str, Emitter] = {"json": _json}
