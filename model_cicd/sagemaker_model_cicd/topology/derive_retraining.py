"""What trains a group on drift, from the environments that are monitored for it."""

from __future__ import annotations

from model_cicd.aws.place import Named, Place
from model_cicd.retrain_states import Retraining, Watched
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup
from model_cicd.sagemaker_model_cicd.topology.environments import deploy_settings
from model_cicd.sagemaker_model_cicd.topology.promotion import PromotionTopology
from model_cicd.sagemaker_model_cicd.topology.records import RetrainingTopology
from model_cicd.settings.names import Names


def retraining(
    group: DeploymentGroup, of: Names, tooling: Place, promotion: PromotionTopology, pipeline: Named | None
) -> RetrainingTopology | None:
    """Of several environments the longest cooldown counts, and the fewest trainings."""
    wanted = {each.name: each.monitoring.retrain for each in deploy_settings(group) if each.monitoring}
    asked = [each for each in wanted.values() if each]
    targets = [each for each in promotion.targets if each.monitor and wanted.get(each.environment.name)]
    if not targets or pipeline is None:
        return None
    counter = of.event_machine(tooling, "-retrained", role="-retrained")
    return RetrainingTopology(
        machine=of.event_machine(tooling, "-retrain", role="-retrainer"),
        counter=counter,
        accounts=tuple(sorted({each.environment.account for each in targets})),
        wanted=Retraining(
            at_most=min(each.at_most for each in asked),
            cooldown_hours=max(each.cooldown_hours for each in asked),
            pipeline=pipeline.name,
            counter_arn=counter.state_machine.arn,
            watched=tuple(
                Watched(each.environment.name, each.monitor.role.arn, f"{capture.uri}/{each.endpoint.name}/")
                for each in targets
                if each.monitor and (capture := each.hosting.capture)
            ),
        ),
    )
