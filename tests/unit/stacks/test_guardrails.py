"""The packs of cdk-nag for NIST 800-53, HIPAA and PCI DSS on every stack: each finding has a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.stacks import declared
from tests.unit.stacks.conftest import ROOT, environment

REASONS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "guardrails.yaml").read_text(encoding="utf-8"))
PACKS = ("HIPAASecurityChecks", "NIST80053R5Checks", "PCIDSS321Checks")


def findings(app: Any, directory: Path) -> Iterator[tuple[str, str]]:
    """Rule and construct path (without the stack) of everything that the packs find in `app`."""
    import aws_cdk as cdk
    import cdk_nag

    cdk.Validations.of(app).add_plugins(*(getattr(cdk_nag, pack)(app) for pack in PACKS))
    with pytest.raises(RuntimeError, match="ValidationFailed"):  # they all find something
        app.synth()
    report = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))
    assert "AwsSolutions" not in json.dumps([each["ruleName"] for each in violations(report)])
    for violation in violations(report):
        for construct in violation["violatingConstructs"]:
            yield violation["ruleName"].partition("[")[0], construct["constructPath"].partition("/")[2]


def violations(report: Any) -> list[Any]:
    return [violation for plugin in report["pluginReports"] for violation in plugin["violations"]]


@pytest.mark.slow
@pytest.mark.usefixtures("assembly")  # chooses Node
def test_every_finding_has_a_reason(tmp_path: Path, parameters: Any) -> None:
    from model_cicd.constructs.app import base_app
    from model_cicd.sagemaker_model_cicd import app as apps
    from model_cicd.sagemaker_model_cicd import module_files
    from model_cicd.sagemaker_model_cicd.settings.load import load
    from model_cicd.sagemaker_model_cicd.stacks.endpoint import EndpointStack
    from model_cicd.sagemaker_model_cicd.topology import build

    env = environment(parameters, "eu-west-1")
    topology = build(*load(env))
    files = module_files.make(ROOT, tmp_path, env)
    out, endpoints = tmp_path / "cdk.out", tmp_path / "endpoints"
    found = list(findings(apps.make_app(topology, files, outdir=str(out)), out))
    app = base_app(str(endpoints), topology.context.bootstrap_qualifier)
    EndpointStack(app, "endpoint", hosting=topology.groups[0].promotion.targets[0].hosting, boundary=None)
    found += findings(app, endpoints)
    for name, pipeline in (("declared", declared.PARAMETERS), ("types", declared.every_type())):
        app = declared.make_app(pipeline, tmp_path / name)
        found += findings(app, tmp_path / name / "cdk.out")
    print(f"{len(found)} findings of {', '.join(PACKS)}, answered by {len(REASONS)} reasons")
    answers = [(finding, [each for each in REASONS if answered(finding, each)]) for finding in found]
    assert [finding for finding, reasons in answers if not reasons] == []
    used = [(reason["rules"], rule) for (rule, _), reasons in answers for reason in reasons]
    assert [
        (each["rules"], rule) for each in REASONS for rule in each["rules"] if (each["rules"], rule) not in used
    ] == []
    assert all(len(each["reason"]) > 40 for each in REASONS)


def answered(finding: tuple[str, str], reason: dict[str, Any]) -> bool:
    rule, path = finding
    return rule in reason["rules"] and any(fnmatchcase(path, pattern) for pattern in reason["resources"])
