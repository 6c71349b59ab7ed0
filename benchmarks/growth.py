"""The main job of 1, 5 and 20 deployment groups: seconds, processor time, and the memory of the embedded AWS."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.deployments import groups, manifest
from benchmarks.run import BIN, ROOT

GROUPS = (1, 5, 20)
_NOT_OF_THE_PROJECT = shutil.ignore_patterns(".*", "node_modules", "tests", "docs", "__pycache__")


def measure(counts: tuple[int, ...] = GROUPS) -> dict[str, Any]:
    """One rehearsal each, every group with three accounts of its own, through preprod and prod."""
    found = {count: _rehearsed(count) for count in counts}
    few, many = counts[0], counts[-1]
    each = (found[many]["seconds"] - found[few]["seconds"]) / max(1, many - few)
    return {
        "rehearsal of groups": {str(count): measured for count, measured in found.items()},
        "a group more (s)": round(each, 1),
    }


def _rehearsed(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(ROOT, project, ignore=_NOT_OF_THE_PROJECT)
        (project / "deployment.yaml").write_text(json.dumps(manifest(groups(count)), indent=2), encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        with (project / "out").open("w", encoding="utf-8") as out:
            child = subprocess.Popen([BIN / "rehearse", "deployment.yaml"], cwd=project, stdout=out, stderr=out)
            peak = 0
            while child.poll() is None:
                peak = max(peak, _resident(child.pid))
                time.sleep(0.5)
        seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if child.returncode:
            sys.exit(f"rehearse of {count} groups failed:\n{(project / 'out').read_text(encoding='utf-8')[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 1), "CPU (s)": round(cpu, 1), "MiB of its process": peak}


def _resident(process: int) -> int:
    """Its resident memory in MiB, without that of builds and jobs; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
