"""Starts a group's training pipeline when monitoring finds drift, so often and no oftener."""

from __future__ import annotations

from constructs import Construct

from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import EventMachine
from model_cicd.constructs.event_forwarding import violations
from model_cicd.constructs.event_machine import OnEvent, machine_role, state_machine
from model_cicd.constructs.iam import Statement
from model_cicd.retrain_states import Retraining, counter, definition


class _OnDrift(OnEvent):
    """Its executions last for days."""

    KIND = "STANDARD"


def retraining(
    scope: Construct,
    *,
    machine: EventMachine,
    counting: EventMachine,
    place: Place,
    group: str,
    pipeline: Named,
    wanted: Retraining,
    accounts: list[str],
) -> None:
    """A rule on jobs with violations of exactly the monitor roles in `accounts`, and two state machines."""
    own = Construct(scope, "Retrain")
    said = f"Starts the training of deployment group {group} when what its endpoints capture drifts"
    _OnDrift(
        own,
        "OnDrift",
        machine=machine,
        place=place,
        description=said,
        pattern=violations([each.role_arn for each in wanted.watched], accounts),
        definition=definition(wanted, place.partition),
        statements=[
            Statement("Look", ["states:ListExecutions"], [machine.state_machine.arn, counting.state_machine.arn]),
            Statement("Count", ["states:StartExecution"], [counting.state_machine.arn]),
            Statement("Train", ["codepipeline:StartPipelineExecution"], [pipeline.arn]),
        ],
    )
    counted = Construct(own, "Counted")
    runner = machine_role(
        counted, counting.role.name, place=place, description=f"Counts trainings of {group} on drift", statements=[]
    )
    state_machine(
        counted,
        name=counting.state_machine.name,
        log_group_name=counting.log_group,
        kind="STANDARD",
        role_arn=runner,
        definition=counter(),
    )
