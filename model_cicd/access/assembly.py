"""The stacks of a cloud assembly: those that the CDK deploys, and those that its pipelines do.

https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_cicd.text.errors import ModelCicdError

_ENVIRONMENT = re.compile(r"aws://([0-9]{12})/([a-z0-9-]+)")
_ROLE = re.compile(r"arn:[\w-]+:iam::([0-9]{12}):role/")


#: account, region and name
StackKey = tuple[str, str, str]


@dataclass(frozen=True)
class Stack:
    """A stack as it would be deployed.

    `parameters` are the values that its deployment gives, by name; `directory` holds the files published with it.
    """

    name: str
    account: str
    region: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None

    @property
    def key(self) -> StackKey:
        """What no other stack has."""
        return self.account, self.region, self.name

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical id."""
        found: Mapping[str, Mapping[str, Any]] = self.template.get("Resources", {})
        return found

    def published(self, key: str) -> str | None:
        """The text of a file that is published as the object `key`; None where there is none."""
        try:
            return (self.directory / f"asset.{key}").read_text(encoding="utf-8") if self.directory else None
        except (OSError, UnicodeDecodeError):
            return None


def read_assembly(directory: Path) -> list[Stack]:
    """Every stack of the assembly in `directory`, in its order.

    Parameters that a pipeline takes from outside the template (a version's ARN) are not among those of its stacks.
    Raises ModelCicdError when a file is missing or says no account.
    """
    manifest = _json(directory / "manifest.json")
    stacks: list[Stack] = []
    for name, artifact in manifest.get("artifacts", {}).items():
        if artifact["type"] == "cdk:cloud-assembly":
            stacks += read_assembly(directory / artifact["properties"]["directoryName"])
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        place = _ENVIRONMENT.fullmatch(str(artifact.get("environment")))
        if place is None:
            message = f"stack {name}: got the environment {artifact.get('environment')!r}, expected account and region"
            raise ModelCicdError(message)
        template = _json(directory / artifact["properties"]["templateFile"])
        stack = Stack(artifact["properties"].get("stackName", name), place[1], place[2], template, {}, directory)
        stacks += [stack, *_deployed_by_pipelines(directory, stack)]
    return stacks


def _deployed_by_pipelines(directory: Path, stack: Stack) -> Iterator[Stack]:
    """The stacks that the CodePipelines of `stack` deploy from a zip file among the assembly's assets."""
    for resource in stack.resources.values():
        if resource["Type"] != "AWS::CodePipeline::Pipeline":
            continue
        actions = [action for stage in resource["Properties"]["Stages"] for action in stage["Actions"]]
        sources = {
            action["OutputArtifacts"][0]["Name"]: str(action["Configuration"]["S3ObjectKey"])
            for action in actions
            if action["ActionTypeId"]["Provider"] == "S3"
        }
        for action in actions:
            configuration: Mapping[str, Any] = action.get("Configuration", {})
            if action["ActionTypeId"]["Provider"] == "CloudFormation" and "TemplatePath" in configuration:
                yield _deployed(directory, stack, action, sources)


def _deployed(directory: Path, stack: Stack, action: Mapping[str, Any], sources: Mapping[str, str]) -> Stack:
    configuration = action["Configuration"]
    name = str(configuration["StackName"])
    account = _ROLE.match(str(configuration["RoleArn"]))
    if account is None:
        message = f"got the role {configuration['RoleArn']!r}, expected the ARN of the role that deploys it"
        raise ModelCicdError(f"stack {name}: {message}")

    def read(path: str) -> Any:
        artifact, _, inner = path.partition("::")
        archive = directory / f"asset.{sources[artifact]}"
        try:
            with zipfile.ZipFile(archive) as opened:
                return json.loads(opened.read(inner))
        except (OSError, KeyError) as error:
            raise ModelCicdError(f"stack {name}: {archive} has no {inner}: {error}") from None

    template = read(configuration["TemplatePath"])
    given = (
        read(configuration["TemplateConfiguration"])["Parameters"] if "TemplateConfiguration" in configuration else {}
    )
    return Stack(name, account[1], action.get("Region", stack.region), template, given)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelCicdError(f"{path}: {error.strerror}: expected the output of a synthesis") from None
