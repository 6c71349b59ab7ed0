"""How a group's jobs reach the network, under the names that stand in a manifest."""

from __future__ import annotations

from pydantic import Field

from model_cicd.settings import types
from model_cicd.settings.strict import Settings


class NetworkConfig(Settings):
    """Where and how a group's training and processing jobs reach the network."""

    enable_network_isolation: bool = Field(
        False, alias="enableNetworkIsolation", description="containers make no network calls"
    )
    encrypt_inter_container_traffic: bool = Field(
        False,
        alias="encryptInterContainerTraffic",
        description="encrypt traffic between the containers of every job; false: of jobs with several instances, "
        "unless the pipeline YAML says otherwise",
    )
    subnet_ids: types.Listed[types.SubnetId] = Field(
        (), alias="subnetIds", description="subnets of the build account that jobs run in"
    )
    security_group_ids: types.Listed[types.SecurityGroupId] = Field(
        (), alias="securityGroupIds", description="security groups of the jobs; given together with subnetIds"
    )
