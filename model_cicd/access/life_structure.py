"""The structure of what puts environments asleep and wakes them, and of what records stages of versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_cicd.access.hosting_facts import canonical
from model_cicd.access.resource_facts import calls
from model_cicd.access.structure import Expectation
from model_cicd.sagemaker_model_cicd.stacks.endpoint_parameters import parameter_values
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology

#: what the pipeline gives, which differs from version to version
_OF_VERSIONS = ("Commit", "Digest", "ModelPackageArn", "ReleaseKeyArn", "Version")


def life_structure(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    """What a group has of both."""
    yield from _sleep_structure(topology, group)
    yield from _stage_structure(topology, group)


def _sleep_structure(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    """A state machine with two rules for each environment that has times."""
    stack = group.promotion.stack_name
    for target in group.promotion.targets:
        if (times := target.sleep_times) is None:
            continue
        parameters = {*parameter_values(group, target, topology.tooling.event_bus_arn), *_OF_VERSIONS} - {"Asleep"}
        machine = {
            "role": [times.machine.role.arn],
            "begins with": ["Update"],
            "calls": [_update(topology, target, sorted(parameters))],
        }
        yield Expectation(stack, "AWS::StepFunctions::StateMachine", times.machine.state_machine.name, machine)
        started = f"{times.machine.state_machine.arn} as {times.machine.events_role.arn}"
        for rule, at, asleep in (
            (times.machine.rule, times.sleeps_at, "true"),
            (times.wake_rule, times.wakes_at, "false"),
        ):
            facts = {
                "pattern": [""],
                "schedule": [at],
                "targets": [started],
                "inputs": [f'{{"asleep": "{asleep}"}}'],
                "more": ["Input"],
            }
            yield Expectation(stack, "AWS::Events::Rule", rule, facts)


def _update(topology: Topology, target: EndpointTarget, kept: Sequence[str]) -> str:
    """Exactly this stack, the template that is there, and every other parameter as it is."""
    asleep = {"ParameterKey": "Asleep", "ParameterValue.$": "$.asleep"}
    given = {
        "StackName": target.stack_name,
        "UsePreviousTemplate": True,
        "Parameters": [asleep, *({"ParameterKey": each, "UsePreviousValue": True} for each in kept)],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "RoleARN": target.bootstrap.cfn_exec,
    }
    resource = f"{sdk_of(topology)}:cloudformation:updateStack"
    state = {"Resource": resource, "Credentials": {"RoleArn": target.bootstrap.deploy}, "Parameters": given}
    return calls("Update", state)


def _stage_structure(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    """Of stages of this promotion that went through: the version of the execution, and its stage by the type."""
    if (recording := group.stage_recording) is None:
        return
    stack, pipeline, sdk = group.promotion.stack_name, group.promotion.pipeline.name, sdk_of(topology)
    targets, machine = group.promotion.targets, recording.machine
    named = {"dev": "Development", "preprod": "PreProduction", "prod": "Production"}
    kinds = [named[each] for each in dict.fromkeys(target.environment.type for target in targets)]
    execution = {"PipelineName": pipeline, "PipelineExecutionId.$": "$.detail.execution-id"}
    choices = [
        {"Variable": "$.detail.stage", "StringEquals": target.stage_name, "Next": kind}
        for kind in kinds
        for target in targets
        if named[target.environment.type] == kind
    ]
    record = {
        "ModelPackageArn.$": "$.found.PipelineExecution.Variables[0].ResolvedValue",
        "ModelLifeCycle": {
            "Stage.$": "$.to.stage",
            "StageStatus": "Deployed",
            "StageDescription.$": "States.Format('{} by promotion {}', $.detail.stage, $.detail.execution-id)",
        },
    }
    there = {"Credentials": {"RoleArn": recording.role.arn}}
    states: dict[str, Mapping[str, Any]] = {
        "Execution": {
            "Resource": f"{sdk}:codepipeline:getPipelineExecution",
            "Parameters": execution,
            "ResultPath": "$.found",
            "Next": "Where",
        },
        "Where": {"Type": "Choice", "Choices": choices, "Default": "Elsewhere"},
        **{kind: {"Type": "Pass", "Result": {"stage": kind}, "ResultPath": "$.to", "Next": "Record"} for kind in kinds},
        "Record": {"Resource": f"{sdk}:sagemaker:updateModelPackage", "Parameters": record, **there},
        "Elsewhere": {"Type": "Succeed"},
    }
    facts = {
        "role": [machine.role.arn],
        "begins with": ["Execution"],
        "calls": [calls(name, state) for name, state in states.items()],
    }
    yield Expectation(stack, "AWS::StepFunctions::StateMachine", machine.state_machine.name, facts)
    deployed = {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Stage Execution State Change"],
        "detail": {
            "pipeline": [pipeline],
            "stage": [target.stage_name for target in targets],
            "state": ["SUCCEEDED"],
        },
    }
    started = f"{machine.state_machine.arn} as {machine.events_role.arn}"
    rule = {"pattern": [canonical(deployed)], "schedule": [""], "targets": [started]}
    yield Expectation(stack, "AWS::Events::Rule", machine.rule, rule)


def sdk_of(topology: Topology) -> str:
    """How the resources of tasks begin that call AWS."""
    return f"arn:{topology.partition}:states:::aws-sdk"
