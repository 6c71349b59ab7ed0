"""Step Functions. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several, tagging

_ROLE = {"roleArn": "states.amazonaws.com"}
_MACHINE = "{stateMachineArn}"

RULES: dict[str, Rule] = {
    "CreateStateMachine": On("stateMachine:{name}", passes=_ROLE, tags="tags", tagging="TagResource"),
    "UpdateStateMachine": On(_MACHINE, passes=_ROLE),
    **several(_MACHINE, "DescribeStateMachine", "DeleteStateMachine", "StartExecution", "StartSyncExecution",
              "ListExecutions"),
    **several("{executionArn}", "DescribeExecution", "GetExecutionHistory"),
    **tagging(),
    "TestState": On(passes=_ROLE),
    "ListMapRuns": On("{executionArn}"),
    **several("*", "ListStateMachines", "ListActivities", "ValidateStateMachineDefinition"),
}  # fmt: skip
