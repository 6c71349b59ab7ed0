"""`model-cicd retire`: versions that nobody will need are rejected and archived, and deleted where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_cicd.aws.life_cycle import ARCHIVED, RETIRED
from model_cicd.aws.retention import Retention
from model_cicd.operate import packages, retention
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.artifacts import delete_artifact, own_artifacts
from model_cicd.operate.confirm import ask
from model_cicd.operate.packages import Version
from model_cicd.operate.records import Group
from model_cicd.operate.retention import Fate, fates
from model_cicd.operate.used import used
from model_cicd.text.errors import ModelCicdError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What a person asked for: to see it only, to do it, to delete as well; `yes` answers the question beforehand.

    `role_arn` is the role of the build account that does it, where the caller is of another account.
    """

    retention: Retention
    apply: bool = False
    delete: bool = False
    yes: bool = False
    role_arn: str | None = None


def retire(access: Access, group: Group, wanted: Wanted, now: datetime, say: Say) -> str:
    """Retire what `wanted` says, after it was shown; gives back what was done, or would be.

    Raises DeniedError where what serves cannot be seen, and ModelCicdError when the answer is no.
    """
    versions = packages.versions(access, group)
    found = fates(versions, wanted.retention, used(access, group), now)
    for line in shown(group, found):
        say(line)
    retiring = [each for each in found if each.what == retention.RETIRE]
    deleting = [each for each in found if each.what != retention.KEEP] if wanted.delete else []
    if not retiring and not deleting:
        return f"{group.name}: nothing to retire"
    if not wanted.apply:
        return f"{group.name}: nothing was changed; --apply retires, --delete deletes what is retired as well"
    ask(_question(group, retiring, deleting), yes=wanted.yes)
    hand = _Hand(access, group, wanted.role_arn)
    for each in retiring:
        hand.retire(each, say)
    kept = [each.version for each in found if each not in deleting]
    for each in deleting:
        hand.delete(each.version, kept, say)
    ends = [f"{len(retiring)} retired", *([f"{len(deleting)} deleted"] if deleting else [])]
    return f"{group.name}: {', '.join(ends)}"


def shown(group: Group, found: Sequence[Fate]) -> list[str]:
    """A line for each version: what becomes of it, and why."""
    words = {retention.RETIRE: "would be retired", retention.KEEP: "stays", retention.RETIRED: "is retired"}
    return [
        f"{group.name}: version {each.version.number} ({each.version.status}) {words[each.what]}: {each.why}"
        for each in found
    ]


def _question(group: Group, retiring: Sequence[Fate], deleting: Sequence[Fate]) -> str:
    parts = []
    if retiring:
        parts.append(f"rejects and archives {_numbers(retiring)}")
    if deleting:
        parts.append(f"deletes {_numbers(deleting)} with their models in the registry, for ever")
    return f"this {' and '.join(parts)} of {group.name}"


def _numbers(found: Sequence[Fate]) -> str:
    numbers = ", ".join(str(each.version.number) for each in found)
    return f"version{'s' if len(found) > 1 else ''} {numbers}"


class _Hand:
    """Writes in the build account."""

    def __init__(self, access: Access, group: Group, role_arn: str | None) -> None:
        self._access, self._group, self._role = access, group, role_arn

    def _client(self, service: str) -> Any:
        group, access = self._group, self._access
        if self._role:
            return access.as_role(service, role_arn=self._role, region=group.build_region)
        if access.account == group.build_account:
            return access.client(service, account=group.build_account, region=group.build_region)
        policy = group.retirement.policy_arn or group.approver_policy_arn
        raise DeniedError(
            access.who,
            f"retire versions of {group.name}",
            f"model package group {group.model_package_group_name}",
            hint=f"its registry is in account {group.build_account}: name a role of it that has the policy {policy} "
            "with --retirer-role-arn",
        )

    def retire(self, fate: Fate, say: Say) -> None:
        version, sagemaker = fate.version, self._client("sagemaker")
        now = packages.parse(packages.described(self._access, sagemaker, version.arn))
        if now.status != version.status:
            raise ModelCicdError(
                f"{self._group.name}: version {version.number} became {now.status} meanwhile and stays; look again"
            )
        rejected = version.status == packages.REJECTED
        described = {} if rejected else {"ApprovalDescription": f"retired: {fate.why}"}
        with self._access.asking("sagemaker:UpdateModelPackage", version.arn, self._hint):
            sagemaker.update_model_package(
                ModelPackageArn=version.arn,
                ModelApprovalStatus=packages.REJECTED,
                ModelLifeCycle={"Stage": ARCHIVED, "StageStatus": RETIRED, "StageDescription": fate.why},
                **described,
            )
        say(f"{self._group.name}: version {version.number} is retired")

    def delete(self, version: Version, kept: Sequence[Version], say: Say) -> None:
        """The artifacts first: a run that failed is simply repeated."""
        s3, objects = self._client("s3"), 0
        for uri in own_artifacts(version, kept, self._group):
            objects += delete_artifact(self._access, s3, uri)
        with self._access.asking("sagemaker:DeleteModelPackage", version.arn, self._hint):
            self._client("sagemaker").delete_model_package(ModelPackageName=version.arn)
        say(f"{self._group.name}: version {version.number} is deleted, with {objects} objects of its models")

    @property
    def _hint(self) -> str:
        policy = self._group.retirement.policy_arn
        return f"the policy {policy} allows it" if policy else ""
