"""CloudFormation templates: read, evaluated, asked what they refer to. Pure: no network, no clock, no file.

`Evaluator(resolver, ...)` gives the values of a template; README.md says what is supported and what raises.
"""

from cfn_template.errors import Path, TemplateError, UnsupportedFunctionError
from cfn_template.evaluation import Evaluator, Resolver
from cfn_template.functions import NO_VALUE, function_of
from cfn_template.language import TRANSFORM as LANGUAGE_EXTENSIONS
from cfn_template.language import expand, transforms
from cfn_template.parameters import parameter_value, pseudo_parameters
from cfn_template.reading import read_template
from cfn_template.references import condition_references, references

__all__ = [
    "LANGUAGE_EXTENSIONS",
    "NO_VALUE",
    "Evaluator",
    "Path",
    "Resolver",
    "TemplateError",
    "UnsupportedFunctionError",
    "condition_references",
    "expand",
    "function_of",
    "parameter_value",
    "pseudo_parameters",
    "read_template",
    "references",
    "transforms",
]
