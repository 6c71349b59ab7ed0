"""The actions that a promotion has to have in the stage of an environment."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.sagemaker_model_cicd.topology import EndpointTarget


def deploying_actions(target: EndpointTarget, project: str) -> Iterator[str]:
    """The actions of an environment, in order: what an approval is about is made before it and executed after it."""
    order = 1
    if target.shadow:
        for name in target.approvals[:-1]:
            yield f"{target.stage_name}/{name} at {order} (Approval AWS Manual)"
            order += 1
        shadow = target.shadow.project.name
        yield f"{target.stage_name}/Shadow at {order} (Build AWS CodeBuild), ProjectName {shadow}"
        order += 1
    acting = f"(Deploy AWS CloudFormation) as {target.bootstrap.deploy}, StackName {target.stack_name}"
    change_set = "ChangeSetName promotion-#{codepipeline.PipelineExecutionId}"
    yield (
        f"{target.stage_name}/CreateChangeSet at {order} {acting}, ActionMode CHANGE_SET_REPLACE"
        f", {change_set}, RoleArn {target.bootstrap.cfn_exec}"
    )
    order += 1
    if target.require_approval or target.tests:
        yield f"{target.stage_name}/Describe at {order} (Build AWS CodeBuild), ProjectName {project}"
        order += 1
    if target.require_approval:
        yield f"{target.stage_name}/Approve at {order} (Approval AWS Manual)"
        order += 1
    yield f"{target.stage_name}/ExecuteChangeSet at {order} {acting}, ActionMode CHANGE_SET_EXECUTE, {change_set}"
    tests = target.tests
    for action, build in (("Test", tests.project), ("Settle", tests.settling)) if tests else ():
        yield f"{target.stage_name}/{action} at {order + 1} (Build AWS CodeBuild), ProjectName {build.name}"
