"""`rehearse pipeline` against the bare scripts: the cost of a step, two branches at once, and a run from the cache."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("rehearse"))
STEPS = 10
NAP = 2.0


def measure(repeat: int) -> dict[str, Any]:
    """Seconds; every number is a median of whole processes."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        empty = _bare(base, "pass", repeat)
        chain = _median(repeat, base, _chain(STEPS, "pass"))
        one = _median(repeat, base, _chain(1, "pass"))
        nap = f"import time; time.sleep({NAP})"
        serial, parallel = (_median(repeat, base, make(2, nap)) for make in (_chain, _branches))
        store = base / "store"
        file = _write(base, _chain(STEPS, "pass"))
        _run(file, "--store", str(store))
        cached = statistics.median(_run(file, "--store", str(store)) for _ in range(repeat))
    return {
        "bare script (s)": round(empty, 3),
        f"chain of {STEPS} steps (s)": round(chain, 2),
        "more than the bare script, a step (s)": round((chain - one) / (STEPS - 1) - empty, 3),
        f"two steps of {NAP:g} s, one after the other (s)": round(serial, 2),
        "two such branches at once (s)": round(parallel, 2),
        f"{STEPS} steps from the cache (s)": round(cached, 2),
    }


def _bare(base: Path, script: str, repeat: int) -> float:
    file = base / "bare.py"
    file.write_text(script, encoding="utf-8")
    return statistics.median(_timed([sys.executable, str(file)]) for _ in range(repeat))


def _median(repeat: int, base: Path, definition: dict[str, Any]) -> float:
    return statistics.median(_run(_write(base, definition)) for _ in range(repeat))


def _run(file: Path, *options: str) -> float:
    return _timed([COMMAND, "pipeline", str(file), "--upload", f"{file.parent / 'code'}=s3://bench/code", *options])


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    return time.perf_counter() - began


def _write(base: Path, definition: dict[str, Any]) -> Path:
    (base / "code").mkdir(exist_ok=True)
    script = definition.pop("script", None)
    if script:
        (base / "code" / "script.py").write_text(script, encoding="utf-8")
    file = base / "definition.json"
    file.write_text(json.dumps(definition), encoding="utf-8")
    return file


def _chain(count: int, script: str) -> dict[str, Any]:
    return _define([_step(index, [f"Step{index - 1}"] if index else []) for index in range(count)], script)


def _branches(count: int, script: str) -> dict[str, Any]:
    return _define([_step(index, []) for index in range(count)], script)


def _define(steps: list[dict[str, Any]], script: str) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Parameters": [], "Steps": steps, "script": script}


def _step(index: int, after: list[str]) -> dict[str, Any]:
    code = {"S3Uri": "s3://bench/code/script.py", "LocalPath": "/opt/ml/processing/code", "S3DataType": "S3Prefix"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
    arguments = {
        "AppSpecification": {
            "ImageUri": "own/image:1",
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/script.py"],
        },
        "ProcessingInputs": [{"InputName": "code", "S3Input": code | {"S3InputMode": "File"}}],
        "ProcessingResources": {"ClusterConfig": cluster},
    }
    cache = {"Enabled": True, "ExpireAfter": "P1D"}
    return {
        "Name": f"Step{index}",
        "Type": "Processing",
        "Arguments": arguments,
        "DependsOn": after,
        "CacheConfig": cache,
    }
