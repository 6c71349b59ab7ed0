"""`model-cicd status | approve | reject | promote | rollback`: the command lines."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_cicd.operate import status_command
from model_cicd.text.terminal import say

if TYPE_CHECKING:
    from model_cicd.operate.access import Access
    from model_cicd.operate.records import Group

_FROM = "Without a manifest, what is deployed is read from the SSM parameters of the caller's account."


def register(subparsers: Any) -> None:
    """Add the commands; what they need is imported when they run."""
    status = add_command(
        subparsers,
        "status",
        _status,
        "show versions, trainings, what every environment serves and who is waited for",
        "Show every deployment group: its versions with approval state, metrics and commit, the trainings that run and "
        "why others failed, what each environment serves, and which stage waits for whom. " + _FROM,
    )
    status.add_argument("manifest", nargs="?", type=Path, metavar="MANIFEST", help="a deployment manifest")
    status_command.add_options(status)

    approve = add_command(
        subparsers,
        "approve",
        _approve,
        "approve a version, which starts its promotion",
        "Approve a version of a group in the registry, the newest pending one by default; its promotion begins then.",
    )
    add_group(approve, version="the version (default: the newest that awaits a decision)")
    _reason(approve)
    _yes(approve)

    reject = add_command(
        subparsers,
        "reject",
        _reject,
        "reject a version",
        "Reject a version of a group in the registry. Where it serves already it goes on serving.",
    )
    add_group(reject, version="the version (default: the newest that awaits a decision)")
    _reason(reject)

    promote = add_command(
        subparsers,
        "promote",
        _promote,
        "promote an approved version again",
        "Start the promotion of an approved version through every environment of its group.",
    )
    add_group(promote, version="the version (default: the newest approved one)")
    _yes(promote)

    rollback = add_command(
        subparsers,
        "rollback",
        _rollback,
        "put one environment back on the version it served before",
        "Put one environment back on the version it served before, at once and nowhere else.",
    )
    add_group(rollback)
    rollback.add_argument("environment", metavar="ENVIRONMENT", help="a deploy environment of the group")
    rollback.add_argument("--to", type=version_number, metavar="VERSION", help="go back to this version instead")
    _yes(rollback)


def add_command(
    subparsers: Any, name: str, handler: Callable[[argparse.Namespace], int], help: str, description: str
) -> argparse.ArgumentParser:
    """A command with the options that all have."""
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=help, description=description)
    parser.add_argument("--region", metavar="REGION", help="the tooling account's region (default: of your settings)")
    parser.add_argument("--role-arn", metavar="ARN", help="assume this role first")
    parser.set_defaults(handler=handler)
    return parser


def add_group(parser: argparse.ArgumentParser, *, version: str = "") -> None:
    """The group, and with the help for it a version of it."""
    parser.add_argument("group", metavar="GROUP", help="a deployment group, MODULE/GROUP where several have its name")
    if version:
        parser.add_argument("version", metavar="VERSION", nargs="?", type=version_number, help=version)
    add_manifest(parser)


def add_manifest(parser: argparse.ArgumentParser) -> None:
    """The option that says where the groups stand."""
    parser.add_argument("--manifest", type=Path, metavar="MANIFEST", help=f"a deployment manifest. {_FROM}")


def _reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", metavar="TEXT", type=_text, help="why; kept with the version")


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--yes", action="store_true", help="do not ask (before prod is touched, or a rejected version approved)"
    )


def version_number(text: str) -> int:
    """An argument that is a version."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a version number such as 3")
    return int(text)


def _text(text: str) -> str:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html
    if not text.strip() or len(text) > 1024:
        raise argparse.ArgumentTypeError(f"got {len(text)} characters, expected a text of 1 to 1024")
    return text


def opened(options: argparse.Namespace) -> tuple[Access, list[Group]]:
    """AWS as the caller may see it, and the groups that there are. Raises ModelCicdError."""
    from model_cicd.operate.access import Access
    from model_cicd.operate.directory import groups

    own = functools.cache(lambda: Access(region=options.region))
    # what is published is looked up as the caller; the role may have no more rights than the command needs
    found = groups(options.manifest, own)
    return Access(region=options.region, role_arn=options.role_arn) if options.role_arn else own(), found


def one_group(options: argparse.Namespace) -> tuple[Access, Group]:
    """AWS as the caller may see it, and the group that is named. Raises ModelCicdError."""
    from model_cicd.operate.directory import find

    access, groups = opened(options)
    return access, find(groups, options.group)


def _status(options: argparse.Namespace) -> int:
    return status_command.run(options, status_command.look_with(options, *opened(options)))


def _approve(options: argparse.Namespace) -> int:
    from model_cicd.operate.decide import approve

    say(approve(*one_group(options), options.version, options.reason, yes=options.yes, say=say))
    return 0


def _reject(options: argparse.Namespace) -> int:
    from model_cicd.operate.decide import reject

    say(reject(*one_group(options), options.version, options.reason))
    return 0


def _promote(options: argparse.Namespace) -> int:
    from model_cicd.operate.promote import promote

    say(promote(*one_group(options), options.version, yes=options.yes))
    return 0


def _rollback(options: argparse.Namespace) -> int:
    from model_cicd.operate.directory import find_place
    from model_cicd.operate.rollback import rollback

    access, group = one_group(options)
    place = find_place(group, options.environment)
    done = rollback(access, group, place, options.to, yes=options.yes, say=say)
    say(done)
    return 0
