"""Measure what the README claims: `make bench` (all) or `make bench ARGS="synth check"`.

Prints one JSON object a measurement; seconds are wall-clock of whole processes, medians of `--repeat` runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.deployments import groups, manifest  # noqa: E402

BIN = ROOT / ".venv" / "bin"
GROUPS = (1, 10, 50, 100)
ACCESS_GROUPS = (1, 10, 50, 100)

ONE_BUCKET = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
app = cdk.App(analytics_reporting=False, builtin_cloud_formation_validation=False)
stack = cdk.Stack(app, "one-bucket")
s3.Bucket(stack, "Bucket")
app.synth()
"""


def module_environment(count: int, out: Path, *, same: bool = False) -> dict[str, str]:
    """The environment in which Seed-Farmer would run app.py."""
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/tmp"),
        "JSII_NODE": str(BIN / "node"),
        "CDK_OUTDIR": str(out),
        "CDK_DEFAULT_ACCOUNT": "123456789010",
        "CDK_DEFAULT_REGION": "us-east-1",
        "SEEDFARMER_PROJECT_NAME": "bench",
        "SEEDFARMER_DEPLOYMENT_NAME": "local",
        "SEEDFARMER_MODULE_NAME": "models-model",
        "SEEDFARMER_PARAMETER_INFRA_REPO": json.dumps({"host": "codecommit", "name": "infra"}),
        "SEEDFARMER_PARAMETER_MODEL_BUILD_REPO": json.dumps({"host": "codecommit", "name": "model"}),
        "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS": json.dumps(groups(count, same=same)),
    }


def timed(command: Sequence[str], *, env: dict[str, str] | None = None, cwd: Path = ROOT) -> float:
    """Seconds of one run; its failure ends the benchmark with its output."""
    began = time.perf_counter()
    ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ended.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    return seconds


def median(repeat: int, run: Callable[[], float]) -> float:
    """The median of `repeat` runs after one that warms caches."""
    run()
    return statistics.median(run() for _ in range(repeat))


