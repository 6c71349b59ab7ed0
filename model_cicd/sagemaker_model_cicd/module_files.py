"""Files that a synthesis of the module publishes: seeds of repositories, and what the infra pipeline deploys with.

Everything is a function of the module's own directory and environment, byte for byte.
"""

from __future__ import annotations

import json
import shlex
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model_cicd.text.errors import ModelCicdError
from model_cicd.wheel import build_wheel

#: what the infra repository holds: the module as it can be deployed, apart from its README
MODULE = (
    "app.py",
    "cdk.json",
    "cfn_template",
    "deployspec.yaml",
    "iam_policy",
    "model_cicd",
    "modulestack.yaml",
    "package-lock.json",
    "package.json",
    "requirements.txt",
    "seedcode",
)
# Seed-Farmer leaves these (and dotfiles) out of a module's bundle; left out here as well, a synthesis in the bundle and
# one in the repository publish the same files.
_IGNORED_DIRECTORIES = {"__pycache__", "build", "cdk.out", "dist", "node_modules"}
#: the pipeline of the seed code, and where a build puts the one that the manifest declares
SEED_PIPELINE, DECLARED_PIPELINE = "pipeline.yaml", ".declared-pipeline.yaml"
_IGNORED_SUFFIXES = (".egg-info", ".pyc")
#: in front of what has a dot in front in a repository
_DOT = "dot-"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can hold


@dataclass(frozen=True)
class ModuleFiles:
    """Files made for one synthesis, and the buildspecs of the infra pipeline and of groups with a declared pipeline."""

    model_build_seed: Path
    infra_seed: Path
    runner: Path
    environment: Path
    infra_build_spec: str
    declared_build_spec: str


def make(module: Path, destination: Path, env: Mapping[str, str], *, seed: str = "seedcode/model-build") -> ModuleFiles:
    """Write the files of the module in directory `module` below `destination`; `seed` is its folder of training code.

    Raises ModelCicdError when the module is incomplete.
    """
    missing = [name for name in MODULE if not (module / name).exists()]
    if missing:
        raise ModelCicdError(f"{module.resolve()}: the module lacks {', '.join(missing)}")
    names = MODULE if seed.startswith("seedcode/") else (*MODULE, seed)
    if not (module / seed / "buildspec.yml").is_file():
        raise ModelCicdError(f"model-build-repo.seed: got {seed!r}, expected a folder with a buildspec.yml")
    environment = destination / "module.env"
    environment.write_text(environment_script(env), encoding="utf-8")
    return ModuleFiles(
        model_build_seed=write_seed(destination / "model-build.zip", module / seed),
        infra_seed=write_zip(destination / "infra.zip", module, names),
        runner=build_wheel(destination),
        environment=environment,
        infra_build_spec=infra_build_spec(_yaml(module / "deployspec.yaml")),
        declared_build_spec=declared_build_spec(_yaml(module / "seedcode" / "model-build" / "buildspec.yml")),
    )


def write_seed(target: Path, seed: Path) -> Path:
    """Zip the folder that a repository starts with; its `dot-github` becomes `.github`, and so on.

    Seed-Farmer's bundles have no files and folders with a dot in front, so that a seed holds them under another name.
    """
    files = sorted(_files(seed, seed.resolve()))
    return _zip(target, sorted((_dotted(path.relative_to(seed)), path.read_bytes() or b"\n") for path in files))


def _dotted(path: Path) -> str:
    first, *rest = path.parts
    return "/".join([f".{first.removeprefix(_DOT)}" if first.startswith(_DOT) else first, *rest])


def write_zip(target: Path, directory: Path, names: Sequence[str]) -> Path:
    """Zip the files and folders `names` of `directory`, following links: same content, same bytes.

    An empty file holds a line end: CloudFormation makes no repository of a zip file with an empty one in it.
    https://github.com/aws/aws-cdk/issues/19012

    Raises ModelCicdError for a link below one of them that leads out of it, or in a circle: what stands there would be
    published with the rest.
    """
    files = sorted(path for name in names for path in _files(directory / name, (directory / name).resolve()))
    return _zip(target, ((path.relative_to(directory).as_posix(), path.read_bytes() or b"\n") for path in files))


