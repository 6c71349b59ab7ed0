"""The stack of an account's identity provider, which all groups that build there share."""

from __future__ import annotations

from constructs import Construct

from model_cicd.constructs.identity_provider import identity_provider
from model_cicd.constructs.stack import ModuleStack
from model_cicd.sagemaker_model_cicd.topology import ProviderStack, Topology


class IdentityStack(ModuleStack):
    """The provider alone: a stack of its own, so that it does not move when a group leaves."""

    def __init__(self, scope: Construct, *, topology: Topology, made: ProviderStack) -> None:
        super().__init__(
            scope,
            name=made.stack_name,
            topology=topology,
            place=made.place,
            description=f"Identity provider of {made.provider.name} for model CI/CD",
        )
        identity_provider(self, "Provider", provider=made.provider, audience=made.audience)
