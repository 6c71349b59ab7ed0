"""Stages in the life of a version, as the model registry keeps them (`ModelLifeCycle`).

Stages and statuses have the names of SageMaker's own templates where there is one.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct-set-up.html
"""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Named
from model_cicd.aws.resources import EventMachine

#: the stage of a version that reached an environment, by the environment's type
STAGES = {"dev": "Development", "preprod": "PreProduction", "prod": "Production"}
#: its status there
DEPLOYED = "Deployed"
#: stage and status of a version that was retired
ARCHIVED, RETIRED = "Archived", "Retired"
#: condition keys of requests, and of what is changed
STAGE_KEY, STATUS_KEY = "sagemaker:ModelLifeCycle:Stage", "sagemaker:ModelLifeCycle:StageStatus"
CURRENT_STAGE_KEY = "sagemaker:CurrentModelLifeCycleStage"


@dataclass(frozen=True)
class StageRecording:
    """What writes the stages of a group's versions: `machine` in the tooling account, and `role`, which it takes."""

    machine: EventMachine
    role: Named
