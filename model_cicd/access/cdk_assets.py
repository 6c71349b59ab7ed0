"""The files that the CDK publishes with the stacks of an assembly, which roles read by their exact key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from model_cicd.access.assembly import Stack
from model_cicd.access.resource import CdkAsset
from model_cicd.aws.regions import PARTITION_OF
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.text.errors import ModelCicdError

_ACCOUNT = re.compile(r"iam::([0-9]{12}):role/")
_RUNNER = "published runner"
_KINDS = {".whl": _RUNNER, ".env": "published environment", ".zip": "published seeds"}


def cdk_assets(directory: Path, stacks: list[Stack], topology: Topology) -> list[CdkAsset]:
    """Runner, environment, seeds, declared pipelines, sources of promotions, each once; templates are left out."""
    found: dict[str, CdkAsset] = {}
    sources = dict(_sources(stacks, topology))
    pipelines = dict(_pipelines(stacks, topology))
    for path in sorted(directory.glob("*.assets.json")):
        files = json.loads(path.read_text(encoding="utf-8")).get("files", {})
        for file in files.values():
            kind = _KINDS.get(Path(str(file.get("source", {}).get("path"))).suffix)
            for place in file.get("destinations", {}).values():
                key = str(place["objectKey"])
                if kind is None and key not in pipelines:
                    continue
                account = _ACCOUNT.search(str(place["assumeRoleArn"]))
                if account is None:
                    raise ModelCicdError(f"{path}: got {place['assumeRoleArn']!r}, expected the ARN of a role")
                region = str(place.get("region") or topology.tooling.place.region)
                arn = f"arn:{PARTITION_OF[region]}:s3:::{place['bucketName']}/{key}"
                if key in pipelines:
                    found[arn] = CdkAsset("declared pipeline", arn, account[1], region, pipelines[key])
                elif kind:
                    group = sources.get(key)
                    word = "promotion source" if group else kind
                    if kind == _RUNNER and account[1] != topology.tooling.account:
                        word = f"{kind} of workflows"
                    found[arn] = CdkAsset(word, arn, account[1], region, group)
    return list(found.values())


def _sources(stacks: list[Stack], topology: Topology) -> Iterator[tuple[str, str]]:
    """The key of each promotion's source, with its group."""
    groups = {group.promotion.pipeline.name: group.name for group in topology.groups}
    for stack in stacks:
        for resource in stack.resources.values():
            if resource["Type"] != "AWS::CodePipeline::Pipeline" or resource["Properties"]["Name"] not in groups:
                continue
            for stage in resource["Properties"]["Stages"]:
                for action in stage["Actions"]:
                    if "S3ObjectKey" in action.get("Configuration", {}):
                        yield action["Configuration"]["S3ObjectKey"], groups[resource["Properties"]["Name"]]


def _pipelines(stacks: list[Stack], topology: Topology) -> Iterator[tuple[str, str]]:
    """The key of each pipeline that a group declares, with its group."""
    groups = {
        group.training.project.name: group.name
        for group in topology.groups
        if group.training and group.pipeline_config is not None
    }
    for stack in stacks:
        for resource in stack.resources.values():
            if resource["Type"] != "AWS::CodeBuild::Project" or resource["Properties"].get("Name") not in groups:
                continue
            for variable in resource["Properties"]["Environment"]["EnvironmentVariables"]:
                if variable["Name"] == "MODEL_CICD_PIPELINE":
                    yield str(variable["Value"]).rpartition("/")[2], groups[resource["Properties"]["Name"]]
