"""An embedded AWS that other commands may use: its state file, its control socket, and staying until the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal import cage, protections, state_file
from rehearsal.control import ControlSocket, Tell
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import data_readers, new_account, on_request, sources
from rehearsal.job.plan import Plan
from rehearsal.snapshot import archive
from rehearsal.snapshot.anchors import Anchors

#: who is at the terminal, at GitHub
PERSON = "rehearsal"


def stay(aws: EmbeddedAws, plan: Plan, made: archive.Setup | None = None) -> None:
    """Let other commands use this embedded AWS (`made`: out of a snapshot), and wait for the end."""
    with open_to_others(aws, plan, made):
        data_readers.watch(aws, plan)
        print(f"\nembedded AWS at {aws.endpoint}, accounts {', '.join(aws.accounts.ids())}")
        print('in another terminal: eval "$(rehearse env)"; Ctrl-C or `rehearse down` ends it', flush=True)
        try:
            cage.rest()
        except KeyboardInterrupt:
            print("ending")


def go_on(file: Path, header: archive.Header) -> int:
    """Start the embedded AWS of a snapshot, whose files are in place, and stay until the end; the exit code."""
    made = archive.setup(file)
    aws = EmbeddedAws(directory=Path(header.directory), port=header.port, **made.settings)
    for line in protections.missing(aws.confinement):
        print(f"note: {line}", flush=True)
    try:
        aws.settings, aws.anchors = made.settings, Anchors(aws)
        archive.fill(aws, file, lambda line: print(line, flush=True))
        stay(aws, made.plan, made)
    finally:
        if aws.github.runs.runner is not None:
            aws.github.runs.runner.close()
        aws.close()
    return 0


@contextmanager
def open_to_others(aws: EmbeddedAws, plan: Plan, made: archive.Setup | None = None) -> Iterator[None]:
    """While inside, the other commands find this embedded AWS by its state file and ask it by its control socket."""
    opened = _Opened(aws, plan, made.names if made else dict.fromkeys(aws.accounts.ids(), ""))
    commands = {
        "account add": opened.add_account,
        "snapshot save": opened.save_snapshot,
        **on_request.commands(aws, plan),
    }
    control = ControlSocket(aws.directory, commands)
    try:
        opened.write_state()
        yield
    finally:
        state_file.remove()
        control.close()


class _Opened:
    """What other commands may do, and what they are told in the state file."""

    def __init__(self, aws: EmbeddedAws, plan: Plan, names: dict[str, str]) -> None:
        self._aws, self._plan, self._names = aws, plan, names
        archive.made_with()

    def add_account(self, values: Mapping[str, Any], tell: Tell) -> None:
        """`rehearse account add`. Raises RehearsalError."""
        try:
            new_account.add(self._aws, self._plan, new_account.NewAccount.of(values), self._names, tell)
        except (ClientError, BotoCoreError) as error:
            raise RehearsalError(new_account.STEP, str(error)) from None
        self.write_state()

    def save_snapshot(self, values: Mapping[str, Any], tell: Tell) -> int:
        """`rehearse snapshot save`; the bytes of the file. Raises RehearsalError."""
        file = Path(values["file"])
        setup = archive.Setup(self._aws.settings, self._names, self._plan)
        archive.save(self._aws, setup, file, values["seconds"])
        return file.stat().st_size

    def write_state(self) -> None:
        """Leave the state file, as things are now."""
        aws, region = self._aws, self._plan.toolchain_region
        variables, git = dict[str, str](), list[tuple[str, str]]()
        if aws.github.repositories.all():
            variables, git = aws.github.terminal_environment(PERSON), aws.github.terminal_settings(PERSON)
        git = [*git, *sources.settings(self._plan, aws.directory)]
        accounts = {
            account: {
                "name": name,
                "member": aws.organization.of(account) is not None,
                "variables": aws.terminal_environment(account, region) | variables,
                "git": aws.services.codecommit.terminal_settings(account, region) + git,
            }
            for account, name in self._names.items()
        }
        state_file.write(
            {
                "pid": cage.outer_pid,  # others see this one; inside, this process is the first of its namespace
                "endpoint": aws.endpoint,
                "directory": str(aws.directory),
                "account": self._plan.toolchain_account,
                "region": region,
                "accounts": accounts,
            }
        )
