"""CDK commands that know no other endpoint than AWS's: those before 2.167, which speak through version 2 of the SDK.

https://github.com/aws/aws-cdk/releases/tag/v2.167.0
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

_FIRST = (2, 167)  # with version 3 of the AWS SDK for JavaScript, which takes AWS_ENDPOINT_URL


def old_versions(files: Iterable[Path]) -> Iterator[str]:
    """The versions that are too old, of the `package.json` of installed packages."""
    for file in files:
        try:
            version = str(json.loads(file.read_text(encoding="utf-8"))["version"])
        except (OSError, ValueError, LookupError, TypeError):
            continue
        numbers = re.match(r"(\d+)\.(\d+)\.", version)
        if numbers and (int(numbers[1]), int(numbers[2])) < _FIRST:
            yield version


def on_path(search_path: str | None = None) -> list[Path]:
    """The `package.json` of the `cdk` that a shell finds."""
    found = shutil.which("cdk", path=search_path)
    return [Path(found).resolve().parent.parent / "package.json"] if found else []


def sentence(version: str) -> str:
    """What to say about one."""
    first = ".".join(map(str, _FIRST))
    return f"aws-cdk {version} ignores AWS_ENDPOINT_URL and asks the real AWS: install aws-cdk {first} or newer"
