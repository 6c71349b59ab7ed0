"""COPY and links: what is outside of the context is not read, and what is outside of the image not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.docker.copying import CannotCopy, Context, copy


@pytest.mark.parametrize(
    "words", [["link/secret", "/opt/"], ["li*/secret", "/opt/"], ["f", "/out"], ["d", "/"], ["d/out", "/out"]]
)
def test_no_link_leads_out(tmp_path: Path, words: list[str]) -> None:
    context, root, outside = (tmp_path / each for each in ("context", "root", "outside"))
    for each in (context / "d" / "out", root, outside):
        each.mkdir(parents=True)
    (outside / "secret").write_text("secret")
    (context / "link").symlink_to(outside)
    (root / "out").symlink_to(outside)
    (context / "f").write_text("1")
    (context / "d" / "out" / "f").write_text("1")
    with pytest.raises(CannotCopy, match="a link leads out of the"):
        copy(Context(context), root, words, workdir="/", unpacks=False)
    assert [each.name for each in outside.iterdir()] == ["secret"]
    assert not (root / "opt" / "secret").exists()
