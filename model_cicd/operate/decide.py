"""`model-cicd approve` and `model-cicd reject`: the decision on a version, in the registry of the build account."""

from __future__ import annotations

from collections.abc import Callable

from model_cicd.operate import packages
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.confirm import ask, confirm
from model_cicd.operate.records import Group
from model_cicd.text.errors import ModelCicdError


def approve(
    access: Access, group: Group, number: int | None, reason: str | None, *, yes: bool, say: Callable[[str], None]
) -> str:
    """Approve a version, the newest pending one by default; says what would be released, gives back what was done.

    Asks before a version is approved that was rejected.

    Raises DeniedError when the caller is not in the build account or lacks the approver policy, and ModelCicdError when
    there is nothing to approve.
    """
    _in_build_account(access, group, "approve")
    chosen = _chosen(access, group, number, "approve")
    if chosen.status == packages.APPROVED:
        again = f"`model-cicd promote {group.name} {chosen.number}` promotes it again"
        raise ModelCicdError(f"{group.name}: version {chosen.number} is approved already; {again}")
    say(f"{group.name}: version {chosen.number}, commit {chosen.commit or 'unknown'}, {chosen.summary}, would release")
    for line in chosen.contents:
        say(f"  {line}")
    if chosen.status == packages.REJECTED:
        ask(
            f"version {chosen.number} of {group.name} was rejected{packages.because(chosen)}: this approves it", yes=yes
        )
    open_prod = [place for place in group.places if not place.require_approval]
    confirm(open_prod, f"approving version {chosen.number} of {group.name} promotes it through and", yes=yes)
    _update(access, group, chosen, packages.APPROVED, reason)
    gates = [place.name for place in group.places if place.require_approval]
    then = f"; approvals of their own come before {', '.join(gates)}" if gates else ""
    return f"{group.name}: version {chosen.number} is approved; promotion to {_order(group)} begins{then}"


def reject(access: Access, group: Group, number: int | None, reason: str | None) -> str:
    """Reject a version, the newest pending one by default; gives back what was done."""
    _in_build_account(access, group, "reject")
    chosen = _chosen(access, group, number, "reject")
    if chosen.status == packages.REJECTED:
        raise ModelCicdError(f"{group.name}: version {chosen.number} is rejected already")
    _update(access, group, chosen, packages.REJECTED, reason)
    stays = "; where it serves it goes on serving until another version is promoted there (model-cicd status shows it)"
    was = stays if chosen.status == packages.APPROVED else ""
    return f"{group.name}: version {chosen.number} is rejected{was}"


def _order(group: Group) -> str:
    return ", ".join(place.name for place in group.places)


def _chosen(access: Access, group: Group, number: int | None, why: str) -> packages.Version:
    return packages.choose(packages.versions(access, group), number, packages.PENDING, group.name, why)


def _in_build_account(access: Access, group: Group, verb: str) -> None:
    if access.account == group.build_account:
        return
    raise DeniedError(
        access.who,
        f"{verb} versions of {group.name}",
        f"model package group {group.model_package_group_name}",
        hint=f"its registry is in account {group.build_account}: use credentials of that account, or --role-arn with a "
        f"role of it, that have the policy {group.approver_policy_arn}",
    )


def _update(access: Access, group: Group, version: packages.Version, status: str, reason: str | None) -> None:
    client = access.client("sagemaker", account=group.build_account, region=group.build_region)
    described = {"ApprovalDescription": reason} if reason else {}
    hint = f"the policy {group.approver_policy_arn} allows it"
    with access.asking("sagemaker:UpdateModelPackage", version.arn, hint):
        client.update_model_package(ModelPackageArn=version.arn, ModelApprovalStatus=status, **described)
