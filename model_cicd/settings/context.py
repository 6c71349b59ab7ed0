"""Which deployment of the module this is, and where it runs."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.bootstrap import DEFAULT_QUALIFIER, BootstrapRoles, bootstrap_roles
from model_cicd.aws.place import Place
from model_cicd.aws.regions import PARTITION_OF


@dataclass(frozen=True)
class ModuleContext:
    """What Seed-Farmer and the CDK command say about this deployment of the module.

    `module` is Seed-Farmer's module name, `<group of the manifest>-<module>`; `bootstrap_qualifier` is that of the CDK
    bootstrap of all its accounts, which the settings name.
    """

    project: str
    deployment: str
    module: str
    tooling_account: str
    tooling_region: str
    bootstrap_qualifier: str = DEFAULT_QUALIFIER

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`, ..."""
        return PARTITION_OF[self.tooling_region]

    @property
    def tooling(self) -> Place:
        """Where the module is deployed."""
        return Place(self.partition, self.tooling_account, self.tooling_region)

    def bootstrap(self, place: Place) -> BootstrapRoles:
        """The roles of the CDK bootstrap at `place`."""
        return bootstrap_roles(place, self.bootstrap_qualifier)
