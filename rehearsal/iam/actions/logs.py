"""CloudWatch Logs. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several, tagging

# log groups end with `:*` as resources, streams name themselves
_GROUP = "log-group:{logGroupName}:*"
_STREAM = "log-group:{logGroupName}:log-stream:{logStreamName}"

RULES: dict[str, Rule] = {
    "CreateLogGroup": On(_GROUP, tags="tags", tagging="TagResource"),
    **several(_GROUP, "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy",
              "DescribeLogStreams", "FilterLogEvents", "AssociateKmsKey", "DisassociateKmsKey",
              "UntagLogGroup", "ListTagsLogGroup", "PutSubscriptionFilter",
              "DescribeSubscriptionFilters"),
    **several(_STREAM, "CreateLogStream", "PutLogEvents", "GetLogEvents", "DeleteLogStream"),
    "TagLogGroup": On(_GROUP, tags="tags"),
    "DescribeLogGroups": On(),
    **tagging(),
    **several(_GROUP, "PutMetricFilter", "DeleteMetricFilter", "StartQuery"),
    "DescribeMetricFilters": On(_GROUP),
    **several("*", "DescribeQueries", "GetQueryResults", "StopQuery", "DescribeExportTasks", "DescribeDestinations",
              "DescribeQueryDefinitions"),
    **several("*", "DescribeResourcePolicies", "PutResourcePolicy", "DeleteResourcePolicy"),
}  # fmt: skip
