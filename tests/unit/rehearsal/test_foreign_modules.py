"""Manifests of other projects: which modules are ours, what they refer to, and what the report says of them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.job.documents import Reference
from rehearsal.job.module_outputs import ModuleOutputs
from rehearsal.job.plan import Plan, read
from rehearsal.job.provided import Provided, Source
from rehearsal.job.references import unsaid
from rehearsal.job.report import Report

HOST = "https://github.com"
GROUPS = """
    - {name: model-build-repo, value: {host: codecommit, name: r}}
    - name: deployment-groups
      value:
        - name: a
          sourceBranch: main
          buildEnvironment: {name: b, account: '222222222222', region: us-east-1, type: dev}
"""
MANIFEST = """
name: theirs
toolchainRegion: us-east-1
groups:
- name: g
  modules:
  - name: m
    path: PATH
    parameters: GROUPS
targetAccountMappings:
- {alias: one, accountId: '111111111111', default: true, regionMappings: [{region: us-east-1, default: true}]}
"""


def plan(folder: Path, path: str, groups: str = GROUPS, *given: Source) -> Plan:
    (folder / "seedfarmer.yaml").write_text("project: theirs\n")
    (folder / "deployment.yaml").write_text(MANIFEST.replace("PATH", path).replace("GROUPS", groups))
    return read(folder / "deployment.yaml", folder, provided=Provided(sources=given, qualifiers=("own",)))


@pytest.mark.parametrize(
    ("path", "files", "ours"),
    [
        ("modules/m", ["modules/m/model_cicd/__init__.py"], True),
        ("modules/m", ["modules/m/app.py"], False),
        (f"git::{HOST}/acme/model-cicd.git//modules/m?ref=main", [], True),
        (f"git::{HOST}/awslabs/aiops-modules.git//modules/m?ref=main", [], False),
        (f"git::{HOST}/acme/copy.git//modules/m?ref=main", ["modules/m/app.py"], False),
        (f"git::{HOST}/acme/copy.git//modules/m", ["modules/m/model_cicd/__init__.py"], True),
    ],
)
def test_only_modules_with_the_library_are_trained_with(
    tmp_path: Path, path: str, files: list[str], ours: bool
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    found = plan(tmp_path, path, GROUPS, Source(f"{HOST}/acme/copy", tmp_path))
    assert [each.name for each in found.modules] == (["m"] if ours else [])
    # whoever's it is: its environments are bootstrapped and trust the account that deploys into them
    assert ("222222222222", "us-east-1") in found.environments
    assert found.deployers("222222222222") == ["111111111111"]
    assert found.qualifiers == ("hnb659fds", "own")


def test_groups_in_another_form_are_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "modules" / "m").mkdir(parents=True)
    found = plan(tmp_path, "modules/m", "[{name: deployment-groups, value: [{name: x}, y]}]")
    assert (found.modules, found.environments) == ((), (("111111111111", "us-east-1"),))


def test_values_by_reference_are_known_with_their_places(tmp_path: Path) -> None:
    parameters = """
    - {name: a, valueFrom: {parameterStore: /shared/vpc}}
    - {name: b, valueFrom: {secretsManager: "token:password:AWSCURRENT"}}
    - {name: c, valueFrom: {moduleMetadata: {group: g, name: m, key: K}}}
    - {name: d, value: 1}
"""
    found = plan(tmp_path, "modules/m", parameters)
    place = ("g/m", "111111111111", "us-east-1")
    assert found.references == (
        Reference("parameter", "/shared/vpc", *place),
        Reference("secret", "token", *place),
    )
    parameter = "the SSM parameter /shared/vpc in 111111111111/us-east-1"
    assert list(unsaid(found)) == [
        f"module g/m reads {parameter}: --parameter /shared/vpc=VALUE puts it there",
        "module g/m reads the secret token in 111111111111/us-east-1: --secret token=VALUE puts it there",
    ]
    given = Provided(values=(("parameter", "/shared/vpc", "vpc-1"), ("secret", "token", "x")))
    assert list(unsaid(replace(found, provided=given))) == []


def test_a_variable_of_a_parameter_reaches_seedfarmer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMARY_REGION", "eu-west-1")
    parameters = "[{name: region, valueFrom: {envVariable: PRIMARY_REGION}}]"
    assert plan(tmp_path, "modules/m", parameters).variables == {"PRIMARY_REGION": "eu-west-1"}
    monkeypatch.delenv("PRIMARY_REGION")
    with pytest.raises(RehearsalError, match=r"parameters\[0\]\.valueFrom\.envVariable: the environment variable PRIM"):
        plan(tmp_path, "modules/m", parameters)


def test_the_report_says_what_was_not_looked_at() -> None:
    theirs = ModuleOutputs("core/vpc", "111111111111", "us-east-1", ours=False, outputs={"VpcId": "vpc-1", "N": [1]})
    report = Report("m.yaml", ["111111111111"], passed=True, seconds=9.0, steps=[], groups=[], modules=[theirs])
    assert report.as_data()["proves"] == [
        "the unmodified seedfarmer, cdk and git commands deploy this manifest and its templates to every account"
    ]
    assert "what these modules do once they are deployed: core/vpc" in report.as_data()["doesNotProve"]
    assert "training and promotion: no module of this project is among them" in report.as_data()["doesNotProve"]
    report.show(out := io.StringIO())
    assert (
        "module core/vpc\n  deployed     account 111111111111, us-east-1\n  outputs      VpcId vpc-1\n"
        in out.getvalue()
    )
    ours = replace(theirs, ours=True)
    assert "core/vpc" not in str(Report("m", [], True, 1.0, [], [], modules=[ours]).as_data()["doesNotProve"])
