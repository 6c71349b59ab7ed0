"""checkov on every template. It runs in an environment of its own: what it depends on does not fit beside Seed-Farmer.

https://www.checkov.io (Apache-2.0)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOV = "checkov==3.2.470"
# What it finds and why it is so; an entry that it does not find any more fails the test.
REASONS = {
    "CKV_AWS_158": "CloudWatch encrypts every log group; a key of one's own would be one more that readers need",
    "CKV_AWS_18": "S3 delivers access logs within one account and region: s3-access-logs-bucket-arn where that is so",
}

pytestmark = pytest.mark.slow


def failed(folder: Path) -> list[tuple[str, str]]:
    """Check and resource of every finding in the templates of a folder."""
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "tool", "run", "--quiet", "--python", sys.executable, CHECKOV, "--directory", str(folder)]
    ended = subprocess.run(
        [*command, "--framework", "cloudformation", "--compact", "--quiet", "--output", "json"],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.strip(), ended.stderr[-3000:]
    report = json.loads(ended.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["resource_count"] >= 20
    return [(each["check_id"], each["resource"]) for each in report["results"]["failed_checks"]]


def test_every_finding_has_a_reason(assembly: Any, declared: Any, full: Any, tmp_path: Path) -> None:
    templates = {**assembly.templates, "declared": declared.template, "declared-full": full.template}
    templates |= {path.replace("/", "-"): template for path, template in assembly.endpoints.items()}
    for name, template in templates.items():
        (tmp_path / f"{name.removesuffix('.json')}.template.json").write_text(json.dumps(template), encoding="utf-8")
    found = failed(tmp_path)
    print(f"{len(found)} findings of {CHECKOV} in {len(templates)} templates, answered by {len(REASONS)} reasons")
    assert [each for each in found if each[0] not in REASONS] == []
    assert {check for check, _ in found} == set(REASONS)


def test_it_finds_what_is_wrong(tmp_path: Path) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    resources = {f"Bucket{number}": bucket for number in range(20)}
    (tmp_path / "open.template.json").write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    assert ("CKV_AWS_20", "AWS::S3::Bucket.Bucket7") in failed(tmp_path)
