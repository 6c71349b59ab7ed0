"""Rehearse public Seed-Farmer modules, each alone, and write what came of them: docs/coverage.md.

    .venv/bin/python scripts/coverage.py FOLDER... [--only NAME,...] [--stand-in TYPE]... [--write docs/coverage.md]

FOLDER is a checkout of a repository with `modules/GROUP/NAME` (awslabs/aiops-modules, awslabs/idf-modules). Nothing of
it is kept or changed. Run by hand: a module takes half a minute to some minutes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from rehearsal.errors import RehearsalError
from rehearsal.pytest_plugin.running import RunningAws
from rehearsal.pytest_plugin.sessions import Identity, session
from scripts.module_examples import Network, Surroundings, examples, filled, reason, stand_ins, table

ACCOUNT, REGION = "123456789012", "us-east-1"
_NETWORK = "network-of-the-account"
_OURS = (_NETWORK, "CDKToolkit", "aws-codeseeder-", "seedfarmer-")
_INTRODUCTION = """\
# Public modules, rehearsed

Each module of {repositories} was deployed alone by `seedfarmer apply`, with the parameters of the example in its
README or in manifests, and destroyed again. What an example takes from other modules is made up: a VPC with public and
private subnets, which is there, and names and ARNs of what is not there. `scripts/coverage.py FOLDER...` writes this.

**deployed**: unmodified, and `seedfarmer destroy` left no stack. **with stand-ins**: of these types there are records
only. **refused**: with the reason, which names what the embedded AWS does not have, or what the module found missing.

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

    def parameters(self) -> list[dict[str, Any]]:
        """Those of its example with the most of them, in its README or in manifests."""
        manifests = sorted(self.repository.glob("**/manifests/**/*.y*ml"))
        files = [*self.folder.glob("README*"), *manifests]
        texts = (path.read_text(encoding="utf-8", errors="replace") for path in files)
        return max(examples(texts, self.name), key=len, default=[])


