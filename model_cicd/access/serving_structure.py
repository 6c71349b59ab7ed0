"""The structure that the stacks of environments have to have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_cicd.access.hosting_facts import canonical
from model_cicd.access.resource_facts import calls
from model_cicd.access.structure import Expectation
from model_cicd.aws.shadow import PARAMETER
from model_cicd.batch_states import JOB_PREFIX, MODEL, definition
from model_cicd.hosting import BatchTransform
from model_cicd.retrain_states import counter
from model_cicd.retrain_states import definition as definition_of_retraining
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology


def serving_structure(target: EndpointTarget, bus_arn: str) -> Iterator[Expectation]:
    """The models, what gets copies of requests, and what monitors.

    Of transforms, the state machine with just that model, and its schedule or new data of its input.
    """
    shadow = [f"{_release(PARAMETER)} while Shadowed"] if target.hosting.shadow else []
    for parameter in ("ModelPackageArn", PARAMETER) if shadow else ("ModelPackageArn",):
        model = {"role": [target.model_execution_role.arn], "container": [_release(parameter)]}
        yield Expectation(target.stack_name, "AWS::SageMaker::Model", "", model)
    if target.batch is None:
        waits = target.hosting.asynchronous
        facts = {"shadows": shadow, "answers go to": [f"{waits.output.uri}/"] if waits else []}
        yield Expectation(target.stack_name, "AWS::SageMaker::EndpointConfig", "", facts)
    yield from _monitored(target, bus_arn)
    transform, runs = target.hosting.kind, target.batch
    if runs is None or not isinstance(transform, BatchTransform):
        return
    machine, made = runs.machine, definition(transform, target.environment.place.partition)
    facts = {
        "role": [machine.role.arn],
        "substitutions": [
            f"{JOB_PREFIX}: {canonical(runs.job_prefix)}",
            f"{MODEL}: {canonical({'Fn::GetAtt': ['Model', 'ModelName']})}",
        ],
        "begins with": [made["StartAt"]],
        "calls": [calls(name, state) for name, state in made["States"].items()],
    }
    yield Expectation(target.stack_name, "AWS::StepFunctions::StateMachine", machine.state_machine.name, facts)
    if transform.starts_itself:
        rule = {
            "pattern": [canonical(_new_data(transform)) if transform.on_new_data else ""],
            "schedule": [transform.schedule or ""],
            "targets": [f"{machine.state_machine.arn} as {machine.events_role.arn}"],
        }
        yield Expectation(target.stack_name, "AWS::Events::Rule", machine.rule, rule)


def _release(parameter: str) -> str:
    return canonical({"ModelPackageName": {"Ref": parameter}})


def _new_data(transform: BatchTransform) -> dict[str, Any]:
    key, size = [{"prefix": f"{transform.input.path}/"}], [{"numeric": [">", 0]}]
    detail = {"bucket": {"name": [transform.input.bucket]}, "object": {"key": key, "size": size}}
    return {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}


def _monitored(target: EndpointTarget, bus_arn: str) -> Iterator[Expectation]:
    """Which role analyses, and who is told of what it finds."""
    monitoring, monitor = target.hosting.monitoring, target.monitor
    if monitoring is None or monitor is None:
        return
    for kind in ("Data", "Model") if monitoring.model_quality else ("Data",):
        facts = {"role": [monitor.role.arn]}
        yield Expectation(target.stack_name, f"AWS::SageMaker::{kind}QualityJobDefinition", "", facts)
    if monitoring.topic_arn or monitoring.forwards:
        rule = {
            "pattern": [canonical(_drift([monitor.role.arn]))],
            "schedule": [""],
            "targets": [
                *([f"{monitoring.topic_arn} as None"] if monitoring.topic_arn else []),
                *([f"{bus_arn} as {monitor.forward_role.arn}"] if monitoring.forwards else []),
            ],
            "more": ["InputTransformer"] if monitoring.topic_arn else [],
        }
        yield Expectation(target.stack_name, "AWS::Events::Rule", monitor.rule, rule)


def _drift(roles: list[str]) -> dict[str, Any]:
    found = {"ProcessingJobStatus": ["Completed"], "ExitMessage": [{"prefix": "CompletedWithViolations"}]}
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {"RoleArn": roles, **found},
    }


def retraining_structure(group: GroupTopology, partition: str) -> Iterator[Expectation]:
    """Of drift in these environments alone, and the two machines that start trainings and count them."""
    stack, retraining = group.tooling_stack_name, group.retraining
    if retraining is None:
        return
    machine, counting = retraining.machine, retraining.counter
    for each, made in ((machine, definition_of_retraining(retraining.wanted, partition)), (counting, counter())):
        facts = {
            "role": [each.role.arn],
            "begins with": [made["StartAt"]],
            "calls": [calls(name, state) for name, state in made["States"].items()],
        }
        yield Expectation(stack, "AWS::StepFunctions::StateMachine", each.state_machine.name, facts)
    pattern = _drift([each.role_arn for each in retraining.wanted.watched]) | {"account": list(retraining.accounts)}
    targets = [f"{machine.state_machine.arn} as {machine.events_role.arn}"]
    rule = {"pattern": [canonical(pattern)], "schedule": [""], "targets": targets}
    yield Expectation(stack, "AWS::Events::Rule", machine.rule, rule)
