"""What a plan says, as records: stacks and resources, permissions, limits, costs, and what people must do."""

from __future__ import annotations

from dataclasses import dataclass, field

ADDED, CHANGED, REPLACED, REMOVED = "added", "changed", "replaced", "removed"
#: who deploys a stack
APPLY, PROMOTION, SEEDFARMER = "the apply", "the next promotion", "Seed-Farmer"


@dataclass(frozen=True)
class PropertyChange:
    """A property at `path` (`Tags[0].Value`) with its JSON before and after, cut where long; empty where it is not."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class ResourceChange:
    """A resource of a stack that is `what`.

    `name` is its physical name, or the logical id where it has none. `kept` says that what leaves the stack is
    retained; `note` what is lost, or why an apply would fail (`fails`).
    """

    logical_id: str
    type: str
    name: str
    what: str
    properties: tuple[PropertyChange, ...] = ()
    kept: bool = False
    note: str = ""
    fails: bool = False


@dataclass(frozen=True)
class StackChange:
    """A stack that is added, changed or removed, of a `group` and `environment` (empty where it is for all of them).

    `by` says who deploys it; `fate` what becomes of one that is removed.
    """

    name: str
    account: str
    region: str
    group: str
    environment: str
    by: str
    what: str
    resources: tuple[ResourceChange, ...]
    fate: str = ""


@dataclass(frozen=True)
class GrantChange:
    """Somebody (`who`) who may, or may no longer, do something to `what`; ARNs are those of the side that has it."""

    gained: bool
    who: str
    who_arn: str
    what: str
    what_arn: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class NearLimit:
    """A limit of AWS of which at least 80 % is used: `needed` of `value`, where it was `before`."""

    where: str
    what: str
    needed: int
    before: int
    value: int
    raised: bool


@dataclass(frozen=True)
class CostChange:
    """Things that cost in one account and region: `count` before and after of a `kind`, charged by `unit`."""

    account: str
    region: str
    kind: str
    unit: str
    before: int
    after: int


@dataclass(frozen=True)
class ModulePlan:
    """What changes of one module; `said` are sentences about groups, environments, branches and accounts."""

    module: str
    said: tuple[str, ...] = ()
    stacks: tuple[StackChange, ...] = ()
    grants: tuple[GrantChange, ...] = ()
    limits: tuple[NearLimit, ...] = ()
    costs: tuple[CostChange, ...] = ()
    duties: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything would be done."""
        return bool(self.said or self.stacks or self.grants)

    def count(self, what: str) -> int:
        """How many resources are `what`."""
        return sum(each.what == what for stack in self.stacks for each in stack.resources)


@dataclass(frozen=True)
class Plan:
    """The whole plan: what is compared with what, module by module."""

    manifest: str
    against: str
    modules: tuple[ModulePlan, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def changes(self) -> bool:
        """Whether anything would be done."""
        return any(each.changes for each in self.modules)

    @property
    def summary(self) -> str:
        """One line in fixed words."""
        if not self.changes:
            return "no changes"
        counted = {what: sum(each.count(what) for each in self.modules) for what in (ADDED, CHANGED, REPLACED, REMOVED)}
        kept = sum(each.kept for module in self.modules for stack in module.stacks for each in stack.resources)
        parts = [f"{number} {what}" for what, number in counted.items()]
        return f"resources: {', '.join(parts)}" + (f" ({kept} of them kept)" if kept else "")
