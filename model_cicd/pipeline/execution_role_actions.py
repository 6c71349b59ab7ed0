"""What the steps of a compiled pipeline definition make SageMaker do with the execution role.

What the work is on is read from the definition that the service gets, not from the notes that the role's policy is made
of (`model_cicd.pipeline.needs`): a mistake there shows as a difference.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from model_cicd.pipeline.rights import JobKind
from model_cicd.pipeline.steps.registry import TYPES

#: what a run makes up, in a text that is known otherwise
SOMETHING = "a1b2c3"
#: by type of step: the kind of job or resource that SageMaker makes for it
_MAKES = {kind.name: kind.rights.job for kind in TYPES if kind.rights.job is not None}
_WRITES = ("S3OutputPath",)
_READS = ("S3Uri", "ModelDataUrl", "SamplePayloadUrl", "SuppliedBaselineStatistics", "SuppliedBaselineConstraints")
_IMAGES = ("Image", "ImageUri", "TrainingImage")
#: written and read: what stands below these keys
_OUTPUTS = ("ProcessingOutputConfig", "CheckpointConfig")
#: of these types, texts are their own affair
_OF_OTHER_SERVICES = ("Lambda", "Callback", "EMR")
_CLUSTER_ROLES = ("JobFlowRole", "ServiceRole", "AutoScalingRole")


@dataclass
class ExecutionRoleActions:
    """What the steps of one pipeline do; texts keep their order and stand once.

    `makes` holds kinds of jobs, `reads` and `writes` S3 URIs, `registers` the approval statuses by model package group,
    `clusters` ids of EMR clusters (`*` for one that is made), `roles` those that clusters run with.
    """

    makes: set[JobKind] = field(default_factory=set)
    reads: dict[str, None] = field(default_factory=dict)
    writes: dict[str, None] = field(default_factory=dict)
    images: dict[str, None] = field(default_factory=dict)
    output_keys: dict[str, None] = field(default_factory=dict)
    volume_keys: dict[str, None] = field(default_factory=dict)
    registers: dict[str, set[str]] = field(default_factory=dict)
    baselines: dict[str, None] = field(default_factory=dict)
    functions: dict[str, None] = field(default_factory=dict)
    queues: dict[str, None] = field(default_factory=dict)
    clusters: dict[str, None] = field(default_factory=dict)
    roles: dict[str, None] = field(default_factory=dict)
    subnets: dict[str, None] = field(default_factory=dict)
    security_groups: dict[str, None] = field(default_factory=dict)
    experiments: bool = False
    shadow_endpoints: bool = False

    @property
    def reports(self) -> set[str]:
        """The kinds of jobs that write logs and metrics, those among them that Autopilot or tuning makes."""
        return {log.removesuffix("Jobs").lower() for kind in self.makes for log in kind.logs}


def execution_role_actions(definition: Mapping[str, Any], *, unknown: str = SOMETHING) -> ExecutionRoleActions:
    """What the steps of a definition do; `unknown` stands for what a run makes up."""
    reader = _Reader({each["Name"]: each for each in definition.get("Parameters", [])}, unknown)
    for step in steps_of(definition):
        reader.step(step)
    reader.role_actions.experiments |= definition.get("PipelineExperimentConfig") is not None
    return reader.role_actions


def steps_of(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a definition, those that only a condition leads to among them."""
    yield from _steps(definition.get("Steps", []))


def _steps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(step.get("Arguments", {}).get(branch, []))


class _Reader:
    def __init__(self, parameters: Mapping[str, Mapping[str, Any]], unknown: str) -> None:
        self.role_actions = ExecutionRoleActions()
        self._unknown = unknown
        self._parameters = parameters

    def step(self, step: Mapping[str, Any]) -> None:
        kind, arguments, actions = step["Type"], step.get("Arguments", {}), self.role_actions
        if kind in _MAKES:
            actions.makes.add(_MAKES[kind])
        group = step.get("ModelPackageGroupName", arguments.get("ModelPackageGroupName"))
        if kind == "RegisterModel":
            for name in self._texts(group):
                actions.registers.setdefault(name, set()).update(
                    self._texts(arguments.get("ModelApprovalStatus", "of no status"))
                )
        elif group is not None:
            self._note(actions.baselines, group)
        if kind == "ClarifyCheck" and step["CheckType"] != "DATA_BIAS":
            actions.shadow_endpoints = True
        if kind == "Lambda":
            self._note(actions.functions, step["FunctionArn"])
        if kind == "Callback":
            self._note(actions.queues, step["SqsQueueUrl"])
        if kind == "EMR":
            self._cluster(arguments)
        if kind not in _OF_OTHER_SERVICES:
            branches = ("IfSteps", "ElseSteps")
            self._walk({key: value for key, value in step.items() if key != "Arguments"}, written=False)
            self._walk({key: value for key, value in arguments.items() if key not in branches}, written=False)

    def _cluster(self, arguments: Mapping[str, Any]) -> None:
        made = arguments.get("ClusterConfig")
        if made is not None:
            self.role_actions.clusters["*"] = None
        self._note(self.role_actions.clusters, arguments.get("ClusterId"))
        self._note(self.role_actions.roles, arguments.get("ExecutionRoleArn"))
        for key in _CLUSTER_ROLES:
            self._note(self.role_actions.roles, (made or {}).get(key))

    def _walk(self, value: object, *, written: bool) -> None:
        actions = self.role_actions
        for each in value if isinstance(value, list) else ():
            self._walk(each, written=written)
        for key, each in value.items() if isinstance(value, dict) else ():
            if key in _WRITES or (written and key in _READS):
                self._note(actions.writes, each)
            elif key in _READS:
                self._note(actions.reads, each)
            elif key in _IMAGES:
                self._note(actions.images, each)
            elif key == "KmsKeyId":
                self._note(actions.output_keys, each)
            elif key == "VolumeKmsKeyId":
                self._note(actions.volume_keys, each)
            elif key == "VpcConfig" and isinstance(each, dict):
                for kept, name in ((actions.subnets, "Subnets"), (actions.security_groups, "SecurityGroupIds")):
                    for one in each.get(name, []):
                        self._note(kept, one)
            elif key == "ExperimentConfig":
                actions.experiments = True
            elif key not in ("Environment", "HyperParameters", "Tags"):
                self._walk(each, written=written or key in _OUTPUTS)

    def _note(self, into: dict[str, None], value: object) -> None:
        into.update(dict.fromkeys(self._texts(value)))

    def _texts(self, value: object) -> list[str]:
        """The texts that a value may become; none for what an earlier step leaves behind, and for what is not there."""
        match value:
            case str():
                return [value]
            case {"Get": str(path)} if path.startswith("Parameters."):
                known = self._parameters.get(path.removeprefix("Parameters."), {})
                return [str(each) for each in known.get("EnumValues") or [known.get("DefaultValue", "*")]]
            case {"Get": str(path)} if path.startswith("Execution."):
                return [self._unknown]
            case {"Std:Join": {"On": str(on), "Values": [first, *others]}}:
                begins = self._texts(first)
                parts = [begins, *(self._texts(each) or [self._unknown] for each in others)]
                return [on.join(chosen) for chosen in itertools.product(*parts)] if begins else []
            case _:
                return []
