"""The runner as a wheel: the part of the library that a training job needs, packed at synthesis.

The same sources give the same bytes, so that the asset changes only when the runner does. The wheel is an ordinary one
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/): any installer takes it.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from model_cicd import __version__

VERSION = __version__

#: what of the package goes in; none of it imports aws_cdk
PARTS = (
    "__init__.py",
    "cli.py",
    "hosting.py",
    "runner-requirements.txt",
    "uv-requirements.txt",
    "aws",
    "aws/image_accounts.json",
    "aws/service_regions.json",
    "check",
    "pipeline",
    "pipeline/request_limits.json",
    "promotion",
    "retrain_states.py",
    "sagemaker_model_cicd/__init__.py",
    "sagemaker_model_cicd/declared_pipelines.py",
    "sagemaker_model_cicd/settings",
    "sagemaker_model_cicd/sizes.py",
    "sagemaker_model_cicd/topology",
    "sagemaker_pipeline/__init__.py",
    "sagemaker_pipeline/definition.py",
    "sagemaker_pipeline/environment.py",
    "sagemaker_pipeline/outputs.py",
    "sagemaker_pipeline/parameters.py",
    "sagemaker_pipeline/placeholders.py",
    "sagemaker_pipeline/read.py",
    "sagemaker_pipeline/rules.py",
    "sagemaker_pipeline/topology.py",
    "settings",
    "stage_tests",
    "text",
)

#: what a build runs to install the wheel that MODEL_CICD_RUNNER and MODEL_CICD_RUNNER_FILE name, into .runner/venv:
#: whatever comes from an index is pinned by hashes that the wheel itself holds
INSTALL = (
    'aws s3 cp --only-show-errors "$MODEL_CICD_RUNNER" ".runner/$MODEL_CICD_RUNNER_FILE"',
    'python3 -m zipfile -e ".runner/$MODEL_CICD_RUNNER_FILE" .runner/wheel',
    "command -v uv > /dev/null || python3 -m pip install --quiet --require-hashes --requirement"
    " .runner/wheel/model_cicd/uv-requirements.txt",
    "uv venv --quiet --python '>=3.11' .runner/venv",
    "uv pip install --quiet --python .runner/venv/bin/python --require-hashes --requirement"
    " .runner/wheel/model_cicd/runner-requirements.txt",
    'uv pip install --quiet --python .runner/venv/bin/python --no-deps ".runner/$MODEL_CICD_RUNNER_FILE"',
)

_REQUIRES = ("boto3>=1.34", "pydantic>=2.7", "pyyaml>=6")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def wheel_name() -> str:
    """The file name of the wheel; installers read the version from it, so it must be kept."""
    return f"model_cicd-{VERSION}-py3-none-any.whl"


def build_wheel(directory: Path) -> Path:
    """Write the wheel into `directory`, which is made when missing, and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / wheel_name()
    info = f"model_cicd-{VERSION}.dist-info"
    files = _sources() | {
        f"{info}/METADATA": _metadata(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: model-cicd\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": b"[console_scripts]\nmodel-cicd = model_cicd.cli:main\n",
    }
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    # stored, not compressed: the bytes must not depend on the version of zlib
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = _MODE
            archive.writestr(entry, content)
    return path


def _sources() -> dict[str, bytes]:
    # .parent and no resolve(): the module's own copy counts, not the place a link points to
    package = Path(__file__).parent
    found = [path for part in PARTS for path in package.glob(part)]
    modules = [each for path in found for each in (path.rglob("*.py") if path.is_dir() else [path])]
    return {f"model_cicd/{path.relative_to(package).as_posix()}": path.read_bytes() for path in sorted(set(modules))}


def _metadata() -> bytes:
    lines = ["Metadata-Version: 2.1", "Name: model-cicd", f"Version: {VERSION}", "Requires-Python: >=3.11"]
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in _REQUIRES), ""]).encode()


def _record(files: dict[str, bytes], own: str) -> bytes:
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{own},,", ""]).encode()
