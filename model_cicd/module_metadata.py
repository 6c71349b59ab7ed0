"""Module metadata for Seed-Farmer from the outputs of `cdk deploy`.

`python -m model_cicd.module_metadata cdk-exports.json module-metadata.json` adds what only a deployment knows, the ARNs
of the registry keys, and writes the file in the form that `seedfarmer metadata convert -f` reads.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_cicd.text.errors import ModelCicdError

#: Seed-Farmer keeps metadata in one SSM parameter of at most 8 KB, beside a few values of its own
#: (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html)
LARGEST = 7000


def combine(exports: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The metadata in the outputs of all stacks, with the key of each registry.

    Where they would not fit Seed-Farmer's store, the groups are left out and only their names stay: everything about
    them stands in SSM below `ParameterPath` in any case.
    """
    found = [outputs["metadata"] for outputs in exports.values() if "metadata" in outputs]
    if len(found) != 1:
        raise ModelCicdError(f"expected one stack with the output 'metadata', got {len(found)}: {', '.join(exports)}")
    metadata: dict[str, Any] = json.loads(found[0])
    groups = metadata.get("DeploymentGroups", {})  # only sagemaker-model-cicd has them
    for group in groups.values():
        key_arn = exports.get(group.pop("BuildStack"), {}).get("KeyArn")
        if key_arn:
            group["RegistryKeyArn"] = key_arn
    if groups and len(json.dumps(metadata)) > LARGEST:
        metadata["DeploymentGroups"] = list(groups)
    return metadata


def main(exports: str, target: str) -> int:
    """Convert the file `exports` to `target`."""
    names = ("SEEDFARMER_PROJECT_NAME", "SEEDFARMER_DEPLOYMENT_NAME", "SEEDFARMER_MODULE_NAME")
    try:
        metadata = combine(json.loads(Path(exports).read_text(encoding="utf-8")))
    except (ModelCicdError, OSError, json.JSONDecodeError) as error:
        print(f"{exports}: {error}", file=sys.stderr)
        return 1
    # `seedfarmer metadata convert` looks below <project>-<deployment>-<module> for text under the key `metadata`
    module = "-".join(os.environ.get(name, "") for name in names)
    Path(target).write_text(json.dumps({module: {"metadata": json.dumps(metadata)}}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
