"""The lineage as JSON; the keys stay as they are: docs/operate.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from model_cicd.lineage.records import Job, Lineage


def as_json(lineage: Lineage) -> dict[str, Any]:
    """Plain data for `json.dumps`."""
    group, version, release, execution = lineage.group, lineage.version, lineage.release, lineage.execution
    return {
        "group": group.name,
        "module": group.module,
        "version": version.number,
        "modelPackageArn": version.arn,
        "created": version.created,
        "release": None if release is None else {"arn": release.arn, "digest": release.digest},
        "environments": [
            {"name": place.name, "type": place.type, "account": place.account, "region": place.region}
            for place, _ in lineage.serves
        ],
        "code": asdict(lineage.code),
        "data": lineage.data,
        "execution": None
        if execution is None
        else {
            "arn": execution.arn,
            "status": execution.status,
            "started": execution.started,
            "by": execution.by,
            "parameters": dict(execution.parameters),
        },
        "jobs": [_job(each) for each in lineage.jobs],
        "containers": [
            {"image": each.image, "imageDigest": each.image_digest or None, "artifact": each.artifact}
            for each in lineage.containers
        ],
        "metrics": [
            {"name": each.name, "value": each.value, "bound": each.bound.lower() or None, "threshold": each.threshold}
            for each in lineage.metrics
        ],
        "decision": asdict(lineage.decision),
        "lifeCycle": None if lineage.life_cycle is None else asdict(lineage.life_cycle),
        "approvals": [asdict(each) for each in lineage.approvals],
        "unknown": dict(lineage.unknown),
    }


def _job(job: Job) -> dict[str, Any]:
    return {
        "step": job.step,
        "arn": job.arn,
        "image": job.image,
        "imageDigest": job.image_digest or None,
        "script": job.script,
        "hyperparameters": dict(job.hyperparameters),
        "instances": job.instances,
        "seconds": job.seconds,
    }
