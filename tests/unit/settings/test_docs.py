"""The pages about settings say what the settings say of themselves."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from model_cicd.sagemaker_model_cicd.settings.validate import validate
from scripts import settings_docs
from scripts.settings_docs import MODELS, PAGE, PARTS


@pytest.mark.parametrize("path", settings_docs.pages(), ids=lambda path: path.name)
def test_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == settings_docs.pages()[path], "run `python scripts/settings_docs.py`"


def test_every_model_has_a_table() -> None:
    own = {
        name
        for module in settings_docs.MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }
    assert own == set(MODELS) | PARTS


def test_every_example_of_an_endpoint_is_right(parameters: dict[str, Any]) -> None:
    """The YAML examples of the section on endpoints, each as the settings of an environment."""
    section = PAGE.read_text(encoding="utf-8").partition('<a id="endpoint"></a>')[2].partition("## networkConfig")[0]
    examples = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert len(examples) == 6
    for example in examples:
        changed = copy.deepcopy(parameters)
        changed["deployment-groups"][0]["deployEnvironments"][1] |= yaml.safe_load(example)
        assert validate(changed)[1] == [], example
