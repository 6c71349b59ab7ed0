"""What must hold of the data scientists whom a group names, and of what its trainings are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.sagemaker_model_cicd.settings.reading import groups
from model_cicd.text.messages import Complaint
from model_cicd.text.untrusted import mapping


def scientist_complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Roles of the build account, of groups whose repository has the pipeline."""
    for path, group in groups(data):
        account = mapping(group.get("buildEnvironment")).get("account")
        arns = group.get("dataScientists")
        if arns and group.get("pipelineConfig"):
            yield (
                (*path, "dataScientists"),
                "got it beside pipelineConfig, expected it for a group whose repository has the pipeline",
            )
        for index, arn in enumerate(arns if isinstance(arns, list) else ()):
            own = arn.split(":")[4] if isinstance(arn, str) and arn.count(":") > 4 else account
            if isinstance(account, str) and own != account:
                message = f"got a role of account {own}, expected one of the build account {account}"
                yield (*path, "dataScientists", index), message


def compares_complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """What serves is looked up by the runner, which pipelines of the manifest have none of."""
    for path, group in groups(data):
        if group.get("compareWithServing") is True and group.get("pipelineConfig") is not None:
            wrong = "got true beside pipelineConfig, expected it for a group whose repository has the pipeline"
            yield (*path, "compareWithServing"), wrong
