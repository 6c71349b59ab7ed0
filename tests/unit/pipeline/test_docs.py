"""docs/pipeline.md holds tables made of the models and registries; run this file to write them anew."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic.fields import FieldInfo

from model_cicd.pipeline.checks import check_document
from model_cicd.pipeline.compile_command import OPTIONS
from model_cicd.pipeline.document import LifecycleRule, Parameter, Storage
from model_cicd.pipeline.expressions import EXECUTION_VARIABLES
from model_cicd.pipeline.model import Model, Plain
from model_cicd.pipeline.rules import ADVICE, RULES
from model_cicd.pipeline.run_options import SOURCES
from model_cicd.pipeline.schema import AnyStep, Pipeline, PipelineConfig, Step
from model_cicd.pipeline.steps.base import StepType
from model_cicd.pipeline.steps.knobs import CacheConfig, Defaults, ExperimentConfig, RetryPolicy, SpotConfig
from model_cicd.pipeline.steps.registry import TYPES
from model_cicd.text.source import parse
from tests.unit.pipeline.breaks import BREAKS

PAGE = Path(__file__).parents[3] / "docs" / "pipeline.md"


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def words(annotation: Any, metadata: list[Any]) -> str:
    """What a field takes."""
    for each in metadata:
        if isinstance(each, Plain):
            return each.expected + (" ◆" if each.expressions else "")
    origin, arguments = get_origin(annotation), [each for each in get_args(annotation) if each is not types.NoneType]
    if origin is Annotated:
        found = words(arguments[0], list(annotation.__metadata__))
    elif origin in (typing.Union, types.UnionType):
        found = words(arguments[0], [])
    elif origin is Literal:
        found = f"one of {', '.join(arguments)}"
    elif origin in (list, dict):
        found = f"{'list' if origin is list else 'mapping'}: {words(arguments[-1], [])}"
    elif isinstance(annotation, type) and issubclass(annotation, Model):
        found = f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    else:
        kinds: dict[Any, str] = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
        found = kinds.get(annotation, "anything")
    return found


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if field.default_factory is not None or value is None or isinstance(value, Model):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def rows(model: type[Model], names: typing.Iterable[str]) -> str:
    lines = ["| key | takes | default |", "|---|---|---|"]
    for name in names:
        field = model.model_fields[name]
        lines.append(f"| `{field.alias or name}` | {words(field.annotation, field.metadata)} | {default(field)} |")
    return "\n".join(lines)


def shared() -> set[str]:
    return set(Defaults.model_fields)


def own(model: type[Model]) -> list[str]:
    return [name for name in model.model_fields if name not in shared()]


def sentence(thing: Any) -> str:
    """The first sentence of a docstring."""
    found = " ".join((thing.__doc__ or "").partition("\n\n")[0].split())
    return re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda each: f"`{camel(each[1])}`", found)


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda each: each[1].upper(), name)


def inner(kinds: typing.Iterable[Any]) -> Iterator[type[Model]]:
    """The models in the fields of blocks, once each."""
    seen: set[type[Model]] = set()
    pending = list(kinds)
    while pending:
        each = pending.pop(0)
        if isinstance(each, type) and issubclass(each, Model) and each not in seen:
            seen.add(each)
            yield each
            pending[:0] = [field.annotation for name, field in each.model_fields.items()]
        pending[:0] = list(get_args(each))


def type_table() -> str:
    lines = ["| type, key | | outputs | cached | tried again |", "|---|---|---|---|---|"]
    for kind in TYPES:
        named = ", ".join(f"`{each}`" for each in kind.outputs(kind.config.model_construct()))
        outputs = named or ("those under `outputs`" if "outputs" in kind.config.model_fields else "")
        flags = " | ".join("yes" if each else "" for each in (kind.cached, kind.retried))
        lines.append(f"| [{kind.name}](#{kind.name.lower()}), `{kind.key}` | {kind.summary} | {outputs} | {flags} |")
    return "\n".join(lines)


def rights_table() -> str:
    lines = ["| type | jobs | besides |", "|---|---|---|"]
    for kind in TYPES:
        job = kind.rights.job
        made = f"{job.api}: {', '.join(f'`{each}`' for each in job.actions)}" if job else ""
        named = ", ".join(f"[{right.sid}](#right-{right.sid.lower()})" for right in kind.rights.all)
        lines.append(f"| [{kind.name}](#{kind.name.lower()}) | {made} | {named or kind.rights.none} |")
    lines += ["", "| statement | actions | on | |", "|---|---|---|---|"]
    for right in dict.fromkeys(right for kind in TYPES for right in kind.rights.all):
        actions = ", ".join(f"`{each}`" for each in right.actions)
        lines.append(
            f'| <a id="right-{right.sid.lower()}"></a>{right.sid} | {actions} | {right.on} | [AWS]({right.page}) |'
        )
    return "\n".join(lines)


def block_table(kind: StepType[Any]) -> str:
    settings = [f"`{camel(name)}`" for name in Defaults.model_fields if name in kind.config.model_fields]
    more = f"\n\nShared settings: {', '.join(settings)}." if settings else ""
    return rows(kind.config, own(kind.config)) + more


def shared_table() -> str:
    lines = ["| key | takes | in |", "|---|---|---|"]
    for name, field in Defaults.model_fields.items():
        if name in Step.model_fields:
            flag = "cached" if name == "cache" else "retried"
            found = "every step that is " + {"cached": "cached", "retried": "tried again"}[flag]
        else:
            found = ", ".join(kind.name for kind in TYPES if name in kind.config.model_fields)
        lines.append(f"| `{field.alias or name}` | {words(field.annotation, field.metadata)} | {found} |")
    return "\n".join(lines)


def part_tables() -> str:
    parts = []
    done = {PipelineConfig, Pipeline, AnyStep, Step, Defaults, *(kind.config for kind in TYPES)}
    done |= {Parameter, Storage, LifecycleRule, CacheConfig, RetryPolicy, SpotConfig, ExperimentConfig}
    for model in inner([kind.config for kind in TYPES]):
        if model not in done:
            head = f'<a id="{model.__name__.lower()}"></a>\n**{model.__name__}**: {sentence(model)}'
            parts.append(f"{head}\n\n{rows(model, model.model_fields)}")
    return "\n\n".join(parts)


def rule_table() -> str:
    lines = ["| rule | for example |", "|---|---|"]
    for rule in [*RULES, *ADVICE]:
        warned = " *(a warning)*" if rule in ADVICE else ""
        lines.append(f"| {sentence(rule)}{warned} | {BREAKS[rule.__name__].said} |")
    return "\n".join(lines)


def option_table() -> str:
    return "\n".join(["| option | |", "|---|---|", *(f"| `{option}` | {what} |" for option, what in OPTIONS.items())])


def run_table() -> str:
    lines = ["| option | variables of the training job | |", "|---|---|---|"]
    for source in SOURCES.values():
        lines.append(f"| `{source.option}` | {', '.join(f'`{each}`' for each in source.variables)} | {source.help} |")
    return "\n".join(lines)


TABLES: dict[str, str] = {
    "types": type_table(),
    "rights": rights_table(),
    "document": rows(PipelineConfig, PipelineConfig.model_fields),
    "pipeline": rows(Pipeline, [name for name in Pipeline.model_fields if name not in ("defaults", "steps")]),
    "parameter": rows(Parameter, Parameter.model_fields),
    "storage": rows(Storage, Storage.model_fields) + "\n\n" + rows(LifecycleRule, LifecycleRule.model_fields),
    "step": rows(Step, Step.model_fields),
    "shared": shared_table(),
    **{name: rows(model, model.model_fields) for name, model in (
        ("cache", CacheConfig), ("retries", RetryPolicy), ("spot", SpotConfig), ("experiment", ExperimentConfig)
    )},
    **{f"block-{kind.name}": block_table(kind) for kind in TYPES},
    "parts": part_tables(),
    "rules": rule_table(),
    "options": option_table(),
    "run-options": run_table(),
}  # fmt: skip
MARK = r"<!-- {0} -->\n(.*?)\n?<!-- /{0} -->"


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_the_table_that_is_made_of_the_code(name: str) -> None:
    found = re.findall(MARK.format(name), text(), re.DOTALL)
    assert found == [TABLES[name]], f"`PYTHONPATH=. python {Path(__file__).name}` writes the tables"


def test_every_execution_variable_is_described() -> None:
    assert {name for name in EXECUTION_VARIABLES if f"`{name}`" not in text()} == set()


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", text(), re.DOTALL)


def test_the_examples_of_whole_pipelines_are_good() -> None:
    whole = [each for each in examples() if each.startswith("projectName")]
    assert whole
    for each in whole:
        assert [str(problem) for problem in check_document(parse(each, "pipeline.md"))] == []


def test_the_examples_of_steps_make_a_good_pipeline_with_every_type() -> None:
    """Each example of a step builds on those before it, as the page says."""
    snippets = [each for each in examples() if each.startswith("- name: ")]
    steps = [step for each in snippets for step in yaml.safe_load(each)]
    assert {step["type"] for step in steps} == {kind.name for kind in TYPES}
    parts = next(each for each in examples() if each.startswith("pipeline:"))
    document = yaml.safe_load(parts)
    document = {"projectName": "page", "pipeline": {**document["pipeline"], "steps": steps}}
    found = check_document(parse(yaml.safe_dump(document, sort_keys=False), "pipeline.md"))
    assert [str(problem) for problem in found] == []


if __name__ == "__main__":
    page = text()
    for table, content in TABLES.items():
        filled = f"<!-- {table} -->\n{content}\n<!-- /{table} -->"
        page, count = re.subn(MARK.format(table), filled.replace("\\", r"\\"), page, flags=re.DOTALL)
        assert count == 1, f"{table}: {count} places"
    PAGE.write_text(page, encoding="utf-8")
