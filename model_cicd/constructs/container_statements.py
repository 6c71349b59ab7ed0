"""What the containers of jobs and endpoints may do, whatever they run."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.aws.place import Place
from model_cicd.constructs.iam import Statement


def image_statements(place: Place, own_account: str) -> list[Statement]:
    """Pull built-in images and those of `own_account`, the build account."""
    return [
        Statement(
            "ImageToken",
            ["ecr:GetAuthorizationToken"],
            ["*"],
            why="the action has no resource; https://docs.aws.amazon.com/service-authorization/latest/reference/",
        ),
        Statement(
            "Images",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [
                place.elsewhere("*").arn("ecr", "repository/sagemaker-*"),
                place.elsewhere(own_account).arn("ecr", "repository/*"),
            ],
            why="built-in images, whose account differs by region and algorithm, and images of the build account",
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
