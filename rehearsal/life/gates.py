"""Gates: a better model is promoted, a worse one and a changed data set are stopped, with the reason.

They are played last: what they leave on the branch would be stopped again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal.errors import RehearsalError
from rehearsal.job.promote import Promoter
from rehearsal.job.scene import Ground, Scene, Told
from rehearsal.job.train import Trainer
from rehearsal.life.shadow import asking, compared

BETTER, WORSE, CHANGED = "a better model is promoted", "a worse model is stopped", "a changed data set is stopped"
_PIPELINE, _DATA = "pipeline.yaml", "data/diabetes.csv"
_BETTER_ROUNDS, _WORSE_ROUNDS = 70, 20  # of the seed's data: mean squared errors of 3079 and 3260 against 3111


def _better(ground: Ground) -> Told:
    before = ground.trainer.result
    trainer = _trained(ground, _rounds(_BETTER_ROUNDS))
    properties = _properties(ground, trainer)
    recorded = {"ServingVersion": str(before.version), "ServingMse": str(before.value)}
    for name, wanted in recorded.items():
        if properties.get(name) != wanted:
            raise RehearsalError(BETTER, f"the version has {name}={properties.get(name)!r}, expected {wanted!r}")
    promoter = Promoter(ground.aws, ground.plan, trainer)
    promoter.approve()
    with asking(ground, promoter) as asked:
        promoter.follow(ground.note)
    shadows = compared(ground, BETTER, promoter, asked)
    result = trainer.result
    said = f"version {result.version} with mse {result.value:.1f} was promoted over version {before.version}"
    facts = {"version": result.version, "mse": result.value, "over": before.version, "properties": properties}
    if shadows:
        facts |= {"shadows": shadows, "asked": asked.requests}
    beside = "".join(f"; as a shadow of {name} it {text}" for name, text in shadows.items())
    return Told(f"{said}, {before.value:.1f}{beside}", facts, trainer)


def _worse(ground: Ground) -> Told:
    before = ground.trainer.result
    reason = _stopped(ground, WORSE, _rounds(_WORSE_ROUNDS))
    if f"version {before.version}, which serves, has {before.value:.6g} on the same rows" not in reason:
        raise RehearsalError(WORSE, f"the reason does not say what serves: {reason}")
    return Told(f"nothing was registered: {reason}", {"reason": reason})


def _changed(ground: Ground) -> Told:
    def rename(clone: Path) -> None:
        _rounds(_BETTER_ROUNDS)(clone)
        text = (clone / _DATA).read_text(encoding="utf-8")
        (clone / _DATA).write_text(text.replace("bmi", "body_mass", 1), encoding="utf-8")

    reason = _stopped(ground, CHANGED, rename)
    for wanted in ("column 'bmi' is gone", "column 'body_mass' is new"):
        if wanted not in reason:
            raise RehearsalError(CHANGED, f"the reason lacks {wanted!r}: {reason}")
    return Told("nothing was trained: column 'bmi' is gone, column 'body_mass' is new", {"reason": reason})


def _rounds(number: int) -> Callable[[Path], None]:
    """Boosting rounds of the pipeline in a clone."""

    def edit(clone: Path) -> None:
        path = clone / _PIPELINE
        text = path.read_text(encoding="utf-8")
        changed, found = re.subn(r"(name: NumRound\n\s+type: Integer\n\s+defaultValue: )\d+", rf"\g<1>{number}", text)
        if not found:
            raise RehearsalError(BETTER, f"{_PIPELINE} of the repository has no parameter NumRound with a default")
        path.write_text(changed, encoding="utf-8")

    return edit


def _trained(ground: Ground, edit: Callable[[Path], None]) -> Trainer:
    first = ground.trainer
    trainer = Trainer(ground.aws, ground.plan, first.module, first.group)
    trainer.push(edit)
    trainer.follow(ground.note)
    return trainer


def _stopped(ground: Ground, scene: str, edit: Callable[[Path], None]) -> str:
    """Why a training of what `edit` leaves was stopped; it registers nothing. Raises RehearsalError when it was not."""
    before = _versions(ground)
    try:
        _trained(ground, edit)
    except RehearsalError as error:
        if _versions(ground) != before:
            raise RehearsalError(scene, f"a version was registered all the same: {error.cause}") from None
        return _reason(error.cause)
    raise RehearsalError(scene, "the version was registered")


def _reason(cause: str) -> str:
    """The first line about a step that failed, without its name."""
    found = re.search(r"step \w+: (.*(?:\n(?!\s+(?:step|action) ).*)*)", cause)
    return " ".join((found[1] if found else cause).split())


def _versions(ground: Ground) -> list[str]:
    listed = _sagemaker(ground).list_model_packages(
        ModelPackageGroupName=ground.trainer.result.model_package.split("/")[-2]
    )
    return [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]]


def _properties(ground: Ground, trainer: Trainer) -> Mapping[str, Any]:
    found = _sagemaker(ground).describe_model_package(ModelPackageName=trainer.result.model_package)
    return dict(found["CustomerMetadataProperties"])


def _sagemaker(ground: Ground) -> Any:
    group = ground.trainer.group
    return ground.aws.client("sagemaker", account=group.build_account, region=group.build_region)


def _compares(settings: Mapping[str, Any]) -> bool:
    return settings.get("compareWithServing") is True


def _stops(settings: Mapping[str, Any]) -> bool:
    return dict(settings.get("pipelineParameters") or {}).get("DataSetChanges") == "stop"


SCENES = (Scene(BETTER, _compares, _better), Scene(WORSE, _compares, _worse), Scene(CHANGED, _stops, _changed))
