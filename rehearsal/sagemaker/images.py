"""Container images: which local Python stands in for an image, and which built-in algorithm.

https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from rehearsal.api import invalid

_URI = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@.+)?$"
)
_VERSION = re.compile(r"^(\d+)\.(\d+)-(\d+)(-cpu-py3)?$")

# AWS's registry accounts of the images `sagemaker-xgboost` (0.90 and later) and `sagemaker-scikit-learn`.
_REGISTRIES = {
    "af-south-1": "510948584623", "ap-east-1": "651117190479", "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698", "ap-northeast-3": "867004704886", "ap-south-1": "720646828776",
    "ap-south-2": "628508329040", "ap-southeast-1": "121021644041", "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941", "ap-southeast-4": "106583098589", "ca-central-1": "341280168497",
    "ca-west-1": "190319476487", "cn-north-1": "450853457545", "cn-northwest-1": "451049120500",
    "eu-central-1": "492215442770", "eu-central-2": "680994064768", "eu-north-1": "662702820516",
    "eu-south-1": "978288397137", "eu-south-2": "104374241257", "eu-west-1": "141502667606",
    "eu-west-2": "764974769150", "eu-west-3": "659782779980", "il-central-1": "898809789911",
    "me-central-1": "272398656194", "me-south-1": "801668240914", "sa-east-1": "737474898029",
    "us-east-1": "683313688378", "us-east-2": "257758044811", "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902", "us-west-1": "746614075791", "us-west-2": "246618743249",
}  # fmt: skip

XGBOOST = "sagemaker-xgboost"
SCIKIT_LEARN = "sagemaker-scikit-learn"


@dataclass(frozen=True)
class Image:
    """What runs in place of an image: a Python, and the framework whose conventions it follows.

    `framework` is `xgboost`, `sklearn` or None (an image of the user's own); `version` the image's (major, minor).
    """

    uri: str
    python: Path
    framework: str | None = None
    version: tuple[int, int] | None = None


def resolve(uri: str, region: str) -> Image:
    """What stands in for AWS's image `uri` in a job of `region`.

    Raises ApiError ValidationException for every image that nothing stands in for.
    """
    found = _URI.match(uri)
    if not found or found["repository"] not in (XGBOOST, SCIKIT_LEARN):
        raise invalid(
            f"the embedded AWS cannot run the image {uri}: it has no containers, only stand-ins for {XGBOOST} and "
            f"{SCIKIT_LEARN} of AWS's registry. Name a Python that has what the image has, or one of these as "
            f"xgboost:1.7-1: --image {uri}=PYTHON"
        )
    if found["region"] != region:
        raise invalid(f"Cannot pull the image {uri}: it is in {found['region']}, the job in {region}")
    registry = _REGISTRIES.get(region)
    if found["account"] != registry:
        raise invalid(
            f"Cannot find repository: {found['repository']} in registry ID: {found['account']}. "
            f"AWS's registry account for it in {region} is {registry or 'not known'}"
        )
    version = _VERSION.match(found["tag"] or "")
    if not version:
        raise invalid(f"Cannot find the image {uri}: got tag {found['tag']}, expected one like 1.7-1")
    framework = "xgboost" if found["repository"] == XGBOOST else "sklearn"
    return Image(uri, Path(sys.executable), framework, (int(version[1]), int(version[2])))
