"""What a terminal of 80 columns shows while a rehearsal runs."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from rehearsal.job.progress import Progress, Step

NAME = "promote a-deployment-group-with-a-name-of-sixty-letters-as-some"


@pytest.mark.parametrize("name", [NAME, "seedfarmer apply"])
def test_the_detail_gives_way_and_nothing_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    progress = Progress(out)
    progress.steps = [Step(name, 0.0, 120.4, detail="phase: DOWNLOAD_SOURCE codeseeder:a023e92c-2c73-420f-bc12-72dc")]
    Console(file=out, width=80, force_terminal=True).print(progress._table())
    assert not re.search(r"\x1b\[(3|4)\d", out.getvalue())
    (line,) = re.sub(r"\x1b\[\d*m", "", out.getvalue()).splitlines()
    assert len(line) <= 80
    assert f"ok {name} " in line
    assert " 120.4 s" in line
    assert ("DOWNLOAD_SOURCE" in line) == (name != NAME)
