"""What a run is compared with: the release that serves, whose version nobody rejected, and the last data set."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from model_cicd.aws import sessions
from model_cicd.aws.comparison import LAST_DATA_SET, SERVING_MODEL
from model_cicd.aws.life_cycle import STAGES
from model_cicd.pipeline.run_settings import RunSettings
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps.condition import gains
from model_cicd.text.metrics import NONE, SERVING_VERSION

#: what the description of a release begins with, before the version that it was made of
RELEASE_OF = "Release of version "
_RELEASE = re.compile(rf"{RELEASE_OF}([1-9][0-9]*)")
_APPROVED, _REJECTED = "Approved", "Rejected"
_PACKAGE = ":model-package/"
#: the stages, the least far first
_ORDER = [STAGES[kind] for kind in ("dev", "preprod", "prod")]
#: so many releases, the newest first: each is described
_LOOKED_AT = 20


class Served(NamedTuple):
    """A release: the version that it was made of, and its artifact."""

    version: int
    model: str


def told(
    config: PipelineConfig,
    values: Mapping[str, str],
    sagemaker: Any,
    settings: RunSettings,
    show: Callable[[str], None],
) -> dict[str, str]:
    """The parameters that say what to compare with, where the pipeline declares them and nobody gave them."""
    declared = {each.name for each in config.pipeline.parameters} - set(values)
    found: dict[str, str] = {}
    if LAST_DATA_SET in declared:
        last = last_data_set(sagemaker, settings.environment.model_package_group_name)
        show(
            f"the data set is compared with {last}" if last else "no data set before: there is nothing to compare with"
        )
        found |= {LAST_DATA_SET: last} if last else {}
    return found | (_serving(config, declared, sagemaker, settings, show) if SERVING_VERSION in declared else {})


def _serving(
    config: PipelineConfig, declared: set[str], sagemaker: Any, settings: RunSettings, show: Callable[[str], None]
) -> dict[str, str]:
    if not settings.releases:
        if any(True for step in config.pipeline.steps for _ in gains(step)):
            show(
                "warning: nothing is compared: the deployment group has no compareWithServing; betterThanServing holds"
            )
        return {}
    found = newest(sagemaker, settings.releases, settings.environment.model_package_group_name)
    if found is None:
        show("no version serves yet: there is nothing to compare with, and betterThanServing holds")
        return {SERVING_VERSION: NONE}
    show(f"version {found.version} serves: compared with {found.model}")
    return {SERVING_VERSION: str(found.version), **({SERVING_MODEL: found.model} if SERVING_MODEL in declared else {})}


def newest(sagemaker: Any, releases: str, candidates: str) -> Served | None:
    """The newest release of those whose versions came furthest, passing over versions that were rejected since.

    How far a version came is its stage in the registry, where the group records that (`lifeCycle`): a release whose
    tests failed, or that waits for an approval, serves nowhere or not as far. Without stages it is the newest release.
    """
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=releases, SortBy="CreationTime", SortOrder="Descending"
    )
    listed = (each for page in pages for each in page["ModelPackageSummaryList"])
    furthest, found = -1, None
    for each in itertools.islice(listed, _LOOKED_AT):
        version = _RELEASE.fullmatch(each.get("ModelPackageDescription") or "")
        came = _came(sagemaker, each["ModelPackageArn"], candidates, version[1]) if version else None
        if version is None or came is None or came <= furthest:
            continue
        described = sagemaker.describe_model_package(ModelPackageName=each["ModelPackageArn"])
        url = described["InferenceSpecification"]["Containers"][0].get("ModelDataUrl")
        if url:
            furthest, found = came, Served(int(version[1]), str(url))
        if furthest == len(_ORDER):
            break
    return found


def last_data_set(sagemaker: Any, candidates: str) -> str:
    """The statistics (URI) of the data set of the newest version that has some and was not rejected, or empty."""
    if not candidates:
        return ""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=candidates, SortBy="CreationTime", SortOrder="Descending"
    )
    listed = (each for page in pages for each in page["ModelPackageSummaryList"])
    standing = (each for each in listed if each.get("ModelApprovalStatus") != _REJECTED)
    for each in itertools.islice(standing, _LOOKED_AT):
        described = sagemaker.describe_model_package(ModelPackageName=each["ModelPackageArn"])
        quality = (described.get("ModelMetrics") or {}).get("ModelDataQuality") or {}
        if uri := (quality.get("Statistics") or {}).get("S3Uri"):
            return str(uri)
    return ""


def _came(sagemaker: Any, release: str, candidates: str, version: str) -> int | None:
    """How far the version that `release` (ARN) was made of came, or None where it is not approved.

    0 where that is not known; of a deleted candidate nothing is, which says nothing against it.
    """
    from botocore.exceptions import ClientError

    arn = f"{release.partition(_PACKAGE)[0]}{_PACKAGE}{candidates}/{version}"
    try:
        found = sagemaker.describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if sessions.code(error) not in ("ResourceNotFound", "ValidationException"):
            raise
        return 0
    if found["ModelApprovalStatus"] != _APPROVED:
        return None
    stage = (found.get("ModelLifeCycle") or {}).get("Stage")
    return 1 + _ORDER.index(stage) if stage in _ORDER else 0
