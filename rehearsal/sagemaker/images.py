"""Container images: which local Python stands in for an image, and which built-in algorithm.

https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from rehearsal.api import invalid
from rehearsal.sagemaker.shapes import nearest

_URI = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@.+)?$"
)

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

# Those of `sagemaker-model-monitor-analyzer`, from the table that the SageMaker Python SDK publishes.
_MONITOR_REGISTRIES = {
    "af-south-1": "875698925577", "ap-east-1": "001633400207", "ap-northeast-1": "574779866223",
    "ap-northeast-2": "709848358524", "ap-northeast-3": "990339680094", "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676", "ap-southeast-2": "563025443158", "ap-southeast-3": "669540362728",
    "ca-central-1": "536280801234", "cn-north-1": "453000072557", "cn-northwest-1": "453252182341",
    "eu-central-1": "048819808253", "eu-central-2": "590183933784", "eu-north-1": "895015795356",
    "eu-south-1": "933208885752", "eu-south-2": "437450045455", "eu-west-1": "468650794304",
    "eu-west-2": "749857270468", "eu-west-3": "680080141114", "il-central-1": "843974653677",
    "me-central-1": "588750061953", "me-south-1": "607024016150", "sa-east-1": "539772159869",
    "us-east-1": "156813124566", "us-east-2": "777275614652", "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}  # fmt: skip

XGBOOST = "sagemaker-xgboost"
SCIKIT_LEARN = "sagemaker-scikit-learn"

#: Model Monitor's container, which has one version and no tag
ANALYZER = "sagemaker-model-monitor-analyzer"
MODEL_MONITOR = "model-monitor"

#: of an image of AWS that a Python of the user's stands in for
PYTORCH = "pytorch"

FRAMEWORKS = {"xgboost": XGBOOST, "sklearn": SCIKIT_LEARN}
# The versions that there are, from the tables that the SageMaker Python SDK publishes (image_uri_config).
VERSIONS = {
    "xgboost": ("0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"),
    "sklearn": ("0.20.0", "0.23-1", "1.0-1", "1.2-1", "1.4-2", "1.4-2-py312"),
}


@dataclass(frozen=True)
class Own:
    """How an image that was built here is run: its files below `root`, its `programs` and what Docker calls the rest.

    `read` is what its Python needs to see besides.
    """

    root: Path
    programs: Path
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    workdir: str
    read: tuple[Path, ...]


@dataclass(frozen=True)
class Image:
    """What runs in place of an image: a Python, and the framework whose conventions it follows.

    `framework` is `xgboost`, `sklearn`, `pytorch`, `model-monitor` or None (an image of the user's own); `version` the
    image's, such as 1.7-1. `own` is of an image that was built here; its framework is that of its base.
    """

    uri: str
    python: Path
    framework: str | None = None
    version: str | None = None
    own: Own | None = None

    @property
    def by_itself(self) -> Own | None:
        """One that was built here and runs what is in it, not what stands in for the image of AWS it is made from."""
        return self.own if self.own and (self.own.entrypoint or self.framework is None) else None


def resolve(uri: str, region: str) -> Image:
    """What stands in for AWS's image `uri` in a job of `region`.

    Raises ApiError ValidationException for every image that nothing stands in for.
    """
    found = _URI.match(uri)
    if not found or found["repository"] not in (XGBOOST, SCIKIT_LEARN, ANALYZER):
        raise invalid(
            f"the embedded AWS cannot run the image {uri}: it has no containers, only stand-ins for {XGBOOST}, "
            f"{SCIKIT_LEARN} and {ANALYZER} of AWS's registry. Name a Python that has what the image has, or "
            f"one of these as xgboost:1.7-1: --image {uri}=PYTHON"
        )
    if found["region"] != region:
        raise invalid(f"Cannot pull the image {uri}: it is in {found['region']}, the job in {region}")
    monitors = found["repository"] == ANALYZER
    registry = (_MONITOR_REGISTRIES if monitors else _REGISTRIES).get(region)
    if found["account"] != registry:
        raise invalid(
            f"Cannot find repository: {found['repository']} in registry ID: {found['account']}. "
            f"AWS's registry account for it in {region} is {registry or 'not known'}"
        )
    if monitors:
        return Image(uri, Path(sys.executable), MODEL_MONITOR)
    framework = next(name for name, repository in FRAMEWORKS.items() if repository == found["repository"])
    version = (found["tag"] or "").removesuffix("-cpu-py3")
    wrong = unknown_version(framework, version)
    if wrong:
        raise invalid(f"Cannot find the image {uri}: {wrong}")
    return Image(uri, Path(sys.executable), framework, version)


def unknown_version(framework: str, version: str) -> str | None:
    """What is wrong with a version of `xgboost` or `sklearn` that AWS has no image of; None when there is one."""
    known = VERSIONS[framework]
    return (
        None if version in known else f"got version {version!r}, expected {', '.join(known)}{nearest(version, known)}"
    )
