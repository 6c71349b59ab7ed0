"""What options give a deployment beside its manifest: module sources, values by reference, the CDK's bootstrap."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal.errors import UsageError

GIT, ARCHIVE = "git::", "archive::"


@dataclass(frozen=True)
class Source:
    """Where modules of a URL (`https://github.com/awslabs/idf-modules`) are on this machine.

    `archive` is whether the URL is an archive's; `place` a clone, a folder or an archive.
    """

    url: str
    place: Path
    archive: bool = False


@dataclass(frozen=True)
class Provided:
    """`values` are those of `--parameter` and `--secret`, by kind and name; `template` is the CDK's bootstrap template.

    `qualifiers` are those of bootstraps besides the ones that modules name.
    """

    sources: tuple[Source, ...] = ()
    values: tuple[tuple[str, str, str], ...] = ()
    qualifiers: tuple[str, ...] = ()
    template: Path | None = None

    def value(self, kind: str, name: str) -> str | None:
        """The value of a parameter or secret."""
        return next((value for each, known, value in self.values if (each, known) == (kind, name)), None)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of deployments to a command that takes a manifest."""

    def repeated(name: str, metavar: str, text: str) -> None:
        parser.add_argument(name, action="append", default=[], metavar=metavar, help=f"{text} (repeatable)")

    repeated(
        "--source",
        "git::URL=DIR",
        "take modules of a git repository from a clone or folder, those of archive::URL from a folder or archive",
    )
    repeated("--parameter", "NAME=VALUE", "an SSM parameter that is there where modules read it; @FILE is its content")
    repeated("--secret", "NAME=VALUE", "a secret that is there where modules read it; @FILE is its content")
    repeated("--cdk-qualifier", "NAME", "bootstrap the CDK with this qualifier, too")
    parser.add_argument(
        "--cdk-template",
        type=Path,
        metavar="FILE",
        help="the bootstrap template of the CDK in place of the pinned command's (cdk bootstrap --show-template)",
    )


def read(found: argparse.Namespace) -> Provided:
    """Those options as values. Raises UsageError with all that is wrong."""
    problems: list[str] = []

    def each(option: str, texts: Sequence[str], of: Callable[[str], object]) -> Iterator[object]:
        for text in texts:
            try:
                yield of(text)
            except ValueError as error:
                problems.append(f"--{option} {text}: {error}")

    sources = [one for one in each("source", found.source, _source) if isinstance(one, Source)]
    values: list[tuple[str, str, str]] = []
    for kind in ("parameter", "secret"):
        pairs = [one for one in each(kind, getattr(found, kind), _value) if isinstance(one, tuple)]
        values += [(kind, name, value) for name, value in pairs]
    if found.cdk_template and not found.cdk_template.is_file():
        problems.append(f"--cdk-template: there is no file {found.cdk_template}")
    if problems:
        raise UsageError(*problems)
    template = found.cdk_template.resolve() if found.cdk_template else None
    return Provided(tuple(sources), tuple(values), tuple(found.cdk_qualifier), template)


def words(found: argparse.Namespace) -> list[str]:
    """Those options again, for a command line of one's own."""
    rows = []
    for name in ("source", "parameter", "secret", "cdk_qualifier"):
        rows += [(f"--{name.replace('_', '-')}", text) for text in getattr(found, name)]
    rows += [("--cdk-template", str(found.cdk_template))] if found.cdk_template else []
    return [word for row in rows for word in row]


def _source(text: str) -> Source:
    url, equals, place = text.partition("=")
    archive = url.startswith(ARCHIVE)
    plain = url.removeprefix(ARCHIVE).removeprefix(GIT)
    if not equals or not place or ("://" not in plain and "@" not in plain):
        raise ValueError("expected git::URL=DIR or archive::URL=DIR, as in git::https://github.com/awslabs/x.git=../x")
    if "?" in plain or (not archive and "//" in plain.partition("://")[2]):
        raise ValueError("got a URL with a module or ref, expected that of the repository: DIR stands for all of them")
    if not Path(place).exists():
        raise ValueError(f"there is no {place}")
    return Source(plain if archive else plain.removesuffix(".git").rstrip("/"), Path(place).resolve(), archive)


def _value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError("expected NAME=VALUE or NAME=@FILE")
    if not value.startswith("@"):
        return name, value
    file = Path(value[1:])
    if not file.is_file():
        raise ValueError(f"there is no file {file}")
    return name, file.read_text(encoding="utf-8")
