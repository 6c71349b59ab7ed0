"""The file `promotion.json` in a promotion pipeline's source: what its Prepare stage must know of its group."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_cicd.text.errors import ModelCicdError

#: name of the file in the source artifact
PLAN_FILE = "promotion.json"
#: value of the pipeline variable of an execution that nobody started for a model package, such as a pipeline's first
NO_PACKAGE = "none"


@dataclass(frozen=True)
class PlannedEnvironment:
    """A deploy environment: where its endpoint stack is, and the role that may read it; the `suite` that tests it."""

    name: str
    type: str
    account: str
    region: str
    stack: str
    lookup_role_arn: str
    suite: str = ""


@dataclass(frozen=True)
class Plan:
    """A group's promotion; `model_packages` is the ARN of its versions without their number, with a slash at its end.

    Their artifacts are in `registry_bucket` below one of the prefixes `artifacts`. `release_role_arn` copies them to
    `release_bucket` and registers releases in the model package group `release_group`; `key_parameter` is the name of
    the SSM parameter with the ARN of the key of releases. Images come from AWS's accounts or `image_repositories`
    (ARNs). `baselines` are the kinds of baselines that environments monitor against: `data`, `model`.
    """

    group: str
    region: str
    model_packages: str
    registry_bucket: str
    artifacts: tuple[str, ...]
    release_role_arn: str
    release_bucket: str
    release_group: str
    key_parameter: str
    image_repositories: tuple[str, ...]
    environments: tuple[PlannedEnvironment, ...]
    baselines: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The file's content; what a group has nothing of is not in it."""
        found = asdict(self)
        if not self.baselines:
            del found["baselines"]
        for each in found["environments"]:
            if not each["suite"]:
                del each["suite"]
        return json.dumps(found, indent=1) + "\n"

    @property
    def suites(self) -> tuple[str, ...]:
        """The suites that its environments are tested with, each once."""
        return tuple(dict.fromkeys(each.suite for each in self.environments if each.suite))


def read(path: Path) -> Plan:
    """The plan in the file `path`. Raises ModelCicdError when there is none."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ModelCicdError(
            f"{path}: cannot be read ({error.strerror}); it is part of the pipeline's source"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelCicdError(f"{path}: not the plan of a promotion: {error}") from None


def parse(data: Mapping[str, Any]) -> Plan:
    """The plan that `to_json` wrote. Raises KeyError or TypeError for anything else."""
    environments: Sequence[Mapping[str, str]] = data["environments"]
    lists = {name: tuple(data[name]) for name in ("artifacts", "image_repositories")}
    lists["baselines"] = tuple(data.get("baselines", ()))
    return Plan(**{**data, **lists, "environments": tuple(PlannedEnvironment(**each) for each in environments)})
