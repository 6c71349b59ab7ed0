"""The commands of an embedded AWS without a job: `rehearse up`, `env`, `logs`, `down`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rehearsal import cdk_command, state_file
from rehearsal.aws_options import add_aws_options, aws_settings, words
from rehearsal.errors import RehearsalError

COMMANDS = ("up", "env", "logs", "down")


def main(arguments: Sequence[str], default_manifest: Path, repository: Path) -> int:
    """Run one of the commands; its exit code. Raises RehearsalError."""
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
    add_aws_options(up)
    up.add_argument("--detach", action="store_true", help="go on in the background until rehearse down")
    env = commands.add_parser("env", help="print the exports that point seedfarmer, cdk, aws and git at it")
    env.add_argument("--account", metavar="ID", help="act in this account (default: the toolchain account)")
    env.add_argument("--region", metavar="REGION", help="default: the toolchain region")
    logs = commands.add_parser("logs", help="list the builds so far, or print the log of one")
    logs.add_argument("build", nargs="?", metavar="BUILD", help="a build id, or a part of one")
    commands.add_parser("down", help="end it and remove what it wrote")
    return parser


def _up(options: argparse.Namespace, repository: Path) -> int:
    from rehearsal.job import precheck
    from rehearsal.job.plan import read
    from rehearsal.job.variables import DEFAULT

    settings = aws_settings(options)
    state_file.refuse_read_only()
    precheck.check(options.manifest)
    plan = read(options.manifest, repository, options.env_file or DEFAULT)
    state_file.refuse_second()
    if options.detach:
        return _detach(options)
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


def _detach(options: argparse.Namespace) -> int:
    """Start `rehearse up` in a session of its own and wait until it is ready."""
    import subprocess

    directory = state_file.directory()
    log = directory / "up.log"
    command = [sys.executable, "-m", "rehearsal", "up", str(options.manifest.resolve()), "--port", str(options.port)]
    command += words(options)
    with log.open("w", encoding="utf-8") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    while not state_file.find():
        if child.poll() is not None:
            said = log.read_text(encoding="utf-8")[-2000:].strip().removeprefix("rehearse: ").removeprefix("up: ")
            raise RehearsalError("up", said or f"it ended at once with code {child.returncode}", log)
        time.sleep(0.2)
    print(f'embedded AWS at {state_file.read()["endpoint"]}; next: eval "$(rehearse env)"')
    return 0


def _env(options: argparse.Namespace) -> int:
    import shlex

    state = state_file.read()
    account = options.account or state["account"]
    if account not in state["accounts"]:
        known = ", ".join(sorted(state["accounts"]))
        raise RehearsalError("env", f"no account {account!r} in this embedded AWS: expected one of {known}")
    region = options.region or state["region"]
    variables = state["accounts"][account] | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    for name, value in sorted(variables.items()):
        print(f"export {name}={shlex.quote(value)}")
    print("unset AWS_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN")
    for version in cdk_command.old_versions(cdk_command.on_path()):
        print(f"rehearse: {cdk_command.sentence(version)}", file=sys.stderr)
    return 0


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
    sys.stdout.write(found[0].read_text(encoding="utf-8", errors="replace"))
    return 0


def _down() -> int:
    state = state_file.read()
    os.kill(state["pid"], signal.SIGTERM)
    for _ in range(200):
        if not state_file.find():
            print("ended")
            return 0
        time.sleep(0.1)
    os.kill(state["pid"], signal.SIGKILL)
    print("killed: it did not end by itself within 20 s")
    return 0
