"""What names of Lambda functions and layers mean: a name, a partial or a whole ARN, with or without a qualifier.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rehearsal.api import ApiError, Caller, partition_of

LATEST = "$LATEST"
_FUNCTION = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:|(?P<partial>\d{12}):function:|"
    r"function:)?"
    r"(?P<name>[A-Za-z0-9_-]{1,140})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?",
    re.ASCII,
)
_LAYER = re.compile(
    r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[A-Za-z0-9_-]{1,140})"
    r"(?::(?P<version>\d{1,10}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class FunctionName:
    """A function by account, region and name; `qualifier` is a version or an alias, None where none was named."""

    account: str
    region: str
    name: str
    qualifier: str | None = None

    @property
    def scope(self) -> tuple[str, str]:
        """The account and region."""
        return self.account, self.region

    @property
    def slot(self) -> str:
        """By what a function keeps something of what is named: the qualifier, empty for the function itself."""
        return "" if self.qualifier in (None, LATEST) else str(self.qualifier)

    @property
    def unqualified(self) -> str:
        """The ARN of the function itself."""
        return f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def arn(self) -> str:
        """The ARN of what is named."""
        return f"{self.unqualified}:{self.qualifier}" if self.qualifier else self.unqualified


def function_name(text: str, caller: Caller, qualifier: str | None = None) -> FunctionName:
    """What a name and a qualifier beside it mean to a caller. Raises ApiError InvalidParameterValueException."""
    found = _FUNCTION.fullmatch(text)
    if found is None:
        raise ApiError("InvalidParameterValueException", f"Invalid function name: {text}")
    if qualifier and found["qualifier"] and qualifier != found["qualifier"]:
        text = "The derived qualifier from the function name does not match the specified qualifier."
        raise ApiError("InvalidParameterValueException", text)
    return FunctionName(
        found["account"] or found["partial"] or caller.account,
        found["region"] or caller.region,
        found["name"],
        qualifier or found["qualifier"],
    )


@dataclass(frozen=True)
class LayerName:
    """A layer, or one version of it."""

    account: str
    region: str
    name: str
    version: int | None = None

    @property
    def arn(self) -> str:
        """Its ARN."""
        made = f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}:layer:{self.name}"
        return made if self.version is None else f"{made}:{self.version}"


def layer_name(text: str, caller: Caller, version: int | None = None) -> LayerName:
    """What the name or ARN of a layer means to a caller."""
    found = _LAYER.fullmatch(text)
    if found is None:
        return LayerName(caller.account, caller.region, text, version)
    given = int(found["version"]) if found["version"] else None
    return LayerName(found["account"], found["region"], found["name"], given if version is None else version)
