"""What happens to the versions of a group after their training: the stages that they have, and what retires them."""

from __future__ import annotations

from model_cicd.aws.life_cycle import StageRecording
from model_cicd.aws.place import Place
from model_cicd.aws.retention import Retention
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup
from model_cicd.sagemaker_model_cicd.topology.records import Retirement
from model_cicd.settings.names import Names


def stage_recording(group: DeploymentGroup, of: Names, tooling: Place, own: Place) -> StageRecording | None:
    """What writes stages of versions, where the group wants them; `own` is where it builds."""
    if not group.life_cycle:
        return None
    machine = of.event_machine(tooling, "-lifecycle", role="-lifecycle-recorder")
    return StageRecording(machine, of.role(own, "-lifecycle"))


def retirement(group: DeploymentGroup, of: Names, own: Place) -> Retirement | None:
    """What is retired, where the group says that."""
    settings = group.retention
    if settings is None:
        return None
    kept = Retention(settings.keep, settings.older_than_days, settings.served_within_days)
    return Retirement(kept, of.policy(own, "-retirer"))
