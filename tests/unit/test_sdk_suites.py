"""The seeds of the SageMaker SDK publish the suites of their commit as the runner does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from model_cicd.stage_tests import bundle

ROOT = Path(__file__).parents[2]
SUITE = "answer: {type: number}\nrows:\n  - {body: 'é,2', expected: 3}\n"


@pytest.mark.parametrize("seed", ["model-build-sdk-v2", "model-build-sdk-v3"])
def test_the_file_is_the_one_that_a_promotion_takes(seed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")):
        monkeypatch.setenv(name, value)  # the recorder sets them for good
    from tests.data.sdk import recorder

    path = ROOT / "seedcode" / seed / "stage_suites.py"
    spec = importlib.util.spec_from_file_location("stage_suites", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(tmp_path)
    session = recorder.session(tmp_path / "objects")
    assert module.publish(session, recorder.BUCKET) == {}
    (tmp_path / bundle.FOLDER).mkdir(parents=True)
    (tmp_path / bundle.FOLDER / "golden.yaml").write_text(SUITE, encoding="utf-8")
    wanted = bundle.collect(tmp_path)
    assert wanted is not None
    assert module.publish(session, recorder.BUCKET) == {bundle.PROPERTY: wanted.digest}
    published = tmp_path / "objects" / recorder.BUCKET / bundle.key(wanted.digest)
    assert bundle.chosen(bundle.read(published.read_bytes(), wanted.digest), "golden").rows[0].body == "é,2"
