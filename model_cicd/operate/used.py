"""What the versions of a group are used for: what serves, what served, what is promoted. Nothing is guessed.

Whoever may not see a part gets an error and no answer: what may serve is not retired.
"""

from __future__ import annotations

from datetime import datetime

from model_cicd.operate import promotions
from model_cicd.operate.access import Access, error_code
from model_cicd.operate.actions import client_of
from model_cicd.operate.records import Group
from model_cicd.operate.retention import Stay, Use, stays
from model_cicd.operate.rollback import earlier
from model_cicd.operate.serving import rolled_back, serving
from model_cicd.text.errors import ModelCicdError


def used(access: Access, group: Group) -> Use:
    """Asks CodePipeline and every environment. Raises DeniedError, and ModelCicdError where there is no pipeline."""
    since, ran = _pipeline_made(access, group), list(promotions.deployments(access, group))
    found: list[Stay] = []
    returns: dict[str, int] = {}
    for place in group.places:
        now, past = serving(access, place), list(promotions.history(ran, place))
        if now.stack_status and now.version is None and past:
            raise ModelCicdError(
                f"what {place.name} serves is not known: stack {place.stack_name} is {now.stack_status}; "
                "nothing is retired"
            )
        reached = [(each.version, each.at) for each in past if each.at] + rolled_back(access, place)
        found += stays(place.name, reached, now.version)
        if (target := earlier(past, now.release_arn, None)) is not None:
            returns[place.name] = target.version
    for stack, past in promotions.elsewhere(ran, group).items():
        name = f"{stack}, which no environment has any more (`model-cicd leftovers`)"
        found += stays(name, [(each.version, each.at) for each in past if each.at], None)
    return Use(tuple(found), _promoted(access, group), returns, since)


def _pipeline_made(access: Access, group: Group) -> datetime:
    """When the promotion pipeline was made: it has no record of what was before."""
    from botocore.exceptions import ClientError

    name = group.pipeline_name
    with access.asking("codepipeline:GetPipeline", f"pipeline {name} of account {group.tooling_account}"):
        try:
            found = client_of(access, group).get_pipeline(name=name)
        except ClientError as error:
            if error_code(error) != "PipelineNotFoundException":
                raise
            raise ModelCicdError(
                f"{group.name}: there is no promotion pipeline {name}, which has the record of what served; "
                "nothing is retired"
            ) from None
    made: datetime = found["metadata"]["created"]
    return made


def _promoted(access: Access, group: Group) -> frozenset[int]:
    """Versions whose promotion runs or waits."""
    client, name = client_of(access, group), group.pipeline_name
    with access.asking("codepipeline:ListPipelineExecutions", f"pipeline {name} of account {group.tooling_account}"):
        pages = client.get_paginator("list_pipeline_executions").paginate(pipelineName=name)
        ran = [each for page in pages for each in page["pipelineExecutionSummaries"]]
    running = [each["pipelineExecutionId"] for each in ran if each["status"] in ("InProgress", "Stopping")]
    found = {group.version_of(promotions.package_of(access, group, each)) for each in running}
    return frozenset(each for each in found if each is not None)
