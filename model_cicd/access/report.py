"""The matrix of a deployment, by group or pipeline: what everybody can do, in letters, and what is not as expected."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_cicd.access.actions import changes
from model_cicd.access.closed_world import unknown
from model_cicd.access.crowds import Cell, CrowdCells, one_by_one
from model_cicd.access.deployment import Deployment
from model_cicd.access.deployment_facts import Unit
from model_cicd.access.differences import Difference, differences
from model_cicd.access.policy_simulation import CARELESS, EFFECTIVE, decided_by_resource
from model_cicd.access.principals import ADMINISTRATOR, NO_GROUP, STRANGER, Principal
from model_cicd.access.resource import Resource

#: the columns of the matrix, each with the kinds of resource in it
COLUMNS: dict[str, tuple[str, ...]] = {
    "key": ("registry key", "key of steps"),
    "bucket": ("registry bucket", "existing bucket", "registry files of sessions", "other registry objects"),
    "models": ("registry models", "existing models"),
    "rels": (
        "release key",
        "release bucket",
        "release models",
        "other release objects",
        "registrations",
        "release group",
        "releases",
    ),
    "uploads": ("registry code", "registry data"),
    "runs": ("registry runs", "registry SDK files", "existing runs"),
    "data": ("bucket of steps", "bucket that all is read of", "data read by steps", "data written by steps"),
    "versions": (
        "model package group",
        "model packages",
        "existing model package group",
        "existing model packages",
        "model package group of steps",
        "model packages of steps",
    ),
    "jobs": (
        "SageMaker pipeline",
        "SageMaker executions",
        "processing jobs",
        "training jobs",
        "transform jobs",
        "tuning jobs",
        "AutoML jobs",
        "models of steps",
    ),
    "calls": ("functions of steps", "queues of steps", "clusters of steps", "rules of clusters"),
    "repos": ("training repository", "infra repository"),
    "pipes": (
        "training pipeline",
        "training project",
        "promotion pipeline",
        "promotion approvals",
        "prepare project",
        "promotion trigger",
        "infra pipeline",
        "infra project",
    ),
    "artif": tuple(
        kind
        for pipeline in ("training", "promotion", "infra")
        for kind in (f"{pipeline} artifact key", f"{pipeline} artifact bucket", f"{pipeline} sources")
    ),
    "bus": ("event bus",),
    "tell": ("notification topic", "notification key"),
    "serve": ("endpoint key", "endpoint log"),
}
ROLES = "roles"
#: what the letters mean, in the order in which they stand
LETTERS = {
    "r": "reads",
    "w": "writes",
    "u": "uses the key through S3",
    "m": "administers the key, without its use",
    "g": "grants the key to AWS's volumes",
    "A": "approves",
    "a": "assumes",
    "p": "passes",
    "*": "administers: it is its own account's",
}


@dataclass(frozen=True)
class Row:
    """Somebody, and letters by column: what goes through, and what only one side would let through."""

    principal: Principal
    effective: dict[str, str]
    ceiling: dict[str, str]


@dataclass(frozen=True)
class Matrix:
    """The matrix of one unit, and the columns that it has resources for."""

    unit: Unit
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Report:
    """Everything that the command prints."""

    deployment: Deployment
    found: tuple[Cell | CrowdCells, ...]
    differences: tuple[Difference, ...]
    # reason by difference
    acknowledged: dict[str, str]
    # acknowledgements of what is not there
    stale: tuple[str, ...]

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Everything that is possible, one by one: of many groups, millions."""
        return tuple(one_by_one(self.found))

    @property
    def counted(self) -> int:
        """How many `cells` there are."""
        return sum(len(each.crowd) * len(each.grants) if isinstance(each, CrowdCells) else 1 for each in self.found)

    @property
    def unexpected(self) -> tuple[Difference, ...]:
        """The differences that nobody acknowledged."""
        return tuple(each for each in self.differences if self.reason(each) is None)

    def reason(self, difference: Difference) -> str | None:
        """Why somebody wants a difference; None where nobody said so, or nobody can."""
        return None if difference.unreadable else self.acknowledged.get(difference.text)

    @property
    def fine(self) -> bool:
        """Whether everything is as expected or acknowledged."""
        return not self.unexpected and not self.stale

    def matrices(self) -> Iterator[Matrix]:
        """The matrix of each group or pipeline, in the order of the manifest."""
        for unit in self.deployment.facts.units:
            known = {column_of(each) for each in self.deployment.simulation.resources if of_unit(each, unit.name)}
            columns = tuple(each for each in (*COLUMNS, ROLES) if each in known)
            yield Matrix(unit, columns, tuple(self._rows(unit)))

    def _rows(self, unit: Unit) -> Iterator[Row]:
        group = unit.name
        letters: dict[tuple[Principal, str, bool], set[str]] = defaultdict(set)
        for cell in self.cells:
            column = column_of(cell.resource)
            if cell.layer != CARELESS and column and of_unit(cell.resource, group):
                # who has every right of its own may do what the resource's policy allows
                effective = cell.layer == EFFECTIVE or cell.principal.external
                letters[cell.principal, column, effective].add(letter_of(cell.grant, cell.resource))
        rows = [
            self._row(principal, group, letters)
            for principal in self.deployment.simulation.principals
            if not principal.service and self._concerns(principal, unit)
        ]
        administrators = {row.principal.account: row.effective for row in rows if row.principal.kind == ADMINISTRATOR}
        for row in rows:
            # of the bootstrap roles, those that can do more than every administrator of their account
            known = administrators.get(row.principal.account, {})
            if not row.principal.external or row.principal.kind == ADMINISTRATOR or _more(row.effective, known):
                yield row

    def _row(self, principal: Principal, group: str, letters: dict[tuple[Principal, str, bool], set[str]]) -> Row:
        columns = [*COLUMNS, ROLES]
        effective = {each: _sorted(letters[principal, each, True]) for each in columns}
        for column in self._administered(principal, group):
            effective[column] = "*"
        ceiling = {
            each: _sorted(letters[principal, each, False] - letters[principal, each, True])
            for each in columns
            if effective[each] != "*"
        }
        return Row(principal, effective, ceiling)

    def _administered(self, principal: Principal, group: str) -> set[str]:
        """The columns whose resources belong to the account that `principal` administers."""
        if principal.kind != ADMINISTRATOR:
            return set()
        own = [
            resource
            for resource in self.deployment.simulation.resources
            if resource.account == principal.account
            and of_unit(resource, group)
            and not decided_by_resource(resource.types[0])
        ]
        return {column for column in map(column_of, own) if column}

    @staticmethod
    def _concerns(principal: Principal, unit: Unit) -> bool:
        if principal.kind == ADMINISTRATOR:
            return principal.account in unit.accounts | {STRANGER}
        if principal.groups == NO_GROUP:
            return False
        return not principal.groups or unit.name in principal.groups


