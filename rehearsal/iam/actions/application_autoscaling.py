"""Application Auto Scaling, whose resources are made by its service-linked role.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several

RULES: dict[str, Rule] = several(
    "*", "RegisterScalableTarget", "DeregisterScalableTarget", "DescribeScalableTargets", "PutScalingPolicy",
    "DeleteScalingPolicy", "DescribeScalingPolicies", "DescribeScalingActivities",
    "DescribeScheduledActions", "PutScheduledAction", "DeleteScheduledAction",
) | {
    "ListTagsForResource": On("{ResourceARN}"),
    "TagResource": On("{ResourceARN}", tags="Tags"),
}  # fmt: skip
