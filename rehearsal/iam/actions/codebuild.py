"""CodeBuild. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule, several

_PROJECT = "project/{name}"
_ROLE = {"serviceRole": "codebuild.amazonaws.com"}


def _of_builds(path: str) -> Rule:
    """The project of each build: build ids are `<project>:<uuid>`, perhaps in an ARN."""

    def checks(asked: Asked) -> Iterator[Check]:
        found = asked.get(path)
        names = [
            str(each).rpartition("/")[2].partition(":")[0] for each in (found if isinstance(found, list) else [found])
        ]
        for name in dict.fromkeys(names):
            yield Check(f"codebuild:{asked.operation}", asked.arn(f"project/{name}"), asked.caller.account)

    return checks


RULES: dict[str, Rule] = {
    "CreateProject": On(_PROJECT, passes=_ROLE, tags="tags"),
    "UpdateProject": On(_PROJECT, passes=_ROLE, tags="tags"),
    **several(_PROJECT, "DeleteProject"),
    "BatchGetProjects": On("project/{names[]}"),
    "StartBuild": On("project/{projectName}", passes={"serviceRoleOverride": "codebuild.amazonaws.com"}),
    **several("project/{projectName}", "ListBuildsForProject", "InvalidateProjectCache"),
    "BatchGetBuilds": _of_builds("ids"),
    "StopBuild": _of_builds("id"),
    "RetryBuild": _of_builds("id"),
    **several(
        "*",
        "ListCuratedEnvironmentImages",
        "ListReportGroups",
        "ListReports",
        "ListSourceCredentials",
        "ListBuildBatches",
        "ListFleets",
    ),
    **several("*", "ListBuilds", "ListProjects"),
}
