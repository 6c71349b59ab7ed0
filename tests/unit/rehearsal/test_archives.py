"""What comes out of an archive is limited: files, what describes them, and what is said of their size."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from rehearsal import archives

LARGEST = 4 << 20


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for name, content in members:
            (info := tarfile.TarInfo(name)).size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def described(size: int) -> bytes:
    """A member that `size` bytes describe: an extended header."""
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, size
    return gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + b"0" * size + b"\0" * (-size % 512))


def sparse(size: int) -> bytes:
    """A file of `size` bytes, all of which are a hole."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("hole")
        info.pax_headers = {"GNU.sparse.map": f"{size},0", "GNU.sparse.size": str(size), "GNU.sparse.name": "hole"}
        tar.addfile(info)
    return out.getvalue()


def unpacked(tmp_path: Path, content: bytes) -> Path:
    (archive := tmp_path / "model.tar.gz").write_bytes(content)
    (target := tmp_path / "out").mkdir()
    archives.unpack(archive, target, largest=LARGEST)
    return target


def test_what_is_within_the_limit_is_unpacked(tmp_path: Path) -> None:
    target = unpacked(tmp_path, packed(("a", b"1" * (LARGEST // 2)), ("sub/b", b"2" * (LARGEST // 2))))
    assert [(target / name).stat().st_size for name in ("a", "sub/b")] == [LARGEST // 2] * 2
    assert archives.names((tmp_path / "model.tar.gz").read_bytes()) == ["a", "sub/b"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed(("a", b"0" * (LARGEST + 1))), f"more than {LARGEST} bytes"),
        (packed(*((f"{number}", b"0" * (1 << 20)) for number in range(5))), f"more than {LARGEST} bytes"),
        (described(2 << 20), "a description of a member has 2097152 bytes"),
        (sparse(1 << 40), f"more than {LARGEST} bytes"),
        (packed(("../a", b"1")), "outside"),
        (b"no archive", "not a gzip file"),
        (packed(("a", b"1" * 5000))[:-30], None),
        (gzip.compress(b"0" * 2048)[:30] + b"1" * 40, None),
    ],
    ids=["one file", "many files", "description", "sparse", "outside", "text", "cut", "broken"],
)
def test_what_is_not_is_refused_by_name(tmp_path: Path, content: bytes, reason: str | None) -> None:
    try:
        unpacked(tmp_path, content)
    except (archives.Unreadable, EOFError, OSError) as error:
        assert reason is None or reason in str(error)
    else:
        assert reason is None
    on_disk = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*"))
    assert on_disk <= LARGEST
    assert not (tmp_path / "a").exists()


def test_names_read_no_description_without_end() -> None:
    with pytest.raises(archives.Unreadable, match="a description of a member has"):
        archives.names(described(2 << 20))
    with pytest.raises(archives.Unreadable, match="more than 1048576 bytes"):
        archives.names(packed(*((f"{number}", b"0" * (1 << 20)) for number in range(4))), largest=1 << 20)


def test_zips_and_gzip() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 3000)
        archive.writestr("b", b"0" * 3000)
    with zipfile.ZipFile(out) as archive:
        archives.check_zip(archive, 6000)
        with pytest.raises(archives.Unreadable, match="more than 5999 bytes"):
            archives.check_zip(archive, 5999)
    assert archives.gunzip(gzip.compress(b"0" * 100), largest=100) == b"0" * 100
    for content in (gzip.compress(b"0" * 101), b"text", gzip.compress(b"0" * 100)[:-9]):
        with pytest.raises(archives.Unreadable):
            archives.gunzip(content, largest=100)


def test_artifacts_of_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    from rehearsal.codepipeline import artifacts

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("template.json", b"{}")
        archive.writestr("zeros", b"0" * 1000)
    assert [artifacts.member(out.getvalue(), name) for name in ("template.json", "other")] == [b"{}", None]
    with pytest.raises(archives.Unreadable, match="not a zip file"):
        artifacts.member(b"text", "template.json")
    monkeypatch.setattr(artifacts, "_LARGEST", 1000)
    with pytest.raises(archives.Unreadable, match="more than 1000 bytes"):
        artifacts.member(out.getvalue(), "template.json")


def test_the_main_job_reads_no_model_without_end() -> None:
    from rehearsal.errors import RehearsalError
    from rehearsal.job.execution import check_model_data

    check_model_data("s3://b/model.tar.gz", lambda _: packed(("model", b"1")), "train")
    for content, reason in (
        (packed(), "is empty"),
        (described(2 << 20), "cannot be read: a description"),
        (b"", "cannot"),
    ):
        with pytest.raises(RehearsalError, match=reason):
            check_model_data("s3://b/model.tar.gz", {"s3://b/model.tar.gz": content}.__getitem__, "train")
