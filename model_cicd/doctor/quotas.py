"""What an account may have at most, against what the manifest needs there.

SageMaker's quotas are found by their names, `<instance type> for <use> usage`, which stand in its own refusals as well;
the others by their codes (https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from model_cicd.doctor import site as kinds
from model_cicd.doctor.look import Look, UnseenError

#: of the small Linux machines that all builds of the modules run on
_BUILDS = "L-9D07B6EF"
_PIPELINES = "L-78D200AD"
_RULES = "L-244521F2"
_ROLES = "L-FE177D64"


@dataclass(frozen=True)
class _Quota:
    service: str
    code: str
    name: str
    value: float


def check(look: Look) -> None:
    """Every quota that counts; each is looked at although another may not be seen."""
    for part in (_instances, _builds, _pipelines, _rules, _roles):
        with suppress(UnseenError):
            part(look)


def _instances(look: Look) -> None:
    site = look.site
    needed = {f"{type_} for {use} usage": (type_, use) for type_, use in site.instances}
    if not needed:
        return
    known = _sagemaker(look, needed)
    for name, key in sorted(needed.items()):
        count, updating = site.instances[key], site.updating[key]
        quota = known.get(name)
        if quota is None:
            look.warn(f"no quota is called {name!r}: is it offered in {site.place.region}?")
        elif quota.value < count:
            look.stops(f"{name}: the quota is {quota.value:g}, {count} needed", _more(look, quota, count))
        elif quota.value < updating:
            message = f"{name}: the quota is {quota.value:g}, an update needs {updating}: old and new at once"
            look.warn(message, _more(look, quota, updating))
        else:
            look.fine(f"{name}: the quota is {quota.value:g}, {count} needed")


def _sagemaker(look: Look, names: Iterable[str]) -> dict[str, _Quota]:
    """SageMaker's quotas by name: as they are, else their defaults, which AWS lists apart."""
    found: dict[str, _Quota] = {}
    for operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
        if any(name not in found for name in names):
            for each in look.listed("service-quotas", operation, "Quotas", ServiceCode="sagemaker", MaxResults=100):
                found.setdefault(each["QuotaName"], _of("sagemaker", each))
    return found


def _builds(look: Look) -> None:
    needed = look.site.builds
    if not needed:
        return
    quota = _one(look, "codebuild", _BUILDS)
    if quota is None or quota.value >= needed:
        look.fine(f"{needed} builds at once")
    elif quota.value < 1:
        look.stops(f"{quota.name}: the quota is {quota.value:g}", _more(look, quota, needed))
    else:
        message = f"{quota.name}: the quota is {quota.value:g}, {needed} may run at once: some will wait"
        look.warn(message, _more(look, quota, needed))


def _pipelines(look: Look) -> None:
    wanted = look.site.names(kinds.PIPELINE)
    if wanted:
        there = {each["name"] for each in look.listed("codepipeline", "ListPipelines", "pipelines")}
        _room(look, _one(look, "codepipeline", _PIPELINES), wanted, there)


def _rules(look: Look) -> None:
    wanted = look.site.names(kinds.RULE)
    if wanted:
        there = {each["Name"] for each in look.listed("events", "ListRules", "Rules")}
        _room(look, _one(look, "events", _RULES), wanted, there)


def _roles(look: Look) -> None:
    """IAM says by itself how many roles there are and how many there may be."""
    wanted = look.site.names(kinds.ROLE)
    if not wanted:
        return
    summary = (look.ask("iam", "GetAccountSummary") or {}).get("SummaryMap", {})
    used, most = int(summary.get("Roles", 0)), int(summary.get("RolesQuota", 0))
    missing = sum(look.ask("iam", "GetRole", of=name, RoleName=name) is None for name in sorted(wanted))
    _said(look, _Quota("iam", _ROLES, "Roles per account", most), used, missing)


def _room(look: Look, quota: _Quota | None, wanted: set[str], there: set[str]) -> None:
    if quota is not None:
        _said(look, quota, len(there), len(wanted - there))


def _said(look: Look, quota: _Quota, used: int, new: int) -> None:
    message = f"{quota.name}: {used} of {quota.value:g} are used, {new} more needed"
    if used + new > quota.value:
        look.stops(message, _more(look, quota, used + new))
    else:
        look.fine(message)


def _one(look: Look, service: str, code: str) -> _Quota | None:
    """A quota as it is, or its default; None where there is none in the region."""
    for operation in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        if found := look.ask("service-quotas", operation, of=code, ServiceCode=service, QuotaCode=code):
            return _of(service, found["Quota"])
    return None


def _of(service: str, quota: Mapping[str, Any]) -> _Quota:
    return _Quota(service, quota["QuotaCode"], quota["QuotaName"], quota["Value"])


def _more(look: Look, quota: _Quota, value: float) -> str:
    region = "us-east-1" if quota.service == "iam" else look.site.place.region
    return (
        f"aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code} "
        f"--desired-value {value:g} --region {region}"
    )
