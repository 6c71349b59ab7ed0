"""The module's input from the environment that Seed-Farmer makes, and from the files of its bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.rules import files
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.walk import find
from model_cicd.sagemaker_pipeline.parameters import CONFIG_KEYS, SagemakerPipelineParameters
from model_cicd.sagemaker_pipeline.read import PipelineModule, lifted, read, split
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.seedfarmer import read_context, read_parameters, variable
from model_cicd.text.errors import Problem, ProblemsError
from model_cicd.text.source import Document, KeyPath, format_path, load


@dataclass(frozen=True)
class EnvironmentDocument(Document):
    """Parameters by name; the environment variable stands in the place of file and line."""

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem of the parameter that `path` begins with."""
        return Problem(variable(str(path[0])) if path else variable("pipeline"), 0, format_path(path), message)


def read_environment(env: Mapping[str, str], bundle: Path) -> tuple[PipelineModule, ModuleContext, Path]:
    """Input and context of the module in the directory `bundle`, and the directory that `file:...` starts from.

    Raises ProblemsError with everything that is wrong.
    """
    context, problems = read_context(env)
    values, unreadable = read_parameters(env, SagemakerPipelineParameters)
    problems += unreadable
    if context is None:
        raise ProblemsError(problems)
    module, directory = assemble(EnvironmentDocument("", values), context, bundle, problems)
    return module, context, directory


def assemble(
    parameters: Document, context: ModuleContext, bundle: Path, problems: Sequence[Problem] = ()
) -> tuple[PipelineModule, Path]:
    """Input of the module with `parameters` (by name), and the directory that `file:...` starts from.

    `problems` are known already. Raises ProblemsError with everything that is wrong.
    """
    values: Mapping[str, object] = parameters.data
    broken = {problem.path for problem in problems}  # named already: not "missing" as well
    options, config = split(parameters)
    found: list[Problem] = []
    directory = bundle
    if isinstance(name := values.get("configFile"), str):
        found += beside_file(options, values)
        options, config = lifted(options, load_config(bundle / name))
        directory = (bundle / name).parent
    given = options.data.get("definitionFile")
    definition = (bundle / given, given) if isinstance(given, str) else None
    module, wrong = read(options, config, context, definition)
    found += [each for each in wrong if each.path not in broken]
    if module is not None:
        found += [config.problem(*each) for each in missing_files(module.config, directory)]
    if module is None or problems or found:
        raise ProblemsError([*problems, *found])
    return module, directory


def load_config(path: Path, *, shown: str | None = None) -> Document:
    """The configuration file at `path`. Raises ProblemsError when it is not a mapping in YAML."""
    document = load(path, shown=shown)
    if not isinstance(document.data, dict):
        raise ProblemsError([document.problem((), f"expected a mapping with the keys {', '.join(CONFIG_KEYS)}")])
    return document


def beside_file(options: Document, parameters: Mapping[str, object]) -> list[Problem]:
    """The keys of a configuration that stand in a manifest although a configuration file is named."""
    message = "got it beside configFile, expected it in that file only"
    return [options.problem((key,), message) for key in CONFIG_KEYS if key in parameters]


def missing_files(config: PipelineConfig, directory: Path) -> Iterator[tuple[KeyPath, str]]:
    """Where a local file is named that is not below `directory`, and what is wrong with it."""
    for path, value in find(config, LocalFile):
        if wrong := files.complaint(value, directory):
            yield path, wrong


def local_paths(config: PipelineConfig, directory: Path) -> dict[str, Path]:
    """The path of each local file that a configuration names (`file:...`), in the configuration's order."""
    return {str(value): directory / value.relative for _, value in find(config, LocalFile)}
