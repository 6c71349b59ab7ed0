"""The socket by which commands ask a running embedded AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rehearsal.control import ControlSocket, ask
from rehearsal.errors import RehearsalError


@pytest.mark.parametrize("deep", [0, 12])
def test_it_answers_however_deep_its_folder_lies(tmp_path: Path, deep: int) -> None:
    """A path of a socket has 107 characters at most."""
    folder = tmp_path.joinpath(*["subfolder"] * deep)
    folder.mkdir(parents=True, exist_ok=True)

    def double(values: Mapping[str, Any], tell: Any) -> int:
        tell("at work")
        return int(values["number"]) * 2

    told: list[str] = []
    served = ControlSocket(folder, {"double": double})
    try:
        assert ask(folder, "double", {"number": 21}, told.append) == 42
        assert served.path.stat().st_mode & 0o777 == 0o600
    finally:
        served.close()
    assert told == ["at work"]
    with pytest.raises(RehearsalError, match="does not answer"):
        ask(folder, "double", {"number": 21}, told.append)
