"""What a job leaves for the embedded AWS to upload or show is not followed out of its container."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SECRET = "what-only-the-user-may-read"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    made = tmp_path / "secret"
    made.write_text(SECRET)
    return made


def everything(lab: Any) -> str:
    found = ""
    for page in lab.s3.get_paginator("list_objects_v2").paginate(Bucket=lab.bucket):
        for each in page.get("Contents", []):
            if "/code/" not in f"/{each['Key']}":
                found += lab.s3.get_object(Bucket=lab.bucket, Key=each["Key"])["Body"].read().decode("latin-1")
    return found


@pytest.mark.parametrize(
    "script",
    [
        "import os\nos.symlink('{secret}', '/opt/ml/processing/out/file')",
        "import os\nos.rmdir('/opt/ml/processing/out')\nos.symlink('{folder}', '/opt/ml/processing/out')",
        "import os, shutil\nshutil.move('/opt/ml/processing', '/opt/ml/old')\nos.mkdir('/opt/ml/processing')\n"
        "os.symlink('{folder}', '/opt/ml/processing/out')",
        "import os\nos.symlink('{folder}', '/opt/ml/processing/out/folder')",
        "import os\nos.mkfifo('/opt/ml/processing/out/pipe')\nos.symlink('pipe', '/opt/ml/processing/out/link')",
        "import os\nos.makedirs('/opt/ml/output', exist_ok=True)\nos.symlink('{secret}', '/opt/ml/output/failure')\n"
        "raise SystemExit(1)",
        "import os\nos.makedirs('/opt/ml/output', exist_ok=True)\nos.symlink('{secret}', '/opt/ml/output/message')",
        "import os\nprint(open('{secret}').read())",
    ],
)
def test_nothing_from_outside_is_uploaded_or_shown(lab: Any, secret: Path, script: str) -> None:
    filled = script.format(secret=secret, folder=secret.parent)
    name = f"hostile-{abs(hash(filled)) % 10**9}"
    arguments = lab.processing(filled, outputs={"out": f"s3://{lab.bucket}/hostile/{name}"})
    ended = lab.run_processing(name, arguments)
    assert ended["ProcessingJobStatus"] in ("Completed", "Failed")
    assert SECRET not in everything(lab)
    assert SECRET not in json.dumps(ended, default=str)
    assert SECRET not in lab.job_log(name)


def test_a_job_sees_neither_the_server_nor_others(lab: Any) -> None:
    script = (
        "import glob, os\n"
        f"print('aws', os.path.exists('{lab.world.directory}/git'), os.listdir('{lab.world.directory}/jobs'))\n"
        "print('processes', len(glob.glob('/proc/[0-9]*')) < 6)\n"
        "print('home', [p for p in ('~/.aws', '~/.ssh', '/root/.aws') if os.path.exists(os.path.expanduser(p))])\n"
        "for place in ('/usr/x', '/etc/x', '/opt/x', '/x'):\n"
        "    try: open(place, 'w'); print('wrote', place)\n"
        "    except OSError: pass\n"
        "print('done')\n"
    )
    assert lab.run_processing("looking", lab.processing(script))["ProcessingJobStatus"] == "Completed"
    log = lab.job_log("looking")
    assert "aws False ['processing']" in log
    assert "processes True" in log
    assert "home []" in log
    assert "wrote" not in log
    assert "done" in log