def synth(repeat: int) -> dict[str, Any]:
    """Synthesis with cdk-nag against a one-bucket app in the same run."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        (scratch / "app.py").write_text(ONE_BUCKET, encoding="utf-8")

        def once(count: int) -> float:
            out = scratch / f"out-{count}"
            shutil.rmtree(out, ignore_errors=True)
            script = str(ROOT / "app.py") if count else str(scratch / "app.py")
            return timed([str(BIN / "python"), script], env=module_environment(max(count, 1), out))

        base = median(repeat, lambda: once(0))
        seconds = {count: median(repeat, lambda count=count: once(count)) for count in GROUPS}  # type: ignore[misc]
    return {
        "one bucket (s)": round(base, 2),
        "groups (s)": {str(count): round(value, 2) for count, value in seconds.items()},
        "ratio to one bucket": {str(count): round(value / base, 2) for count, value in seconds.items()},
        "ms per group": round((seconds[100] - seconds[10]) / 90 * 1000, 1),
    }


def check(repeat: int) -> dict[str, Any]:
    """`model-cicd check` of a module manifest with 100 groups."""
    module = manifest(groups(100))["groups"][0]["modules"][0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.yaml"
        import yaml

        path.write_text(yaml.safe_dump(module, sort_keys=False), encoding="utf-8")
        return {"seconds": round(median(repeat, lambda: timed([str(BIN / "model-cicd"), "check", str(path)])), 3)}


def compile_(repeat: int) -> dict[str, Any]:
    """`model-cicd compile` of a pipeline with 100 steps in chains of ten, and of one with a single step."""

    def steps(count: int) -> list[dict[str, Any]]:
        found = []
        for index in range(count):
            source = {"stepOutput": f"Step{index - 1}.out"} if index % 10 else {"s3Uri": "s3://bench-data/in"}
            processing = {
                "imageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/step:1",
                "instanceType": {"parameter": "Kind"},
                "environment": {"STEP": f"{{parameter.Kind}}-{index}"},
                "inputs": [{"inputName": "in", **source}],
                "outputs": [{"outputName": "out"}],
            }
            found.append({"name": f"Step{index}", "type": "Processing", "processing": processing})
        return found

    import yaml

    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 100):
            kind = {"name": "Kind", "defaultValue": "ml.m5.large"}
            document = {"projectName": "bench", "pipeline": {"parameters": [kind], "steps": steps(count)}}
            path = Path(folder) / f"pipeline-{count}.yaml"
            path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
            for target in ("json", "cloudformation"):
                command = [str(BIN / "model-cicd"), "compile", str(path), "--to", target, "-o", os.devnull]
                name = f"{count} step{'s' if count > 1 else ''}, {target} (s)"
                seconds[name] = round(median(repeat, lambda command=command: timed(command)), 3)  # type: ignore[misc]
    return seconds


def access(repeat: int) -> dict[str, Any]:
    """`model-cicd access` of groups in the same accounts: with the synthesis, and of one that is there, as the gate is.

    Of the latter, user and system seconds of its process as well, which other work on the machine changes less.
    """
    command = [str(BIN / "model-cicd"), "access", "--check"]
    found: dict[str, Any] = {"with synthesis (s)": {}, "gate (s)": {}, "gate, CPU (s)": {}}
    with tempfile.TemporaryDirectory() as folder:
        for count in ACCESS_GROUPS:
            out = Path(folder) / f"out-{count}"
            env = module_environment(count, out, same=True)
            timed([str(BIN / "python"), str(ROOT / "app.py")], env=env)
            del env["CDK_OUTDIR"]
            own = median(repeat, lambda env=env: timed(command, env=env))  # type: ignore[misc]
            gate = [*command, "--app", str(out)]
            found["with synthesis (s)"][str(count)] = round(own, 2)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            found["gate (s)"][str(count)] = round(median(repeat, lambda gate=gate, env=env: timed(gate, env=env)), 2)  # type: ignore[misc]
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found["gate, CPU (s)"][str(count)] = round(cpu / (repeat + 1), 2)
    return found


def plan(repeat: int) -> dict[str, Any]:
    """`model-cicd plan` of ten groups against another revision."""
    from benchmarks.plan import measure

    return measure(repeat)


def rehearsal(repeat: int) -> dict[str, Any]:
    """`rehearse` with empty caches (once) and with filled ones."""
    with tempfile.TemporaryDirectory() as folder:
        cold = dict(os.environ, XDG_CACHE_HOME=folder, HOME=folder)
        first = timed([str(BIN / "rehearse")], env=cold)
        warm = statistics.median(timed([str(BIN / "rehearse")], env=cold) for _ in range(max(1, repeat // 2)))
    return {"cold (s)": round(first, 1), "warm (s)": round(warm, 1)}


def pipeline(repeat: int) -> dict[str, Any]:
    """One pipeline execution against the bare scripts."""
    from benchmarks.pipeline import measure

    return measure(repeat)


def size(repeat: int) -> dict[str, Any]:
    """Resources and template lines of one group with a build, a preprod and a prod environment."""
    from benchmarks.size import measure

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        timed([str(BIN / "python"), str(ROOT / "app.py")], env=module_environment(1, out))
        return measure(out)


def iam(repeat: int) -> dict[str, Any]:
    """Decisions a second of the IAM engine."""
    from benchmarks.iam import measure

    return measure(repeat)


def executor(repeat: int) -> dict[str, Any]:
    """`rehearse pipeline`: the cost of a step, parallel branches, and a run from the cache."""
    from benchmarks.executor import measure

    return measure(repeat)


def growth(repeat: int) -> dict[str, Any]:
    """`rehearse` of 1, 5 and 20 groups; one run each."""
    from benchmarks.growth import measure

    return measure()


def executions(repeat: int) -> dict[str, Any]:
    """1,000 pipeline executions on one embedded AWS; one run."""
    from benchmarks.executions import measure

    return measure()


MEASUREMENTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "check": check,
    "compile": compile_,
    "synth": synth,
    "size": size,
    "access": access,
    "plan": plan,
    "iam": iam,
    "pipeline": pipeline,
    "executor": executor,
    "rehearsal": rehearsal,
    "growth": growth,
    "executions": executions,
}


def main() -> None:
    """Run the chosen measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MEASUREMENTS)} (default: all)")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    for name in options.names or MEASUREMENTS:
        if name not in MEASUREMENTS:
            parser.error(f"unknown measurement {name!r}: expected one of {', '.join(MEASUREMENTS)}")
        print(json.dumps({name: MEASUREMENTS[name](options.repeat)}, indent=2), flush=True)


if __name__ == "__main__":
    main()
