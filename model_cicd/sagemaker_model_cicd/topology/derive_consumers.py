"""Who in which account reads the releases of a group, from its environments."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.aws import naming
from model_cicd.aws.place import Named
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup
from model_cicd.sagemaker_model_cicd.topology.derive_promotion import monitor_role
from model_cicd.sagemaker_model_cicd.topology.environments import deploy_settings
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext


def consumer_grants(
    group: DeploymentGroup, deploy: Sequence[Environment], context: ModuleContext
) -> tuple[ConsumerGrant, ...]:
    """One grant for each role, in the order of the environments."""
    watched = {each.name for each in deploy_settings(group) if each.monitoring}
    grants: dict[str, ConsumerGrant] = {}
    prefix = names.prefix(context)
    for environment in deploy:
        # A dot stands in neither name, so that group 'a' with 'b-c' and group 'a-b' with 'c' keep their roles apart.
        name = naming.join(prefix, group.name, environment.name, limit=naming.ROLE.maximum, keep="-model", last=".")
        role = Named(name, environment.place.role(name))
        known = grants.get(role.arn)
        monitors = (monitor_role(prefix, group.name, environment),) if environment.name in watched else ()
        grants[role.arn] = ConsumerGrant(
            account=environment.account,
            model_execution_role=role,
            deploy_role_arn=context.bootstrap(environment.place).cfn_exec,
            environments=(*(known.environments if known else ()), environment.name),
            type=environment.type,
            monitors=(*(known.monitors if known else ()), *monitors),
        )
    return tuple(grants.values())
