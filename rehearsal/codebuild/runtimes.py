"""Which `runtime-versions` each build image has.

https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html, and the files `runtimes.yml` of
https://github.com/aws/aws-codebuild-docker-images (April 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rehearsal.api import Params
from rehearsal.codebuild.buildspec import Buildspec
from rehearsal.codebuild.state import BuildFailure

Table = Mapping[str, tuple[str, ...]]


def _table(text: str) -> Table:
    rows = (line.split() for line in text.strip().splitlines())
    return {name: tuple(versions) for name, *versions in rows}


_AL2_ARM_2 = _table("""
    dotnet 3.1
    golang 1.12 1.13 1.14
    java corretto8 corretto11
    nodejs 10 12
    php 7.3 7.4
    python 3.7 3.8 3.9
    ruby 2.6 2.7
    docker 19
""")
_STANDARD_5 = _table("""
    dotnet 3.1 5.0
    golang 1.15 1.16
    java corretto8 corretto11
    nodejs 12 14
    php 7.3 7.4 8.0
    python 3.7 3.8 3.9
    ruby 2.6 2.7
""")
_STANDARD_6 = _table("""
    dotnet 6.0
    golang 1.18
    java corretto17
    nodejs 16
    php 8.1
    python 3.10
    ruby 3.1
""")
_STANDARD_7 = _table("""
    dotnet 6.0 8.0 10.0
    golang 1.20 1.21 1.22 1.23 1.24 1.25 1.26
    java corretto8 corretto11 corretto17 corretto21 corretto25
    nodejs 18 20 22 24
    php 8.2 8.3 8.4 8.5
    python 3.9 3.10 3.11 3.12 3.13 3.14
    ruby 3.1 3.2 3.3 3.4 4.0
""")
_STANDARD_8 = _table("""
    dotnet 8.0 10.0
    golang 1.24 1.25 1.26
    java corretto8 corretto11 corretto17 corretto21 corretto25
    nodejs 22 24
    php 8.2 8.3 8.4 8.5
    python 3.10 3.11 3.12 3.13 3.14
    ruby 3.3 3.4 4.0
    rust 1.93
""")
# by what follows `aws/codebuild/`, without the number after amazonlinux and the date of a release
IMAGES: Mapping[str, Table] = {
    "standard:5.0": _STANDARD_5,
    "standard:6.0": _STANDARD_6,
    "standard:7.0": _STANDARD_7,
    "standard:8.0": _STANDARD_8,
    "amazonlinux-x86_64-standard:4.0": {**_STANDARD_6, "python": ("3.9",), "docker": ("20",)},
    "amazonlinux-x86_64-standard:5.0": _STANDARD_7,
    "amazonlinux-x86_64-standard:6.0": _STANDARD_8,
    "amazonlinux-x86_64-standard:corretto8": {"java": ("corretto8",)},
    "amazonlinux-x86_64-standard:corretto11": {"java": ("corretto11",)},
    "amazonlinux-aarch64-standard:2.0": _AL2_ARM_2,
    "amazonlinux-aarch64-standard:3.0": {**_STANDARD_7, "php": ("8.1", *_STANDARD_7["php"]), "rust": ("1.94",),
                                         "docker": ("23",)},
    "amazonlinux-aarch64-standard:4.0": {**_STANDARD_8, "rust": ("1.94",), "docker": ("23",)},
}  # fmt: skip
_NAME = re.compile(r"aws/codebuild/(?P<family>standard|amazonlinux\d*-\w+-standard):(?P<version>[\w.]+)(-[\d.]+)?")


def table_of(image: str) -> Table | None:
    """Runtime -> versions of an image; None for one whose runtimes are not known."""
    found = _NAME.fullmatch(image)
    if found is None:
        return None
    family = re.sub(r"^amazonlinux\d+", "amazonlinux", found["family"])
    return IMAGES.get(f"{family}:{found['version']}")


def platforms() -> list[Params]:
    """The images by platform and language, as ListCuratedEnvironmentImages has them."""
    found: dict[str, list[Params]] = {"UBUNTU": [], "AMAZON_LINUX_2": []}
    for name in IMAGES:
        platform = "UBUNTU" if name.startswith("standard") else "AMAZON_LINUX_2"
        image = f"aws/codebuild/{name.replace('amazonlinux-', 'amazonlinux2-')}"
        found[platform].append({"name": image, "description": image, "versions": []})
    return [{"platform": platform, "languages": [{"language": "STANDARD", "images": images}]}
            for platform, images in found.items()]  # fmt: skip


def wanted(image: str, spec: Buildspec) -> Mapping[str, str]:
    """The `runtime-versions` of a buildspec.

    Raises BuildFailure, in AWS's words, for a runtime or version that the image does not have.
    """
    install, table = spec.phases.get("install"), table_of(image)
    found = install.runtimes if install else {}
    if table is not None:
        _check(table, found)
    return found


def _check(table: Table, wanted: Mapping[str, str]) -> None:
    for name, version in wanted.items():
        if name not in table:
            have = ", ".join(sorted(table))
            text = f"Unknown runtime named '{name}'. This build image has the following runtimes: {have}"
            raise BuildFailure("YAML_FILE_ERROR", text)
        newest_of = version.removesuffix("x") if version.endswith(".x") else None
        fits = (version in (each, "latest") or (newest_of and each.startswith(newest_of)) for each in table[name])
        if not any(fits):
            text = f"Unknown runtime version named '{version}' of {name}. This build image has the following versions: "
            raise BuildFailure("YAML_FILE_ERROR", text + ", ".join(table[name]))
