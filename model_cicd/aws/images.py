"""Images of SageMaker's built-in algorithms by a short form, `xgboost:1.7-1`, and the registry of the region.

The accounts are those of the per-region pages under "Docker Registry Paths and Example Code"
(https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html, XGBoost algorithm,
versions 1.2-1 to 1.7-1); they agree with the tables that the SageMaker Python SDK publishes.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from model_cicd.aws.place import Place
from model_cicd.aws.regions import PARTITION_OF, dns_suffix
from model_cicd.text.errors import ModelCicdError, did_you_mean

#: what pulling an image needs
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
#: versions of a short form
_XGBOOST_VERSIONS = ("1.5-1", "1.7-1")
#: versions that there are, by repository, from the tables that the SageMaker Python SDK publishes
VERSIONS = {
    "sagemaker-xgboost": ("0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"),
    "sagemaker-scikit-learn": ("0.20.0", "0.23-1", "1.0-1", "1.2-1", "1.4-2", "1.4-2-py312"),
}

_XGBOOST_ACCOUNTS = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "cn-north-1": "450853457545",
    "cn-northwest-1": "451049120500",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "801668240914",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}

#: made by scripts/image_accounts.py
_ACCOUNTS_FILE = Path(__file__).with_name("image_accounts.json")
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
_URI = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<domain>[a-z.]+)/"
    r"(?P<repository>[a-z0-9][a-z0-9._/-]*)(?P<version>:[\w.-]+|@sha256:[0-9a-f]{64})?"
)
_SHORT = re.compile(r"(?P<name>[a-z0-9-]+):(?P<version>[^/]+)")


@functools.cache
def _accounts() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = json.loads(_ACCOUNTS_FILE.read_text(encoding="utf-8"))
    return found


def aws_accounts(region: str) -> tuple[str, ...]:
    """The accounts in which AWS holds images of jobs and endpoints of `region`, sorted; empty where none is known."""
    return tuple(_accounts().get(region, ()))


def pullable(place: Place, repositories: Iterable[str]) -> list[str]:
    """What images of jobs and endpoints at `place` may come from, as ARNs: AWS's accounts, and `repositories`.

    Of AWS's accounts all repositories: they hold nothing but images that AWS offers to everybody.
    """
    offered = [place.elsewhere(account).arn("ecr", "repository/*") for account in aws_accounts(place.region)]
    return [*offered, *repositories]


def repository_arn(image: str) -> str | None:
    """The ARN of the ECR repository that the URI `image` is of, or None where it is no image in ECR."""
    found = _URI.fullmatch(image)
    if found is None:
        return None
    region = found["region"]
    return f"arn:{PARTITION_OF.get(region, 'aws')}:ecr:{region}:{found['account']}:repository/{found['repository']}"


def is_short(image: str) -> bool:
    """Whether `image` is a short form: a name and a version without a registry."""
    return _SHORT.fullmatch(image) is not None


def complaint(image: str) -> str | None:
    """What is wrong with a short form, or the version of an image of AWS, whatever the region; None when nothing is."""
    found = _SHORT.fullmatch(image)
    if found is None:
        return _unknown_version(image)
    if found["name"] != "xgboost":
        hint = did_you_mean(found["name"], ["xgboost"])
        return f"got the image {image!r}, expected an image URI or xgboost:VERSION{hint}"
    if found["version"] not in _XGBOOST_VERSIONS:
        known = ", ".join(_XGBOOST_VERSIONS)
        hint = did_you_mean(found["version"], _XGBOOST_VERSIONS)
        return f"got version {found['version']!r} of the built-in XGBoost image, expected one of {known}{hint}"
    return None


def _unknown_version(image: str) -> str | None:
    found = _URI.fullmatch(image)
    if found is None or found["account"] != _XGBOOST_ACCOUNTS.get(found["region"]):
        return None
    known = VERSIONS.get(found["repository"])
    tag = (found["version"] or ":")[1:]
    version = tag.removesuffix("-cpu-py3")
    if known is None or version in known or tag.startswith("sha256:"):
        return None
    expected = f"expected one of {', '.join(known)}{did_you_mean(version, known)}"
    return f"got version {version!r} of the image {found['repository']}, {expected}"


def resolve(image: str, region: str) -> str:
    """The image URI that `image` stands for in `region`; full URIs come back unchanged.

    Raises ModelCicdError for an unknown name, version or region.
    """
    if not is_short(image):
        return image
    wrong = complaint(image)
    if wrong:
        raise ModelCicdError(wrong)
    if region not in _XGBOOST_ACCOUNTS:
        hint = did_you_mean(region, _XGBOOST_ACCOUNTS)
        raise ModelCicdError(
            f"no registry of the image {image!r} is known in region {region!r}{hint}: give the whole image URI instead"
        )
    domain = dns_suffix(PARTITION_OF.get(region, "aws"))
    version = image.partition(":")[2]
    return f"{_XGBOOST_ACCOUNTS[region]}.dkr.ecr.{region}.{domain}/sagemaker-xgboost:{version}"
