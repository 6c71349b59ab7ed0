"""CloudFormation. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule, account_of, fill, several

_STACK = "stack/{StackName}/*"
_ROLE = {"RoleARN": "cloudformation.amazonaws.com"}
_KEYS = {"cloudformation:RoleArn": "RoleARN", "cloudformation:TemplateUrl": "TemplateURL"}


def _change_set(asked: Asked) -> Iterator[Check]:
    """On the stack of a change set; its name, where given, is a condition key."""
    name = str(asked.get("ChangeSetName") or "")
    stack = asked.get("StackName")
    # the ARN of a change set alone does not say whose it is
    arns = fill(_STACK, asked, "cloudformation") if stack or not name.startswith("arn:") else [name]
    context = {} if name.startswith("arn:") or not name else {"cloudformation:ChangeSetName": name}
    for arn in arns:
        yield Check(f"cloudformation:{asked.operation}", arn, account_of(arn, asked.caller), context)


def _create_change_set(asked: Asked) -> Iterator[Check]:
    keys = {**_KEYS, "cloudformation:ChangeSetName": "ChangeSetName"}
    yield from On(_STACK, passes=_ROLE, keys=keys, tags="Tags")(asked)


RULES: dict[str, Rule] = {
    "CreateStack": On(_STACK, passes=_ROLE, keys=_KEYS, tags="Tags"),
    "UpdateStack": On(_STACK, passes=_ROLE, keys=_KEYS, tags="Tags"),
    "DeleteStack": On(_STACK, passes=_ROLE),
    "RollbackStack": On(_STACK, passes=_ROLE),
    "ContinueUpdateRollback": On(_STACK, passes=_ROLE),
    "CreateChangeSet": _create_change_set,
    **dict.fromkeys(("DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "ListHookResults"), _change_set),
    **several(_STACK, "DescribeStacks", "DescribeStackEvents", "DescribeEvents", "DescribeStackResource",
              "DescribeStackResources", "GetTemplate", "GetTemplateSummary", "ListChangeSets", "ListStackResources",
              "UpdateTerminationProtection", "CancelUpdateStack", "GetStackPolicy", "DetectStackDrift",
              "DetectStackResourceDrift", "DescribeStackResourceDrifts"),
    "SetStackPolicy": On(_STACK, keys={"cloudformation:StackPolicyUrl": "StackPolicyURL"}),
    **several("*", "ListExports", "ListImports", "ListStacks", "ValidateTemplate", "DescribeType",
              "DescribeStackDriftDetectionStatus"),
}  # fmt: skip
