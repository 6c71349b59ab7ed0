"""`model-cicd synth MANIFEST` and `model-cicd env MANIFEST`: what Seed-Farmer's builds do, for commands by hand."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_cicd.text.errors import ModelCicdError, did_you_mean

if TYPE_CHECKING:
    from model_cicd.access.modules import Module

_STACK, _ASSETS = "aws:cloudformation:stack", "cdk:asset-manifest"
#: a folder with one of these is taken for an assembly that was written before, and written anew
_ASSEMBLY = "manifest.json"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line."""
    synth = commands.add_parser(
        "synth",
        help="write the cloud assembly of each module, for cdk list and cdk diff by hand",
        description="Synthesize the modules of a manifest as Seed-Farmer's builds do, each into a folder of its own, "
        "as `cdk synth` would. Then: cdk list --app DIR/MODULE, cdk diff --app DIR/MODULE.",
    )
    synth.add_argument("manifest", metavar="MANIFEST", type=Path, help="a deployment manifest")
    synth.add_argument("--group", metavar="GROUP", help="only the stacks of this deployment group, and the shared one")
    synth.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path("cdk.out"), help="where (default: cdk.out)"
    )
    synth.set_defaults(handler=run_synth)
    env = commands.add_parser(
        "env",
        help="print the variables that Seed-Farmer would set for a module, for cdk synth by hand",
        description='Print lines for a shell: eval "$(model-cicd env MANIFEST)"; then `cdk synth` in the folder of the '
        "module does what Seed-Farmer's build does.",
    )
    env.add_argument("manifest", metavar="MANIFEST", type=Path, help="a deployment manifest")
    env.add_argument("--group", metavar="GROUP", help="of the module that has this deployment group")
    env.add_argument("--module", metavar="MODULE", help="of this module, where a manifest has several")
    env.set_defaults(handler=run_env)


def run_env(arguments: argparse.Namespace) -> int:
    """Print the variables of one module."""
    from model_cicd.check.parameters import is_this_module
    from model_cicd.check.pipeline_parameters import is_pipeline_module
    from model_cicd.operate.manifest import modules, topology_of
    from model_cicd.operate.variables import variables

    found = {}
    for each in modules(arguments.manifest):
        parameters = each.entry.get("parameters")
        ours = is_this_module(each.path, parameters)
        if arguments.group and not (ours and arguments.group in [group.name for group in topology_of(each).groups]):
            continue
        if ours or is_pipeline_module(each.path, parameters):
            found[each.context.module] = each
    if not found:
        what = f"no module has the group {arguments.group!r}" if arguments.group else "no module of this repository"
        raise ModelCicdError(f"{arguments.manifest}: {what}")
    module = _chosen(list(found), arguments.module)
    print(variables(found[module]).script(), end="")
    return 0


def _chosen(names: Sequence[str], wanted: str | None) -> str:
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted is None or wanted not in names:
        got = "no --module" if wanted is None else f"the module {wanted!r}"
        hint = did_you_mean(wanted, names) if wanted else ""
        raise ModelCicdError(f"got {got}, expected one of {', '.join(names)}{hint}")
    return wanted


def run_synth(arguments: argparse.Namespace) -> int:
    """Write the assemblies, and say how to use them."""
    from model_cicd.access.modules import GroupsModule, of_manifest, prepare_cdk

    found: list[Module] = of_manifest(arguments.manifest)
    stacks: dict[str, list[str]] = {}
    for each in found:
        for group in each.topology.groups if isinstance(each, GroupsModule) else ():
            names = (group.build_stack_name, group.tooling_stack_name, group.promotion.stack_name)
            stacks[group.name] = [*stacks.get(group.name, []), each.topology.tooling.stack_name, *names]  # type: ignore[union-attr]
    group = arguments.group
    if group is not None and group not in stacks:
        raise ModelCicdError(
            f"--group: got {group!r}, expected one of {', '.join(stacks)}{did_you_mean(group, stacks)}"
        )
    prepare_cdk()
    for each in found:
        if group is not None and not (
            isinstance(each, GroupsModule) and group in [one.name for one in each.topology.groups]
        ):
            continue
        out = arguments.output / each.name
        _make_room(out)
        with tempfile.TemporaryDirectory() as scratch:
            each.synthesize(Path(scratch), out)
        if group is not None:
            keep_stacks(out, stacks[group])
        print(f"{out}: cdk list --app {out}; cdk diff --app {out}")
    return 0


def _make_room(out: Path) -> None:
    """Remove an assembly that was written to `out` before. Raises ModelCicdError for anything else that is there."""
    try:
        if out.is_dir() and any(out.iterdir()):
            if not (out / _ASSEMBLY).is_file():
                raise ModelCicdError(f"-o: {out} is not empty and no cloud assembly, expected a folder to write to")
            shutil.rmtree(out)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelCicdError(f"-o: {out} cannot be written: {error.strerror}") from None


def keep_stacks(out: Path, names: Collection[str]) -> None:
    """Leave only the stacks `names` in the assembly in `out`, with their assets and what they depend on of these."""
    path = out / _ASSEMBLY
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    artifacts: dict[str, Any] = manifest["artifacts"]
    kept = {
        name
        for name, each in artifacts.items()
        if each["type"] == _STACK and each["properties"].get("stackName", name) in names
    }
    kept |= {asset for name in kept for asset in _assets(artifacts, name)}
    for name in kept:
        if "dependencies" in artifacts[name]:
            artifacts[name]["dependencies"] = [each for each in artifacts[name]["dependencies"] if each in kept]
    manifest["artifacts"] = {name: each for name, each in artifacts.items() if name in kept}
    path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _assets(artifacts: dict[str, Any], stack: str) -> Iterator[str]:
    yield from (each for each in artifacts[stack].get("dependencies", ()) if artifacts[each]["type"] == _ASSETS)
