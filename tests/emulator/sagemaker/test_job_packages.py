"""What a job installs: from source distributions too, without a trace in its variables, and gone with it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Any

import pytest

# A build backend, which pip installs for a build into a folder of its own.
BACKEND = """
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    import importlib.util
    assert importlib.util.find_spec("pandas") is None  # a build sees what it asks for
    with zipfile.ZipFile(f"{directory}/made-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("made.py", "def main(): print('made it')")
        wheel.writestr("made-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: made\\nVersion: 1.0\\n")
        wheel.writestr("made-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("made-1.0.dist-info/entry_points.txt", "[console_scripts]\\nmade = made:main\\n")
        wheel.writestr("made-1.0.dist-info/RECORD", "")
    return "made-1.0-py3-none-any.whl"
"""
SCRIPT = """
import os, subprocess, sys
here = "/opt/ml/processing/packages"
assert not {"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT", "PYTHONPATH", "PYTHONHOME"} & os.environ.keys()
def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
install = ["install", "--quiet", "--no-index", "--find-links", here]
run(PIP, *install, "made")
assert run("made") == "made it\\n"
assert run(sys.executable, "-c", "import made, numpy, pandas; made.main()") == "made it\\n"
"""
ELSEWHERE = """
run(sys.executable, "-m", "pip", *install, "--target", "/opt/ml/processing/elsewhere", "backend")
assert "backend.py" in os.listdir("/opt/ml/processing/elsewhere")
"""


def backend() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("backend.py", BACKEND)
        wheel.writestr("backend-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: backend\nVersion: 1.0\n")
        wheel.writestr("backend-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("backend-1.0.dist-info/RECORD", "")
    return file.getvalue()


def source() -> bytes:
    file = io.BytesIO()
    texts = {
        "pyproject.toml": '[build-system]\nrequires = ["backend"]\nbuild-backend = "backend"\n'
        '[project]\nname = "made"\nversion = "1.0"\n',
        "PKG-INFO": "Metadata-Version: 2.1\nName: made\nVersion: 1.0\n",
    }
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in texts.items():
            entry = tarfile.TarInfo(f"made-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return file.getvalue()


def run(lab: Any, monkeypatch: pytest.MonkeyPatch, script: str, name: str) -> None:
    monkeypatch.setenv("PIP_TARGET", "/somewhere")  # of whoever runs the rehearsal
    lab.put("packages/backend-1.0-py3-none-any.whl", backend())
    lab.put("packages/made-1.0.tar.gz", source())
    arguments = lab.processing(script, inputs={"packages": f"s3://{lab.bucket}/packages"})
    assert lab.run_processing(name, arguments)["ProcessingJobStatus"] == "Completed", lab.job_log(name)
    found = lab.run_processing(f"{name}-later", lab.processing("import made"))
    assert "No module named 'made'" in found["FailureReason"]


@pytest.mark.slow
def test_a_source_distribution_is_installed_and_gone_with_the_job(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(lab, monkeypatch, SCRIPT.replace("PIP,", 'sys.executable, "-m", "pip",') + ELSEWHERE, "module")


def test_the_program_pip_installs_it_too(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(lab, monkeypatch, SCRIPT.replace("PIP,", '"pip",'), "program")
