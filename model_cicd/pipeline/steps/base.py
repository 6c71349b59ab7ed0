"""What a step type is: everything the rest of the library needs to know of it, in one record.

A new type is one file beside this one that ends in a `StepType`, and its name in registry.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import Rights
from model_cicd.pipeline.scope import Scope

C = TypeVar("C", bound=Model)


def _nothing(_: Any) -> Mapping[str, str]:
    return {}


def _no_needs(_step: Any, _config: Any, _needs: Any) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class StepType(Generic[C]):
    """A step type of the service.

    `name` is the service's word and `key` that of the YAML's block, which `config` validates. `compile` gives what
    stands in the definition besides the keys that all steps have, above all `Arguments`. `outputs` maps the names that
    others may use (`Step.name`) to the property that holds the value; `output`, where given, makes the value itself.
    `properties` are the first parts of the paths that `{property: Step.Path}` may have. `rights` says what SageMaker
    does with the execution role for steps of the type, and `needs` notes what on for one of them. `documentation` is
    the page of the API that the arguments are those of.
    """

    name: str
    key: str
    config: type[C]
    summary: str
    documentation: str
    compile: Callable[[Step, C, Scope], dict[str, Any]]
    outputs: Callable[[C], Mapping[str, str]] = _nothing
    output: Callable[[Step, C, str, Scope], Any] | None = None
    properties: frozenset[str] = field(default_factory=frozenset)
    rights: Rights = field(default_factory=Rights)
    needs: Callable[[Step, C, Needs], None] = _no_needs
    #: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
    cached: bool = False
    #: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
    retried: bool = False
    #: other spellings of `name` that a YAML may use
    aliases: tuple[str, ...] = ()


def properties(text: str) -> frozenset[str]:
    """Names separated by blanks, as the `properties` of a type."""
    return frozenset(text.split())
