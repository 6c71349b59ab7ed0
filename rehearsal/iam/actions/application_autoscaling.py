"""Application Auto Scaling, whose resources are made by its service-linked role.

What changes a target is asked of all targets of the account at once; two condition keys say which kind of target.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several

_TARGET = On(
    "scalable-target/*",
    keys={
        "application-autoscaling:service-namespace": "ServiceNamespace",
        "application-autoscaling:scalable-dimension": "ScalableDimension",
    },
)
RULES: dict[str, Rule] = several(
    "*", "DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScalingActivities", "DescribeScheduledActions",
) | {
    "RegisterScalableTarget": _TARGET,
    "DeregisterScalableTarget": _TARGET,
    "PutScalingPolicy": _TARGET,
    "DeleteScalingPolicy": _TARGET,
    "PutScheduledAction": _TARGET,
    "DeleteScheduledAction": _TARGET,
    "ListTagsForResource": On("{ResourceARN}"),
    "TagResource": On("{ResourceARN}", tags="Tags"),
}  # fmt: skip
