"""Settings turned into plain records: every account, name, ARN and grant of every deployment group.

Pure: no CDK, no AWS, no clock and no environment, so the same settings give the same topology.
"""

from model_cicd.hosting import Hosting
from model_cicd.sagemaker_model_cicd.topology.derive import build
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.sagemaker_model_cicd.topology.promotion import BatchRuns, EndpointTarget, PromotionTopology
from model_cicd.sagemaker_model_cicd.topology.records import (
    GroupTopology,
    InfraWorkflow,
    Network,
    ProviderStack,
    ToolingTopology,
    Topology,
)

__all__ = [
    "BatchRuns",
    "ConsumerGrant",
    "EndpointTarget",
    "Environment",
    "GroupTopology",
    "Hosting",
    "InfraWorkflow",
    "Network",
    "PromotionTopology",
    "ProviderStack",
    "ToolingTopology",
    "Topology",
    "build",
]
