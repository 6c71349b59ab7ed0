"""Reading a pipeline YAML: every problem at once, or the configuration.

Shapes and values are the models' business (schema.py), what holds between the parts that of the rules (rules/).
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from model_cicd.pipeline import placeholders as _placeholders
from model_cicd.pipeline.accelerator import in_own_spelling
from model_cicd.pipeline.problems import validate
from model_cicd.pipeline.request_limits import check_requests
from model_cicd.pipeline.rules import ADVICE, RULES
from model_cicd.pipeline.rules.registry import Subject
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.text.errors import Problem, ProblemsError
from model_cicd.text.source import Document, KeyPath

#: what the definition does not depend on: access of other accounts, and tags
AROUND = (
    "domainId",
    "domainArn",
    "preProdAccountId",
    "prodAccountId",
    "pipelineName",
    "additionalReadBucketNames",
    "pipelineBucketName",
    "pipelineKmsKeyArn",
)


def check_document(document: Document) -> list[Problem]:
    """Everything that is wrong in a pipeline YAML, sorted; placeholders stay as they are and are not problems."""
    _, problems = _checked(document)
    return sorted(set(problems))


def warnings(document: Document) -> list[Problem]:
    """What is worth a warning in a pipeline YAML without problems, sorted."""
    config, problems = _checked(document)
    if config is None or problems:
        return []
    subject = Subject(in_own_spelling(document)[0], config)
    return sorted({document.problem(path, message) for rule in ADVICE for path, message in rule(subject)})


def parse_config(
    document: Document, placeholders: Mapping[str, str], *, spare: Container[str] = AROUND
) -> PipelineConfig:
    """The configuration of a pipeline YAML with its placeholders (`{{name}}`) resolved.

    Raises ProblemsError with everything that is wrong, an unknown placeholder included unless it stands below one of
    the top-level keys in `spare`: by default those that the definition does not depend on.
    """
    config, problems = _checked(_placeholders.resolve(document, placeholders, spare=spare))
    if problems or config is None:
        raise ProblemsError(problems)
    return config


def _checked(document: Document) -> tuple[PipelineConfig | None, list[Problem]]:
    document, refused = in_own_spelling(document)
    config, problems, mended = validate(document)
    problems += refused
    if config is None:
        return None, problems
    subject = Subject(document, config)
    for rule in RULES:
        for path, message in rule(subject):
            if not any(_touched(path, each) for each in mended):
                problems.append(document.problem(path, message))
    if not problems:
        problems = [document.problem(path, message) for path, message in check_requests(subject)]
    return config, problems


def _touched(path: KeyPath, mended: KeyPath) -> bool:
    """Whether a finding may come from the mending of a key alone: one in it, at its side or on what holds both."""
    return path[: len(mended)] == mended or mended[:-1] in (path, path[:-1])
