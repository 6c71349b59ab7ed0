"""Settings turned into plain records: every account, name, ARN and grant of every deployment group.

Pure: no CDK, no AWS, no clock and no environment, so the same settings give the same topology.
"""

from model_cicd.topology.derive import build
from model_cicd.topology.records import (
    BootstrapRoles,
    ConsumerGrant,
    Environment,
    GroupTopology,
    Network,
    Repository,
    ToolingTopology,
    Topology,
)

__all__ = [
    "BootstrapRoles",
    "ConsumerGrant",
    "Environment",
    "GroupTopology",
    "Network",
    "Repository",
    "ToolingTopology",
    "Topology",
    "build",
]
