"""The lineage as the content of a SageMaker model card, within the limits of its schema.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from model_cicd.lineage.records import Job, Lineage
from model_cicd.text.metrics import Metric

_LONGEST, _LONGEST_PARAMETER = 1024, 255
_MOST, _MOST_EVALUATED, _MOST_PARAMETERS = 15, 10, 100


def as_card(lineage: Lineage) -> str:
    """JSON in one line, as CreateModelCard takes it. What people alone know (uses, risks, business) is left out."""
    version, containers = lineage.version, lineage.containers
    training = next((each for each in reversed(lineage.jobs) if ":training-job/" in each.arn), None)
    data = _texts(lineage.data.values())
    content: dict[str, Any] = {
        "model_overview": {
            "model_name": _text(lineage.group.model_package_group_name),
            "model_description": _text(f"Version {version.number} of deployment group {lineage.group.name}"),
            "model_version": version.number,
            "model_artifact": _texts(each.artifact for each in containers),
            "inference_environment": {"container_image": _texts(each.image for each in containers)},
        },
        "training_details": {"training_job_details": _training(training, data)} if training else {},
        "evaluation_details": [_evaluation(lineage.metrics, data)] if lineage.metrics else [],
        "additional_information": {"custom_details": _custom(lineage)},
    }
    return json.dumps({name: part for name, part in content.items() if part}, ensure_ascii=False)


def _training(job: Job, data: list[str]) -> dict[str, Any]:
    parameters = [
        {"name": name[:_LONGEST_PARAMETER], "value": value}
        for name, given in job.hyperparameters.items()
        if (value := _text(given, _LONGEST_PARAMETER))
    ]
    return {
        "training_arn": job.arn,
        "training_datasets": data,
        "training_environment": {"container_image": _texts([job.image])},
        "hyper_parameters": parameters[:_MOST_PARAMETERS],
    }


def _evaluation(metrics: list[Metric], data: list[str]) -> dict[str, Any]:
    return {
        "name": "metrics",
        "datasets": data[:_MOST_EVALUATED],
        "metric_groups": [
            {
                "name": "against thresholds",
                "metric_data": [
                    {"name": each.name[:_LONGEST_PARAMETER], "type": "number", "value": each.value, "notes": str(each)}
                    for each in metrics
                ],
            }
        ],
    }


def _custom(lineage: Lineage) -> Mapping[str, str]:
    code, decision, execution, release = lineage.code, lineage.decision, lineage.execution, lineage.release
    found = {
        "Version": lineage.version.arn,
        "Release": release.arn if release else "",
        "Digest": release.digest if release else "",
        "Repository": code.repository,
        "Branch": code.branch,
        "Commit": code.commit,
        "Execution": execution.arn if execution else "",
        "ApprovalStatus": decision.status,
        "DecidedBy": decision.by,
        "DecidedAt": decision.at,
        "Reason": decision.reason,
        "StageApprovals": "; ".join(f"{each.stage} {each.status} by {each.by}" for each in lineage.approvals),
    }
    return {name: _text(value) for name, value in found.items() if value.strip()}


def _texts(values: Iterable[str]) -> list[str]:
    return [_text(each) for each in dict.fromkeys(values) if each][:_MOST]


def _text(value: str, longest: int = _LONGEST) -> str:
    """In one line, cut to what the schema takes."""
    return " ".join(value.split())[:longest]
