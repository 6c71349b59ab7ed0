"""The modules that are asked about: those of a manifest, or the one whose build this is, each with its synthesis."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.access.assembly import read_assembly
from model_cicd.access.deployment import Deployment, load_groups, load_pipeline
from model_cicd.check.parameters import ParameterDocument, collect, is_this_module
from model_cicd.check.pipeline_parameters import is_pipeline_module
from model_cicd.operate.manifest import ManifestModule, modules, topology_of
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.sagemaker_pipeline.environment import assemble, local_paths, read_environment
from model_cicd.sagemaker_pipeline.parameters import SagemakerPipelineParameters
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology, build_pipeline
from model_cicd.text.errors import ModelCicdError, Problem, ProblemsError


@dataclass(frozen=True)
class GroupsModule:
    """A deployment of `sagemaker-model-cicd`; `code` is the directory of the module."""

    topology: Topology
    code: Path

    def load(self, app: Path | None) -> Deployment:
        """The deployment, synthesized anew without the synthesis `app`."""
        with _synthesis(app, self._make_app) as assembly:
            return load_groups(self.topology, assembly, self.code)

    def _make_app(self, directory: Path) -> Any:
        from model_cicd.sagemaker_model_cicd import app as apps
        from model_cicd.sagemaker_model_cicd import module_files

        files = module_files.make(self.code, directory, os.environ, seed=self.topology.tooling.model_build_seed)
        return apps.make_app(self.topology, files, outdir=str(directory / "cdk.out"))


@dataclass(frozen=True)
class DeclaredModule:
    """A deployment of `sagemaker-pipeline`; local files of its configuration start from `directory`."""

    topology: PipelineTopology
    made: PipelineModule
    directory: Path

    def load(self, app: Path | None) -> Deployment:
        """The deployment, synthesized anew without the synthesis `app`."""
        with _synthesis(app, self._make_app) as assembly:
            return load_pipeline(self.topology, self.made, self.directory, assembly)

    def _make_app(self, directory: Path) -> Any:
        from model_cicd.sagemaker_pipeline import app as pipeline_app

        files = local_paths(self.made.config, self.directory)
        return pipeline_app.make_app(self.topology, self.made, files, outdir=str(directory / "cdk.out"))


Module = GroupsModule | DeclaredModule


def of_manifest(path: Path) -> list[Module]:
    """Both modules of this repository in the deployment manifest at `path`, in its order.

    Raises ModelCicdError when there is none, ProblemsError when one is not right.
    """
    found: list[Module] = []
    for each in modules(path):
        parameters = each.entry.get("parameters")
        if is_this_module(each.path, parameters):
            found.append(GroupsModule(topology_of(each), _code()))
        elif is_pipeline_module(each.path, parameters):
            found.append(_declared(each))
    if not found:
        raise ModelCicdError(f"{path}: no module in it has deployment-groups or a pipeline")
    return found


def of_environment(bundle: Path, app: Path | None, env: Mapping[str, str] = os.environ) -> Module:
    """The module whose build this is, in the directory `bundle`, from the variables that Seed-Farmer sets in `env`.

    Raises ProblemsError when they are not right.
    """
    env = dict(env)
    if app is not None and "CDK_DEFAULT_ACCOUNT" not in env:
        # only the CDK command sets these, for the app; the module's first stack is where it is deployed
        first = read_assembly(app, {})[0]
        env |= {"CDK_DEFAULT_ACCOUNT": first.account, "CDK_DEFAULT_REGION": first.region}
    if not _declares(env):
        return GroupsModule(build(*load(env)), _code())
    made, context, directory = read_environment(env, bundle)
    return DeclaredModule(build_pipeline(made.head, made.options, context), made, directory)


def _declares(env: Mapping[str, str]) -> bool:
    """Whether the variables are those of a declared pipeline: it has no groups, and one of these."""
    prefix = "SEEDFARMER_PARAMETER_"
    declared = any(f"{prefix}{name}" in env for name in ("PIPELINE", "CONFIG_FILE", "PROJECT_NAME"))
    return declared and f"{prefix}DEPLOYMENT_GROUPS" not in env


def _declared(module: ManifestModule) -> DeclaredModule:
    here = (*module.base, "parameters")
    given, problems = collect(module.document, here, module.entry.get("parameters"), SagemakerPipelineParameters)
    document = ParameterDocument.of(module.document, here, given, given.values)
    problems += [
        Problem(module.document.file, module.document.line(given.places[name]), name, "its value comes from elsewhere")
        for name in sorted(given.deferred)
    ]
    if problems:
        raise ProblemsError(problems)
    made, directory = assemble(document, module.context, module.root)
    return DeclaredModule(build_pipeline(made.head, made.options, module.context), made, directory)


@contextmanager
def _synthesized(make_app: Callable[[Path], Any]) -> Iterator[Path]:
    """The synthesis in a temporary directory, for as long as the context lasts."""
    from model_cicd.constructs.app import synth

    # the Node beside this Python, where there is one, rather than whichever the machine has
    if (node := Path(sys.executable).parent / "node").exists():
        os.environ.setdefault("JSII_NODE", str(node))
    with tempfile.TemporaryDirectory() as directory:
        synth(make_app(Path(directory)))
        yield Path(directory) / "cdk.out"


def _synthesis(app: Path | None, make_app: Callable[[Path], Any]) -> AbstractContextManager[Path]:
    return nullcontext(app) if app is not None else _synthesized(make_app)


def _code() -> Path:
    """The directory of the module: where the library lies beside app.py. Raises ModelCicdError where it does not."""
    found = Path(__file__).parents[2]
    if not (found / "app.py").is_file():
        raise ModelCicdError(f"model-cicd access needs a checkout of model-cicd: there is no app.py in {found}")
    return found
