"""What the containers of jobs and endpoints may do, whatever they run."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.aws.images import PULL
from model_cicd.constructs.iam import Statement


def image_statements(repositories: Sequence[str]) -> list[Statement]:
    """Pull images of exactly these repositories (ARNs)."""
    return [
        Statement(
            "ImageToken",
            ["ecr:GetAuthorizationToken"],
            ["*"],
            why="the action has no resource; https://docs.aws.amazon.com/service-authorization/latest/reference/",
        ),
        Statement(
            "Images",
            PULL,
            repositories,
            why="accounts of AWS that hold nothing but images which AWS offers to everybody",
        ),
    ]


def observation_statements(log_groups: Sequence[str], namespaces: Sequence[str], why: str) -> list[Statement]:
    """Write into `log_groups` (ARNs), for the reason `why`, and metrics of `namespaces`."""
    return [
        Statement(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [f"{each}:*" for each in log_groups],
            why=why,
        ),
        Statement(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": namespaces}},
            why="the action has no resource; the namespace is limited by a condition",
        ),
    ]
