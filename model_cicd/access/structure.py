"""Structure that access depends on: which role works where, what starts what, and what has to happen before what.

Expectations are made of the topology (`group_structure.py`, and here for a declared pipeline), facts of the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from model_cicd.access.assembly import Stack
from model_cicd.access.declared_pipelines import DeclaredPipeline
from model_cicd.access.resource_facts import READERS, Facts, Reader, facts_of, registrations
from model_cicd.sagemaker_pipeline.topology import PipelineTopology


@dataclass(frozen=True)
class Expectation:
    """A resource of a stack by type and name, and the facts about it, each a list of lines in order."""

    stack: str
    type: str
    name: str
    facts: Facts


def pipeline_structure(
    topology: PipelineTopology, declared: DeclaredPipeline, stacks: Iterable[Stack]
) -> Iterator[Expectation]:
    """What is expected of the stack of a declared pipeline.

    One whose definition is too large for the template waits for the ARN of its key, and the stack is deployed without
    it before; it is judged with the synthesis after that (`model_cicd.sagemaker_pipeline.definition_key`).
    """
    types = {str(resource["Type"]) for stack in stacks for resource in stack.resources.values()}
    if declared.large and "AWS::SageMaker::Pipeline" not in types:
        return
    facts = {
        "role": [topology.execution_role.arn],
        "steps": declared.steps,
        "registers": registrations(declared.role_actions),
    }
    yield Expectation(topology.stack_name, "AWS::SageMaker::Pipeline", topology.pipeline.name, facts)


def structure_differences(stacks: Iterable[Stack], expectations: Iterable[Expectation]) -> Iterator[str]:
    """What of the structure is not as expected, resources that are too many or missing among it."""
    wanted: dict[tuple[str, str, str], list[Expectation]] = {}  # several have no name, and are in order
    for each in expectations:
        wanted.setdefault((each.stack, each.type, each.name), []).append(each)
    for stack in stacks:
        for logical_id, resource in stack.resources.items():
            kind = str(resource["Type"])
            if kind not in READERS:
                continue
            name = Reader(stack, logical_id, resource).text(READERS[kind][0])
            where = f"stack {stack.name}: {logical_id} ({kind.removeprefix('AWS::')} {name})"
            several = wanted.get((stack.name, kind, name))
            if not several:
                yield f"{where} is none that is expected"
                continue
            expected = several.pop(0)
            facts = facts_of(stack, logical_id, resource)
            for word in dict.fromkeys([*expected.facts, *facts]):
                yield from _compared(where, word, facts.get(word, ()), expected.facts.get(word, ()))
    for stack_name, kind, name in (key for key, several in wanted.items() for _ in several):
        yield f"stack {stack_name}: lacks the {kind.removeprefix('AWS::')} {name}"


def _compared(where: str, word: str, got: Sequence[str], expected: Sequence[str]) -> Iterator[str]:
    got, expected = list(got), list(expected)
    if got == expected:
        return
    if len(got) == len(expected) == 1:
        yield f"{where}: {word}: got {got[0]}, expected {expected[0]}"
        return
    more, less = [each for each in got if each not in expected], [each for each in expected if each not in got]
    for each in less:
        yield f"{where}: {word}: lacks {each}"
    for each in more:
        yield f"{where}: {word}: has {each}, which is not expected"
    if not more and not less:
        yield f"{where}: {word}: got the order {'; '.join(got)}, expected {'; '.join(expected)}"
