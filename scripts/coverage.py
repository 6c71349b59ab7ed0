"""Rehearse public Seed-Farmer modules, each alone, and write what came of them: docs/coverage.md.

    .venv/bin/python scripts/coverage.py FOLDER... [--only NAME,...] [--stand-in TYPE]... [--write docs/coverage.md]

FOLDER is a checkout of a repository with `modules/GROUP/NAME` (awslabs/aiops-modules, awslabs/idf-modules). Nothing of
it is kept or changed. Run by hand: a module takes half a minute to some minutes.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from rehearsal.errors import RehearsalError
from rehearsal.pytest_plugin.running import RunningAws
from rehearsal.pytest_plugin.sessions import Identity, session
from scripts import module_surroundings
from scripts.module_examples import (
    Row,
    Surroundings,
    accounts_of,
    data_files,
    examples,
    filled,
    reason,
    rows_of,
    secret_names,
    stand_ins,
    table,
)  # fmt: skip

ACCOUNT, REGION = "123456789012", "us-east-1"
STACK = "what-others-made"
_OURS = (STACK, "CDKToolkit", "aws-codeseeder-", "seedfarmer-")
_INTRODUCTION = """\
# Public modules, rehearsed

Each module of {repositories} was deployed alone by `seedfarmer apply`, with the parameters of the example in its
README or in manifests, and destroyed again. What an example takes from other modules is made up: a VPC, a security
group, a domain, a secret, and a role, a policy, a bucket, a repository and so on named `example`, which are there;
names and ARNs of clusters, databases and file systems that are not. `scripts/coverage.py FOLDER...` writes this.

**deployed**: unmodified; `seedfarmer destroy` left no stack, or it is said what it left. **with stand-ins**: of these
types there are records only. **refused**: with the reason, which names what the embedded AWS does not have, or what the
module found missing. The last column is the commit of this project of which a row is true; seconds were measured
beside other work.

"""


@dataclasses.dataclass(frozen=True)
class Module:
    """A module of a repository: where it is, and GROUP/NAME."""

    repository: Path
    name: str

    @property
    def label(self) -> str:
        """What the table calls it."""
        return f"{self.repository.name}: {self.name}"

    @property
    def folder(self) -> Path:
        """Its code."""
        return self.repository / "modules" / self.name

    @functools.cached_property
    def examples(self) -> list[dict[str, Any]]:
        """The declarations in its README and in manifests."""
        manifests = sorted(self.repository.glob("**/manifests/**/*.y*ml"))
        files = [*self.folder.glob("README*"), *manifests]
        return list(examples((path.read_text(encoding="utf-8", errors="replace") for path in files), self.name))

    def parameters(self) -> list[dict[str, Any]]:
        """Those of the declaration with the most of them."""
        return max((each["parameters"] for each in self.examples), key=len, default=[])

    def data_files(self) -> list[str]:
        """The files outside of its folder that a declaration takes along, below the repository."""
        named = dict.fromkeys(path for each in self.examples for path in data_files(each))
        return [path for path in named if (self.repository / path).exists()]


def main(arguments: Sequence[str]) -> int:
    """Rehearse and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--only", default="", metavar="NAME,...", help="modules whose GROUP/NAME contains one of these")
    parser.add_argument(
        "--option", action="append", default=[], help="an option of rehearse up, as --option=--iam=audit"
    )
    text = "write the page there; its rows of modules that are not rehearsed now stay"
    parser.add_argument("--write", type=Path, metavar="FILE", help=text)
    given = parser.parse_args(arguments)
    wanted = [each for each in given.only.split(",") if each]
    modules = [each for folder in given.folder for each in modules_of(folder.resolve())]
    named = [each for name in wanted for each in modules if name in each.name]
    chosen = list(dict.fromkeys(named)) if wanted else modules
    rows = {each.module: each for each in (rows_of(given.write.read_text("utf-8")) if _is_file(given.write) else ())}
    commit = _commit(Path(__file__).parents[1])
    for each in chosen:
        began = time.monotonic()
        result, why = rehearse(each, given.option)
        row = Row(each.label, result, why, time.monotonic() - began, commit)
        rows[each.label] = row
        print(*dataclasses.astuple(row), sep=" | ", file=sys.stderr, flush=True)
        if given.write:  # after each: what is there when it is interrupted is a page
            given.write.write_text(page(given.folder, modules, rows), encoding="utf-8")
    print(table(rows.values()))
    return 0


def _is_file(path: Path | None) -> bool:
    return path is not None and path.is_file()


def page(folders: Sequence[Path], modules: Sequence[Module], found: Mapping[str, Row]) -> str:
    """The page: what came of the modules, by label, and which were not tried."""
    names = " and ".join(f"{folder.name} ({_commit(folder)})" for folder in folders)
    rows = [found[each.label] for each in modules if each.label in found]
    others = ", ".join(f"`{each.label}`" for each in modules if each.label not in found)
    counted = ", ".join(f"{count} {result}" for result, count in Counter(row.result for row in rows).items())
    said = f"{len(rows)} of {len(modules)} modules: {counted}."
    return f"{_INTRODUCTION.format(repositories=names)}{said}\n\n{table(rows)}\n" + (
        f"\nNot tried: {others}.\n" if others else ""
    )


