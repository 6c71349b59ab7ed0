"""The suites that environments with `tests` ask a version's endpoint: those of the commit that it is trained from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import boto3
import yaml

_FOLDER = Path("tests/stage")


def publish(session: boto3.Session, bucket: str) -> dict[str, str]:
    """Put the suites into the registry's bucket; the metadata by which a version names them, none where there are none.

    The file is named by what is in it: a promotion takes that of the version, and no other.
    """
    suites = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.yaml"))}
    if not suites:
        return {}
    content = json.dumps({"suites": suites}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    digest = hashlib.sha256(content).hexdigest()
    session.client("s3").put_object(Bucket=bucket, Key=f"code/stage-tests/{digest}.json", Body=content)
    return {"StageTests": f"sha256:{digest}"}
