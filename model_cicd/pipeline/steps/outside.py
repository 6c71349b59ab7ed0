"""What Lambda and Callback steps have in common: values that go to something outside of SageMaker, and come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from model_cicd.pipeline.fields import Name, Scalar
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.scope import Scope


class OutputParameter(Model):
    """A value that comes back, and its type."""

    output_name: Name
    output_type: Literal["String", "Integer", "Float", "Boolean"] = "String"


class Outside(Model):
    """`inputs` go out by their names, `outputs` come back."""

    inputs: dict[str, Scalar] = Field(default_factory=dict)
    outputs: list[OutputParameter] = Field(default_factory=list, max_length=50)


def compile_outside(config: Outside, scope: Scope) -> dict[str, Any]:
    """`Arguments` and `OutputParameters`."""
    return {
        "Arguments": {name: scope.value(value) for name, value in config.inputs.items()},
        "OutputParameters": [
            {"OutputName": each.output_name, "OutputType": each.output_type} for each in config.outputs
        ],
    }


def outside_outputs(config: Outside) -> Mapping[str, str]:
    """The values that come back."""
    return {each.output_name: f"OutputParameters['{each.output_name}']" for each in config.outputs}
