"""The parameters of the module `sagemaker-pipeline` as they stand in a manifest, and its configuration file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from model_cicd.check.bundle import Bundle
from model_cicd.check.parameters import Given, ParameterDocument, collect, holds_variable, kebab, named
from model_cicd.check.place import shown
from model_cicd.sagemaker_pipeline.environment import beside_file, load_config
from model_cicd.sagemaker_pipeline.parameters import SagemakerPipelineParameters
from model_cicd.sagemaker_pipeline.placeholders import texts
from model_cicd.sagemaker_pipeline.read import lifted, read, split
from model_cicd.settings.context import ModuleContext
from model_cicd.text.errors import Problem, ProblemsError
from model_cicd.text.messages import KeyPath
from model_cicd.text.source import Document

MODULE_PATH = "modules/sagemaker/sagemaker-pipeline"
_LOCAL = "file:"


def is_pipeline_module(path: str, parameters: object) -> bool:
    """Whether a module manifest with this `path` deploys `sagemaker-pipeline`, or a copy of it."""
    if path.split("?", 1)[0].rstrip("/").endswith(MODULE_PATH):
        return True
    names = {kebab(name) for _, name, _ in named(parameters)}
    return "project-name" in names and bool({"pipeline", "definition-file"} & names)


def problems(
    document: Document, base: KeyPath, parameters: object, context: ModuleContext | None, bundle: Bundle
) -> list[Problem]:
    """Everything wrong with the list `parameters` of the module manifest at `base` of `document`.

    `context` is None where the account or region that the module goes to is not known.
    """
    here = (*base, "parameters")
    given, found = collect(document, here, parameters, SagemakerPipelineParameters)
    # a value that is not known yet is there all the same, and holds_variable says so of it
    values = given.values | dict.fromkeys(given.deferred, "${}")
    stated = ParameterDocument.of(document, here, given, values)
    options, config = split(stated)
    own: list[Problem] = []
    directory = PurePosixPath()
    if "configFile" in given.values:
        own += beside_file(options, values)
        name = str(given.values["configFile"])
        directory = PurePosixPath(name).parent
        if wrong := bundle.complaint(name):
            return sorted({*found, *own, options.problem(("configFile",), wrong)})
        file = bundle.find(name)
        if file is None:
            return sorted({*found, *own})
        try:
            options, config = lifted(options, load_config(file, shown=shown(file)))
        except ProblemsError as error:
            return sorted({*found, *own, *error.problems})
    elif "configFile" in given.deferred:
        return found
    if "definitionFile" in given.values:
        own += _with_definition(options, config, context, bundle)
    else:
        own += read(options, config, context)[1]
    own += [config.problem(path, message) for path, message in _missing(config, directory, bundle)]
    return found + [each for each in own if not _open(each, given, values)]


def _with_definition(
    options: Document, config: Document, context: ModuleContext | None, bundle: Bundle
) -> list[Problem]:
    """What is wrong where a file has the definition; nothing where that file is not known."""
    name = str(options.data["definitionFile"])
    if wrong := bundle.complaint(name):
        return [options.problem(("definitionFile",), wrong)]
    path = bundle.find(name)
    return read(options, config, context, (path, shown(path)))[1] if path is not None else []


def _missing(config: Document, directory: PurePosixPath, bundle: Bundle) -> Iterator[tuple[KeyPath, str]]:
    """Local files of a configuration that would not be in the bundle."""
    for path, text in texts(config.data):
        if text.startswith(_LOCAL) and "${" not in text:
            wrong = bundle.complaint(str(directory / text.removeprefix(_LOCAL)))
            if wrong:
                yield path, wrong


def _open(problem: Problem, given: Given, values: dict[str, object]) -> bool:
    """Whether a problem is about what Seed-Farmer has still to fill in."""
    parts = [int(each[1:-1]) if each[0] == "[" else each for each in re.findall(r"\[\d+\]|[^.\[\]]+", problem.path)]
    return bool(parts) and (parts[0] in given.deferred or holds_variable(values, parts))
