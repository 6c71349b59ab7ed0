"""The structure that a deployment of `sagemaker-model-cicd` has to have, from its topology; actions stand in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_cicd.access.connections import known_arn, trigger
from model_cicd.access.hosting_facts import canonical
from model_cicd.access.life_structure import life_structure, sdk_of
from model_cicd.access.notification_structure import failed_executions, notification_structure
from model_cicd.access.promotion_actions import deploying_actions
from model_cicd.access.resource_facts import Facts, calls, declared_line
from model_cicd.access.serving_structure import retraining_structure, serving_structure
from model_cicd.access.structure import Expectation
from model_cicd.aws.bootstrap import asset_bucket
from model_cicd.aws.reason import NO_REASON, REASON
from model_cicd.aws.resources import BranchPipeline, BuildMachine, BuildPipeline, EventMachine, Project
from model_cicd.promotion.plan import NO_PACKAGE
from model_cicd.sagemaker_model_cicd.declared_pipelines import published_text
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology

_MODEL_EVENTS = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]}


def group_structure(topology: Topology) -> Iterator[Expectation]:
    """Everything that is expected."""
    tooling = topology.tooling
    yield from notification_structure(topology)
    if tooling.infra:
        yield from _branch(topology, tooling.infra_stack_name, tooling.infra, "Deploy")
    for made in topology.providers:
        yield Expectation(
            made.stack_name, "AWS::IAM::OIDCProvider", made.provider.issuer, {"audiences": [made.audience]}
        )
    for group in topology.groups:
        config = group.pipeline_config
        declared = [declared_line(published_text(config))] if config is not None else []
        if group.training:
            told = [f"{REASON}={NO_REASON}"] if group.retraining else []
            yield from _branch(topology, group.tooling_stack_name, group.training, "Build", declared, variables=told)
        yield from _stopping(topology, group)
        yield from retraining_structure(group, topology.partition)
        yield from _promotion(topology, group)
        yield from _forwarding(topology, group)
        yield from _recorder(topology, group)
        yield from life_structure(topology, group)
        for target in group.promotion.targets:
            yield from serving_structure(target, tooling.event_bus_arn)


def _branch(
    topology: Topology,
    stack: str,
    pipeline: BranchPipeline,
    stage: str,
    declared: Sequence[str] = (),
    *,
    variables: Sequence[str] = (),
) -> Iterator[Expectation]:
    repository, images = pipeline.repository, pipeline.images
    triggers: list[str] = []
    provider, where = "CodeCommit", f"RepositoryName {repository.name}"
    if not repository.is_here:
        provider, triggers = "CodeStarSourceConnection", [trigger(pipeline)]
        where = f"ConnectionArn {known_arn(topology, repository.connection or '')}, FullRepositoryId {repository.name}"
    if images:
        facts = {
            "role": [images.role.arn],
            "source": ["CODEPIPELINE"],
            "privileged": ["true"],  # the only one: docker takes it
            "network": list(_network(images.machine)),
        }
        yield Expectation(stack, "AWS::CodeBuild::Project", images.name, facts)
    yield from _pipeline(
        stack,
        pipeline,
        [
            f"Source/Source at 1 (Source AWS {provider}) as {pipeline.source_role.arn}"
            f", {where}, BranchName {pipeline.branch}",
            *([f"Images/Images at 1 (Build AWS CodeBuild), ProjectName {images.name}"] if images else []),
            f"{stage}/{stage} at 1 (Build AWS CodeBuild), ProjectName {pipeline.project.name}",
        ],
        declared,
        triggers=triggers,
        variables=list(variables),
    )
    started = f"{pipeline.arn} as {pipeline.events_role.arn}"
    if pipeline.schedule and pipeline.schedule_rule:
        yield _rule(stack, pipeline.schedule_rule, "", pipeline.schedule, started)
    if pipeline.push_rule is None:
        return
    pushes = {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [repository.arn],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [pipeline.branch],
        },
    }
    yield _rule(stack, pipeline.push_rule, canonical(pushes), "", started)


def _stopping(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    """Of builds that did not end well, and of the newest execution since the build began."""
    if group.stopping is None or group.training is None:
        return
    stack, sdk, machine = group.tooling_stack_name, sdk_of(topology), group.stopping.machine
    newest, there = "$.found.PipelineExecutionSummaries[0]", {"Credentials": {"RoleArn": group.stopping.role.arn}}
    build = {
        "Resource": f"{sdk}:codebuild:batchGetBuilds",
        "Parameters": {"Ids.$": "States.Array(States.ArrayGetItem(States.StringSplit($.detail.build-id, '/'), 1))"},
        "ResultPath": "$.build",
        "Next": "Find",
    }
    find = {
        "Resource": f"{sdk}:sagemaker:listPipelineExecutions",
        "Parameters": {
            "PipelineName": group.sagemaker_pipeline.name,
            "CreatedAfter.$": "$.build.Builds[0].StartTime",
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": 1,
        },
        "ResultPath": "$.found",
        "Next": "Runs",
    }
    running = [
        {"Variable": newest, "IsPresent": True},
        {"Variable": f"{newest}.PipelineExecutionStatus", "StringEquals": "Executing"},
    ]
    stop = {
        "Resource": f"{sdk}:sagemaker:stopPipelineExecution",
        "Parameters": {"PipelineExecutionArn.$": f"{newest}.PipelineExecutionArn", "ClientRequestToken.$": "$.id"},
    }
    states: dict[str, Mapping[str, Any]] = {
        "Build": build,
        "Find": find | there,
        "Runs": {"Type": "Choice", "Choices": [{"And": running, "Next": "Stop"}], "Default": "Done"},
        "Stop": stop | there,
        "Done": {"Type": "Succeed"},
    }
    yield Expectation(stack, "AWS::StepFunctions::StateMachine", machine.state_machine.name, _machine(machine, states))
    ended = {
        "source": ["aws.codebuild"],
        "detail-type": ["CodeBuild Build State Change"],
        "detail": {
            "project-name": [group.training.project.name],
            "build-status": [{"anything-but": ["IN_PROGRESS", "SUCCEEDED"]}],
        },
    }
    target = f"{machine.state_machine.arn} as {machine.events_role.arn}"
    yield _rule(stack, machine.rule, canonical(ended), "", target)


def _promotion(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    promotion, tooling = group.promotion, topology.tooling
    # the CDK's, where it publishes the promotion's templates
    bucket = asset_bucket(tooling.place, topology.context.bootstrap_qualifier)
    pipeline, trigger, stack = promotion.pipeline, promotion.trigger, promotion.stack_name
    yield from _pipeline(
        stack,
        pipeline,
        [
            f"Source/Source at 1 (Source AWS S3) as {pipeline.source_role.arn}, S3Bucket {bucket}",
            f"Prepare/Prepare at 1 (Build AWS CodeBuild), ProjectName {pipeline.project.name}",
            *(line for target in promotion.targets for line in deploying_actions(target, pipeline.project.name)),
        ],
        variables=[f"ModelPackageArn={NO_PACKAGE}"],
    )
    for each in (*pipeline.shadows, *pipeline.testing):
        yield _project(stack, each)
    start = {
        "Name": pipeline.name,
        "ClientRequestToken.$": "States.Hash(States.Format('{} {} {}', $.arn, $.status, $.changed), 'SHA-256')",
        "Variables": [{"Name": "ModelPackageArn", "Value.$": "$.arn"}],
    }
    call = {"Resource": f"{sdk_of(topology)}:codepipeline:startPipelineExecution", "Parameters": start}
    modified = "$.detail.LastModifiedTime"
    choice = {"Variable": modified, "IsPresent": True, "Next": "ModificationTime"}
    machine = _machine(
        trigger,
        {
            "When": {"Type": "Choice", "Choices": [choice], "Default": "EventTime"},
            "ModificationTime": _change(modified),
            "EventTime": _change("$.time"),
            "StartPromotion": call,
        },
    )
    yield Expectation(stack, "AWS::StepFunctions::StateMachine", trigger.state_machine.name, machine)
    # of approvals only, and only of this group's versions where they are registered
    approvals = _MODEL_EVENTS | {
        "account": [group.build.account],
        "region": [group.build.region],
        "detail": {
            "ModelPackageGroupName": [group.models.name],
            "ModelApprovalStatus": ["Approved"],
            "$or": [
                {"UpdatedModelPackageFields": ["ModelApprovalStatus"]},
                {"UpdatedModelPackageFields": [{"exists": False}]},
            ],
        },
    }
    target = f"{trigger.state_machine.arn} as {trigger.events_role.arn}"
    yield _rule(stack, trigger.rule, canonical(approvals), "", target)


def _change(time: str) -> Mapping[str, Any]:
    given = {"arn.$": "$.detail.ModelPackageArn", "status.$": "$.detail.ModelApprovalStatus", "changed.$": time}
    return {"Type": "Pass", "Parameters": given, "Next": "StartPromotion"}


def _forwarding(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    if group.forwarding is None:
        return
    pattern = _MODEL_EVENTS | {"detail": {"ModelPackageGroupName": [group.models.name]}}
    target = f"{topology.tooling.event_bus_arn} as {group.forwarding.role.arn}"
    yield _rule(group.build_stack_name, group.forwarding.rule, canonical(pattern), "", target)
    if group.forwarding.failures_rule:
        failures = canonical(failed_executions(group))
        yield _rule(group.build_stack_name, group.forwarding.failures_rule, failures, "", target)


def _recorder(topology: Topology, group: GroupTopology) -> Iterator[Expectation]:
    """Of new versions only, and of how they are at that moment."""
    stack, releases = group.build_stack_name, group.releases
    machine, sdk = releases.recorder, sdk_of(topology)
    version = {
        "Resource": f"{sdk}:sagemaker:describeModelPackage",
        "Parameters": {"ModelPackageName.$": "$.detail.ModelPackageArn"},
        "ResultPath": "$.package",
        "Next": "Uploads",
    }
    uploads = {
        "Resource": f"{sdk}:s3:listMultipartUploads",
        "Parameters": {"Bucket": group.registry.bucket.name},
        "ResultPath": "$.uploads",
        "Next": "Record",
    }
    written = {
        "Bucket": releases.bucket.name,
        "Key.$": "States.Format('registrations/{}.json', $.package.ModelPackageVersion)",
        "Body": {"package.$": "$.package", "uploads.$": "$.uploads"},
        "ContentType": "application/json",
    }
    record = {"Resource": f"{sdk}:s3:putObject", "Parameters": written}
    facts = _machine(machine, {"Version": version, "Uploads": uploads, "Record": record})
    yield Expectation(stack, "AWS::StepFunctions::StateMachine", machine.state_machine.name, facts)
    registered = _MODEL_EVENTS | {
        "detail": {"ModelPackageGroupName": [group.models.name], "UpdatedModelPackageFields": [{"exists": False}]}
    }
    target = f"{machine.state_machine.arn} as {machine.events_role.arn}"
    yield _rule(stack, machine.rule, canonical(registered), "", target)


def _machine(machine: EventMachine, states: Mapping[str, Mapping[str, Any]]) -> Facts:
    return {
        "role": [machine.role.arn],
        "begins with": [next(iter(states))],
        "calls": [calls(name, state) for name, state in states.items()],
    }


def _pipeline(
    stack: str, pipeline: BuildPipeline, actions: list[str], declared: Sequence[str] = (), **more: list[str]
) -> Iterator[Expectation]:
    """A pipeline with its actions in order, and the project of its build."""
    facts = {"role": [pipeline.role.arn], "artifacts": [pipeline.artifacts.bucket.name], "actions": actions, **more}
    yield Expectation(stack, "AWS::CodePipeline::Pipeline", pipeline.name, facts)
    yield _project(stack, pipeline.project, declared)


def _project(stack: str, project: Project, declared: Sequence[str] = ()) -> Expectation:
    """The project of a build."""
    facts = {
        "role": [project.role.arn],
        "source": ["CODEPIPELINE"],
        "declared pipeline": declared,
        "network": list(_network(project.machine)),
    }
    return Expectation(stack, "AWS::CodeBuild::Project", project.name, facts)


def _network(machine: BuildMachine) -> Iterator[str]:
    """Where builds run: in no network of the account, or in one."""
    if machine.vpc_id is not None:
        yield f"VpcId {machine.vpc_id}"
        yield from (f"Subnets {each}" for each in machine.vpc.subnet_ids)
        yield from (f"SecurityGroupIds {each}" for each in machine.vpc.security_group_ids)


def _rule(stack: str, name: str, pattern: str, schedule: str, target: str) -> Expectation:
    facts = {"pattern": [pattern], "schedule": [schedule], "targets": [target]}
    return Expectation(stack, "AWS::Events::Rule", name, facts)
