"""Templates before anything is resolved: their shape, and errors as the API answers them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

from cfn_template import LANGUAGE_EXTENSIONS, TemplateError, UnsupportedFunctionError, read_template, transforms
from rehearsal.api import ApiError
from rehearsal.cloudformation import limits

#: AWS writes this in change sets where a value is known only after other resources are made
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"

SECTIONS = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions",
     "Resources", "Outputs"}
)  # fmt: skip
UNSUPPORTED_SECTIONS = frozenset({"Hooks"})
RESOURCE_ATTRIBUTES = frozenset(
    {"Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}
)
UNSUPPORTED_ATTRIBUTES = frozenset({"CreationPolicy", "UpdatePolicy"})
DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate")

#: transforms by the type that they make functions for
_MADE_FOR = {"AWS::SecretsManager-2020-07-23": "AWS::SecretsManager::RotationSchedule"}


def error(message: str) -> ApiError:
    """A ValidationError as CloudFormation answers it."""
    return ApiError("ValidationError", message)


@contextmanager
def validation_errors() -> Iterator[None]:
    """What is wrong with a template, as CloudFormation answers it: raises ValidationError for a TemplateError."""
    try:
        yield
    except UnsupportedFunctionError as cause:
        raise error(f"Template error: the embedded AWS does not support the function {cause.function}") from None
    except TemplateError as cause:
        raise error(cause.message) from None


def read(body: str, recorded: Container[str] = ()) -> tuple[dict[str, Any], bool]:
    """The template as plain values, and whether AWS::LanguageExtensions transforms it. Raises ValidationError.

    A transform makes nothing where all that it would be for is a type that is `recorded` only.
    """
    with validation_errors():
        found = read_template(body)
        names = [name for name in transforms(found) if _MADE_FOR.get(name) not in recorded or name not in _MADE_FOR]
    others = [name for name in names if name != LANGUAGE_EXTENSIONS]
    if others:
        kinds = [f"--stand-in {_MADE_FOR[name]}" for name in others if name in _MADE_FOR]
        hint = f"; {' '.join(kinds)} takes records in the place of what it makes" if kinds else ""
        raise error(f"Template error: the embedded AWS does not support the transform {', '.join(others)}{hint}")
    if "Transform" in found:
        del found["Transform"]
        found |= {"Transform": names} if names else {}
    for section in ("Parameters", "Rules", "Mappings", "Conditions", "Outputs"):
        if not isinstance(found.get(section) or {}, dict):
            raise error(f"Template format error: [/{section}] must be an object")
    return found, bool(names)


def check(template: dict[str, Any]) -> None:
    """The form of a template. Raises ValidationError."""
    unsupported = sorted(UNSUPPORTED_SECTIONS & template.keys())
    if unsupported:
        raise error(f"Template error: the embedded AWS does not support the template sections {unsupported}")
    unknown = sorted(map(str, template.keys() - SECTIONS))
    if unknown:
        raise error(f"Invalid template property or properties [{', '.join(unknown)}]")
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise error("Template format error: At least one Resources member must be defined.")
    limits.check(template)
    for logical_id, resource in resources.items():
        _check_resource(str(logical_id), resource)
    for name, output in (template.get("Outputs") or {}).items():
        if not isinstance(output, dict) or "Value" not in output:
            raise error(f"Template format error: Output {name} is malformed. It needs a Value")


def _check_resource(logical_id: str, resource: Any) -> None:
    if not logical_id.isalnum():
        raise error(f"Template format error: Resource name {logical_id} is non alphanumeric.")
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        raise error(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
        )
    unknown = sorted(map(str, resource.keys() - RESOURCE_ATTRIBUTES - UNSUPPORTED_ATTRIBUTES))
    if unknown:
        raise error(f"Invalid template resource property '{unknown[0]}' of resource {logical_id}")
    unsupported = sorted(UNSUPPORTED_ATTRIBUTES & resource.keys())
    if unsupported:
        raise error(f"Template error: the embedded AWS does not support {unsupported[0]} (resource {logical_id})")
    if not isinstance(resource.get("Properties") or {}, dict):
        raise error(f"Template format error: [/Resources/{logical_id}/Properties] must be an object")
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        allowed = DELETION_POLICIES if attribute == "DeletionPolicy" else ("Delete", "Retain")
        value = resource.get(attribute, "Delete")
        if value == "Snapshot":
            raise error(
                f"Template error: the embedded AWS does not support {attribute} Snapshot (resource {logical_id})"
            )
        if value not in allowed:
            raise error(f"Template error: {attribute} {value!r} of resource {logical_id} is not one of {list(allowed)}")


def capabilities(types: set[str], resources: dict[str, Any]) -> tuple[list[str], str | None]:
    """The capabilities that the effective IAM resources need, and why."""
    iam = sorted(kind for kind in types if kind.startswith("AWS::IAM::"))
    if not iam:
        return [], None
    named = any(
        name in (resource.get("Properties") or {})
        for resource in resources.values()
        for name in ("RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName")
        if resource["Type"].startswith("AWS::IAM::")
    )
    reason = f"The following resource(s) require capabilities: [{', '.join(iam)}]"
    return ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"], reason
