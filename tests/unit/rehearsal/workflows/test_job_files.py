"""Files of a job by patterns: what is hashed, packed and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rehearsal.workflows.tools import files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.py", "b.txt", "src/c.py", "src/deep/d.py", "src/deep/.hidden", "lib/foo/e.rb", "lib/f.rb"):
        path = tmp_path / "workspace" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "workspace"


def names(root: Path, *patterns: str) -> list[str]:
    found = (path.relative_to(root) for path in files.matching(root, list(patterns)) if path.is_file())
    return sorted(map(str, found))


def test_patterns(root: Path) -> None:
    assert names(root, "**/*.py") == ["a.py", "src/c.py", "src/deep/d.py"]
    assert names(root, "*.py") == ["a.py"]
    assert names(root, "src") == ["src/c.py", "src/deep/.hidden", "src/deep/d.py"]
    assert names(root, "src/*.py", "b.???") == ["b.txt", "src/c.py"]
    assert names(root, "lib/**/*.rb", "!lib/foo/*.rb") == ["lib/f.rb"]
    assert names(root, "src", "!**/d.py", "src/deep/d.py") == ["src/c.py", "src/deep/.hidden", "src/deep/d.py"]
    assert names(root, "[ab].*") == ["a.py", "b.txt"]
    assert names(root, "nothing") == []


def test_a_digest_is_of_the_digests_of_the_files(root: Path) -> None:
    parts = [hashlib.sha256(name.encode()).digest() for name in ("lib/f.rb", "lib/foo/e.rb")]
    expected = hashlib.sha256(b"".join(parts)).hexdigest()
    assert files.digest(root, ["lib/**/*.rb"]) == files.digest(root, ["/lib/**/*.rb"]) == expected
    assert files.digest(root, ["*.none"]) == ""


def test_nothing_outside_of_the_workspace_is_hashed(root: Path) -> None:
    (root.parent / "outside.py").write_text("secret")
    (root / "link.py").symlink_to(root.parent / "outside.py")
    assert files.digest(root, ["../outside.py", "link.py"]) == ""


def test_packed_files_have_their_path_below_what_is_common(root: Path, tmp_path: Path) -> None:
    archive = str(tmp_path / "packed.zip")
    assert files.pack(archive, root, ["src/deep"], hidden=False) == 1
    files.unpack(archive, str(tmp_path / "one"))
    assert sorted(path.name for path in (tmp_path / "one").rglob("*")) == ["d.py"]
    assert files.pack(archive, root, ["src/c.py", "lib"], hidden=False) == 3
    files.unpack(archive, str(tmp_path / "two"))
    assert (tmp_path / "two" / "src" / "c.py").read_text() == "src/c.py"
    assert files.pack(archive, root, ["src/deep"], hidden=True) == 2


def test_kept_files_go_back_to_where_they_were(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "tool").write_text("x")
    (home / "cache" / "tool").chmod(0o755)
    archive = str(tmp_path / "kept.zip")
    assert files.keep(archive, {"workspace": root, "home": home}, [str(home / "cache"), "lib", "/etc/hostname"]) == 3
    places = {"workspace": tmp_path / "w2", "home": tmp_path / "h2"}
    files.restore(archive, places)
    assert (places["home"] / "cache" / "tool").stat().st_mode & 0o777 == 0o755
    assert (places["workspace"] / "lib" / "f.rb").read_text() == "lib/f.rb"
