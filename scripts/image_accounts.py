"""Write image_accounts.json of library and rehearsal from the tables that the SageMaker Python SDK publishes.

The SDK (Apache-2.0) knows which accounts of AWS hold the images of jobs and endpoints in each region; of its 100 MB of
dependencies nothing is needed. Give it the wheel of a version 2 of the package, as `pip download --no-deps` gets it:

    pip download --no-deps --dest /tmp 'sagemaker==2.245.0'
    python scripts/image_accounts.py /tmp/sagemaker-2.245.0-py3-none-any.whl
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGETS = [ROOT / folder / "image_accounts.json" for folder in ("model_cicd/aws", "rehearsal/iam")]
#: images of Studio and of clusters, which neither jobs nor endpoints run
NOT_WANTED = ("hyperpod-recipes-gpu", "hyperpod-recipes-neuron", "sagemaker-base-python", "sagemaker-distribution")


def tables(wheel: Path) -> Iterator[tuple[str, Any]]:
    """The SDK's table of each kind of image, by its name."""
    with zipfile.ZipFile(wheel) as files:
        for name in sorted(files.namelist()):
            if name.startswith("sagemaker/image_uri_config/") and name.endswith(".json"):
                yield Path(name).stem, json.loads(files.read(name))


def registries(table: Any) -> Iterator[tuple[str, str]]:
    """Region and account wherever a table has them."""
    if isinstance(table, dict):
        for key, value in table.items():
            if key == "registries":
                yield from ((region, str(account)) for region, account in value.items())
            else:
                yield from registries(value)
    elif isinstance(table, list):
        for each in table:
            yield from registries(each)


def text(wheel: Path) -> str:
    """The content of the file: accounts by region, sorted."""
    found: dict[str, set[str]] = {}
    for kind, table in tables(wheel):
        if kind not in NOT_WANTED:
            for region, account in registries(table):
                found.setdefault(region, set()).add(account)
    return json.dumps({region: sorted(found[region]) for region in sorted(found)}, indent=1) + "\n"


if __name__ == "__main__":
    for target in TARGETS:
        target.write_text(text(Path(sys.argv[1])), encoding="utf-8")
