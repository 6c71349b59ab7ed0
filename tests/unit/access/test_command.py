"""`model-cicd access` as people and builds run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pages import BROWSER, Page, measure
from tests.unit.access.conftest import Parameters
from tests.unit.stacks.conftest import ROOT, environment

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("access")]
MODULE = ROOT / "modules" / "sagemaker" / "sagemaker-model-cicd"
Run = Callable[..., subprocess.CompletedProcess[str]]


def node() -> dict[str, str]:
    found = Path(sys.executable).parent / "node"
    return {"JSII_NODE": str(found)} if found.exists() else {}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory, parameters: Parameters) -> Path:
    """What `cdk synth` leaves in the module's directory."""
    out = tmp_path_factory.mktemp("assembly") / "cdk.out"
    done = python(MODULE, ["app.py"], {**environment(parameters, "eu-west-1"), "CDK_OUTDIR": str(out)})
    assert done.returncode == 0, done.stderr
    return out


def python(cwd: Path, arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    base = {key: os.environ[key] for key in ("HOME", "PATH")} | node()
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=base | env, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def access(assembly: Path, parameters: Parameters) -> Run:
    """`access(*options, **parameters)` in the module's directory, with what Seed-Farmer sets in its build."""

    def run(*options: str, **changed: Any) -> subprocess.CompletedProcess[str]:
        env = environment({**parameters, **changed}, "eu-west-1")
        for name in ("CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION"):  # of the CDK command's making
            del env[name]
        return python(MODULE, ["-m", "model_cicd.cli", "access", "--app", str(assembly), *options], env)

    return run


def test_the_gate_says_one_line_when_all_is_well(access: Run) -> None:
    done = access("--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"access is as expected: \d+ who ask, \d+ targets, \d+ grants looked at\n", done.stdout)


def test_the_gate_stops_over_what_nobody_expects(access: Run) -> None:
    stale = [{"grant": "somebody gains something", "reason": "of old"}]
    done = access("--check", **{"access-acknowledgements": stale})
    assert done.returncode == 1
    assert "acknowledged, but not there (any more): somebody gains something" in done.stdout


def test_the_text_holds_at_80_columns_and_breaks_no_name(access: Run) -> None:
    done = access()
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    rows = matrix_of("live", lines)
    assert (rows["model role of shop (prod) of live"].get("key"), rows["registry approver of live"]["versions"]) == (
        None,
        "rA",
    )
    assert rows["model role of shop (prod) of live"]["rels"] == "ru"
    assert rows["administrator of a stranger's account"] == {}


def matrix_of(unit: str, lines: list[str]) -> dict[str, dict[str, str]]:
    """By name, letters by column, as the text has them."""
    found: dict[str, dict[str, str]] = {}
    name = ""
    start = lines.index(f"group {unit}") + 1
    for line in lines[start : lines.index("", start)]:
        indent, text = len(line) - len(line.lstrip()), line.strip()
        if indent == 2:
            name = text
        elif name.endswith(":"):
            found[text] = {}
        else:
            parts = text.split()
            found.setdefault(name, {}).update(zip(parts[::2], parts[1::2], strict=True))
    return found


def test_json_has_every_pair(access: Run) -> None:
    (report,) = json.loads(access("--format", "json").stdout)
    assert (report["asExpected"], report["differences"]) == (True, [])
    (pair,) = [
        each
        for each in report["access"]
        if (each["who"], each["what"]) == ("model role of shop (prod) of live", "release models of live")
    ]
    assert pair["effective"] == pair["resource ceiling"] == pair["identity ceiling"] == ["s3:GetObject"]


def test_html_is_one_page_that_needs_nothing_else(access: Run, tmp_path: Path) -> None:
    stale = [{"grant": "<img src=x> gains something", "reason": "of old"}]
    text = access("--format", "html", **{"access-acknowledgements": stale}).stdout
    page = Page(text)
    assert page.problems == []
    assert page.tags["table"] == 2
    assert "Not as expected" in page.text
    assert "<img src=x> gains something" in page.text
    words = " ".join(page.text.split())
    pair = "reads release models of live (goes through)arn:aws:s3:::"
    assert pair in words
    after = words[words.index("model role of shop (prod) of live:") :]
    after = after[after.index(pair) :]
    assert re.search(r"needed: s3:GetObject statement \d \(\w+\) of shop-models", after[:400]), after[:400]
    if BROWSER:
        found = measure(text, tmp_path, 700)
        assert (found["problems"], found["scrolls"] <= found["width"]) == ([], True)


def test_explanations(access: Run) -> None:
    done = access("--explain", "model role of shop (prod) of live", "s3:GetObject", "release models of live")
    assert done.returncode == 0
    assert re.search(r"by statement \d \(Get666666666666\) of shop-models-training-prices-live-build/", done.stdout)
    assert access("--explain", "nobody", "s3:GetObject", "registry models of live").returncode == 1


def test_of_a_manifest_it_synthesizes_by_itself() -> None:
    done = python(ROOT, ["-m", "model_cicd.cli", "access", "manifests/local/deployment.yaml", "--check"], {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("access is as expected")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "got neither a manifest nor the SEEDFARMER_* environment variables"),
        (["--app", "nowhere", "manifests/local/deployment.yaml"], "nowhere/manifest.json: No such file or directory"),
        (["missing.yaml"], "missing.yaml"),
    ],
)
def test_wrong_input_is_refused_without_a_traceback(options: list[str], message: str) -> None:
    done = python(ROOT, ["-m", "model_cicd.cli", "access", *options], {})
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_synthesis_of_another_deployment_is_refused(assembly: Path) -> None:
    options = ["-m", "model_cicd.cli", "access", "manifests/local/deployment.yaml", "--app", str(assembly)]
    done = python(ROOT, options, {})
    assert done.returncode == 1
    assert "no stack modelcicd-local-models-sample-ml-model-name in account 123456789010" in done.stderr