def make_report(deployment: Deployment) -> Report:
    """Ask everything about `deployment` and compare it with what is expected and what is acknowledged."""
    cells = tuple(dict.fromkeys(deployment.simulation.all()))
    found = (
        *differences(deployment.simulation, deployment.expected, cells),
        *(Difference(True, text) for text in dict.fromkeys(unknown(deployment))),
        *(Difference(True, text, unreadable=True) for text in dict.fromkeys(deployment.resolved.unreadable)),
    )
    acknowledged = dict(deployment.facts.acknowledgements)
    texts = {each.text for each in found}
    stale = tuple(grant for grant in acknowledged if grant not in texts)
    return Report(deployment, cells, found, acknowledged, stale)


def _more(letters: dict[str, str], known: dict[str, str]) -> bool:
    return any(set(each) - set(known.get(column, "")) for column, each in letters.items() if known.get(column) != "*")


def of_unit(resource: Resource, group: str) -> bool:
    """Whether a resource is for a group or pipeline, or for all of them."""
    return not resource.groups or group in resource.groups


def column_of(resource: Resource) -> str | None:
    """The column that a resource is in; None for what the matrix does not show."""
    if "iam:role" in resource.types:
        return None if resource.kind.startswith("other") else ROLES
    return next((column for column, kinds in COLUMNS.items() if resource.kind in kinds), None)


def letter_of(grant: str, resource: Resource) -> str:
    """The letter for a grant on a resource."""
    action = grant.partition(" ")[0]
    if "iam:role" in resource.types and action.startswith("sts:"):
        return "a"
    special = {
        "iam:PassRole": "p",
        "sagemaker:UpdateModelPackage": "A",
        "codepipeline:PutApprovalResult": "A",
        "kms:CreateGrant": "g",
    }
    if action in special:
        return special[action]
    if "through S3" in grant:
        return "u"
    if action.startswith("kms:") and action != "kms:DescribeKey":
        return "m"
    return "w" if changes(action) else "r"


def _sorted(letters: Sequence[str] | set[str]) -> str:
    return "".join(letter for letter in LETTERS if letter in letters)
