"""`model-cicd access [MANIFEST] [--app DIRECTORY] [--check] [--format text|json|html] [--explain WHO ACTION WHAT]`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from model_cicd.access.deployment import Deployment
    from model_cicd.access.report import Report


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
    # nothing of a deployment is garbage before the end, and looking for some takes a quarter of the time of many groups
    gc.disable()
    try:
        return _run(arguments)
    finally:
        gc.enable()


def _run(arguments: argparse.Namespace) -> int:
    from model_cicd.access.report import make_report
    from model_cicd.access.text import as_text, summary

    deployments = list(_deployments(arguments.manifest, arguments.app))
    if arguments.explain:
        print("\n\n".join(_explained(deployments, arguments.explain)))
        return 0
    reports = [make_report(deployment) for deployment in deployments]
    if arguments.format == "json":
        from model_cicd.access.documents import as_json_text

        print(as_json_text(reports))
    elif arguments.format == "html":
        sys.stdout.write(_page(reports))
    else:
        print("\n\n".join(map(summary if arguments.check else as_text, reports)))
    return 0 if all(report.fine for report in reports) else 1


def _explained(deployments: Sequence[Deployment], names: Sequence[str]) -> list[str]:
    """The explanations of the modules that know the names; raises what the last one says where none does."""
    from model_cicd.access.explain import UnknownNameError, explain

    texts: list[str] = []
    unknown: UnknownNameError | None = None
    for deployment in deployments:
        try:
            texts.append(explain(deployment, *names))
        except UnknownNameError as error:
            unknown = unknown or error
    if unknown and not texts:
        raise unknown
    return texts


def _page(reports: Sequence[Report]) -> str:
    try:
        from model_cicd.access.page import as_html
    except ModuleNotFoundError as error:  # in a module's bundle, which the gate runs in
        message = f"--format html needs {error.name}, which is not here: run it in a checkout of model-cicd"
        raise ModelCicdError(message) from None
    return as_html(reports)


def _deployments(manifest: Path | None, app: Path | None) -> Iterator[Deployment]:
    from model_cicd.access.modules import of_environment, of_manifest

    if manifest is None:
        if not any(name.startswith("SEEDFARMER_") for name in os.environ):
            message = "got neither a manifest nor the SEEDFARMER_* environment variables of a module's deployment"
            raise ModelCicdError(f"{message}, expected one")
        yield of_environment(Path.cwd(), app).load(app)
        return
    found = of_manifest(manifest)
    if app is not None and len(found) > 1:
        raise ModelCicdError(f"{manifest}: {len(found)} modules, and --app is the synthesis of one")
    for module in found:
        yield module.load(app)
