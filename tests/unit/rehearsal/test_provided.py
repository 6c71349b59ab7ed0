"""What options give a deployment: sources of modules, values by reference, bootstraps."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from rehearsal.errors import UsageError
from rehearsal.job import provided
from rehearsal.job.provided import Provided, Source


def read(*words: str) -> Provided:
    parser = argparse.ArgumentParser()
    provided.add_options(parser)
    found = parser.parse_args(words)
    assert parser.parse_args(provided.words(found)) == found  # what a command line of our own says is the same
    return provided.read(found)


def test_sources_are_named_as_in_manifests(tmp_path: Path) -> None:
    archive = "https://github.com/awslabs/idf-modules/archive/refs/tags/v1.3.0.tar.gz"
    given = read(
        *("--source", f"git::https://github.com/awslabs/idf-modules.git={tmp_path}"),
        *("--source", f"https://github.com/awslabs/aiops-modules={tmp_path}"),
        *("--source", f"archive::{archive}={tmp_path}"),
    )
    assert given.sources == (
        Source("https://github.com/awslabs/idf-modules", tmp_path),
        Source("https://github.com/awslabs/aiops-modules", tmp_path),
        Source(archive, tmp_path, archive=True),
    )


def test_values_are_texts_or_files(tmp_path: Path) -> None:
    (tmp_path / "groups.json").write_text('["a=b"]')
    given = read("--parameter", "/shop/x=1=2", "--secret", f"token=@{tmp_path}/groups.json", "--cdk-qualifier", "shop")
    assert given.value("parameter", "/shop/x") == "1=2"
    assert given.value("secret", "token") == '["a=b"]'
    assert given.value("secret", "/shop/x") is None
    assert given.qualifiers == ("shop",)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(
            *("--source", "idf-modules=x", "--source", f"git::https://x.org/a.git={tmp_path}/none"),
            *("--source", f"git::https://x.org/a.git//modules/b?ref=main={tmp_path}"),
            *("--parameter", "x", "--secret", f"y=@{tmp_path}/none", "--cdk-template", f"{tmp_path}/none"),
        )
    said = "\n".join(caught.value.problems)
    assert "--source idf-modules=x: expected git::URL=DIR or archive::URL=DIR" in said
    assert f"there is no {tmp_path}/none" in said
    assert "got a URL with a module or ref" in said
    assert "--parameter x: expected NAME=VALUE" in said
    assert said.count("there is no file") == 2
