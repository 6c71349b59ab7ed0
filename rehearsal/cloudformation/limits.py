"""Quotas of templates. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

from __future__ import annotations

from typing import Any

from rehearsal.api import ApiError

DESCRIPTION = 1024  # bytes, of a template
LOGICAL_ID = 255  # characters
COUNTS = {"Resources": 500, "Outputs": 200, "Parameters": 200, "Mappings": 200}
MAPPING = 200  # attributes of a mapping
PARAMETER_VALUE = 4096  # bytes


def check(template: dict[str, Any]) -> None:
    """Raises ValidationError for a template that is larger than CloudFormation takes."""
    description = template.get("Description")
    if description is not None and not isinstance(description, str):
        raise _error("Template format error: every Description member must be a string.")
    if description is not None and len(description.encode()) > DESCRIPTION:
        raise _error(f"Template format error: 'Description' length is greater than {DESCRIPTION}.")
    version = template.get("AWSTemplateFormatVersion", "2010-09-09")
    if version != "2010-09-09":
        raise _error(f"Template format error: {version} is not a supported value for AWSTemplateFormatVersion.")
    for section, limit in COUNTS.items():
        held = template.get(section)
        if isinstance(held, dict) and len(held) > limit:
            what = section.lower()
            raise _error(
                f"Template format error: Number of {what}, {len(held)}, is greater than maximum allowed, {limit}"
            )
        for name in held if isinstance(held, dict) else ():
            if len(str(name)) > LOGICAL_ID:
                raise _error(f"Template format error: {section} name {name} is longer than {LOGICAL_ID} characters.")
    for name, mapping in (template.get("Mappings") or {}).items():
        if isinstance(mapping, dict) and len(mapping) > MAPPING:
            raise _error(
                f"Template format error: Number of attributes of mapping {name}, {len(mapping)}, is greater than "
                f"maximum allowed, {MAPPING}"
            )


def _error(message: str) -> ApiError:
    return ApiError("ValidationError", message)
