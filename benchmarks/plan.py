"""`model-cicd plan` of ten groups against another revision of git, of which one changed in every way."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.deployments import groups, manifest
from benchmarks.run import ROOT

COMMAND = [str(Path(sys.executable).with_name("model-cicd")), "plan", "deployment.yaml"]
GROUPS = 10


def measure(repeat: int) -> dict[str, Any]:
    """Seconds of whole processes, and their user and system seconds; medians."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "seedfarmer.yaml").write_text("project: bench\n", encoding="utf-8")
        (project / "modules").symlink_to(ROOT / "modules")
        found = groups(GROUPS)
        _write(project, found)
        for arguments in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "First")):
            identity = ("-c", "user.name=Bench", "-c", "user.email=bench@localhost")
            subprocess.run(["git", *identity, *arguments], cwd=project, check=True)
        same = statistics.median(_timed(project) for _ in range(repeat))
        found[0] |= {"sourceBranch": "release"}
        found[0]["deployEnvironments"][0] |= {"account": "219999999999", "endpoint": {"instanceCount": 2}}
        _write(project, found)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        changed = statistics.median(_timed(project) for _ in range(repeat))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / repeat
    return {
        "nothing changed (s)": round(same, 2),
        f"one of {GROUPS} groups changed (s)": round(changed, 2),
        f"one of {GROUPS} groups changed, CPU (s)": round(cpu, 2),
    }


def _timed(project: Path) -> float:
    began = time.perf_counter()
    subprocess.run([*COMMAND, "--against", "HEAD"], cwd=project, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _write(project: Path, found: list[dict[str, Any]]) -> None:
    """The manifest as JSON, which is YAML."""
    (project / "deployment.yaml").write_text(json.dumps(manifest(found), indent=2), encoding="utf-8")
