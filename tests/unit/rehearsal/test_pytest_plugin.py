"""The fixture `rehearsal` of pytest, as far as it needs no embedded AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.pytest_plugin.failures import one_of, shown
from rehearsal.pytest_plugin.fixture import Rehearsal
from rehearsal.pytest_plugin.records import Resource, Stack
from rehearsal.pytest_plugin.sessions import Identity, session
from tests.samples import files_of

ROOT = Path(__file__).parents[3]
HERE = Identity("http://127.0.0.1:9", "eu-west-1", {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"})


def test_sessions_reach_the_embedded_aws_whatever_the_terminal_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_PROFILE": "real",
        "AWS_ENDPOINT_URL": "https://real.example",
        "AWS_ENDPOINT_URL_S3": "https://real.example",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_SESSION_TOKEN": "real",
    }.items():
        monkeypatch.setenv(name, value)
    made = session(HERE)
    for service in ("s3", "stepfunctions"):
        client = made.client(service)
        assert client.meta.endpoint_url == HERE.endpoint
        assert client.meta.region_name == HERE.region
        assert client.meta.config.inject_host_prefix is False
    found = made.get_credentials()
    assert found
    assert (found.access_key, found.secret_key, found.token) == ("A", "B", None)
    assert made.resource("s3").meta.client.meta.endpoint_url == HERE.endpoint


def test_a_failure_names_the_nearest_and_the_log(tmp_path: Path) -> None:
    error = one_of("stack", "111122223333 eu-west-1", "shop-order", ["shop-orders", "CDKToolkit"])
    assert str(error) == (
        "stack: 111122223333 eu-west-1: got 'shop-order' (did you mean shop-orders?); "
        "expected one of CDKToolkit, shop-orders"
    )
    assert str(one_of("role", "role", "x", [])) == "role: role: got 'x'; there is none"

    @shown
    def fails() -> None:
        raise RehearsalError("seedfarmer apply", "it broke", tmp_path / "build.log")

    with pytest.raises(RehearsalError) as caught:
        fails()
    assert str(caught.value) == f"seedfarmer apply: it broke\nlog: {tmp_path / 'build.log'}"
    assert caught.value.log == tmp_path / "build.log"


def test_nothing_starts_before_the_first_apply(tmp_path: Path) -> None:
    made = Rehearsal(tmp_path)
    with pytest.raises(RehearsalError, match=r"nothing is deployed: expected rehearsal.apply\(MANIFEST\) before"):
        made.destroy()
    made.close()
    assert not list(tmp_path.iterdir())


def test_resources_are_found_by_type() -> None:
    made = [Resource(each, f"AWS::{each[0]}", each.lower(), "CREATE_COMPLETE") for each in ("B2", "A1", "B1")]
    stack = Stack("s", "1", "r", "CREATE_COMPLETE", {}, {}, {each.logical_id: each for each in made})
    assert [each.logical_id for each in stack.of_type("AWS::B")] == ["B1", "B2"]
    assert asdict(stack)["resources"]["A1"]["physical_id"] == "a1"


@pytest.mark.programs
def test_a_run_without_the_fixture_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.hasplugin('rehearsal')\n"
        "    loaded = {each.partition('.')[0] for each in sys.modules}\n"
        "    assert not loaded & {'boto3', 'botocore', 'moto', 'seedfarmer', 'yaml'}\n"
    )
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.programs
def test_the_fixture_leaves_the_environment_of_the_tests_as_it_is() -> None:
    code = (
        "import os, sys; os.environ['AWS_PROFILE'] = 'mine'; import rehearsal.pytest_plugin.fixture\n"
        "assert os.environ['AWS_PROFILE'] == 'mine' and 'AWS_CONFIG_FILE' not in os.environ\n"
        "assert not {each.partition('.')[0] for each in sys.modules} & {'moto', 'seedfarmer', 'rich'}"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment)


@pytest.mark.programs
def test_what_the_start_refuses_is_the_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(
        RehearsalError, match=r"^check the manifest: .*/none.yaml: no such file; expected a Seed-Farmer"
    ):
        Rehearsal(folder).apply("none.yaml")
    assert not list(folder.iterdir())
    with pytest.raises(RehearsalError, match="unrecognized arguments: --nothing"):
        Rehearsal(folder, ["--nothing"]).apply("none.yaml")


@pytest.mark.programs
def test_a_wrong_scope_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(rehearsal): pass\n")
    done = pytest_in(tmp_path, "-o", "rehearsal_scope=class")
    assert done.returncode != 0
    assert "rehearsal_scope: got 'class', expected session or module" in done.stdout + done.stderr


@pytest.mark.programs
def test_the_workflow_of_the_page_is_as_github_s_schema_wants_it(tmp_path: Path) -> None:
    path = tmp_path / "rehearse.yml"
    files = files_of(ROOT / "docs" / "pytest-plugin.md")
    path.write_text(files[".github/workflows/rehearse.yml"], encoding="utf-8")
    tools = (
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        ("zizmor", "--offline", "--no-progress", "--no-config", "--persona", "regular"),
    )
    for name, *arguments in tools:
        program = Path(sys.executable).parent / name
        done = subprocess.run([program, *arguments, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
