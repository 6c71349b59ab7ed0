"""The pipeline definitions that trainings of a deployment run, as far as its manifest and this checkout know them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from model_cicd.access.declared_pipelines import compiled_with, module_compiled_with
from model_cicd.access.modules import DeclaredModule
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.sagemaker_model_cicd.module_files import SEED_PIPELINE
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.text.source import load

#: a key that nothing is made with: these definitions are only read
_KEY = "00000000-0000-0000-0000-000000000000"
_SEED = Path("seedcode", "model-build", SEED_PIPELINE)


def of_group(topology: Topology, group: GroupTopology, code: Path) -> dict[str, Any] | None:
    """What a group trains: as the manifest declares it, else as the code that a new repository is seeded with does.

    `code` is the directory of the module. None where the repository was there before, for only it knows then.
    """
    if group.pipeline_config is None:
        if not group.repository.create or not (code / _SEED).is_file():
            return None
        group = replace(group, pipeline_config=load(code / _SEED).data["pipeline"])
    made = compiled_with(topology, group, _KEY)
    assert made is not None
    return compile_pipeline(*made)


def of_module(module: DeclaredModule) -> dict[str, Any]:
    """The pipeline that a module `sagemaker-pipeline` declares."""
    return compile_pipeline(*module_compiled_with(module.topology, module.made, module.directory, "assets", _KEY))
