"""CodeConnections. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several


def rules(service: str) -> dict[str, Rule]:
    """The rules of the service by one of its names."""
    arn = "{ResourceArn}"
    return {
        "CreateConnection": On(
            "*", keys={f"{service}:ProviderType": "ProviderType"}, tags="Tags", tagging="TagResource"
        ),
        **several("{ConnectionArn}", "GetConnection", "DeleteConnection"),
        "ListConnections": On("*", keys={f"{service}:ProviderTypeFilter": "ProviderTypeFilter"}),
        "TagResource": On(arn, tags="Tags"),
        "UntagResource": On(arn, keys={"aws:TagKeys": "TagKeys[]"}),
        "ListTagsForResource": On(arn),
    }


RULES: dict[str, Rule] = rules("codeconnections")
