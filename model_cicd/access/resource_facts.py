"""Facts about resources of templates that structure is judged by, one reader a type."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.hosting_facts import canonical, container, shadows
from model_cicd.access.template_values import UnresolvedError, key_id, value_of
from model_cicd.pipeline.execution_role_actions import ExecutionRoleActions, execution_role_actions, steps_of

#: lines in order, or one line
Facts = Mapping[str, Sequence[str]]
#: how a topic is encrypted
ENCRYPTED = "with a key of its stack"


def facts_of(stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> Facts:
    """The facts about a resource whose type has some."""
    return READERS[str(resource["Type"])][1](Reader(stack, logical_id, resource))


@dataclass(frozen=True)
class Reader:
    """A resource of a template, with its values."""

    stack: Stack
    logical_id: str
    resource: Mapping[str, Any]

    def value(self, *path: str) -> Any:
        """The value at a path of the properties, resolved; None where there is none."""
        found: Any = self.resource.get("Properties", {})
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return self.resolved(found)

    def resolved(self, value: Any) -> Any:
        """A value without intrinsic functions; a text takes the place of those that only a deployment knows."""
        try:
            return value_of(self.stack, value, (self.logical_id, "Properties"))
        except UnresolvedError:
            if isinstance(value, list):
                return [self.resolved(each) for each in value]
            if isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
                return {key: self.resolved(each) for key, each in value.items()}
            return "what only a deployment knows"

    def known(self, value: Any) -> Any:
        """A value resolved, or as it is written where only a deployment knows it."""
        try:
            return value_of(self.stack, value, (self.logical_id, "Properties"))
        except UnresolvedError:
            return value

    def text(self, *path: str) -> str:
        """The value as a line."""
        found = self.value(*path)
        return found if isinstance(found, str) else "" if found is None else canonical(found)


# --- the facts, by type --------------------------------------------------------------------------------------------
def _pipeline(of: Reader) -> Facts:
    return {
        "role": [of.text("RoleArn")],
        "artifacts": [of.text("ArtifactStore", "Location")],
        "actions": [
            action_line(str(stage["Name"]), action)
            for stage in of.value("Stages") or []
            for action in stage.get("Actions", [])
        ],
        "triggers": [canonical(each) for each in of.value("Triggers") or []],
        "variables": [f"{each['Name']}={each.get('DefaultValue')}" for each in of.value("Variables") or []],
    }


#: what of an action's configuration says on what it works, and with which role
_WORKS_ON = (
    *("ConnectionArn", "FullRepositoryId", "RepositoryName", "BranchName", "S3Bucket", "ProjectName"),
    *("StackName", "ActionMode", "ChangeSetName", "RoleArn"),
)


def action_line(stage: str, action: Mapping[str, Any]) -> str:
    """An action of a pipeline as one line: its place, what it does, with which role, and on what."""
    kind, configuration = action["ActionTypeId"], action.get("Configuration", {})
    role = f" as {action['RoleArn']}" if action.get("RoleArn") else ""
    on = "".join(f", {key} {configuration[key]}" for key in _WORKS_ON if key in configuration)
    provider = f"{kind['Category']} {kind['Owner']} {kind['Provider']}"
    return f"{stage}/{action['Name']} at {action.get('RunOrder', 1)} ({provider}){role}{on}"


#: in the environment of a project: where a pipeline is published that a deployment group declares
DECLARED = "MODEL_CICD_PIPELINE"


def declared_line(text: str | None) -> str:
    """A declared pipeline as one line: a digest of its content, for any change of it may be one of access."""
    return "none" if text is None else hashlib.sha256(text.encode()).hexdigest()[:16]


def _project(of: Reader) -> Facts:
    variables = of.value("Environment", "EnvironmentVariables") or []
    return {
        "declared pipeline": [
            declared_line(of.stack.published(str(each.get("Value")).rpartition("/")[2]))
            for each in variables
            if each.get("Name") == DECLARED
        ],
        "role": [of.text("ServiceRole")],
        "source": [of.text("Source", "Type")],
        "privileged": ["true"] if of.value("Environment", "PrivilegedMode") else [],
        "network": [
            f"{key} {each}"
            for key in ("VpcId", "Subnets", "SecurityGroupIds")
            for each in _several(of.value("VpcConfig", key))
        ],
    }


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _rule(of: Reader) -> Facts:
    targets = of.value("Targets") or []
    return {
        "pattern": [of.text("EventPattern")],
        "schedule": [of.text("ScheduleExpression")],
        "targets": [f"{each.get('Arn')} as {each.get('RoleArn')}" for each in targets],
        "inputs": [str(each["Input"]) for each in targets if "Input" in each],
        # what EventBridge would do besides handing on the event
        "more": sorted({key for each in targets for key in each} - {"Arn", "Id", "RoleArn"}),
    }


def _definition(text: str | None) -> Mapping[str, Any]:
    """A definition that is JSON; one that cannot be read has neither states nor steps."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _state_machine(of: Reader) -> Facts:
    definition = _definition(of.text("DefinitionString"))
    values = of.resource.get("Properties", {}).get("DefinitionSubstitutions", {})
    return {
        "role": [of.text("RoleArn")],
        "substitutions": [f"{name}: {canonical(of.known(value))}" for name, value in sorted(values.items())],
        "begins with": [str(definition.get("StartAt"))],
        "calls": [calls(name, state) for name, state in definition.get("States", {}).items()],
    }


