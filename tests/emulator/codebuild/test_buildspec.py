from __future__ import annotations

import json

import pytest

from rehearsal.codebuild.buildspec import BuildspecError, parse

FULL = """
version: 0.2
env:
  shell: bash
  variables: {MODE: fast, COUNT: 3, DEBUG: true}
  parameter-store: {P: /a/b}
  secrets-manager: {S: "name:key"}
  exported-variables: [OUT]
phases:
  install:
    runtime-versions: {python: 3.11}
    commands: pip install x
  build:
    on-failure: ABORT
    commands:
      - echo one
      - |
        echo two
        echo three
    finally: [echo end]
artifacts:
  files: ['**/*']
  name: out
  base-directory: dist
  exclude-paths: ['**/*.pyc']
  discard-paths: yes
  secondary-artifacts:
    second: {files: [a.txt]}
cache:
  paths: ['/root/.cache/**/*']
"""


def test_everything_that_is_supported_is_read() -> None:
    spec = parse(FULL)
    assert spec.shell == "bash"
    assert spec.variables == {"MODE": "fast", "COUNT": "3", "DEBUG": "true"}
    assert (spec.parameters, spec.secrets, spec.exported) == ({"P": "/a/b"}, {"S": "name:key"}, ("OUT",))
    assert spec.phases["install"].commands == ("pip install x",)
    assert spec.phases["install"].runtimes == {"python": "3.11"}
    assert spec.phases["build"].commands == ("echo one", "echo two\necho three\n")
    assert spec.phases["build"].always == ("echo end",)
    assert spec.phases["build"].on_failure == "ABORT"
    assert spec.artifacts is not None
    assert (spec.artifacts.name, spec.artifacts.base_directory, spec.artifacts.discard_paths) == ("out", "dist", True)
    assert spec.artifacts.exclude == ("**/*.pyc",)
    assert spec.secondary["second"].files == ("a.txt",)


def test_json_and_a_version_in_quotes_are_read() -> None:
    spec = parse(json.dumps({"version": "0.2", "phases": {"build": {"commands": ["true"]}}}))
    assert spec.phases["build"].commands == ("true",)
    assert spec.shell == "sh"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 0.1\nphases: {build: {commands: [a]}}", "version: got 0.1"),
        ("phases: {build: {commands: [a]}}", "version: got None"),
        ("version: 0.2", "phases: at least one"),
        ("version: 0.2\nphases: {biuld: {commands: [a]}}", "phases.biuld: unknown key; did you mean build?"),
        ("version: 0.2\nphases: {build: {comands: [a]}}", "phases.build.comands: unknown key; did you mean commands?"),
        ("version: 0.2\nphases: {build: {commands: ['a', {b: c}]}}", "phases.build.commands[1]: expected a string"),
        ("version: 0.2\nphases: {build: {run-as: me}}", "phases.build.run-as: not supported by the embedded AWS"),
        ("version: 0.2\nphases: {build: {on-failure: RETRY}}", "phases.build.on-failure: got 'RETRY'"),
        ("version: 0.2\nphases: {build: {runtime-versions: {python: 3}}}", "phases.build.runtime-versions: unknown"),
        ("version: 0.2\nreports: {r: {files: ['*']}}", "reports: not supported by the embedded AWS"),
        ("version: 0.2\nbatch: {}", "batch: not supported by the embedded AWS"),
        ("version: 0.2\nproxy: {logs: no}", "proxy: not supported by the embedded AWS"),
        ("version: 0.2\nrun-as: me", "run-as: not supported by the embedded AWS"),
        ("version: 0.2\nenv: {shell: powershell.exe}", "env.shell: got 'powershell.exe'"),
        ("version: 0.2\nenv: {git-credential-helper: yes}", "env.git-credential-helper: not supported"),
        ("version: 0.2\nphases: {build: {}}\nartifacts: {name: x}", "artifacts.files: missing"),
        ("version: 0.2\nphases: {build: {}}\ncache: {key: x}", "cache.key: not supported"),
        ("- a", "must be a mapping"),
        ("version: [", "no valid YAML"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(BuildspecError) as raised:
        parse(text)
    assert said in str(raised.value)


def test_a_phase_and_its_runtimes_may_be_empty_and_versions_are_texts() -> None:
    spec = parse("version: 0.2\nphases:\n  install:\n  build:\n    commands: [x]\n")
    assert spec.phases["install"].runtimes == {}
    assert parse("version: 0.2\nphases: {install: {runtime-versions: }}").phases["install"].runtimes == {}
    assert parse("version: 0.2\nphases: {install: {runtime-versions: {python: 3.10}}}").phases["install"].runtimes == {
        "python": "3.10"
    }
