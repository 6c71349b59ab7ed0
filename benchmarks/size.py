"""How much a deployment is: AWS resources and lines of templates, for each group and for each environment."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any


def measure(assembly: Path) -> dict[str, Any]:
    """Count what the cloud assembly in `assembly` holds; endpoint templates lie in the assets of the promotions."""
    stacks = {path.name.removesuffix(".template.json"): path for path in sorted(assembly.glob("*.template.json"))}
    found = {name: _count(path.read_text(encoding="utf-8")) for name, path in stacks.items()}
    endpoints: dict[str, dict[str, int]] = {}
    for asset in sorted(assembly.glob("asset.*.zip")):
        with zipfile.ZipFile(io.BytesIO(asset.read_bytes())) as archive:
            for name in archive.namelist():
                if name.startswith("templates/"):
                    endpoints[name] = _count(archive.read(name).decode())
    return {"stacks": found, "each environment, by template": endpoints}


def _count(text: str) -> dict[str, int]:
    template = json.loads(text)
    resources = [each for each in template["Resources"].values() if each["Type"] != "AWS::CDK::Metadata"]
    return {"resources": len(resources), "lines": len(json.dumps(template, indent=1).splitlines())}
