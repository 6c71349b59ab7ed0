"""What a manifest needs in one account and region: plain records, made without asking AWS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.place import Place
from model_cicd.aws.resources import Vpc

REPOSITORY, PIPELINE, BUCKET, RULE, ROLE, POLICY = "repository", "pipeline", "bucket", "rule", "role", "policy"
MODEL_GROUP, SAGEMAKER_PIPELINE, ENDPOINT = "model package group", "SageMaker pipeline", "endpoint"
IMAGES = "image repository"
#: known by its ARN
PROVIDER = "identity provider"


@dataclass(frozen=True)
class Wanted:
    """A name that a stack of the deployment gives. What is `retained` outlives the stack, and is taken back into it."""

    kind: str
    name: str
    stack: str
    retained: bool = False


@dataclass(frozen=True)
class Existing:
    """Something that must be there before the deployment, and the key of the manifest that names it."""

    kind: str
    name: str
    key: str


@dataclass(frozen=True)
class Attachment:
    """Subnets and security groups that something (`who`) is attached to."""

    who: str
    vpc: Vpc


@dataclass(frozen=True)
class SeedFarmerTarget:
    """A project of Seed-Farmer that deploys modules here; `prefix` is the path of its roles."""

    project: str
    prefix: str = "/"


@dataclass
class Site:
    """Everything that a manifest needs at `place`.

    `uses` are words for it; `trusted` are the accounts that deploy into it; `instances` are numbers of SageMaker
    instances at once by type and use (`training job`, `endpoint`), `updating` those of endpoints while they change;
    `builds` run at once; `images` are URIs by who needs them; `connections` are ARNs (or references to parameters that
    hold them) of what leads pipelines to code at other hosts.
    """

    place: Place
    bootstrap: BootstrapRoles
    trusted: set[str]
    uses: list[str] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    wanted: list[Wanted] = field(default_factory=list)
    existing: list[Existing] = field(default_factory=list)
    instances: Counter[tuple[str, str]] = field(default_factory=Counter)
    updating: Counter[tuple[str, str]] = field(default_factory=Counter)
    builds: int = 0
    images: dict[str, str] = field(default_factory=dict)
    connections: set[str] = field(default_factory=set)
    attachments: list[Attachment] = field(default_factory=list)
    organizations: set[str] = field(default_factory=set)
    targets: list[SeedFarmerTarget] = field(default_factory=list)

    def names(self, kind: str) -> set[str]:
        """The names that the deployment gives to resources of a kind."""
        return {each.name for each in self.wanted if each.kind == kind}

    def add(self, other: Site) -> None:
        """Take in what another module needs at the same place."""
        self.uses += [each for each in other.uses if each not in self.uses]
        self.trusted |= other.trusted
        self.services |= other.services
        self.wanted += other.wanted
        self.existing += other.existing
        self.instances += other.instances
        self.updating += other.updating
        self.builds += other.builds
        self.images |= other.images
        self.connections |= other.connections
        self.attachments += other.attachments
        self.organizations |= other.organizations
        self.targets += [each for each in other.targets if each not in self.targets]


def merged(sites: Iterable[Site]) -> list[Site]:
    """One site for each place, in the order of account and region."""
    found: dict[Place, Site] = {}
    for each in sites:
        if each.place in found:
            found[each.place].add(each)
        else:
            found[each.place] = each
    return sorted(found.values(), key=lambda site: (site.place.account, site.place.region))
