"""An embedded AWS that other commands may use: its state file, and staying until the end."""

from __future__ import annotations

from rehearsal import cage, state_file
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job.plan import Plan

#: who is at the terminal, at GitHub
PERSON = "rehearsal"


def stay(aws: EmbeddedAws, plan: Plan) -> None:
    """Leave the state file for the other commands and wait for the end."""
    open_to_others(aws, plan)
    print(f"\nembedded AWS at {aws.endpoint}, accounts {', '.join(aws.accounts.ids())}")
    print('in another terminal: eval "$(rehearse env)"; Ctrl-C or `rehearse down` ends it', flush=True)
    try:
        cage.rest()
    except KeyboardInterrupt:
        print("ending")
    finally:
        state_file.remove()


def open_to_others(aws: EmbeddedAws, plan: Plan) -> None:
    """Leave the state file by which the other commands find this embedded AWS."""
    beside: dict[str, str] = {}
    if aws.github.repositories.all():
        beside = aws.github.person_environment(PERSON)
    state_file.write(
        {
            "pid": cage.outer_pid,  # others see this one; inside, this process is the first of its namespace
            "endpoint": aws.endpoint,
            "directory": str(aws.directory),
            "account": plan.toolchain_account,
            "region": plan.toolchain_region,
            "accounts": {
                account: aws.client_environment(account, plan.toolchain_region) | beside
                for account in aws.accounts.ids()
            },
        }
    )
