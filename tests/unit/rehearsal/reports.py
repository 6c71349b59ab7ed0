"""A report with everything in it, as a rehearsal of three groups and a declared pipeline would make it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rehearsal.job.module_outputs import ModuleOutputs
from rehearsal.job.pipeline_modules import PipelineResult
from rehearsal.job.progress import Step
from rehearsal.job.provenance import Provenance
from rehearsal.job.report import Report
from rehearsal.job.train import Result

HOSTILE = "<img src=x onerror=alert(1)>&\"'{{ 7*7 }}"
BEGAN = datetime(2026, 11, 29, 11, 8, 0, tzinfo=UTC)
ACTUAL = [float(25 + 7 * number % 300) for number in range(67)]
PREDICTED = [each + (-1) ** number * number * 0.9 for number, each in enumerate(ACTUAL)]
_STEPS: tuple[tuple[str, str, list[str], float | None], ...] = (
    ("PreprocessData", "Processing", [], 2.1),
    ("TrainModel", "Training", ["PreprocessData"], 14.4),
    ("EvaluateModel", "Processing", ["PreprocessData", "TrainModel"], 3.0),
    ("CheckMSE", "Condition", ["EvaluateModel"], None),
    ("RegisterModel", "RegisterModel", ["CheckMSE", "EvaluateModel", "TrainModel"], 0.2),
    ("TellThatItWasNotGoodEnough", "Fail", ["CheckMSE"], None),
)
_ROLE = "arn:aws:iam::222222222222:role/acme-pricing-prod-deployment-group-execution"


def outcome(package: str) -> dict[str, Any]:
    """What is alike in the results of groups and of declared pipelines."""
    sides: dict[str, Any] = {"RegisterModel": True, "TellThatItWasNotGoodEnough": False}
    return {
        "seconds": 24.5,
        "steps": [
            {
                "name": name,
                "status": "Succeeded",
                "started": f"2026-11-29T11:08:{20 + 5 * number}.000+00:00",
                "seconds": s,
            }
            for number, (name, _, _, s) in enumerate(_STEPS[:-1])
        ],
        "graph": [
            {"name": name, "type": kind, "after": after}
            | ({"condition": "CheckMSE", "outcome": sides[name]} if name in sides else {})
            for name, kind, after, _ in _STEPS
        ],
        "metric": "regression_metrics.mse.value",
        "value": 3382.625,
        "operator": "LessThanOrEqualTo",
        "threshold": 4000.0,
        "model_package": f"arn:aws:sagemaker:us-east-1:222222222222:model-package/{package}/7",
        "version": 7,
        "approval_status": "PendingManualApproval",
        "model_data": f"s3://acme-{package}-registry-222222222222-us-east-1/models/0123456789ab/output/model.tar.gz",
    }


def environment(name: str, kind: str, account: str, **more: Any) -> dict[str, Any]:
    """One environment that serves."""
    return {
        "name": name, "type": kind, "account": account, "region": "us-east-1", "endpoint": f"{name}-endpoint",
        "version": 7, "release": f"arn:aws:sagemaker:us-east-1:222222222222:model-package/{name}-releases/3",
        "digest": f"sha256:{'0123456789ab' * 5}0123", "manual_approval": kind == "prod", "rows": len(ACTUAL),
        "mse": 1290.44, "predictions": PREDICTED, "seconds": 11.1, **more,
    }  # fmt: skip


def group(name: str, **more: Any) -> Result:
    """A group that trained, and serves in two environments."""
    served = [
        environment("prod-approval-env", "preprod", "333333333333"),
        environment("prod-env", "prod", "444444444444"),
    ]
    held_back: dict[str, list[float]] = {"actual": ACTUAL, "model": PREDICTED}
    known = {"commit": "0123456789abcdef" * 2, "pipeline": f"acme-{name}-training", "pipeline_status": "Succeeded"}
    facts: dict[str, Any] = {**outcome(name), **known, "held_back": held_back, "environments": served, **more}
    return Result("pricing", name, "main", "222222222222", **facts)


def topology(name: str) -> list[dict[str, Any]]:
    """The accounts of a group and of a declared pipeline."""
    served = [("333333333333", "prod-approval-env", "preprod"), ("444444444444", "prod-env", "prod")]
    here = {"region": "us-east-1"}
    return [
        {"account": "111111111111", "regions": ["us-east-1"], "does": [
            {"kind": "toolchain", "name": "local", **here}, {"kind": "module", "name": "pricing", **here}]},
        {"account": "222222222222", "regions": ["eu-west-1", "us-east-1"], "does": [
            {"kind": "build", "name": name, "branch": "main", "of": "pricing", **here},
            {"kind": "pipeline", "name": "churn", **here}]},
        *({"account": account, "regions": ["us-east-1"], "does": [
            {"kind": "environment", "name": place, "type": kind, "order": order, "of": name, **here}]}
          for order, (account, place, kind) in enumerate(served, 1)),
        {"account": "555555555555", "regions": [], "does": []},
    ]  # fmt: skip


def iam() -> dict[str, Any]:
    """A denied call, and a role with what it used and what not."""
    denied = {
        "principal": _ROLE, "action": "s3:GetObject", "resource": "arn:aws:s3:::acme-other-registry/models/x",
        "reason": "implicit deny: no identity policy allows it", "time": "2026-11-29T11:09:00+00:00", "count": 2,
        "text": f"User: {_ROLE} is not authorized to perform: s3:GetObject",
    }  # fmt: skip
    role = {
        "used": {"s3:PutObject": ["arn:aws:s3:::acme-registry/models/a"]},
        "unused": [{"policy": "inline", "statement": "Logs", "action": "logs:CreateLogGroup"}],
        "wide": [],
        "awsManaged": {},
    }
    return {"mode": "enforce", "decisions": 2185, "denied": [denied], "unmapped": [], "roles": {_ROLE: role}}


def whole(name: str = "prod-deployment-group", **more: Any) -> Report:
    """A report with everything."""
    pipeline = {
        "module": "churn",
        "account": "222222222222",
        "pipeline": "acme-churn",
        "execution": "arn:run",
        **outcome("churn"),
    }
    facts: dict[str, Any] = {
        "steps": [
            Step("bootstrap 5 accounts", 0.0, 9.5),
            Step("seedfarmer apply", 9.5, 61.2),
            Step(f"train {name}", 61.2, 92.8),
            Step("run pipeline churn", 61.2, 80.0),
            Step(f"promote {name}", 92.8, 118.4),
        ],
        "groups": [group(name)],
        "pipelines": [PipelineResult(**pipeline, status="Succeeded")],
        "modules": [
            ModuleOutputs("models/pricing", "1" * 12, "us-east-1", ours=True, outputs={"Ours": "not shown"}),
            ModuleOutputs(
                f"core/{name}", "1" * 12, "us-east-1", ours=False, outputs={"VpcId": name, "SubnetIds": ["s|1"]}
            ),
        ],
        "iam": iam(),
        "topology": topology(name),
        "protections": {"fileSystem": True, "network": False, "missing": ["builds run without a cage"]},
        "provenance": Provenance(BEGAN, "fedcba9876543210" * 2, True, {"python": "3.11.7", "aws-cdk": "2.1033.0"}),
        **more,
    }
    return Report("manifests/local/deployment.yaml", ["1" * 12, "2" * 12], passed=True, seconds=118.4, **facts)
