"""`model-cicd plan MANIFEST [--against REV|MANIFEST|aws | --release GROUP [VERSION]] [--format text|html|json] ...`."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_cicd.text import terminal
from model_cicd.text.errors import ModelCicdError, ProblemsError

if TYPE_CHECKING:
    from model_cicd.operate.access import Access
    from model_cicd.plan.records import Plan


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "plan",
        help="what an apply would change in every account, in words",
        description="Synthesize a manifest as it is and as it was, and say what an apply would do: stacks and "
        "resources by group and account, permissions, limits, costs, and what people must do. Nothing is changed, and "
        "AWS is asked only with --against aws and --release.",
    )
    parser.add_argument("manifest", metavar="MANIFEST", type=Path, help="a deployment manifest")
    parser.add_argument(
        "--against",
        metavar="REV|MANIFEST|aws",
        help="what it is compared with: a revision of git, another manifest, or what is deployed (default: HEAD when "
        "something is not committed, else the commit before it)",
    )
    parser.add_argument(
        "--release",
        metavar=("GROUP", "VERSION"),
        nargs="+",
        action=_Release,
        help="instead: what releasing a version (default: the newest approved one) would change in each environment",
    )
    parser.add_argument("--region", metavar="REGION", help="with aws: of the tooling account (default: your settings)")
    parser.add_argument("--role-arn", metavar="ARN", help="with aws: assume this role first")
    parser.add_argument("--group", metavar="GROUP", help="only what concerns this deployment group")
    parser.add_argument("--format", choices=("text", "html", "json"), default="text", help="how to print it")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write it to this file")
    parser.add_argument("--check", action="store_true", help="exit code 2 when there are changes")
    parser.add_argument(
        "--report",
        choices=("github",),
        help="tell a job of GitHub Actions: its summary, and one comment on the pull request (GITHUB_TOKEN)",
    )
    parser.set_defaults(handler=run)


class _Release(argparse.Action):
    """A group, and a version or none."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        group, *rest = values
        if len(rest) > 1 or (rest and (not rest[0].isdigit() or int(rest[0]) < 1)):
            parser.error(f"argument --release: got {' '.join(rest)!r} after the group, expected a version such as 3")
        namespace.release = group, int(rest[0]) if rest else None


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 0, or with `--check` 2 when there are changes."""
    _demand_place(arguments.output)
    if arguments.release:
        return _release(arguments)
    plan = _plan(arguments)
    _write(_formatted(plan, arguments), arguments.output)
    if arguments.report:
        from model_cicd.plan import github

        github.publish(plan, os.environ, functools.partial(print, flush=True))
    return 2 if arguments.check and plan.changes else 0


def _plan(arguments: argparse.Namespace) -> Plan:
    from model_cicd.check.files import check
    from model_cicd.plan.make import make_deployed_plan, make_plan, sides

    if problems := check([arguments.manifest]).problems:
        raise ProblemsError(problems)
    if arguments.against == "aws":
        return make_deployed_plan(arguments.manifest, _access(arguments), arguments.group)
    with sides(arguments.manifest, arguments.against) as found:
        return make_plan(found, arguments.group)


def _release(arguments: argparse.Namespace) -> int:
    from model_cicd.plan.release import release_plan
    from model_cicd.plan.text import wrapped

    for name in ("against", "group", "report"):
        if getattr(arguments, name):
            raise ModelCicdError(f"got --release and --{name}, expected one of them")
    if arguments.format == "html":
        raise ModelCicdError("--release: got --format html, expected text or json")
    group, version = arguments.release
    found = release_plan(arguments.manifest, group, version, _access(arguments))
    if arguments.format == "json":
        text = terminal.as_json(found.as_json())
    else:
        text = terminal.printable("\n".join(line for each in found.lines() for line in wrapped(each, 80)), lines=True)
    _write(text + "\n", arguments.output)
    return 2 if arguments.check and found.changes else 0


def _access(arguments: argparse.Namespace) -> Access:
    from model_cicd.operate.access import Access

    return Access(region=arguments.region, role_arn=arguments.role_arn)


def _formatted(plan: Plan, arguments: argparse.Namespace) -> str:
    if arguments.format == "json":
        from model_cicd.plan.documents import as_json

        return as_json(plan) + "\n"
    if arguments.format == "html":
        from model_cicd.plan.page import as_html

        return as_html(plan)
    from model_cicd.plan.text import as_text

    wide = terminal.width() if arguments.output is None else None
    text = as_text(plan, wide or 80)
    return terminal.printable(text, lines=True) + "\n"


def _demand_place(target: Path | None) -> None:
    """Refuse a file that cannot be written, before anything is made. Raises ModelCicdError."""
    if target is None:
        return
    folder = target.absolute().parent
    if target.is_dir() or not folder.is_dir() or not os.access(target if target.exists() else folder, os.W_OK):
        raise ModelCicdError(f"--output: got {target}, expected a file in a folder that can be written to")


def _write(text: str, target: Path | None) -> None:
    if target is None:
        sys.stdout.write(text)
        return
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ModelCicdError(f"--output: {target} cannot be written: {error.strerror}") from None
