"""The limits of requests are those of the API's model that is installed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("request_limits", ROOT / "scripts" / "request_limits.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_the_script_writes() -> None:
    made = script()
    assert made.TARGET.read_text(encoding="utf-8") == made.text(), "run scripts/request_limits.py"


def test_it_has_the_limits_that_the_pages_of_the_api_show() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AppSpecification.html and its like
    limits = json.loads(script().TARGET.read_text(encoding="utf-8"))["limits"]
    assert limits["CreateProcessingJob"]["AppSpecification.ImageUri"]["max"] == 255
    assert limits["CreateTrainingJob"]["TrainingJobName"]["max"] == 63
    assert limits["CreateHyperParameterTuningJob"]["HyperParameterTuningJobName"]["max"] == 32
    assert limits["CreateTransformJob"]["ModelClientConfig.InvocationsMaxRetries"] == {"min": 0, "max": 3}
