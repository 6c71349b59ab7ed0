"""Settings of a run that a deployment keeps for whoever trains outside of its builds: one SSM parameter of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from model_cicd.aws import sessions
from model_cicd.text.errors import ModelCicdError, describe

_FORM = "ssm:/NAME"
_NAME = re.compile(r"ssm:(/[A-Za-z0-9_.\-/]{1,1010})")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def read(given: str, region: str) -> dict[str, str]:
    """The variables that the parameter holds: JSON of names and texts.

    Raises ModelCicdError when it cannot be read or holds something else.
    """
    found = _NAME.fullmatch(given)
    if found is None:
        raise ModelCicdError(f"--settings: got {describe(given)}, expected {_FORM}, the name of an SSM parameter")
    with sessions.plain_errors():
        ssm = sessions.client(sessions.session(region, ""), "ssm")
        text = str(ssm.get_parameter(Name=found[1])["Parameter"]["Value"])
    return _variables(text, given)


def _variables(text: str, given: str) -> dict[str, str]:
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, Mapping):
        raise ModelCicdError(f"--settings: {given}: got {describe(text)}, expected a JSON object of variables")
    wrong = [name for name, value in read.items() if not _VARIABLE.fullmatch(name) or not isinstance(value, str)]
    if wrong:
        raise ModelCicdError(f"--settings: {given}: {', '.join(wrong)}: expected names in capital letters, with texts")
    return dict(read)