def main(arguments: Sequence[str]) -> int:
    """Rehearse and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--only", default="", metavar="NAME,...", help="modules whose GROUP/NAME contains one of these")
    parser.add_argument(
        "--option", action="append", default=[], help="an option of rehearse up, as --option=--iam=audit"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, not only print the table")
    given = parser.parse_args(arguments)
    wanted = [each for each in given.only.split(",") if each]
    modules = [each for folder in given.folder for each in modules_of(folder.resolve())]
    named = [each for name in wanted for each in modules if name in each.name]
    chosen = list(dict.fromkeys(named)) if wanted else modules
    rows: list[tuple[str, str, str, float]] = []
    for each in chosen:
        began = time.monotonic()
        result, why = rehearse(each, given.option)
        rows.append((each.label, result, why, time.monotonic() - began))
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
        if given.write:  # after each: what is there when it is interrupted is a page
            given.write.write_text(page(given.folder, modules, rows), encoding="utf-8")
    print(table(rows))
    return 0


def page(folders: Sequence[Path], modules: Sequence[Module], rows: Sequence[tuple[str, str, str, float]]) -> str:
    """The page: what came of the modules, and which were not tried."""
    names = " and ".join(f"{folder.name} ({_commit(folder)})" for folder in folders)
    tried = {label for label, *_ in rows}
    others = ", ".join(f"`{each.label}`" for each in modules if each.label not in tried)
    counted = ", ".join(f"{count} {result}" for result, count in Counter(result for _, result, *_ in rows).items())
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
    return (f"{result} with stand-ins", ", ".join(asked)) if asked else (result, cause)


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
        around = Surroundings(ACCOUNT, REGION, _network(running))
        _write(project, module, filled(module.parameters(), around))
        running.ask("apply", manifest=str(manifest))
        running.ask("destroy", deployment="coverage")
        left = list(_left(running))
        return ("deployed", f"destroy left {', '.join(left)}") if left else ("deployed", "")
    except RehearsalError as error:
        print(error.cause, file=sys.stderr, flush=True)
        return "refused", error.cause
    finally:
        if running is not None:
            running.close()
        shutil.rmtree(scratch, ignore_errors=True)


def modules_of(folder: Path) -> Iterator[Module]:
    """The modules of a checkout, by name."""
    for spec in sorted(folder.glob("modules/*/*/deployspec.yaml")):
        yield Module(folder, f"{spec.parent.parent.name}/{spec.parent.name}")


def _project(module: Module, project: Path) -> Path:
    """A project with the module alone; its manifest."""
    target = project / "modules" / module.name
    shutil.copytree(module.folder, target, symlinks=True)
    (project / "seedfarmer.yaml").write_text("project: coverage\n", encoding="utf-8")
    _write(project, module, [])
    return project / "deployment.yaml"


def _write(project: Path, module: Module, parameters: Sequence[dict[str, Any]]) -> None:
    group, _, name = module.name.partition("/")
    one = {"name": name, "path": f"modules/{module.name}", "parameters": list(parameters)}
    region = {"region": REGION, "default": True}
    target = {"alias": "primary", "accountId": ACCOUNT, "default": True, "regionMappings": [region]}
    document = {
        "name": "coverage",
        "toolchainRegion": REGION,
        "groups": [{"name": group, "modules": [one]}],
        "targetAccountMappings": [target],
    }
    (project / "deployment.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _client(running: RunningAws, service: str) -> Any:
    variables = running.accounts[ACCOUNT]["variables"]
    here: Any = session(Identity(str(running.state["endpoint"]), REGION, variables))
    return here.client(service)


def _network(running: RunningAws) -> Network:
    """A VPC as people have it: public and private subnets in two zones, a gateway and a NAT gateway."""
    cloudformation = _client(running, "cloudformation")
    template = json.dumps({"Resources": network_resources(), "Outputs": {"Vpc": {"Value": {"Ref": "Vpc"}}}})
    cloudformation.create_stack(StackName=_NETWORK, TemplateBody=template)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=_NETWORK, WaiterConfig={"Delay": 1})
    found = cloudformation.describe_stack_resources(StackName=_NETWORK)["StackResources"]
    made = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}
    return Network(made["Vpc"], (made["Private0"], made["Private1"]))


def network_resources() -> dict[str, Any]:
    """That network, as a template has it."""
    vpc = {"VpcId": {"Ref": "Vpc"}}
    made: dict[str, Any] = {
        "Vpc": ("VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "EnableDnsSupport": True}),
        "Gateway": ("InternetGateway", {}),
        "Attached": ("VPCGatewayAttachment", {**vpc, "InternetGatewayId": {"Ref": "Gateway"}}),
        "Address": ("EIP", {"Domain": "vpc"}),
        "Nat": ("NatGateway", {"AllocationId": {"Fn::GetAtt": "Address.AllocationId"}, "SubnetId": {"Ref": "Public0"}}),
    }
    ways = {"Public": {"GatewayId": {"Ref": "Gateway"}}, "Private": {"NatGatewayId": {"Ref": "Nat"}}}
    for number, (kind, zone) in enumerate((kind, zone) for kind in ways for zone in (0, 1)):
        name = f"{kind}{zone}"
        place = {"CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": {"Fn::Select": [zone, {"Fn::GetAZs": ""}]}}
        made[name] = ("Subnet", {**vpc, **place, "MapPublicIpOnLaunch": kind == "Public"})
        made[f"{name}Table"] = ("RouteTable", vpc)
        table_of = {"RouteTableId": {"Ref": f"{name}Table"}}
        made[f"{name}Way"] = ("Route", {**table_of, "DestinationCidrBlock": "0.0.0.0/0", **ways[kind]})
        made[f"{name}Has"] = ("SubnetRouteTableAssociation", {**table_of, "SubnetId": {"Ref": name}})
    resources = {name: {"Type": f"AWS::EC2::{kind}", "Properties": given} for name, (kind, given) in made.items()}
    resources["PublicWay"] = resources.pop("Public0Way") | {"DependsOn": "Attached"}
    return resources


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
