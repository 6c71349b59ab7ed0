"""`model-cicd access [MANIFEST] [--app DIRECTORY] [--check] [--format text|json|html] [--explain WHO ACTION WHAT]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from model_cicd.errors import ModelCicdError

if TYPE_CHECKING:
    from model_cicd.access.deployment import Deployment
    from model_cicd.topology import Topology


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "access",
        help="who can do what in every account, from the templates, against what is expected",
        description="Synthesize the module, resolve its policies, and compare what everybody can do with what is "
        "expected. Exit code 1 when somebody can do more, or cannot do what is needed.",
    )
    parser.add_argument(
        "manifest",
        metavar="MANIFEST",
        nargs="?",
        type=Path,
        help="a deployment manifest; without it, the module's SEEDFARMER_* environment variables",
    )
    parser.add_argument("--app", metavar="DIRECTORY", type=Path, help="the output of a synthesis that was made before")
    parser.add_argument("--check", action="store_true", help="print only what is not as expected")
    parser.add_argument("--format", choices=("text", "json", "html"), default="text", help="how to print it")
    parser.add_argument(
        "--explain",
        metavar=("WHO", "ACTION", "WHAT"),
        nargs=3,
        help="why somebody may or may not do something: names as the report has them, or ARNs",
    )
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    """Print who can do what; 0 when it is as expected."""
    from model_cicd.access.documents import as_html, as_json_text
    from model_cicd.access.explain import explain
    from model_cicd.access.report import make_report
    from model_cicd.access.text import as_text, summary

    deployments = list(_deployments(arguments.manifest, arguments.app))
    if arguments.explain:
        for deployment in deployments:
            print(explain(deployment, *arguments.explain))
        return 0
    reports = [make_report(deployment) for deployment in deployments]
    if arguments.format == "json":
        print(as_json_text(reports))
    elif arguments.format == "html":
        sys.stdout.write(as_html(reports))
    else:
        print("\n\n".join(map(summary if arguments.check else as_text, reports)))
    return 0 if all(report.fine for report in reports) else 1


def _deployments(manifest: Path | None, app: Path | None) -> Iterator[Deployment]:
    from model_cicd.access.deployment import load, synthesized

    module = _module()
    topologies = _topologies(manifest, app)
    if app is not None and len(topologies) > 1:
        raise ModelCicdError(f"{manifest}: {len(topologies)} modules, and --app is the synthesis of one")
    for topology in topologies:
        with nullcontext(app) if app is not None else synthesized(topology, module) as assembly:
            yield load(topology, assembly, module)


def _topologies(manifest: Path | None, app: Path | None) -> list[Topology]:
    if manifest is not None:
        from model_cicd.operate.manifest import topologies

        return topologies(manifest)
    if not any(name.startswith("SEEDFARMER_") for name in os.environ):
        raise ModelCicdError(
            "got neither a manifest nor the SEEDFARMER_* environment variables of a module's deployment, expected one"
        )
    from model_cicd.access.assembly import read_assembly
    from model_cicd.settings.environment import load
    from model_cicd.topology import build

    env = dict(os.environ)
    if app is not None and "CDK_DEFAULT_ACCOUNT" not in env:
        # only the CDK command sets these, for the app; the module's first stack is the tooling account's
        first = read_assembly(app, {})[0]
        env |= {"CDK_DEFAULT_ACCOUNT": first.account, "CDK_DEFAULT_REGION": first.region}
    return [build(*load(env))]


def _module() -> Path:
    """The directory of the module: where the library lies beside app.py."""
    return Path(__file__).parents[2]