def rehearse(module: Module, options: Sequence[str]) -> tuple[str, str]:
    """What came of one module, and why: unmodified, else with records in the place of what cannot run here."""
    asked: list[str] = []
    while True:
        result, cause = _rehearse_once(module, [*options, *(word for each in asked for word in ("--stand-in", each))])
        more = [each for each in stand_ins(cause) if each not in asked]
        if result != "refused" or not more:
            break
        asked += more
    if result == "refused":
        return result, reason(cause)
    return (
        (f"{result} with stand-ins", "; ".join(filter(None, (", ".join(asked), cause)))) if asked else (result, cause)
    )


def _rehearse_once(module: Module, options: Sequence[str]) -> tuple[str, str]:
    """The same with these options of `rehearse up`; of a refusal all that is said."""
    scratch = Path(tempfile.mkdtemp(prefix="coverage-"))
    running = None
    try:
        project = scratch / "project"
        manifest = _project(module, project)
        state = scratch / "aws"
        state.mkdir()
        running = RunningAws(state, manifest, options)
        around = _surroundings(running)
        for name in secret_names(module.parameters()):
            _client(running, "secretsmanager").create_secret(Name=name, SecretString="example")
        _write(project, module, filled(module.parameters(), around))
        running.ask("apply", manifest=str(manifest))
        return "deployed", _destroyed(running)
    except RehearsalError as error:
        print(error.cause, file=sys.stderr, flush=True)
        return "refused", error.cause
    finally:
        if running is not None:
            running.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _destroyed(running: RunningAws) -> str:
    """Destroy it again; what that left, or why it could not."""
    try:
        running.ask("destroy", deployment="coverage")
    except RehearsalError as error:
        return f"destroy was refused: {reason(error.cause)}"
    left = list(_left(running))
    return f"destroy left {', '.join(left)}" if left else ""


def modules_of(folder: Path) -> Iterator[Module]:
    """The modules of a checkout, by name."""
    for spec in sorted(folder.glob("modules/*/*/deployspec.yaml")):
        yield Module(folder, f"{spec.parent.parent.name}/{spec.parent.name}")


def _project(module: Module, project: Path) -> Path:
    """A project with the module alone; its manifest."""
    target = project / "modules" / module.name
    shutil.copytree(module.folder, target, symlinks=True)
    for path in module.data_files():
        found, there = module.repository / path, project / path
        there.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if found.is_dir() else shutil.copy)(found, there)
    (project / "seedfarmer.yaml").write_text("project: coverage\n", encoding="utf-8")
    _write(project, module, [])
    return project / "deployment.yaml"


def _write(project: Path, module: Module, parameters: Sequence[dict[str, Any]]) -> None:
    group, _, name = module.name.partition("/")
    files = [{"filePath": path} for path in module.data_files()]
    one = {"name": name, "path": f"modules/{module.name}", "parameters": list(parameters), "dataFiles": files}
    region = {"region": REGION, "default": True}
    image = {"codebuildImage": "aws/codebuild/standard:7.0"}  # of Ubuntu: one module asks for apt-get
    target = {"alias": "primary", "accountId": ACCOUNT, "default": True, "regionMappings": [region], **image}
    others = [
        {"alias": f"account-{account}", "accountId": account, "regionMappings": [region]}
        for account in accounts_of(module.parameters())
        if account != ACCOUNT
    ]
    document = {
        "name": "coverage",
        "toolchainRegion": REGION,
        "groups": [{"name": group, "modules": [one]}],
        "targetAccountMappings": [target, *others],
    }
    (project / "deployment.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _client(running: RunningAws, service: str) -> Any:
    variables = running.accounts[ACCOUNT]["variables"]
    here: Any = session(Identity(str(running.state["endpoint"]), REGION, variables))
    return here.client(service)


def _surroundings(running: RunningAws) -> Surroundings:
    """What other modules and people would have made, as a stack of the account."""
    cloudformation = _client(running, "cloudformation")
    names = {"StackName": STACK, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    cloudformation.create_stack(**names, TemplateBody=json.dumps(module_surroundings.template()))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    found = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    _register(running)
    return Surroundings(
        ACCOUNT, REGION, found["Vpc"], (found["Private0"], found["Private1"]), found["SecurityGroup"],
        found["Domain"], found["Secret"],
    )  # fmt: skip


def _register(running: RunningAws) -> None:
    """Version 1 of the models `example`: built-in XGBoost, trained on three rows."""
    bucket, key = f"example-{ACCOUNT}-{REGION}", "model.tar.gz"
    _client(running, "s3").put_object(Bucket=bucket, Key=key, Body=module_surroundings.model())
    image = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
    inference = {
        "Containers": [{"Image": image, "ModelDataUrl": f"s3://{bucket}/{key}"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    _client(running, "sagemaker").create_model_package(
        ModelPackageGroupName="example", InferenceSpecification=inference, ModelApprovalStatus="Approved"
    )


def _left(running: RunningAws) -> Iterator[str]:
    """Stacks that are there after a destroy, but those of Seed-Farmer and the CDK's bootstrap."""
    for page in _client(running, "cloudformation").get_paginator("describe_stacks").paginate():
        yield from (each["StackName"] for each in page["Stacks"] if not each["StackName"].startswith(_OURS))


def _commit(folder: Path) -> str:
    ended = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return ended.stdout.strip() or "no clone"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