def calls(name: str, state: Mapping[str, Any]) -> str:
    """A state of a state machine: what it calls with what, where it puts the answer and what comes after it."""
    given = {key: value for key, value in state.items() if key not in ("Type", "Resource", "Retry", "Comment", "End")}
    return f"{name}: {state.get('Resource', state.get('Type'))} {canonical(given)}"


def _topic(of: Reader) -> Facts:
    keys = [name for name, each in of.stack.resources.items() if each["Type"] == "AWS::KMS::Key"]
    own = {key_id(of.stack, name) for name in keys}
    key = of.text("KmsMasterKeyId")
    return {"encrypted": [ENCRYPTED if key.rpartition("/")[2] in own else key]}


def _subscription(of: Reader) -> Facts:
    return {"protocol": [of.text("Protocol")], "topic": [of.text("TopicArn")]}


def _provider(of: Reader) -> Facts:
    return {"audiences": [str(each) for each in _several(of.value("ClientIdList"))]}


def _model(of: Reader) -> Facts:
    return {"role": [of.text("ExecutionRoleArn")], "container": [container(of.resource)]}


def _job_definition(of: Reader) -> Facts:
    return {"role": [of.text("RoleArn")]}


def _endpoint_config(of: Reader) -> Facts:
    properties = of.resource.get("Properties", {})
    output = ("AsyncInferenceConfig", "OutputConfig", "S3OutputPath")
    return {
        "shadows": list(shadows(of.stack, properties.get("ShadowProductionVariants"))),
        "answers go to": [of.text(*output)] if output[0] in properties else [],
    }


def _sagemaker_pipeline(of: Reader) -> Facts:
    key = of.text("PipelineDefinition", "PipelineDefinitionS3Location", "Key")
    text = of.stack.published(key) if key else of.text("PipelineDefinition", "PipelineDefinitionBody")
    definition = _definition(text)
    return {
        "role": [of.text("RoleArn")],
        "other roles of its jobs": sorted(set(_job_roles(definition)) - {of.text("RoleArn")}),
        "steps": [f"{step['Name']} ({step['Type']})" for step in steps_of(definition)],
        "registers": registrations(execution_role_actions(definition)),
    }


def registrations(actions: ExecutionRoleActions) -> list[str]:
    """As what a pipeline registers versions, a line for each group."""
    return [f"{name} as {', '.join(sorted(statuses))}" for name, statuses in sorted(actions.registers.items())]


def _job_roles(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "RoleArn" and isinstance(each, str):
                yield each
            yield from _job_roles(each)
    elif isinstance(value, list):
        for each in value:
            yield from _job_roles(each)


#: by type: the property with the name, and the facts
READERS: Mapping[str, tuple[str, Callable[[Reader], Facts]]] = {
    "AWS::CodeBuild::Project": ("Name", _project),
    "AWS::CodePipeline::Pipeline": ("Name", _pipeline),
    "AWS::Events::Rule": ("Name", _rule),
    "AWS::IAM::OIDCProvider": ("Url", _provider),
    "AWS::SageMaker::DataQualityJobDefinition": ("JobDefinitionName", _job_definition),
    "AWS::SageMaker::EndpointConfig": ("EndpointConfigName", _endpoint_config),
    "AWS::SageMaker::Model": ("ModelName", _model),
    "AWS::SageMaker::ModelQualityJobDefinition": ("JobDefinitionName", _job_definition),
    "AWS::SageMaker::Pipeline": ("PipelineName", _sagemaker_pipeline),
    "AWS::SNS::Subscription": ("Endpoint", _subscription),
    "AWS::SNS::Topic": ("TopicName", _topic),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", _state_machine),
}