def zip_texts(target: Path, texts: Mapping[str, str]) -> Path:
    """Zip `texts` under their names: same content, same bytes."""
    return _zip(target, ((name, text.encode()) for name, text in sorted(texts.items())))


def _zip(target: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target


def _files(path: Path, top: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found: list[Path] = []
    for each in path.iterdir():
        if each.name.startswith(".") or each.name.endswith(_IGNORED_SUFFIXES):
            continue
        if each.is_symlink():
            _refuse_stray(each, top)
        if each.is_dir():
            if each.name not in _IGNORED_DIRECTORIES:
                found += _files(each, top)
        else:
            found.append(each)
    return found


def _refuse_stray(link: Path, top: Path) -> None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        raise ModelCicdError(f"{link}: got a link to nothing, expected a file") from None
    if not target.is_relative_to(top) or link.parent.resolve().is_relative_to(target):
        raise ModelCicdError(f"{link}: got a link to {target}, expected a file or a link to another one below {top}")


def _yaml(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def declared_build_spec(seed: Mapping[str, Any]) -> str:
    """The buildspec of a group that declares its pipeline: that of the seed, with the pipeline from the module.

    The file lies beside the repository's own, so that `file:...` names files of the repository.
    """
    run = next(each for each in seed["phases"]["build"]["commands"] if f" run {SEED_PIPELINE} " in each)
    build = {
        "commands": [
            f'aws s3 cp --only-show-errors "$MODEL_CICD_PIPELINE" {DECLARED_PIPELINE}',
            run.replace(SEED_PIPELINE, DECLARED_PIPELINE),
        ]
    }
    return json.dumps({**seed, "phases": {**seed["phases"], "build": build}}, indent=2)


def environment_script(env: Mapping[str, str]) -> str:
    """A shell script that sets what Seed-Farmer passed to the module, and no more."""
    names = ("SEEDFARMER_PROJECT_NAME", "SEEDFARMER_DEPLOYMENT_NAME", "SEEDFARMER_MODULE_NAME")
    wanted = sorted(key for key in env if key in names or key.startswith("SEEDFARMER_PARAMETER_"))
    return "".join(f"{key}={shlex.quote(env[key])}\n" for key in wanted)


def infra_build_spec(deployspec: Mapping[str, Any]) -> str:
    """The buildspec that deploys the module as Seed-Farmer does: same environment, same commands.

    What Seed-Farmer does itself (a virtual environment with uv, metadata after the build) surrounds the commands of
    deployspec.yaml; the metadata are Seed-Farmer's own and stay as the last apply wrote them.
    """
    phases = deployspec["deploy"]["phases"]
    activate = ". ~/.venv/bin/activate"
    spec = {
        "version": 0.2,
        "env": {"shell": "bash"},
        "phases": {
            "install": {
                "runtime-versions": {"python": "3.11", "nodejs": "22"},
                "commands": [
                    "command -v uv > /dev/null || pip install --disable-pip-version-check --quiet"
                    " --root-user-action=ignore --require-hashes --requirement model_cicd/uv-requirements.txt",
                    "export PATH=$PATH:~/.local/bin",
                    "uv venv ~/.venv --python 3.11 --seed --quiet",
                    activate,
                    *phases["install"]["commands"],
                ],
                "on-failure": "ABORT",
            },
            "build": {
                "commands": [
                    activate,
                    'aws s3 cp "$MODULE_ENVIRONMENT" .module.env',
                    "set -a",
                    ". ./.module.env",
                    "set +a",
                    *phases["build"]["commands"],
                ],
                "on-failure": "ABORT",
            },
        },
    }
    return json.dumps(spec, indent=2)
