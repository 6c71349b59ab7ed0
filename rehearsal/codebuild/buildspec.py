"""Buildspecs: YAML or JSON text in, a checked `Buildspec` out. Pure.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
SHELLS = ("bash", "sh")
_YES = {"yes": True, "no": False, True: True, False: False}


class BuildspecError(Exception):
    """A buildspec that cannot be run; the text says which key and why."""


@dataclass(frozen=True)
class Phase:
    """The commands of one phase; `on_failure` is ABORT, CONTINUE or None (AWS's default transitions)."""

    commands: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    on_failure: str | None = None
    runtimes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Artifacts:
    """Which files of the source directory an artifact takes."""

    files: tuple[str, ...]
    name: str | None = None
    base_directory: str | None = None
    exclude: tuple[str, ...] = ()
    discard_paths: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A whole buildspec, version 0.2."""

    phases: dict[str, Phase]
    shell: str = "sh"
    variables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: Artifacts | None = None
    secondary: dict[str, Artifacts] = field(default_factory=dict)


def parse(text: str) -> Buildspec:
    """The buildspec in `text`. Raises BuildspecError naming the key that is wrong or not supported."""
    try:
        spec = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"the buildspec is no valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(spec, dict):
        raise BuildspecError("the buildspec must be a mapping with `version` and `phases`")
    # `python: 3.10` is the version 3.10, not the number 3.1
    written = yaml.load(text, yaml.BaseLoader)
    _only(spec, "", ("version", "env", "phases", "artifacts", "cache"), refused=("run-as", "proxy", "batch", "reports"))
    if str(spec.get("version")) != "0.2":
        raise BuildspecError(f"version: got {spec.get('version')!r}, the embedded AWS runs buildspecs of version 0.2")
    env = _mapping(spec.get("env"), "env")
    _only(
        env,
        "env",
        ("shell", "variables", "parameter-store", "secrets-manager", "exported-variables"),
        refused=("git-credential-helper",),
    )
    shell = str(env.get("shell", "sh"))
    if shell not in SHELLS:
        raise BuildspecError(f"env.shell: got {shell!r}, the embedded AWS supports {' and '.join(SHELLS)}")
    _cache(_mapping(spec.get("cache"), "cache"))
    artifacts = _mapping(spec.get("artifacts"), "artifacts")
    secondary = _mapping(artifacts.pop("secondary-artifacts", None), "artifacts.secondary-artifacts")
    return Buildspec(
        phases=_phases(_mapping(spec.get("phases"), "phases"), _mapping(written.get("phases") or None, "phases")),
        shell=shell,
        variables=_strings(env.get("variables"), "env.variables"),
        parameters=_strings(env.get("parameter-store"), "env.parameter-store"),
        secrets=_strings(env.get("secrets-manager"), "env.secrets-manager"),
        exported=_list(env.get("exported-variables"), "env.exported-variables"),
        artifacts=_artifacts(artifacts, "artifacts") if artifacts else None,
        secondary={
            str(name): _artifacts(_mapping(value, path := f"artifacts.secondary-artifacts.{name}"), path)
            for name, value in secondary.items()
        },
    )


def _phases(found: dict[str, Any], written: dict[str, Any]) -> dict[str, Phase]:
    _only(found, "phases", PHASES)
    if not found:
        raise BuildspecError("phases: at least one of install, pre_build, build, post_build is needed")
    phases = {}
    for name, value in found.items():
        path = f"phases.{name}"
        phase = _mapping(value, path)
        known = ("commands", "finally", "on-failure", *(("runtime-versions",) if name == "install" else ()))
        _only(phase, path, known, refused=("run-as", "steps"))
        on_failure = phase.get("on-failure")
        if on_failure not in (None, "ABORT", "CONTINUE"):
            raise BuildspecError(f"{path}.on-failure: got {on_failure!r}, the embedded AWS supports ABORT and CONTINUE")
        _strings(phase.get("runtime-versions"), f"{path}.runtime-versions")
        runtimes = _strings(
            _mapping(written[name] or None, path).get("runtime-versions") or None, f"{path}.runtime-versions"
        )
        phases[name] = Phase(
            _list(phase.get("commands"), f"{path}.commands"),
            _list(phase.get("finally"), f"{path}.finally"),
            on_failure,
            runtimes,
        )
    return phases


def _artifacts(found: dict[str, Any], path: str) -> Artifacts:
    _only(
        found,
        path,
        ("files", "name", "discard-paths", "base-directory", "exclude-paths"),
        refused=("enable-symlinks", "s3-prefix"),
    )
    if "files" not in found:
        raise BuildspecError(f"{path}.files: missing; it lists the files of the artifact")
    discard = found.get("discard-paths", False)
    if discard not in _YES:
        raise BuildspecError(f"{path}.discard-paths: got {discard!r}, expected yes or no")
    base = found.get("base-directory")
    return Artifacts(
        files=_list(found["files"], f"{path}.files"),
        name=None if found.get("name") is None else str(found["name"]),
        base_directory=None if base is None else str(base),
        exclude=_list(found.get("exclude-paths"), f"{path}.exclude-paths"),
        discard_paths=_YES[discard],
    )


def _cache(found: dict[str, Any]) -> None:
    # A local cache may always be empty on AWS too, so having none is no difference a build may rely on.
    _only(found, "cache", ("paths",), refused=("key", "fallback-keys", "action"))
    _list(found.get("paths"), "cache.paths")


def _only(found: dict[str, Any], path: str, known: tuple[str, ...], refused: tuple[str, ...] = ()) -> None:
    for key in found:
        name = f"{path}.{key}" if path else str(key)
        if key in refused:
            raise BuildspecError(f"{name}: not supported by the embedded AWS")
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"
            raise BuildspecError(f"{name}: unknown key{hint}")


def _mapping(value: Any, path: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BuildspecError(f"{path}: got {value!r}, expected a mapping")
    return dict(value)


def _strings(value: Any, path: str) -> dict[str, str]:
    found = _mapping(value, path)
    for name, item in found.items():
        if isinstance(item, dict | list) or item is None:
            raise BuildspecError(f"{path}.{name}: got {item!r}, expected a string")
    return {str(name): _text(item) for name, item in found.items()}


def _list(value: Any, path: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise BuildspecError(f"{path}: got {value!r}, expected a list of strings")
    for number, item in enumerate(value):
        if isinstance(item, dict | list):
            raise BuildspecError(
                f"{path}[{number}]: expected a string, found {item!r}; quote commands with a colon and a space"
            )
    return tuple(_text(item) for item in value if item is not None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
