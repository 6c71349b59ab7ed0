"""Write model_cicd/aws/service_regions.json: the regions of each partition, and which services some of them lack.

From the endpoints in botocore (Apache-2.0); of regions of which these know no services, from the resource types that
cfn-lint (MIT-0) lists for them. Run after an update of either; a test says when it is due.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import botocore
import cfnlint

TARGET = Path(__file__).parents[1] / "model_cicd" / "aws" / "service_regions.json"
BOTOCORE = Path(botocore.__file__).parent / "data"
SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas" / "providers"

#: what the modules use and not every region has: botocore's name of the endpoint, and a type of its resources
SERVICES = {
    "Application Auto Scaling": ("application-autoscaling", "AWS::ApplicationAutoScaling::ScalingPolicy"),
    "CodeBuild": ("codebuild", "AWS::CodeBuild::Project"),
    "CodeCommit": ("codecommit", "AWS::CodeCommit::Repository"),
    "CodePipeline": ("codepipeline", "AWS::CodePipeline::Pipeline"),
    "EventBridge": ("events", "AWS::Events::Rule"),
    "SageMaker": ("api.sagemaker", "AWS::SageMaker::Model"),
    "Step Functions": ("states", "AWS::StepFunctions::StateMachine"),
}


def regions() -> dict[str, list[str]]:
    """The regions that botocore or cfn-lint knows, by partition."""
    partitions = json.loads((BOTOCORE / "partitions.json").read_text(encoding="utf-8"))["partitions"]
    listed = {path.stem for path in SCHEMAS.glob("*-*-*.json")}
    found = {}
    for partition in partitions:
        own = {name for name in partition["regions"] if not name.endswith("-global")}
        own |= {name for name in listed if re.fullmatch(partition["regionRegex"], name)}
        found[partition["id"]] = sorted(own)
    return found


def lacking() -> dict[str, list[str]]:
    """The regions without each service, by its name."""
    endpoints = json.loads((BOTOCORE / "endpoints.json").read_text(encoding="utf-8"))["partitions"]
    services = {each["partition"]: each["services"] for each in endpoints}
    found: dict[str, list[str]] = {name: [] for name in SERVICES}
    for partition, names in regions().items():
        known: dict[str, Any] = services.get(partition, {})
        reached = {region for service in known.values() for region in service["endpoints"]}
        for region in names:
            types = _types(region)
            for name, (endpoint, kind) in SERVICES.items():
                there = region in known.get(endpoint, {}).get("endpoints", ()) if region in reached else kind in types
                if not there:
                    found[name].append(region)
    return {name: sorted(each) for name, each in found.items()}


def _types(region: str) -> set[str]:
    path = SCHEMAS / f"{region}.json"
    return set(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else set()


def text() -> str:
    """The content of the file: a line for each partition and service."""
    parts = []
    for key, value in (("regions", regions()), ("lacking", lacking())):
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items())
        parts.append(f" {json.dumps(key)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
