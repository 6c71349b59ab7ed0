"""The modules that are asked about: those of a manifest, or the one whose build this is, each with its synthesis."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_cicd.access.assembly import Stack, StackKey, read_assembly
from model_cicd.access.deployment import Deployment, load_groups, load_pipeline
from model_cicd.check.parameters import ParameterDocument, collect, is_this_module
from model_cicd.check.pipeline_parameters import is_pipeline_module
from model_cicd.operate.manifest import ManifestModule, modules, topology_of
from model_cicd.operate.variables import variables
from model_cicd.sagemaker_model_cicd import module_files
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.sagemaker_pipeline.environment import assemble, local_paths, read_environment
from model_cicd.sagemaker_pipeline.parameters import SagemakerPipelineParameters
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology, build_pipeline
from model_cicd.text.errors import ModelCicdError, Problem, ProblemsError


@dataclass(frozen=True)
class GroupsModule:
    """A deployment of `sagemaker-model-cicd`; `code` is the directory of the module.

    `variables` are those of the module's build: its infra pipeline deploys with them.
    """

    topology: Topology
    code: Path
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def name(self) -> str:
        """Seed-Farmer's name of the module."""
        return self.topology.context.module

    @property
    def inputs(self) -> Any:
        """What the synthesis is made of, besides the code: equal inputs give the same templates."""
        return self.topology, module_files.environment_script(self.variables)

    def load(self, app: Path | None) -> Deployment:
        """The deployment, synthesized anew without the synthesis `app`."""
        with synthesis(self, app) as assembly:
            return self.read(assembly)

    def read(self, assembly: Path, deployed: Mapping[StackKey, Stack] | None = None) -> Deployment:
        """The deployment with its synthesis, or with the stacks as they are in AWS."""
        return load_groups(self.topology, assembly, self.code, deployed)

    def synthesize(self, scratch: Path, out: Path) -> None:
        """Write the cloud assembly to `out`. Raises ModelCicdError when the CDK or cdk-nag refuses it."""
        from model_cicd.constructs.app import synth
        from model_cicd.sagemaker_model_cicd import app as apps

        files = module_files.make(self.code, scratch, self.variables, seed=self.topology.tooling.model_build_seed)
        synth(apps.make_app(self.topology, files, outdir=str(out)))


@dataclass(frozen=True)
class DeclaredModule:
    """A deployment of `sagemaker-pipeline`; local files of its configuration start from `directory`."""

    topology: PipelineTopology
    made: PipelineModule
    directory: Path

    @property
    def name(self) -> str:
        """Seed-Farmer's name of the module."""
        return self.topology.context.module

    @property
    def inputs(self) -> Any:
        """What the synthesis is made of, besides the code: equal inputs give the same templates."""
        files = local_paths(self.made.config, self.directory)
        digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
        return self.topology, self.made.head, self.made.options, self.made.config, digests

    def load(self, app: Path | None) -> Deployment:
        """The deployment, synthesized anew without the synthesis `app`."""
        with synthesis(self, app) as assembly:
            return self.read(assembly)

    def read(self, assembly: Path, deployed: Mapping[StackKey, Stack] | None = None) -> Deployment:
        """The deployment with its synthesis, or with the stack as it is in AWS."""
        return load_pipeline(self.topology, self.made, self.directory, assembly, deployed)

    def synthesize(self, _scratch: Path, out: Path) -> None:
        """Write the cloud assembly to `out`. Raises ModelCicdError when the CDK or cdk-nag refuses it."""
        from model_cicd.constructs.app import synth
        from model_cicd.sagemaker_pipeline import app as pipeline_app

        files = local_paths(self.made.config, self.directory)
        synth(pipeline_app.make_app(self.topology, self.made, files, outdir=str(out)))


Module = GroupsModule | DeclaredModule
NO_MODULE = "no module in it has deployment-groups or a pipeline"


def of_manifest(path: Path) -> list[Module]:
    """Both modules of this repository in the deployment manifest at `path`, in its order.

    Raises ModelCicdError when there is none, ProblemsError when one is not right.
    """
    found = modules_of(path)
    if not found:
        raise ModelCicdError(f"{path}: {NO_MODULE}")
    return found


def modules_of(path: Path) -> list[Module]:
    """As `of_manifest`, and empty when there is none."""
    found: list[Module] = []
    for each in modules(path):
        parameters = each.entry.get("parameters")
        if is_this_module(each.path, parameters):
            found.append(GroupsModule(topology_of(each), _code(), variables(each).known))
        elif is_pipeline_module(each.path, parameters):
            found.append(_declared(each))
    return found


def of_environment(bundle: Path, app: Path | None, env: Mapping[str, str] = os.environ) -> Module:
    """The module whose build this is, in the directory `bundle`, from the variables that Seed-Farmer sets in `env`.

    Raises ProblemsError when they are not right.
    """
    env = dict(env)
    if app is not None and "CDK_DEFAULT_ACCOUNT" not in env:
        # only the CDK command sets these, for the app; the module's first stack is where it is deployed
        first = read_assembly(app)[0]
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


def prepare_cdk(context: Mapping[str, str] | None = None) -> None:
    """Let the CDK run as its command does, which it has to know before it is loaded; `context` is more of its context.

    That is in the Node beside this Python, where there is one, rather than in whichever the machine has, and with the
    paths of constructs in the templates.
    """
    if (node := Path(sys.executable).parent / "node").exists():
        os.environ.setdefault("JSII_NODE", str(node))
    as_by_command = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
    os.environ.setdefault("CDK_CONTEXT_JSON", json.dumps(as_by_command | dict(context or {})))


@contextmanager
def synthesis(module: Module, app: Path | None = None) -> Iterator[Path]:
    """The synthesis `app` of a module, or one in a temporary directory for as long as the context lasts."""
    if app is not None:
        yield app
        return
    prepare_cdk()
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "cdk.out"
        module.synthesize(Path(directory), out)
        yield out


def _code() -> Path:
    """The directory of the module: where the library lies beside app.py. Raises ModelCicdError where it does not."""
    found = Path(__file__).parents[2]
    if not (found / "app.py").is_file():
        raise ModelCicdError(f"this needs a checkout of model-cicd: there is no app.py in {found}")
    return found
