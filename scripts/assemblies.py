"""Digests of what both modules synthesize: `python scripts/assemblies.py --write`, or without it, what differs.

A refactoring leaves every template as it was. The cases of `tests/modules/assemblies/cases.yaml` are synthesized as
Seed-Farmer does it; templates and the texts of promotions are brought into a normal form and compared by resource with
the digests beside the cases. `--root` names another checkout to synthesize with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HOME = Path(__file__).resolve().parent.parent
DATA = HOME / "tests" / "modules" / "assemblies"
DIGESTS = DATA / "digests.json"
#: the app of a module and its folder
GROUPS = ("model_cicd.sagemaker_model_cicd.app", ".")
PIPELINE = ("model_cicd.sagemaker_pipeline.app", "modules/sagemaker/sagemaker-pipeline")
#: digest by resource (or other part) by template or text
Parts = dict[str, dict[str, str]]

_RUN_ALL = """
import importlib, json, os, pathlib, sys

for app, bundle, env in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(env)
    os.chdir(bundle)
    if importlib.import_module(app).run(pathlib.Path(bundle)):
        sys.exit(f"in {bundle}")
"""

# What depends on the sources of the library and not on what it makes.
_VOLATILE = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<hash>"),
    (re.compile(r"model_cicd-[^\"' /]+\.whl"), "<runner>"),
)


def cases() -> dict[str, dict[str, Any]]:
    """The cases by name."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "cases.yaml").read_text(encoding="utf-8"))
    return loaded


def differences(name: str, got: Parts) -> dict[str, str]:
    """How a case with the digests `got` differs from the written ones: `<template or text>: <part>` and what of it."""
    expected: Parts = json.loads(DIGESTS.read_text(encoding="utf-8")).get(name, {})
    found = {}
    for file in sorted({*expected, *got}):
        before, after = expected.get(file, {}), got.get(file, {})
        for part in sorted({*before, *after}):
            if before.get(part) != after.get(part):
                what = "is new" if part not in before else "is gone" if part not in after else "is changed"
                found[f"{file}: {part}"] = what
    return found


def digests(names: Iterable[str], root: Path = HOME) -> dict[str, Parts]:
    """The digests of cases as the checkout at `root` makes them."""
    return {
        name: {
            file: {part: hashlib.sha256(text.encode()).hexdigest()[:12] for part, text in parts.items()}
            for file, parts in made.items()
        }
        for name, made in normal_forms(names, root).items()
    }


def normal_forms(names: Iterable[str], root: Path = HOME) -> dict[str, Parts]:
    """The parts of every template and text of cases in normal form, as the checkout at `root` makes them."""
    with tempfile.TemporaryDirectory() as directory:
        outs = synthesize({name: cases()[name] for name in names}, root, Path(directory))
        return {name: _assembly(out) for name, out in outs.items()}


def _assembly(out: Path) -> Parts:
    found = {path.name: _template(path.read_text(encoding="utf-8")) for path in out.glob("*.template.json")}
    for group, archive in promotions(out):
        for member, text in archive.items():
            parts = _template(text) if member.startswith("templates/") else {"text": _normal(text)}
            found[f"promotion of {group}, {member}"] = parts
    if (out / "validation-report.json").exists():
        found["validation-report.json"] = {"text": (out / "validation-report.json").read_text(encoding="utf-8")}
    return dict(sorted(found.items()))


def _template(text: str) -> dict[str, str]:
    """The text of each resource, output, parameter and so on of a template."""
    return {
        f"{section}.{name}" if isinstance(value, dict) else section: _normal(json.dumps(each, sort_keys=True))
        for section, value in sorted(json.loads(text).items())
        for name, each in (sorted(value.items()) if isinstance(value, dict) else [("", value)])
    }


def _normal(text: str) -> str:
    for pattern, placeholder in _VOLATILE:
        text = pattern.sub(placeholder, text)
    return text


