"""`model-cicd promote`: a promotion of an approved version, started by hand."""

from __future__ import annotations

from model_cicd.operate import packages, promotions
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.confirm import confirm
from model_cicd.operate.records import Group
from model_cicd.text.errors import ModelCicdError


def promote(access: Access, group: Group, number: int | None, *, yes: bool) -> str:
    """Start the promotion of a version, the newest approved one by default; gives back what was done.

    A named version needs no look into the registry, which the caller may have no access to: the pipeline checks it
    again. Raises ModelCicdError when the version does not exist or is not approved.
    """
    try:
        found = packages.versions(access, group)
    except DeniedError as error:
        if number is None:
            raise ModelCicdError(f"{error}\n  name the VERSION to promote without reading the registry") from None
    else:
        chosen = packages.choose(found, number, packages.APPROVED, group.name, "promote")
        if chosen.status != packages.APPROVED:
            raise ModelCicdError(f"{group.name}: version {_not_approved(group, chosen)}")
        number = chosen.number
    open_places = [place for place in group.places if not place.require_approval]
    confirm(open_places, f"promoting version {number} of {group.name}", yes=yes)
    execution = promotions.start(access, group, group.package_arn(number))
    lines = [f"{group.name}: promotion of version {number} started, execution {execution} of {group.pipeline_name}"]
    lines += [f"  {place.name}{_gate(group, place.require_approval)}" for place in group.places]
    lines.append("model-cicd status shows how far it is and who is waited for")
    return "\n".join(lines)


def _not_approved(group: Group, version: packages.Version) -> str:
    said = f"{version.number} is {version.status}{packages.because(version)}, expected Approved"
    if version.status == packages.REJECTED:
        return f"{said}; a rejected version is promoted only after somebody approves it after all"
    return f"{said}; `model-cicd approve {group.name} {version.number}` approves and promotes it"


def _gate(group: Group, gated: bool) -> str:
    return f" after approval of its stage by a holder of {group.stage_approver_policy_arn}" if gated else ""
