"""The embedded AWS for work by hand: `rehearse up`, `env`, `logs`, `down`, and the state file they share."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from rehearsal.job.plan import Plan
    from rehearsal.world import World

COMMANDS = ("up", "env", "logs", "down")


def state_directory() -> Path:
    """Where a running embedded AWS of the current directory leaves its state."""
    return Path.cwd() / ".rehearsal"


def _state_file() -> Path:
    return state_directory() / "state.json"


def main(arguments: Sequence[str], default_manifest: Path, repository: Path) -> int:
    """Run one of the commands."""
    options = _parser(default_manifest).parse_args(arguments)
    if options.command == "up":
        return _up(options, repository)
    if options.command == "env":
        return _env(options)
    return _logs(options) if options.command == "logs" else _down()


def _parser(default_manifest: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rehearse")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the embedded AWS and bootstrap the accounts of a manifest")
    up.add_argument("manifest", nargs="?", type=Path, default=default_manifest, metavar="MANIFEST")
    up.add_argument("--port", type=int, default=0, metavar="P", help="the port on 127.0.0.1 (default: a free one)")
    add_world_options(up)
    up.add_argument("--detach", action="store_true", help="go on in the background until rehearse down")
    env = commands.add_parser("env", help="print the exports that point seedfarmer, cdk, aws and git at it")
    env.add_argument("--account", metavar="ID", help="act in this account (default: the toolchain account)")
    env.add_argument("--region", metavar="REGION", help="default: the toolchain region")
    logs = commands.add_parser("logs", help="list the builds so far, or print the log of one")
    logs.add_argument("build", nargs="?", metavar="BUILD", help="a build id, or a part of one")
    commands.add_parser("down", help="end it and remove what it wrote")
    return parser


def add_world_options(parser: argparse.ArgumentParser) -> None:
    """The options that say what the embedded AWS is like."""
    parser.add_argument(
        "--iam",
        choices=("enforce", "audit", "off"),
        default="enforce",
        help="decide calls (default), only note what would be denied, or decide nothing",
    )
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ID",
        type=_account,
        help="one more account, a stranger outside of the organization (repeatable)",
    )


def _account(text: str) -> str:
    if not (len(text) == 12 and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected 12 digits")
    return text


def world_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Those options, as `World` takes them."""
    return {"iam": options.iam, "strangers": options.account}


def refuse_second() -> None:
    """Raise RehearsalError when an embedded AWS already runs for this directory; forget one that has ended."""
    state = _read(required=False)
    if state:
        raise RehearsalError("up", f"one already runs here at {state['endpoint']} (rehearse down ends it)")


def _read(*, required: bool = True) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(_state_file().read_text(encoding="utf-8"))
        os.kill(state["pid"], 0)
    except (OSError, ValueError, KeyError):
        _state_file().unlink(missing_ok=True)
        if required:
            raise RehearsalError(
                "rehearse", "no embedded AWS runs for this directory (rehearse up starts one)"
            ) from None
        return {}
    return state


def _up(options: argparse.Namespace, repository: Path) -> int:
    from rehearsal.job import precheck
    from rehearsal.job.plan import read

    precheck.check(options.manifest)
    plan = read(options.manifest, repository)
    refuse_second()
    if options.detach:
        return _detach(options)
    from rehearsal.cage import run_caged
    from rehearsal.cli import make_scratch

    scratch = make_scratch()

    def job() -> int:
        from rehearsal.job.main import log_to
        from rehearsal.job.progress import Progress
        from rehearsal.job.run import Job, with_world

        def call(world: World) -> int:
            log_to(scratch)
            progress = Progress(sys.stdout)
            with progress.showing():
                Job(world, plan, progress).prepare()
            stay(world, plan)
            return 0

        return with_world(plan, scratch, options.port, call, world_settings(options))

    return run_caged(job, scratch)


def _detach(options: argparse.Namespace) -> int:
    """Start `rehearse up` in a session of its own and wait until it is ready."""
    import subprocess

    directory = state_directory()
    directory.mkdir(exist_ok=True)
    log = directory / "up.log"
    command = [sys.executable, "-m", "rehearsal", "up", str(options.manifest.resolve()), "--port", str(options.port)]
    command += ["--iam", options.iam, *(word for each in options.account for word in ("--account", each))]
    with log.open("w", encoding="utf-8") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    while not _read(required=False):
        if child.poll() is not None:
            raise RehearsalError("up", f"it ended at once\n{log.read_text(encoding='utf-8')[-2000:]}", log)
        time.sleep(0.2)
    print(f'embedded AWS at {_read()["endpoint"]}; next: eval "$(rehearse env)"')
    return 0


def stay(world: World, plan: Plan) -> None:
    """Leave the state file for the other commands and wait for the end."""
    from rehearsal import cage

    open_to_others(world, plan)
    print(f"\nembedded AWS at {world.endpoint}, accounts {', '.join(world.accounts.ids())}")
    print('in another terminal: eval "$(rehearse env)"; Ctrl-C or `rehearse down` ends it', flush=True)
    try:
        cage.rest()
    except KeyboardInterrupt:
        print("ending")
    finally:
        close_to_others()


def open_to_others(world: World, plan: Plan) -> None:
    """Leave the state file by which the other commands find this embedded AWS."""
    directory = state_directory()
    directory.mkdir(exist_ok=True)
    state = {
        "pid": _outer_pid(),
        "endpoint": world.endpoint,
        "directory": str(world.directory),
        "account": plan.toolchain_account,
        "region": plan.toolchain_region,
        "accounts": {
            account: world.client_environment(account, plan.toolchain_region) for account in world.accounts.ids()
        },
    }
    whole = directory / f"state-{os.getpid()}.tmp"  # others see the file whole or not at all
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)
    whole.replace(_state_file())


def close_to_others() -> None:
    """Remove the state file."""
    _state_file().unlink(missing_ok=True)


def _outer_pid() -> int:
    """The process id under which others see this rehearsal; inside, this process is the first of its namespace."""
    from rehearsal import cage

    return cage.outer_pid


def _env(options: argparse.Namespace) -> int:
    import shlex

    state = _read()
    account = options.account or state["account"]
    if account not in state["accounts"]:
        known = ", ".join(sorted(state["accounts"]))
        raise RehearsalError("env", f"no account {account!r} in this embedded AWS: expected one of {known}")
    region = options.region or state["region"]
    variables = state["accounts"][account] | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    for name, value in sorted(variables.items()):
        print(f"export {name}={shlex.quote(value)}")
    print("unset AWS_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN")
    return 0


def _logs(options: argparse.Namespace) -> int:
    from rehearsal.codebuild import build_logs

    builds = build_logs(Path(_read()["directory"]))
    if options.build is None:
        for each in builds:
            print(f"{each.status:12} {each.account} {each.id}")
        return 0
    found = [each.path for each in builds if options.build in each.id]
    if len(found) != 1:
        many = "no build" if not found else f"{len(found)} builds"
        raise RehearsalError("logs", f"{many} match {options.build!r}; `rehearse logs` lists them")
    sys.stdout.write(found[0].read_text(encoding="utf-8", errors="replace"))
    return 0


def _down() -> int:
    state = _read()
    os.kill(state["pid"], signal.SIGTERM)
    for _ in range(200):
        if not _read(required=False):
            print("ended")
            return 0
        time.sleep(0.1)
    os.kill(state["pid"], signal.SIGKILL)
    print("killed: it did not end by itself within 20 s")
    return 0