def promotions(out: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The texts in the sources of promotion pipelines, by their group."""
    for path in out.glob("asset.*.zip"):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".json")]
            if "promotion.json" in names:
                texts = {name: archive.read(name).decode() for name in sorted(names)}
                yield json.loads(texts["promotion.json"])["group"], texts


def synthesize(chosen: Mapping[str, Mapping[str, Any]], root: Path, directory: Path) -> dict[str, Path]:
    """Run the modules' apps as Seed-Farmer's deployspec does; the directories of their assemblies.

    Loading the CDK takes longer than a synthesis, so one process makes all that have the same context: that is read
    where Node starts.
    """
    made, contexts = {name: directory / name / "out" for name in chosen}, defaultdict[str, list[list[Any]]](list)
    for name, case in chosen.items():
        parameters, files = _parameters(case)
        app, module = GROUPS if "deployment-groups" in parameters else PIPELINE
        bundle = directory / name / "module"
        bundle.mkdir(parents=True)
        for path in (root / module).iterdir():
            if not path.name.startswith(".") and path.name not in ("cdk.out", "node_modules"):
                (bundle / path.name).symlink_to(path.resolve())
        if files:
            (bundle / "seedcode").symlink_to(root / "seedcode")
        env = _environment(case, parameters, made[name])
        contexts[env["CDK_CONTEXT_JSON"]].append([app, str(bundle), env])
    for apps in contexts.values():
        done = subprocess.run(
            [sys.executable, "-c", _RUN_ALL],
            cwd=root,
            env=apps[0][-1],
            input=json.dumps(apps),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            raise RuntimeError(f"the synthesis failed: {done.stderr}{done.stdout}")
    return made


def _parameters(case: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The parameters of a case by name, and the data files that they name."""
    if "manifest" in case:
        manifest = yaml.safe_load((HOME / case["manifest"]).read_text(encoding="utf-8"))
        files = [each["filePath"] for each in manifest.get("dataFiles", [])]
        return {each["name"]: each["value"] for each in manifest["parameters"]}, files
    if "pipeline" in case:
        loaded: dict[str, Any] = yaml.safe_load((HOME / case["pipeline"]).read_text(encoding="utf-8"))
        return loaded, []
    parameters = dict(case["parameters"])
    if copies := case.get("copies"):
        (step,) = parameters["pipeline"]["steps"]
        steps = [{**step, "name": f"{step['name']}{number}"} for number in range(copies)]
        parameters["pipeline"] = {**parameters["pipeline"], "steps": steps}
    return parameters, []


def _environment(case: Mapping[str, Any], parameters: Mapping[str, Any], out: Path) -> dict[str, str]:
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": os.environ["HOME"],  # holds jsii's cache of packages
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(case.get("context", {})),
        "SEEDFARMER_PROJECT_NAME": "shop",
        "SEEDFARMER_DEPLOYMENT_NAME": "models",
        "SEEDFARMER_MODULE_NAME": "training-prices",
        "CDK_DEFAULT_ACCOUNT": "111111111111",
        "CDK_DEFAULT_REGION": case.get("region", "us-east-1"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    node = Path(sys.executable).parent / "node"
    if node.exists():
        env["JSII_NODE"] = str(node)
    for name, value in parameters.items():
        variable = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").upper()
        env[f"SEEDFARMER_PARAMETER_{variable}"] = value if isinstance(value, str) else json.dumps(value)
    return env


def main() -> int:
    """Write the digests, or print what differs; the exit code is 1 when something does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="CASE", help="which cases (default: all)")
    parser.add_argument("--root", type=Path, default=HOME, help="the checkout to synthesize with")
    parser.add_argument("--write", action="store_true", help="renew digests.json")
    options = parser.parse_args()
    names = options.names or list(cases())
    if options.write:
        known = json.loads(DIGESTS.read_text(encoding="utf-8")) if options.names and DIGESTS.exists() else {}
        made = known | digests(names, options.root.resolve())
        DIGESTS.write_text(json.dumps(dict(sorted(made.items())), indent=0) + "\n", encoding="utf-8")
        return 0
    found = {name: differences(name, got) for name, got in digests(names, options.root.resolve()).items()}
    for name, parts in found.items():
        for part, what in parts.items():
            print(f"{name}: {part} {what}")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
