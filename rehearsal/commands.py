"""The commands of an embedded AWS without a job: `up`, `env`, `account`, `snapshot`, `logs`, `mail` and `down`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rehearsal import account_command, snapshot_command, state_file
from rehearsal.aws_options import add_aws_options, aws_settings, words
from rehearsal.detached import detach
from rehearsal.env_command import enter_terminal, leave_terminal
from rehearsal.errors import RehearsalError
from rehearsal.job import provided
from rehearsal.shown import shown

_ENDING, _REMOVAL = 90, 60  # seconds that an end, and the removal of its files, may take
COMMANDS = ("up", "env", "account", "snapshot", "logs", "mail", "down")


def main(arguments: Sequence[str], default_manifest: Path, repository: Path) -> int:
    """Run one of the commands; its exit code. Raises RehearsalError."""
    options = _parser(default_manifest).parse_args(arguments)
    if options.command == "up":
        return _up(options, repository)
    if options.command == "env":
        return leave_terminal() if options.undo else enter_terminal(options.account, options.region)
    if options.command == "account":
        return account_command.run(options)
    if options.command == "mail":
        return _mail(options)
    if options.command == "snapshot":
        return snapshot_command.run(options)
    return _logs(options) if options.command == "logs" else _down()


def _parser(default_manifest: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rehearse")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the embedded AWS and bootstrap the accounts of a manifest")
    up.add_argument("manifest", nargs="?", type=Path, default=default_manifest, metavar="MANIFEST")
    up.add_argument("--port", type=int, default=0, metavar="P", help="the port on 127.0.0.1 (default: a free one)")
    add_aws_options(up)
    provided.add_options(up)
    up.add_argument("--detach", action="store_true", help="go on in the background until rehearse down")
    env = commands.add_parser("env", help="print the exports that point seedfarmer, cdk, aws and git at it")
    env.add_argument("--account", metavar="ID", help="its id or name (default: the toolchain account)")
    env.add_argument("--region", metavar="REGION", help="default: the toolchain region")
    env.add_argument("--undo", action="store_true", help="print what gives this terminal back what it had before")
    account_command.add_parser(commands)
    snapshot_command.add_parser(commands)
    logs = commands.add_parser("logs", help="list the builds so far, or print the log of one")
    logs.add_argument("build", nargs="?", metavar="BUILD", help="a build id, or a part of one")
    mail = commands.add_parser("mail", help="list the mail that it sent, or print one")
    mail.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="a number of the list")
    commands.add_parser("down", help="end it and remove what it wrote")
    return parser


def _up(options: argparse.Namespace, repository: Path) -> int:
    from rehearsal.job import precheck
    from rehearsal.job.data_sets import with_data
    from rehearsal.job.plan import read
    from rehearsal.job.variables import DEFAULT

    settings, more = aws_settings(options), provided.read(options)
    if options.manifest.is_dir():
        options.manifest /= "deployment.yaml"
    state_file.directory()
    precheck.check(options.manifest)
    plan = read(options.manifest, repository, options.env_file or DEFAULT, more)
    plan = with_data(plan, options.data, settings["choices"].uploads)
    state_file.refuse_second()
    if options.detach:
        command = ["up", str(options.manifest.resolve()), "--port", str(options.port)]
        return detach([*command, *words(options), *provided.words(options)])
    from rehearsal.cage import run_caged
    from rehearsal.scratch import make_scratch

    scratch = make_scratch()

    def job() -> int:
        from rehearsal.embedded_aws import EmbeddedAws
        from rehearsal.job.keep_up import stay
        from rehearsal.job.main import log_to
        from rehearsal.job.progress import Progress
        from rehearsal.job.run import Job, with_embedded_aws

        def call(aws: EmbeddedAws) -> int:
            log_to(scratch)
            progress = Progress(sys.stdout)
            prepared = Job(aws, plan, progress)
            try:
                with progress.showing():
                    prepared.prepare()
                stay(aws, plan)
            finally:
                prepared.hosts.close()
            return 0

        return with_embedded_aws(plan, scratch, options.port, call, settings)

    return run_caged(job, scratch)


def _logs(options: argparse.Namespace) -> int:
    from rehearsal.codebuild import build_logs

    builds = build_logs(Path(state_file.read()["directory"]))
    if options.build is None:
        for each in builds:
            print(f"{each.status:12} {each.account} {each.id}")
        return 0
    found = [each.path for each in builds if options.build in each.id]
    if len(found) != 1:
        many = "no build" if not found else f"{len(found)} builds"
        raise RehearsalError("logs", f"{many} match {options.build!r}; `rehearse logs` lists them")
    sys.stdout.write(shown(found[0].read_text(encoding="utf-8", errors="replace")))
    return 0


def _mail(options: argparse.Namespace) -> int:
    from rehearsal.mailbox import mails

    sent = mails(Path(state_file.read()["directory"]) / "mail")
    if options.number is None:
        for number, each in enumerate(sent, 1):
            print(shown(f"{number:4} {each.to}  {each.headline}"))
        return 0
    if not 1 <= options.number <= len(sent):
        raise RehearsalError("mail", f"got {options.number}, expected 1 to {len(sent)}; `rehearse mail` lists them")
    print(shown(str(sent[options.number - 1])))
    return 0


def _down() -> int:
    state = state_file.read()
    directory = Path(state["directory"])  # removed when all that wrote into it have ended
    os.kill(state["pid"], signal.SIGTERM)
    if _gone(directory, _ENDING):
        print("ended")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(state["pid"], signal.SIGKILL)
    if not _gone(directory, _REMOVAL):
        raise RehearsalError("down", f"it was killed, but {directory} could not be removed")
    state_file.remove()
    print(f"killed: it did not end by itself within {_ENDING} s")
    return 0


def _gone(directory: Path, seconds: int) -> bool:
    """Wait until a directory is gone; whether it is."""
    for _ in range(10 * seconds):
        if not directory.exists():
            return True
        time.sleep(0.1)
    return not directory.exists()
